"""Files that other tools export: Parquet, NDJSON, CSV or XLSX in the schema of `file_schema`, and exports as they come."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from connectors.extraction import Extraction
from connectors.files.batches import Batch, batches, sorted_out
from connectors.files.formats import FileError
from connectors.files.reading import Unread, entity_of, opened
from connectors.files.schema import SCHEMA
from connectors.settings import TableDialect
from connectors.source import Page, Source, SourceError


def listing(folder: Path | None) -> tuple[list[Path], list[str]]:
    """The folder's files in order of name, and a sentence for each thing in it that is no file. Raises SourceError."""
    if folder is None or not folder.is_dir():
        raise SourceError(f"{folder} is not a folder: `path` is a folder of files such as posts.csv")
    inside = folder.resolve()
    found = sorted(inside.iterdir())
    files = [path for path in found if path.is_file() and path.resolve().is_relative_to(inside)]
    return files, [f"{path.name} is not read: it is no file in this folder" for path in found if path not in files]


def why_unread(path: Path, dialect: TableDialect) -> str | None:
    """A sentence about a file that is none of ours, by its name and its beginning; None where it is one."""
    if entity_of(path) and path.suffix != ".json":
        return None
    try:
        opened(path, dialect)
    except Unread as error:
        return str(error)
    except (FileError, OSError):
        return None  # one of ours that is broken, which its reading tells
    return None


def unknown_columns(batch: Batch) -> dict[str, None]:
    """The columns of a batch that the schema does not know, in their order."""
    known = {column.name for column in SCHEMA[batch.entity]}
    return dict.fromkeys(name for name in batch.columns if name not in known)


def told(path: Path, format_: str | None, unknown: Sequence[str], counts: Counter[str], left_out: Counter[str]) -> list[str]:
    """Sentences about a file that was read: what it was taken for, and what of it is not kept."""
    sentences = [f"is read as {format_}"] if format_ else []
    if unknown:
        sentences.append(f"columns that the schema does not know are left out: {', '.join(unknown)[:500]}")
    sentences += [f"{count} {reason} are left out" for reason, count in left_out.items() if count]
    if counts["addressed"]:
        sentences.append(f"{counts['addressed']} reviews lose an author who is named by an e-mail or IP address")
    if counts["waiting"]:
        sentences.append(f"{counts['waiting']} rows are of a later night; it is read again then")
    return [f"{path.name}: {sentence}" for sentence in sentences]


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """The rows of every file that is new or changed; limits do not apply, for nobody is asked for anything.

    The cursor holds size and time of change of each file that was read whole, and what its entry told of tables then.
    """
    dialect = job.settings.csv
    files, notes = listing(job.settings.path)
    marks = {path: [path.stat().st_size, path.stat().st_mtime_ns, *dialect.model_dump(exclude_none=True).values()] for path in files}
    before, done = job.cursor.get("files", {}), {}
    failures: list[str] = []
    fresh = [path for path in files if before.get(path.name) != marks[path]]
    unread = {path: sentence for path in fresh if (sentence := await asyncio.to_thread(why_unread, path, dialect))}
    yield Page(SOURCE.platform, notes=sorted([*notes, *unread.values()]))
    for path in files:
        if path not in fresh:
            done[path.name] = marks[path]
        if path not in fresh or path in unread:
            continue
        unknown: dict[str, None] = {}
        counts: Counter[str] = Counter()
        left_out: Counter[str] = Counter()
        format_ = None
        found = batches(path, dialect)
        try:
            while (batch := await asyncio.to_thread(next, found, None)) is not None:
                format_ = batch.format
                unknown |= unknown_columns(batch)
                page, counted = sorted_out(path, batch, job.window, job.settings.secret("hash_key"))
                counts += counted
                left_out += batch.left_out
                yield page
        except SourceError as error:
            failures.append(str(error))
            continue
        if notes := told(path, format_, list(unknown), counts, left_out):
            yield Page(path.name, notes=notes)
        if not counts["waiting"]:
            done[path.name] = marks[path]
    yield Page(SOURCE.platform, cursor={"files": done})
    if failures:
        raise SourceError("; ".join(failures))


async def check(job: Extraction) -> str:
    """The files found, each with what it is taken for and its columns."""
    files = [path for path in listing(job.settings.path)[0] if why_unread(path, job.settings.csv) is None]
    found = [(path.name, next(batches(path, job.settings.csv), None)) for path in files]
    if not found:
        raise SourceError(f"{job.settings.path} holds no file of the schema, such as posts.csv, authors.ndjson or orders-2026.parquet")
    return "; ".join(f"{name} ({(batch.format or ', '.join(batch.columns)) if batch else 'no rows'})" for name, batch in found)


SOURCE = Source(
    platform="files",
    channel="files",
    entities={
        "authors": "One row per version of an account in the files.",
        "posts": "One row per version of a post in the files.",
        "interactions": "One row per version of something that one account did to another.",
        "follows": "One row per version of an account that follows another.",
        "orders": "One row per version of an order or sign-up.",
        "refunds": "One row per version of a refund or cancellation of an order.",
        "reviews": "One row per version of a product's review.",
        "reported_conversions": "One row per version of conversions that a tool counts for a source and a time.",
    },
    follows=frozenset({"path", "csv"}),
    requires=frozenset({"path"}),
    secrets={"hash_key": False},
    fetch=fetch,
    check=check,
)
