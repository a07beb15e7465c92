"""Pseudonyms of customers: keyed hashes, which nobody without the key can trace back by trying out addresses or numbers."""

from __future__ import annotations

import hmac

import polars as pl

from connectors.files.schema import SCHEMA
from connectors.source import SourceError


def pseudonymous(entity: str, rows: pl.DataFrame, key: str | None) -> pl.DataFrame:
    """Rows of text with the columns that the schema hashes as HMAC-SHA256 in hexadecimal; what is empty stays so.

    Raises SourceError where there is something to hash and no key.
    """
    names = [column.name for column in SCHEMA[entity] if column.is_hashed and column.name in rows.columns]
    for name in names:
        plain = rows[name].to_list()
        if key is None and any(value and value.strip() for value in plain):
            raise SourceError(
                f"{entity} have a {name}, which is kept as a keyed hash alone: add secrets: {{hash_key: GROUNDSWELL_HASH_KEY}} to the "
                f"source, and export that variable with a long random text, for ever the same (or leave {name} out)"
            )
        hashed = [_hashed(value, key) if key and value and value.strip() else None for value in plain]
        rows = rows.with_columns(pl.Series(name, hashed, pl.String))
    return rows


def _hashed(text: str, key: str) -> str:
    return hmac.digest(key.encode(), text.strip().encode(), "sha256").hex()
