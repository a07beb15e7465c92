"""All that is held of a person, as they may ask for it: every table's rows, and one page to read."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from orchestration.home.lists import TABLE as LISTS
from orchestration.home.reading import read_table
from orchestration.privacy.identifiers import columns_by_table
from orchestration.privacy.persons import Account
from orchestration.privacy.redaction import Redactor
from orchestration.privacy.tables import changes, known, where_theirs
from orchestration.settings import NotDone

DERIVED = ("intermediate", "marts", "ops", "raw_signals", "raw_scores", "raw_attribution")
DATA, PAGE = "data.json", "index.html"
ROWS_SHOWN = 200
"""Of each table on the page; all are in the JSON."""
STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;display:block;"
    "overflow-x:auto;font-size:.85rem}th,td{border:1px solid #bbb;padding:.2rem .5rem;text-align:left;vertical-align:top;max-width:30rem;"
    "overflow-wrap:anywhere}"
)


class NotExported(NotDone):
    """The folder cannot be written."""


def export(
    connection: duckdb.DuckDBPyConnection, accounts: Sequence[Account], redactor: Redactor, folder: Path, home: Path, now: datetime
) -> dict[str, int]:
    """Writes `data.json` and `index.html` into a new folder, for its owner alone; returns the number of rows by table.

    Rows are those of the person, and those of others in which something of the person stands; of lists as the home has them by now.

    Raises:
        NotExported: the folder holds something already.
    """
    if folder.exists() and not folder.is_dir():
        raise NotExported(f"{folder} is a file: name a new folder")
    if folder.exists() and any(folder.iterdir()):
        raise NotExported(f"{folder} holds something already: name a new folder")
    listed = [row for row in read_table(home, LISTS) if row["author_id"] in redactor.identifiers.authors]
    held = {table: list(rows) for table, rows in _held(connection, redactor)} | ({f"{LISTS}.csv": listed} if listed else {})
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = {"exported_at": now.isoformat(), "accounts": [asdict(one) for one in accounts], "tables": held}
    for name, text in ((DATA, json.dumps(told, ensure_ascii=False, indent=1, default=str)), (PAGE, _page(accounts, held, now))):
        file = folder / name
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
    return {table: len(rows) for table, rows in held.items()}


def _held(connection: duckdb.DuckDBPyConnection, redactor: Redactor) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The rows of each table that are theirs or tell of them, as they stand."""
    known(connection, redactor)
    for table, columns in columns_by_table(connection).items():
        rows = {change.row for batch in changes(connection, table, columns, redactor) for change in batch}
        if where := where_theirs(columns):
            rows |= {row for (row,) in connection.execute(f"select rowid from {table} where {where}").fetchall()}
        if not rows:
            continue
        connection.register("rows_held", pl.DataFrame({"row": sorted(rows)}).to_arrow())
        found = connection.execute(f"select * from {table} where rowid in (select row from rows_held) order by rowid")
        names = [column[0] for column in found.description or ()]
        yield table.replace('"', ""), [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        connection.unregister("rows_held")


def _page(accounts: Sequence[Account], held: Mapping[str, Sequence[Mapping[str, Any]]], now: datetime) -> str:
    """The page: no script, and everything escaped."""
    received = [table for table in held if table.split(".")[0] not in DERIVED]
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>What is held</title><style>{STYLE}</style>',
        f"<h1>What is held</h1><p>As of {html.escape(now.isoformat())}. All rows are in <code>{DATA}</code>; of each table the page shows "
        f"{ROWS_SHOWN} at most.</p><h2>Accounts</h2>",
        _table([asdict(one) for one in accounts]),
        "<h2>Received</h2><p>What platforms and files gave: <code>source_name</code> is the source, <code>request_url</code> where it was "
        "asked, <code>observed_at</code> when, <code>payload</code> the answer as it came.</p>",
        *(part for table in received for part in _section(table, held[table])),
        "<h2>Derived</h2><p>What was computed of it: <code>extractor_version</code> and <code>score_version</code> name the version that "
        "did; <code>influencer_rankings</code> is the score, <code>ranking_components</code> what it is the sum of, "
        "<code>ranking_evidence</code> the adoptions that it rests on.</p>",
        *(part for table in held if table not in received for part in _section(table, held[table])),
    ]
    return "".join(parts)


def _section(table: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield f"<h3>{html.escape(table)}, {len(rows):,} rows</h3>{_table(rows[:ROWS_SHOWN])}"


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{'' if value is None else html.escape(str(value))}</td>" for value in row.values()) + "</tr>" for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"
