"""A person in the tables of one DuckDB file: where they are, and the tables without them. Which tables there are, the file says."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import duckdb
import polars as pl

from orchestration.privacy.identifiers import ASKED, PERSON_COLUMNS, POST_COLUMNS, columns_by_table
from orchestration.privacy.matching import any_of
from orchestration.privacy.redaction import REQUEST, Redactor, Shared, may_be_id
from orchestration.warehouse.connections import execute_over
from orchestration.warehouse.warehouse import literal

BATCH_ROWS = 50_000
AT_ONCE = min(4, os.cpu_count() or 1)
"""Tables that are searched at once."""
Counted = Callable[[duckdb.DuckDBPyConnection, str, Mapping[str, str]], int]
WORDS = frozenset(ASKED) | {"links", "evidence", "text_hash", "handles", "urls", "best_quote", "best_quote_url", "lists",
                             "list_status"}  # fmt: skip
"""Columns that are empty in the rows of whoever is kept as a node."""
SUMS = frozenset({"amount", "revenue", "margin", "arm"})
"""Columns of money and of trials: rows that have one are kept under a pseudonym, so that what was spent and sold still adds up."""


@dataclass(frozen=True, slots=True)
class Change:
    """One cell and what it becomes; `is_theirs`: it is a payload that is theirs as a whole, and its row goes."""

    row: int
    column: str
    text: str
    is_theirs: bool = False


def is_history(columns: Mapping[str, str]) -> bool:
    """Whether a table keeps what nights have told, or sums: its rows stay, under a pseudonym."""
    return "as_of_date" in columns or not SUMS.isdisjoint(columns)


def platform_of(table: str) -> str | None:
    """The platform whose answers a table holds."""
    schema, name = (part.strip('"') for part in table.split(".", 1))
    if schema == "staging" and "__" in name:
        return name.removeprefix("stg_").split("__")[0]
    return schema.removeprefix("raw_") if schema.startswith("raw_") else None


def erase(connection: duckdb.DuckDBPyConnection, redactor: Redactor) -> Counter[str]:
    """Takes the person out of every table, rows first, then cells; returns how many of both changed, by table."""
    connection.begin()
    changed: Counter[str] = Counter()
    tables = columns_by_table(connection)
    known(connection, redactor)
    for table, query in nameless(tables) if redactor.identifiers.node else owned(tables):
        if deleted := len(connection.execute(f"{query} returning 1").fetchall()):
            changed[table] += deleted
    connection.commit()
    changed += _of_each(connection, tables, lambda own, table, columns: _rewrite(own, table, columns, redactor))
    if node := redactor.identifiers.node:
        for table in (table for table, columns in tables.items() if "lookup_key" in columns):
            connection.execute(f"update {table} set lookup_key = null where contains(lookup_key, {literal(node)})")
    connection.execute("drop table temp.known_ids; drop table temp.owned_rows")
    return +changed


def owned(tables: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    """The statement that deletes the rows that are theirs, of each table that may have any; of raw tables before their staging."""
    staged = {table: columns for table, columns in tables.items() if table.startswith('"staging"."stg_') and "native_id" in columns}
    for table, columns in staged.items():
        platform, entity = table.strip('"').split('"."stg_')[1].split("__", 1)
        raw = f'"raw_{platform}"."{entity}"'
        if raw in tables and "payload" in tables[raw] and (where := where_theirs(columns)) and not is_history(columns):
            yield raw, f"delete from {raw} where native_id in (select native_id from {table} where {where})"
    for table, columns in tables.items():
        if (where := where_theirs(columns)) and not is_history(columns):
            yield table, f"delete from {table} where {where}"
        elif "payload" in columns and (of := platform_of(table)):
            yield table, f"delete from {table} where native_id in (select id from temp.owned_rows where platform = {literal(of)})"


def nameless(tables: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    """The statement that takes all words out of the rows of nodes, of each table that has any; payloads are walked through instead.

    Nobody is on a list who is shown no more: of those tables the rows go.
    """
    for table, columns in tables.items():
        if {"list", "author_id"} <= columns.keys():
            yield table, f"delete from {table} where author_id in (select id from temp.known_ids)"
            continue
        words = [name for name in columns if name in WORDS]
        keys = [name for name in ("author_id", "actor_author_id", "post_id", "person_id") if columns.get(name) == "VARCHAR"][:1]
        keys += [name for name in ("other_author_id",) if name in columns]
        if words and keys and "payload" not in columns:
            emptied = ", ".join(f'"{name}" = null' for name in words)
            some = " or ".join(f'"{name}" is not null' for name in words)
            theirs = " or ".join(f"{name} in (select id from temp.known_ids)" for name in keys)
            yield table, f"update {table} set {emptied} where ({theirs}) and ({some})"


def where_theirs(columns: Mapping[str, str]) -> str:
    """The condition that a table's rows are theirs by their keys, of the table that `known` makes; empty where it has no such keys."""
    return " or ".join(
        f"{name} in (select id from temp.known_ids)" for name in (*PERSON_COLUMNS, *POST_COLUMNS) if columns.get(name) == "VARCHAR"
    )


