"""Servers that several modules ask for."""

from tests.real.postgres import new_database, postgres

__all__ = ["new_database", "postgres"]
