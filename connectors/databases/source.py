"""SQL databases, through SQLAlchemy: forum posts, orders and refunds, by queries that answer in the schema of `file_schema`."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from connectors.databases.forum_queries import FORUMS
from connectors.extraction import Extraction
from connectors.files.records import sort_out, with_plain_times
from connectors.files.schema import SCHEMA, missing_columns
from connectors.source import Page, Record, Rejected, Source, SourceError, Tombstone

_BATCH = 5_000  # rows
_READS = re.compile(r"\s*(?:select|with)\b", re.IGNORECASE)
_LOCAL = r"^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?$"
_ISO_TIMES = "select set_config('TimeZone', :zone, false), set_config('DateStyle', 'ISO', false)"
_SCHEMA = "connectors/README.md names the columns of each entity"


def _queries(job: Extraction) -> Mapping[str, str]:
    settings = job.settings
    forum = FORUMS[settings.software].queries if settings.software else {}
    queries = {**forum, **settings.queries}
    if not queries:
        raise SourceError(f"{settings.name} asks for nothing: give `software` ({', '.join(FORUMS)}) or `queries`")
    for entity, query in queries.items():
        if entity not in SOURCE.entities:
            raise SourceError(f"{settings.name}: queries.{entity} is none of {', '.join(SOURCE.entities)}")
        if not _READS.match(query):
            raise SourceError(f"{settings.name}: queries.{entity} must begin with select or with: a source only reads")
    return queries


@contextmanager
def _connected(job: Extraction) -> Iterator[sa.Connection]:
    """A connection that cannot write and that streams what it is asked. Raises SourceError, never with the address."""
    name = job.settings.name
    try:
        url = sa.make_url(job.settings.secret("url") or "")
        if url.get_backend_name() == "sqlite" and url.database:
            query = {**url.query, "uri": "true", "mode": "ro"}
            url = url.set(database=f"file:{url.database}", query=query)
        options = {"postgresql_readonly": True} if url.get_backend_name() == "postgresql" else {}
        # its batches are read in whatever thread is free, one at a time
        arguments = {"check_same_thread": False} if url.get_backend_name() == "sqlite" else {}
        engine = sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True, connect_args=arguments)
        sa.event.listen(engine, "connect", _answer_whatever_is_there)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        told = (
            str(error) if isinstance(error, NoSuchModuleError | ImportError) else "not of the form dialect+driver://user:password@host/name"
        )
        raise SourceError(f"{name}: the database address in secrets.url cannot be used: {told}") from None
    try:
        with engine.connect() as connection:
            connection = connection.execution_options(stream_results=True, max_row_buffer=_BATCH, **options)
            if url.get_backend_name() in {"mysql", "mariadb"}:
                connection.execute(sa.text("set transaction read only"))
            if url.get_backend_name() == "postgresql":  # what it compares and answers times in, whatever its own settings are
                zone = {"zone": job.settings.timezone or "UTC"}
                connection.execute(sa.text(_ISO_TIMES), zone).close()
            yield connection
    except DBAPIError as error:
        told = " ".join(str(error.orig).split())[:300]
        raise SourceError(f"{name}: the database refused: {_without(told, url)}") from None
    except SQLAlchemyError as error:
        raise SourceError(f"{name}: {' '.join(str(error).split())[:300]}") from None
    finally:
        engine.dispose()


def _answer_whatever_is_there(connection: Any, _: object) -> None:
    """Lets a driver hand over values that it would refuse, with which one bad cell would end the whole query."""
    if isinstance(connection, sqlite3.Connection):
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
    elif hasattr(connection, "adapters"):  # psycopg knows no year above 9999, no infinity and nothing before Christ
        from psycopg.types.string import TextLoader

        for kind in ("timestamptz", "timestamp", "date"):
            connection.adapters.register_loader(kind, TextLoader)


def _without(told: str, url: sa.URL) -> str:
    return told.replace(str(url.password), "***") if url.password else told


def _bound(query: str, start: datetime, end: datetime, dialect: str, zone: ZoneInfo) -> sa.TextClause:
    """The query with the bounds that it names. SQLite stores times as text, other databases compare times of `zone` without telling it."""

    def bound(moment: datetime) -> object:
        local = moment.astimezone(zone)
        return (
            local.strftime("%Y-%m-%d %H:%M:%S") if dialect == "sqlite" else local if dialect == "postgresql" else local.replace(tzinfo=None)
        )

    bounds: dict[str, Any] = {
        "start": bound(start),
        "end": bound(end),
        "start_epoch": int(start.timestamp()),
        "end_epoch": int(end.timestamp()),
    }
    clause = sa.text(query)
    return clause.bindparams(**{name: bounds[name] for name in clause.compile().params if name in bounds})


def _cell(value: Any) -> str | None:
    """A database's value as the text that the schema reads."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, date):  # and datetime
        return value.isoformat()
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else str(value)


def _answerable(job: Extraction, connection: sa.Connection, query: str) -> str:
    """The query without the column of the guests' names where the forum's table has none."""
    names = FORUMS[job.settings.software].guest_names if job.settings.software else None
    if names is None or f"post.{names[1]}" not in query:
        return query
    table, column = names
    is_there = any(known["name"] == column for known in sa.inspect(connection).get_columns(table))
    return query if is_there else query.replace(f"post.{column}", "null")