def known(connection: duckdb.DuckDBPyConnection, redactor: Redactor) -> None:
    """Their ids as a table, and the native ids of their accounts and posts by platform, which raw rows have that were never staged."""
    for name, frame in (("known_ids", redactor.known_ids), ("owned_rows", redactor.owned_rows)):
        execute_over(connection, frame, f"create or replace temp table {name} as from rows")


def changes(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str], redactor: Redactor, parts: set[bytes] | None = None
) -> Iterator[list[Change]]:
    """The cells of a table that hold something of them, in batches; strings that are but parts of longer ones are added to `parts`."""
    texts = {name: kind for name, kind in columns.items() if holds_text(kind)}
    if not texts:
        return
    if "as_of_date" in columns:
        redactor = redactor.past
    platform, is_node = platform_of(table), bool(redactor.identifiers.node)
    is_raw = table.startswith('"raw_') and "payload" in columns
    told = next((name for name in ("platform_id", "platform") if name in texts), None)
    shared = redactor.shared(platform if platform in redactor.identifiers.accounts or platform in redactor.identifiers.posts else None)
    natives = redactor.natives(platform) if is_raw and "native_id" in columns else []
    whole = shared.values
    selected = ", ".join(f'{_as_text(name, kind)} as "{name}"' for name, kind in texts.items())
    rows = connection.execute(f"select rowid as row_number_, {selected} from {table}").to_arrow_reader(BATCH_ROWS)
    for batch in rows:
        frame = pl.DataFrame(pl.from_arrow(batch))
        found: list[Change] = []
        # all columns in one call, because each makes its automaton anew: of a small table that is all that it takes
        stacked = pl.concat([frame[name].alias("text") for name in texts])
        may_hold = any_of([*redactor.certain.endings(stacked), *shared.forms.within(stacked)], stacked, ignores_case=True)
        if shared.beyond_ascii:
            may_hold |= any_of(shared.beyond_ascii, stacked.str.to_lowercase())
        for place, name in enumerate(texts):
            column, may = frame[name], may_hold.slice(place * len(frame), len(frame))
            if whole and may_be_id(name):
                may |= _are_any(shared, column)
            if is_node and whole and name in ("native_id", "lookup_key"):  # of relations, which name both sides
                of_either = column.str.to_lowercase().str.split(" ").list.eval(pl.element().is_in(shared.column.implode()))
                may |= of_either.list.any().fill_null(value=False)
            if is_raw and name == REQUEST:  # of each page once, not of each of its rows
                may |= column.is_in(
                    [url for url in column.unique().drop_nulls() if redactor.cell(url, name, platform, (), is_raw=True) != url]
                )
            of_node = pl.repeat(False, len(frame), dtype=pl.Boolean(), eager=True)
            if natives and name == "payload":
                of_node = frame["native_id"].str.to_lowercase().is_in(natives).fill_null(value=False)
                may |= of_node
            if not may.any():
                continue
            picked = frame.filter(may)
            platforms = picked[told].to_list() if told else [platform] * len(picked)
            for row, text, of, words, is_whole in zip(
                picked["row_number_"].to_list(), picked[name].to_list(), platforms, redactor.certain.words(picked[name]),
                of_node.filter(may), strict=True,
            ):  # fmt: skip
                instead = redactor.json(text, of, words, is_node=True) if is_whole else redactor.cell(text, name, of, words, is_raw=is_raw)
                if instead != text:
                    is_theirs = is_raw and name == "payload" and platform is not None and not is_node and redactor.owns(text, of)
                    found.append(Change(row, name, instead, is_theirs))
                elif parts is not None and words:
                    parts |= redactor.certain.within(text, words)
        if found:
            yield found


