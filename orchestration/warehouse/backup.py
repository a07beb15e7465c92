"""One archive of a home and its warehouse, and a home made of one.

In it: the home's files, the warehouse, what is landed and not loaded, the published file and the reports. Parquet, Dagster's history,
dbt's files and logs are left out: the next night writes them anew.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from orchestration.settings import NotDone, Settings
from orchestration.warehouse.lock import only_refresh
from orchestration.warehouse.migrations import VERSION, version_of
from orchestration.warehouse.warehouse import Warehouse, point, sync

CONTENTS = "backup.json"
MADE = ".backups"
"""In the home: when archives were made and where they were put, for whoever has to look for them."""
WAREHOUSE = "data/warehouse.duckdb"
PUBLISHED = "data/published/groundswell.duckdb"


class BackupError(NotDone):
    """The archive is not made, not whole, or has no room where it should go."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What an archive says of itself. `files`: sha256 by name; `rows`: of each table of the warehouse, by schema and name."""

    made_at: str
    program: str
    warehouse_version: int
    rows: Mapping[str, int]
    files: Mapping[str, str]


def back_up(
    settings: Settings, archive: Path, now: datetime, *, with_secrets: bool = True, waiting: Callable[[], None] = lambda: None
) -> Backup:
    """Writes the archive, mode 600, and opens it again to compare every table's rows. Waits for a running refresh to end.

    waiting: called when that begins.
    The refresh's lock is held while files are copied, not while they are packed: cursors, landing and raw tables are of one moment.

    Raises:
        BackupError: the archive is there already, there is no warehouse, or what was packed is not what was copied.
    """
    if archive.exists():
        raise BackupError(f"{archive} is there already: name a new file")
    if not settings.warehouse.exists():
        raise BackupError(f"there is no warehouse at {settings.warehouse} yet: `groundswell refresh` makes one")
    with _folder_beside(archive) as copied:
        with only_refresh(settings, waiting):
            rows, number = _facts(settings.warehouse, write=True)
            _copy(settings, copied, with_secrets)
        names = sorted(str(path.relative_to(copied)) for path in copied.rglob("*") if path.is_file())
        made = Backup(now.isoformat(), version("groundswell"), number, rows, {name: _sha256(copied / name) for name in names})
        packed = copied / ".packed"
        with packed.open("xb") as file, tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as tar:
            os.fchmod(file.fileno(), 0o600)
            text = json.dumps({name: getattr(made, name) for name in Backup.__dataclass_fields__}).encode()
            member = tarfile.TarInfo(CONTENTS)
            member.size, member.mode = len(text), 0o600
            tar.addfile(member, io.BytesIO(text))
            for name in names:
                tar.add(copied / name, name)
        with _folder_beside(archive) as opened:
            _unpack(packed, opened)
        sync(packed)
        packed.rename(archive)
    with (settings.home / MADE).open("a", encoding="utf-8", newline="") as noted:
        csv.writer(noted, lineterminator="\n").writerow((made.made_at, str(archive)))
    return made


def archives_made(home: Path) -> list[tuple[str, Path]]:
    """When each archive of a home was made, and where it was put; those made by versions before this one are not known."""
    path = home / MADE
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [(row[0], Path(row[1])) for row in csv.reader(file) if len(row) == 2]


def restore(archive: Path, folder: Path) -> Backup:
    """Makes a home of an archive; what is not whole is refused before the folder is there.

    Its data lie in its own `data`, wherever they were before: GROUNDSWELL_DATA is taken out of its `.env`.

    Raises:
        BackupError: the folder holds something, or the archive is damaged, no backup, or of a newer program.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"{folder} holds something already: name a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _folder_beside(folder) as opened:
        found = _unpack(archive, opened)
        if found.warehouse_version > VERSION:
            raise BackupError(f"{archive} was written by groundswell {found.program}: install that, or a newer one, then restore")
        home = opened / "home"
        shutil.move(opened / "data", home / "data")
        _link_published(home)
        if (secrets := home / ".env").exists():
            text = secrets.read_text(encoding="utf-8")
            secrets.write_text(re.sub(r"(?m)^\s*(export\s+)?GROUNDSWELL_DATA\s*=.*\n?", "", text), encoding="utf-8")
        home.chmod(0o700)
        if folder.exists():
            folder.rmdir()
        home.rename(folder)
    return found


def _copy(settings: Settings, copied: Path, with_secrets: bool) -> None:
    data = settings.folder
    for path in _files(settings.home):
        inside = path.relative_to(settings.home)
        if not path.is_relative_to(data) and (with_secrets or inside != Path(".env")):
            _copy_file(path, copied / "home" / inside)
    for name in ("landing", "reports"):
        for path in _files(data / name):
            _copy_file(path, copied / "data" / path.relative_to(data))
    _copy_file(settings.warehouse, copied / WAREHOUSE)
    if settings.published.exists():
        _copy_file(settings.published, copied / PUBLISHED)


def _files(folder: Path) -> Iterator[Path]:
    """Regular files at any depth; links, which a copy elsewhere would follow into the old installation, are left out."""
    for place, _, names in os.walk(folder):
        yield from (path for name in sorted(names) if not (path := Path(place, name)).is_symlink() and path.is_file())


def _copy_file(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, target)


def _unpack(archive: Path, folder: Path) -> Backup:
    """Unpacks a whole archive, compares every file's hash and opens the warehouse to compare every table's rows."""
    try:
        with tarfile.open(archive, "r:gz") as tar:
            tar.extractall(folder, filter="data")
        written: dict[str, Any] = json.loads((folder / CONTENTS).read_bytes())
        found = Backup(**written)
    except FileNotFoundError as error:
        what = "no backup: it does not say what is in it" if archive.exists() else "not there"
        raise BackupError(f"{archive} is {what}") from error
    except (tarfile.TarError, OSError, EOFError, ValueError, TypeError) as error:
        raise BackupError(f"{archive} is damaged, or no backup: {error}") from error
    for name, digest in found.files.items():
        if not (folder / name).is_file() or _sha256(folder / name) != digest:
            raise BackupError(f"{archive} is damaged: {name} is not what was packed")
    try:
        rows, _ = _facts(folder / WAREHOUSE)
    except duckdb.Error as error:
        raise BackupError(f"the warehouse in {archive} does not open: {error}") from error
    differing = sorted(table for table in rows.keys() | found.rows.keys() if rows.get(table) != found.rows.get(table))
    if differing:
        raise BackupError(f"the warehouse in {archive} has other rows than were counted in {', '.join(differing[:5])}")
    return found


def _facts(path: Path, *, write: bool = False) -> tuple[dict[str, int], int]:
    """Rows of every table, and the version; opened for writing, what a crash left in the write-ahead log goes into the file first."""
    warehouse = Warehouse(path)
    with warehouse.connect(write=write) as connection:
        if write:
            connection.execute("checkpoint")
        number = version_of(connection)
    return {f"{schema}.{table}": count for (schema, table), count in warehouse.row_counts().items()}, number


def _link_published(home: Path) -> None:
    published = home / PUBLISHED
    if published.exists():
        published.rename(published.with_name(f".{published.name}.restored"))
        point(published, f".{published.name}.restored")
    pages = sorted((home / "data" / "reports").glob("????-??-??.html"))
    if pages:
        point(pages[-1].with_name("latest.html"), pages[-1].name)


@contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise BackupError(f"{path.parent} cannot be written: {error.strerror}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
