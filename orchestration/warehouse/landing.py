"""The landing folder: what sources answered, as immutable Parquet segments, until it is loaded.

One folder a source run. Segments hold whole pages; `run.json`, written last, says that the run is complete and what its cursor is.
A folder without it is the rest of a run that was cut off, whose cursor never moved: it is deleted and fetched again. Whatever else lies
there, and runs that cannot be read, are set aside in the folder `broken`; nobody but a person deletes those.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from math import isfinite
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from connectors.source import Page
from orchestration.warehouse.faults import explaining

log = logging.getLogger("groundswell")

BROKEN = "broken"
LOADING = "loading"
"""The file that lies in a run's folder while it is loaded, and says for which time. Found there later, the load was killed."""
LOADS = 2
"""How often a load may be killed until the run is set aside: the second time it may be for something else."""
SEGMENT_ROWS = 5_000
SEGMENT_BYTES = 16 * 2**20

SCHEMA = pl.Schema(
    {
        "position": pl.Int64(),
        "kind": pl.String(),
        "entity": pl.String(),
        "native_id": pl.String(),
        "payload": pl.String(),
        "published_at": pl.Datetime("us", "UTC"),
        "lookup_key": pl.String(),
        "reason": pl.String(),
        "request_url": pl.String(),
    }
)


@dataclass(slots=True)
class SourceRun:
    """One source's part of one night, as run.json and raw_ops.source_runs keep it."""

    source_run_id: str
    source_name: str
    platform: str
    channel: str
    night: date
    observed_date: date
    window_start: datetime
    window_end: datetime
    observed_at: datetime
    status: str = "succeeded"
    error: str | None = None
    notes: list[str] = field(default_factory=list)
    request_count: int = 0
    cursor: dict[str, Any] | None = None


class Landing:
    """Writes one source run's pages; `complete` it at the end."""

    def __init__(self, folder: Path, run: SourceRun) -> None:
        self.run = run
        self.folder = folder / run.source_run_id
        self.row_count = 0
        self._rows: list[tuple[Any, ...]] = []
        self._bytes = 0
        self._segments = 0
        shutil.rmtree(self.folder, ignore_errors=True)
        with explaining(self.folder):
            self.folder.mkdir(parents=True)

    def add(self, page: Page) -> None:
        """Keeps a page; several small ones share a segment, because each segment is synced to disk."""
        for record in page.records:
            try:
                payload = json_text(record.payload)
            except RecursionError:
                self._row(page, "rejected", record.entity, record.native_id, reason="is nested too deeply to be kept")
                continue
            if is_id(record.native_id):
                self._row(page, "record", record.entity, record.native_id, payload, record.published_at, record.lookup_key)
            else:
                self._row(page, "rejected", record.entity, None, payload, reason="has no id that it can be known by")
        for tombstone in page.tombstones:
            if is_id(tombstone.native_id):
                self._row(page, "tombstone", tombstone.entity, tombstone.native_id, reason=tombstone.kind)
        for known in page.still:
            self._row(page, "still", known.entity, known.native_id)
        for rejected in page.rejected:
            self._row(page, "rejected", rejected.entity, rejected.native_id, json_text(rejected.payload), reason=rejected.reason)
        self.run.notes += map(plain_text, page.notes)
        if page.cursor is not None:
            self.run.cursor = dict(page.cursor)
        if len(self._rows) >= SEGMENT_ROWS or self._bytes >= SEGMENT_BYTES:
            self.flush()

    def flush(self) -> None:
        """Writes what is kept as one segment."""
        if not self._rows:
            return
        self._segments += 1
        frame = pl.DataFrame(self._rows, schema=SCHEMA, orient="row")
        with explaining(self.folder), atomic(self.folder / f"{self._segments:05}.parquet") as fresh:
            frame.write_parquet(fresh)
        self._rows.clear()
        self._bytes = 0

    def complete(self) -> None:
        """Writes the last segment and says that the run is whole."""
        self.flush()
        if self.run.status == "failed":
            self.run.cursor = None
        self.run.error = self.run.error and plain_text(self.run.error)
        with explaining(self.folder), atomic(self.folder / "run.json") as fresh:
            fresh.write_text(json.dumps(asdict(self.run), default=str), encoding="utf-8")

    def _row(
        self,
        page: Page,
        kind: str,
        entity: str,
        native_id: str | None,
        payload: str | None = None,
        published_at: datetime | None = None,
        lookup_key: str | None = None,
        reason: str | None = None,
    ) -> None:
        self.row_count += 1
        self._bytes += len(payload or "")
        texts = (text if text is None else plain_text(text) for text in (lookup_key, reason, page.url))
        native_id = native_id if native_id is None else plain_text(native_id)
        self._rows.append((self.row_count, kind, entity, native_id, payload, published_at, *texts))


