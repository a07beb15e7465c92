"""The exports of review tools as they come, in the columns of `file_schema`: known by their header, never by a guess."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from connectors.files.schema import SCHEMA

ADDRESS = (
    r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+|^\s*\d{1,3}(?:\.\d{1,3}){3}\s*$|^\s*[0-9A-Fa-f:]*::[0-9A-Fa-f:.]*\s*$|^\s*(?:[0-9A-Fa-f]{1,4}:){7}"
)
"""What tells an e-mail or IP address in a short text."""

_COLUMNS = [column.name for column in SCHEMA["reviews"]]
_REQUIRED = [column.name for column in SCHEMA["reviews"] if column.required]
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?(?: ?(Z|UTC|GMT)| ?([+-]\d\d):?(\d\d))?)?", re.IGNORECASE)
_YES = {"true", "yes", "1"}
_NO = {"false", "no", "0"}
_BUYERS = _YES | {"buyer", "confirmed-buyer", "verified-purchase", "semi-verified-purchase", "admin", "verified_buyer", "verified buyer"}
_HIDING: Mapping[str, Callable[[str], bool]] = {
    "hidden": lambda told: told in _YES,
    "published": lambda told: told in _NO,
    "curated": lambda told: told == "spam",
    "review_status": lambda told: told not in {"", "published", "approved"},
}


@dataclass(frozen=True, slots=True)
class Export:
    """What a tool exports: as csv or json, each of `signs` is a column that it has to have, by one of its `names`."""

    tool: str
    kind: str
    signs: Sequence[str]
    names: Mapping[str, Sequence[str]]


EXPORTS = (
    Export(
        "Judge.me",
        "csv",
        signs=("text", "rating", "reviewed_at", "author_name"),
        names={
            "text": ["body"],
            "rating": ["rating"],
            "reviewed_at": ["review_date"],
            "author_name": ["reviewer_name"],
            "product_id": ["product_id", "product_handle"],
            "is_verified_purchase": ["verified"],
        },
    ),
    Export(
        "Yotpo",
        "csv",
        signs=("text", "rating", "reviewed_at"),
        names={
            "id": ["review_id"],
            "text": ["review_content"],
            "rating": ["review_score"],
            "title": ["review_title"],
            "reviewed_at": ["review_date", "date", "review_creation_date"],
            "author_name": ["display_name"],
            "product_id": ["product_id", "sku", "product_sku"],
            "is_verified_purchase": ["verified_buyer", "user_type", "reviewer_type"],
            "likes": ["votes_up"],
        },
    ),
    Export(
        "Judge.me",
        "json",
        signs=("id", "text", "rating", "reviewed_at"),
        names={
            "id": ["id"],
            "text": ["body"],
            "rating": ["rating"],
            "reviewed_at": ["created_at"],
            "author_id": ["reviewer.id", "reviewer.external_id"],
            "author_name": ["reviewer.name"],
            "product_id": ["product_external_id", "product_handle"],
            "is_verified_purchase": ["verified"],
        },
    ),
)

_TOOL = rf"^(?:{'|'.join(re.escape(export.tool.lower()) for export in EXPORTS)}):"


class Hidden(Exception):
    """A review that its tool does not show."""


class Translation:
    """From the header of one file to the schema. `left_out` are the columns that nothing is taken from."""

    def __init__(self, export: Export, header: Sequence[str]) -> None:
        spelled = _spelled(header)
        self._tool = export.tool.lower()
        self._from = {
            column: [spelled[name] for name in dict.fromkeys((*export.names.get(column, ()), column)) if name in spelled]
            for column in _COLUMNS
        }
        self._hiding = [(spelled[name], hides) for name, hides in _HIDING.items() if name in spelled]
        taken = {name for names in self._from.values() for name in names}
        self.left_out = [name for name in header if name not in taken]

    def row(self, cells: Mapping[str, object]) -> dict[str, str | None]:
        """A review in the columns of the schema. Raises Hidden, and ValueError where a column holds no plain value."""
        if any(hides(_worded(cells.get(name)).strip()) for name, hides in self._hiding):
            raise Hidden
        found = {column: self._value(cells, column) for column, names in self._from.items()}
        found["reviewed_at"] = found["reviewed_at"] and moment(found["reviewed_at"])
        if told := found["is_verified_purchase"]:
            found["is_verified_purchase"] = "yes" if told.strip().lower() in _BUYERS else "no"
        if not self._from["id"]:
            what = json.dumps([found[column] for column in ("product_id", "reviewed_at", "author_name", "text")])
            found["id"] = hashlib.sha256(what.encode()).hexdigest()
        for column in ("id", "author_id"):
            found[column] = found[column] and f"{self._tool}:{found[column]}"
        return found

    def _value(self, cells: Mapping[str, object], column: str) -> str | None:
        values = (plain_value(name, cells.get(name), is_flag=column == "is_verified_purchase") for name in self._from[column])
        return next((value for value in values if value and value.strip()), None)


def translation(header: Sequence[str], kind: str) -> Translation | None:
    """What reads a file with this header; None where it is in our own schema. Raises ValueError where it is unknown."""
    if set(_REQUIRED) <= set(header):
        return None
    spelled = _spelled(header)
    lacking = [f"{', '.join(column for column in _REQUIRED if column not in header)} of the schema"]
    for export in EXPORTS:
        if export.kind == kind:
            missing = [export.names[sign][0] for sign in export.signs if not any(name in spelled for name in export.names[sign])]
            if not missing:
                return Translation(export, header)
            lacking.append(f"{', '.join(missing)} of {export.tool}'s export")
    raise ValueError(f"without {'; '.join(lacking)}")


def moment(text: str) -> str:
    """A time as review tools write it, with its zone (UTC where it has none); anything else stays for the schema to judge."""
    found = _MOMENT.fullmatch(text.strip())
    if not found:
        return text
    day, minute, second, _, hours, minutes = found.groups()
    return f"{day}T{minute or '00:00'}{second or ':00'}{f'{hours}:{minutes}' if hours else 'Z'}"


def flattened(item: Mapping[str, object]) -> dict[str, object]:
    """An object's values by name, those of an object in it also as `outer.inner`."""
    inner = {f"{name}.{key}": told for name, value in item.items() if isinstance(value, Mapping) for key, told in value.items()}
    return {**item, **inner}


def plain_value(name: str, value: object, *, is_flag: bool) -> str | None:
    """What a cell holds, as text; true and false only in a flag. Raises ValueError."""
    if value is None or isinstance(value, str):
        return value
    if is_flag and isinstance(value, bool):
        return _worded(value)
    raise ValueError(f"column {name[:80]} holds {type(value).__name__}")


def nameless(rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The rows without the authors that are named by an e-mail or IP address, and how many these are."""
    columns = [name for name in ("author_id", "author_name") if name in rows.columns]
    is_address = {name: pl.col(name).str.replace(_TOOL, "").str.contains(ADDRESS).fill_null(False) for name in columns}
    count = rows.select(pl.any_horizontal(pl.lit(False), *is_address.values()).sum()).item() if rows.height else 0
    return rows.with_columns(pl.when(~told).then(pl.col(name)).alias(name) for name, told in is_address.items()), count


def _spelled(header: Sequence[str]) -> dict[str, str]:
    """Names in small letters with underscores, and how the file spells them; of two that are the same, the first."""
    return {re.sub(r"[\s_]+", "_", name.strip().lower()): name for name in reversed(header)}


def _worded(value: object) -> str:
    return "" if value is None else str(value).lower()