def hits(connection: duckdb.DuckDBPyConnection, redactor: Redactor, parts: set[bytes] | None = None) -> Counter[str]:
    """How many cells of each table hold something of them; `parts`: see `changes`."""
    return _of_each(
        connection,
        columns_by_table(connection),
        lambda own, table, columns: sum(map(len, changes(own, table, columns, redactor, parts))),
    )


def _of_each(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Mapping[str, str]], counted: Counted) -> Counter[str]:
    """What is counted of each table, several at once: most of the time goes into searching texts, which one thread does at a time."""

    def one(table: str) -> int:
        with connection.cursor() as own:
            own.execute("set timezone = 'UTC'")
            return counted(own, table, tables[table])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return +Counter(dict(zip(tables, pool.map(one, tables), strict=True)))


def _are_any(shared: Shared, texts: pl.Series) -> pl.Series:
    """Whether each text is one of the ids as a whole, in whatever case and with or without @; what is longer is not looked at."""
    text = pl.col("text")
    short = pl.when(text.str.len_bytes() <= shared.longest + 1).then(text).str.to_lowercase().str.strip_prefix("@")
    return texts.to_frame("text").select(short.is_in(shared.column.implode())).to_series().fill_null(value=False)


def holds_text(kind: str) -> bool:
    """Whether a column of this type can hold a string."""
    return any(name in kind for name in ("VARCHAR", "JSON", "BLOB", "ENUM"))


def _as_text(name: str, kind: str) -> str:
    return f'"{name}"' if kind == "VARCHAR" else f'"{name}"::varchar' if kind in ("JSON", "BLOB") else f'to_json("{name}")::varchar'


def _rewrite(connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str], redactor: Redactor) -> int:
    count = 0
    found: dict[str, list[Change]] = {}
    for batch in changes(connection, table, columns, redactor):
        for change in batch:
            found.setdefault(change.column, []).append(change)
    if gone := {cell.row for cell in found.get("payload", ()) if cell.is_theirs}:
        found = {column: [cell for cell in cells if cell.row not in gone] for column, cells in found.items()}
        count += len(gone)
        connection.execute(f"delete from {table} where rowid in (select unnest(?::bigint[]))", [sorted(gone)])
    if cells := [cell for column in found.values() for cell in column]:
        _update(connection, table, columns, cells)
    return count + len(cells)


def _update(connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str], cells: Sequence[Change]) -> None:
    """Writes all cells in one statement: a row whose list is updated moves, and has another number after."""
    rows: dict[int, dict[str, str]] = {}
    for cell in cells:
        rows.setdefault(cell.row, {})[cell.column] = cell.text
        if cell.column == "payload" and "payload_hash" in columns:
            rows[cell.row]["payload_hash"] = hashlib.md5(cell.text.encode(), usedforsecurity=False).hexdigest()
    names = sorted({name for row in rows.values() for name in row})
    frame = pl.DataFrame(
        [(row, *(cells_.get(name) for name in names)) for row, cells_ in rows.items()],
        schema={"row_number_": pl.Int64(), **dict.fromkeys(names, pl.String())},
        orient="row",
    )
    values = []
    for name in names:
        value = f'rows."{name}"' if columns[name] in ("VARCHAR", "BLOB") else f'rows."{name}"::json::{columns[name]}'
        values.append(f'"{name}" = case when rows."{name}" is null then {table}."{name}" else {value} end')
    execute_over(connection, frame, f"update {table} set {', '.join(values)} from rows where {table}.rowid = rows.row_number_")