@dataclass(frozen=True, slots=True)
class SetAside:
    """What lay in the landing folder under `name` and could not be loaded; `source_name` where the name tells whose it was."""

    name: str
    source_name: str | None
    note: str


def completed(folder: Path, aside: list[SetAside], *, killed: bool = False) -> Iterator[tuple[Path, SourceRun]]:
    """The complete runs that lie in the landing folder, oldest first; deletes those that were cut off, and sets all else aside.

    killed: those alone whose load was killed, else all but those. They are named in the run's notes and the log.
    """
    for candidate in sorted(folder.iterdir()) if folder.is_dir() else []:
        manifest = candidate / "run.json"
        if candidate.name == BROKEN:
            continue
        if candidate.is_symlink() or not candidate.is_dir():
            aside.append(set_aside(candidate, "is no source run"))
        elif manifest.is_file():
            try:
                run = _source_run(json.loads(manifest.read_text(encoding="utf-8")))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                aside.append(set_aside(candidate, f"its run.json cannot be read: {type(error).__name__}: {error}"))
                continue
            times = _times_begun(candidate)
            if killed != (times > 0):
                continue
            if times >= LOADS:
                aside.append(set_aside(candidate, f"its load was killed {times} times, as for want of memory"))
                continue
            if killed:
                run.notes.append(f"{candidate.name} was killed while it was loaded, as for want of memory, and is loaded last")
                log.warning("%s", run.notes[-1])
            yield candidate, run
        elif all(re.fullmatch(r"\.?\d{5}\.parquet|\.run\.json", path.name) for path in candidate.iterdir()):
            shutil.rmtree(candidate)
        else:
            aside.append(set_aside(candidate, "is no source run: it has no run.json, and files of others"))


def set_aside(candidate: Path, reason: str) -> SetAside:
    """Moves something out of the way of the nights, into landing/broken/; a run that lies there was not loaded, its cursor did not move."""
    folder = candidate.parent / BROKEN
    with explaining(folder):
        folder.mkdir(exist_ok=True)
        target, number = folder / candidate.name, 1
        while target.exists() or target.is_symlink():
            number += 1
            target = folder / f"{candidate.name}.{number}"
        candidate.rename(target)
    found = re.fullmatch(r"\d{8}-(\w+)-\d+", candidate.name)
    told = f"{candidate.name} was set aside to landing/{BROKEN}/{target.name}: {' '.join(reason.split())[:300]}"
    log.warning("%s", told)
    return SetAside(candidate.name, found[1] if found else None, told + ("; what it held is asked for again" if found else ""))


@contextmanager
def begun(folder: Path) -> Iterator[None]:
    """Marks a run as being loaded, until that ends in whatever way that this process survives."""
    marker = folder / LOADING
    marker.write_text(str(_times_begun(folder) + 1), encoding="utf-8")
    try:
        yield
    finally:
        marker.unlink()


def _times_begun(folder: Path) -> int:
    marker = folder / LOADING
    told = marker.read_text(encoding="utf-8") if marker.is_file() else "0"
    return int(told) if told.isdigit() else 1


def is_id(native_id: object) -> bool:
    """Whether an item can be known by it."""
    return isinstance(native_id, str) and native_id.strip() != ""


def plain_text(text: str) -> str:
    """Text without NUL and lone surrogates, which no database column takes."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def json_text(value: Any) -> str:
    """JSON text of a payload, without NUL and lone surrogates; numbers that are none are null."""
    try:
        text = orjson.dumps(value).decode()
    except TypeError:  # an integer above 64 bits or a lone surrogate
        text = _dumped(value)
    return _dumped(value) if "\\u0000" in text else text


def _dumped(value: Any) -> str:
    return json.dumps(_storable(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, dict):
        return {plain_text(str(key)): _storable(item) for key, item in value.items()}
    if isinstance(value, float) and not isfinite(value):
        return None
    return [_storable(item) for item in value] if isinstance(value, list | tuple) else value


def _source_run(manifest: dict[str, Any]) -> SourceRun:
    for name in ("night", "observed_date"):
        manifest[name] = date.fromisoformat(manifest[name])
    for name in ("window_start", "window_end", "observed_at"):
        manifest[name] = datetime.fromisoformat(manifest[name])
    return SourceRun(**manifest)


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Gives a temporary name to write to, then syncs and renames it, so that a file is there whole or not at all."""
    fresh = path.with_name(f".{path.name}")
    yield fresh
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    fresh.replace(path)


def segments_of(folder: Path) -> list[Path]:
    """The segments of a run, in their order."""
    return [path for path in sorted(folder.glob("*.parquet")) if not is_unfinished(path)]


def is_unfinished(path: Path) -> bool:
    """Whether a file is what a process that was killed has left of what it wrote by `atomic`."""
    return path.name.startswith(".")
