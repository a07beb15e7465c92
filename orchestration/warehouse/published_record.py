"""What a published file holds, written beside it: what stayed the same is copied with the file and not written again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import duckdb

from orchestration.warehouse.warehouse import literal

NIGHT = "as_of_date"
"""A table whose key begins with it holds a part for each night, and what a night has found stays."""
NIGHTS = f"{NIGHT}::varchar"
"""The name of the part that a row of such a table is in, as SQL."""
RECORD = ".json"
"""How the name of a file's record ends."""
LATE_DAYS = 7
"""How long the rows of a night are looked at again. Rankings that later ones follow stay as they are, or go; of older nights the number of
rows is compared, so that a night does not cost what all nights before have found."""
LOOSE_SHARE, LOOSE_BLOCKS = 1 / 3, 64
"""A file with more of it unused is written as a whole the next time; a block has 256 KB."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a table is made of.

    `shape`: its columns and descriptions; `part`: which part a row is in, as SQL, None where there are none; `parts`: rows and their hash
    by part, by "" where there are none.
    """

    shape: str
    rows: int
    part: str | None
    parts: Mapping[str, str]

    def is_written_anew(self, was: Content | None) -> bool:
        """Whether nothing of what it was can stay, or so little that to look for it takes longer."""
        if was is None or was.shape != self.shape or (was.part is None) != (self.part is None):
            return True
        unlike = self.parts_unlike(was)
        return bool(unlike) and (self.part is None or 2 * sum(_rows(self.parts[name]) for name in unlike) > self.rows)

    def parts_unlike(self, other: Content) -> list[str]:
        """The parts whose rows are not those of the other."""
        return [name for name, part in self.parts.items() if other.parts.get(name) != part]

    @property
    def fingerprint(self) -> str:
        """The same for the same rows in whatever order, read by the same DuckDB."""
        return hashlib.sha256(json.dumps([self.shape, sorted(self.parts.items())]).encode()).hexdigest()

    def fingerprint_of(self, part: str) -> str:
        """The same for the same rows of a part."""
        return hashlib.sha256(json.dumps([self.shape, part, self.parts[part]]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Record:
    """A published file: its bytes, in which form columns are written, whether much of it is unused, and its tables by schema and name."""

    digest: str
    form: str
    is_loose: bool
    tables: Mapping[str, Content]

    def is_of(self, published: Path) -> bool:
        """Whether the file is the one that was written, to the byte."""
        return self.digest == _digest(published)


def weeks_of(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> str:
    """The name of the part that a row is in, as SQL, of a table in weeks of a column, the newest two of them by day.

    A night adds a day; a first one, which observes on its day what was said in years, would else be written anew on each day of its week.
    """
    week, day = (f"strftime({column}, '{form}')" for form in ("%G-W%V", "%Y-%m-%d"))
    newest = f"max({column}) filter (where isfinite({column}))"
    ((days_begin,),) = connection.execute(f"select date_trunc('week', {newest})::date - 7 from {table}").fetchall()
    return f"coalesce(case when {column} >= date '{days_begin or date.max}' then {day} else {week} end, 'undated')"


def among(part: str, names: Sequence[str]) -> str:
    """The condition that a row is in one of some parts, as SQL; nights are looked for as dates, so that few blocks are read."""
    if part == NIGHTS:
        return f"{NIGHT} in ({', '.join(f'date {literal(name)}' for name in names)})"
    return f"{part} in ({', '.join(map(literal, names))})"


def content(connection: duckdb.DuckDBPyConnection, table: str, shape: str, part: str | None) -> Content:
    """What a table of the warehouse is made of; takes a sixth of what writing it takes.

    table, part: as SQL names it, and the part that a row is in.
    """
    told = f"{shape}, DuckDB {duckdb.__version__}"
    if part is None:
        ((count, total),) = connection.execute(f"select count(*), sum(hash(hash(rows))) from {table} as rows").fetchall()
        return Content(told, count, None, {"": f"{count} {total}"})
    hashes = f"select {part}, concat(count(*), ' ', sum(hash(hash(rows)))) from {table} as rows"
    if part == NIGHTS:
        since = f"(select max({NIGHT}) - {LATE_DAYS} from {table})"
        counts = f"select {NIGHT}, count(*) as rows from {table} where {NIGHT} < {since} group by 1"
        hashes = f"select {part}, rows::varchar from ({counts}) union all {hashes} where {NIGHT} >= {since}"
    parts = connection.execute(f"{hashes} group by 1").fetchall()
    return Content(told, sum(_rows(found) for _, found in parts), part, dict(parts))


def _rows(part: str) -> int:
    return int(part.split()[0])


def read_record(published: Path) -> Record | None:
    """What is known of a published file; None where nothing is."""
    try:
        told = json.loads(beside(published).read_text(encoding="utf-8"))
        return Record(told["digest"], told["form"], told["is_loose"], {name: Content(**table) for name, table in told["tables"].items()})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_record(published: Path, tables: Mapping[str, Content], *, form: str, is_loose: bool) -> None:
    """Tells what a file that was just written holds."""
    beside(published).write_text(json.dumps(asdict(Record(_digest(published), form, is_loose, tables))), encoding="utf-8")


def is_loose(connection: duckdb.DuckDBPyConnection, database: str) -> bool:
    """Whether much of a file is unused."""
    ((free, total),) = connection.execute(
        "select free_blocks, total_blocks from pragma_database_size() where database_name = ?", [database]
    ).fetchall()
    return bool(free > max(LOOSE_SHARE * total, LOOSE_BLOCKS))


def beside(published: Path) -> Path:
    """Where the record of a published file is."""
    return published.with_name(f"{published.name}{RECORD}")


def _digest(published: Path) -> str:
    with published.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()