class _Reader:
    """Reads one query to its end, a batch at a time."""

    def __init__(self, job: Extraction, connection: sa.Connection, entity: str, query: str, start: datetime) -> None:
        self.job = job
        self.entity = entity
        self.plain = FORUMS[job.settings.software].plain if job.settings.software and entity not in job.settings.queries else None
        self.has_local_times = False
        self.timezone = job.settings.timezone or "UTC"
        asked = _answerable(job, connection, query)
        bound = _bound(asked, start, job.window.end, connection.dialect.name, ZoneInfo(self.timezone))
        self.is_whole = bound.compile().params.keys().isdisjoint({"start", "start_epoch"})
        result = connection.execute(bound)
        self.columns = list(result.keys())
        self.batches = result.partitions(_BATCH)
        self.row_count = 0
        self._known = {column.name for column in SCHEMA[entity]}
        self._times = [column.name for column in SCHEMA[entity] if column.type == "timestamp" and column.name in self.columns]
        if missing := missing_columns(entity, self.columns):
            raise SourceError(f"{job.settings.name}: queries.{entity} gives no column {', '.join(missing)}: {_SCHEMA}")

    def next(self) -> Page | None:
        """The next rows, None after the last."""
        rows = next(self.batches, None)
        if rows is None:
            return None
        frame = pl.DataFrame(
            {name: [self._text(name, row[position]) for row in rows] for position, name in enumerate(self.columns) if name in self._known},
            schema={name: pl.String for name in self.columns if name in self._known},
        )
        self.has_local_times |= any(frame[name].str.contains(_LOCAL).any() for name in self._times)
        frame = with_plain_times(self.entity, frame, self.timezone)
        found = sort_out(self.entity, frame, self.job.window, self.job.settings.secret("hash_key"))
        first = self.row_count + 1
        self.row_count += len(rows)
        return Page(
            f"{self.job.settings.name}/{self.entity}",
            [self._record(record) for record in (*found.records, *found.guests)],
            rejected=[
                Rejected(self.entity, f"queries.{self.entity} row {first + index}: {problem}", values)
                for index, problem, values in found.bad
            ],
            notes=[f"queries.{self.entity}: {found.waiting} rows are of a later night"] if found.waiting else (),
        )

    def _text(self, name: str, value: Any) -> str | None:
        text = _cell(value)
        return self.plain(text) if self.plain and name == "text" and text else text

    def _record(self, record: Record) -> Record:
        lookup_key = record.published_at.isoformat() if record.published_at and record.entity == "posts" else None
        return Record(record.entity, f"{self.job.settings.name}:{record.native_id}", record.payload, record.published_at, lookup_key)


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Every query, from `limits.young_days` before the night on; one without `:start` is read whole.

    What changed meanwhile is seen again, and a young post that its query no longer gives is gone; an older one is where the query is read
    whole. The cursor holds up to when all was read.
    """
    queries = _queries(job)
    since = datetime.fromisoformat(job.cursor["at"]) if job.cursor else job.window.start
    start = min(since, job.window.end - timedelta(days=job.settings.limits.young_days)) if job.cursor else since
    older = {known.native_id for known in job.young if known.entity == "posts" and datetime.fromisoformat(known.lookup_key) < start}
    unseen = {known.native_id for known in job.young if known.entity == "posts"}
    with _connected(job) as connection:
        for entity, query in queries.items():
            reader = await asyncio.to_thread(_Reader, job, connection, entity, query, start)
            while (page := await asyncio.to_thread(reader.next)) is not None:
                unseen.difference_update(record.native_id for record in page.records if record.entity == "posts")
                yield page
            if entity == "posts" and older and not reader.is_whole:
                unseen -= older
                told = "older posts cannot be looked at again, because it asks for those since :start alone"
                yield Page(job.settings.name, notes=[f"queries.posts: {told}"])
            if reader.has_local_times and not job.settings.timezone:
                told = "times without a zone are read as UTC: add timezone: Europe/Berlin, or the zone they are in, to the source"
                yield Page(job.settings.name, notes=[f"queries.{entity}: {told}"])
            unknown = [name for name in reader.columns if name not in {column.name for column in SCHEMA[entity]}]
            if unknown:
                yield Page(
                    job.settings.name,
                    notes=[f"queries.{entity}: columns that the schema does not know are left out: {', '.join(unknown)[:500]}"],
                )
    tombstones: Sequence[Tombstone] = [Tombstone("posts", native_id) for native_id in sorted(unseen)] if "posts" in queries else ()
    yield Page(job.settings.name, tombstones=tombstones, cursor={"at": job.window.end.isoformat()})


async def check(job: Extraction) -> str:
    """What database answered, and the columns of each query."""

    def look() -> str:
        with _connected(job) as connection:
            end = job.window.end
            found = [
                f"{entity} ({', '.join(_Reader(job, connection, entity, query, end).columns)})" for entity, query in _queries(job).items()
            ]
            return f"{connection.dialect.name}: {'; '.join(found)}"

    return await asyncio.to_thread(look)


SOURCE = Source(
    platform="databases",
    channel="databases",
    entities={
        "authors": "One row per version of an account in a database.",
        "posts": "One row per version of a post in a database.",
        "orders": "One row per version of an order or sign-up in a database.",
        "refunds": "One row per version of a refund or cancellation in a database.",
    },
    follows=frozenset({"queries", "software", "timezone"}),
    fetch=fetch,
    check=check,
    secrets={"url": True, "hash_key": False},
    access="your own database",
    rechecks=frozenset({"posts"}),
)
"""A source of its own for each database; ids are unique within a source."""
