"""Servers and the parsed dbt project, which several modules ask for."""

from tests.dbt_project.dbt import parsed
from tests.real.postgres import new_database, postgres

__all__ = ["new_database", "parsed", "postgres"]
