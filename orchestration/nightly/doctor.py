"""Whether an installation is sound: one function a check, each a list of findings with what to do."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Literal

import duckdb
from dotenv import dotenv_values
from dotenv.parser import parse_stream

from connectors.settings import unset_secrets
from connectors.source import SourceError
from orchestration.nightly.configuration import read_configuration
from orchestration.nightly.reachability import Asked
from orchestration.settings import DBT_PROJECT, NotDone, Settings
from orchestration.warehouse.connections import machine_bytes
from orchestration.warehouse.landing import BROKEN
from orchestration.warehouse.missed_nights import ranked_later
from orchestration.warehouse.permissions import closed_parents, read_by_others, wrong_modes
from orchestration.warehouse.warehouse import Warehouse, WarehouseBusy, read_published

Status = Literal["ok", "warn", "fail"]
GIB = 2**30
LATE = timedelta(hours=26)
"""A night is published once a day; two hours more for one that takes long."""
NIGHTS = 7
AHEAD = timedelta(minutes=5)
WAIT_SECONDS = 5
PACKAGES = ("groundswell", "dagster", "dbt-core", "dbt-duckdb", "duckdb", "polars")


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of what the doctor says; `remedy` is empty where all is well."""

    check: str
    status: Status
    told: str
    remedy: str = ""


def examine(settings: Settings, answers: Mapping[str, Asked] | None) -> list[Finding]:
    """All checks. `answers`: what each source said; None where none was asked."""
    checks: Sequence[Callable[[Settings], list[Finding]]] = (
        configuration, secrets, permissions, disk, memory, clock, versions, warehouse, landing, published, nights,
    )  # fmt: skip
    return [finding for check in checks for finding in check(settings)] + reachability(answers)


def configuration(settings: Settings) -> list[Finding]:
    """The home's tables, sources.yaml and .env."""
    found = [Finding("configuration", "fail", fault, "change that line") for fault in _unread_lines(settings.home / ".env")]
    found += [Finding("configuration", "warn", told, remedy) for told, remedy in _unknown_names(settings)]
    try:
        read = read_configuration(settings, may_lack_secrets=True)
    except SourceError as error:
        return found + [Finding("configuration", "fail", line, "as the line says") for line in str(error).splitlines()]
    if not read.sources:
        found.append(Finding("configuration", "warn", f"{settings.sources} lists no source", "add one: `groundswell init --like …`"))
    told = f"{settings.home}: {len(read.sources)} sources, {len(read.home.tables['brands'])} brands"
    return found or [Finding("configuration", "ok", told)]


def secrets(settings: Settings) -> list[Finding]:
    """The variables that sources.yaml names, and who may read .env."""
    found: list[Finding] = []
    if told := read_by_others(settings.home / ".env"):
        found.append(Finding("secrets", "warn", told.partition(": ")[0], told.partition(": ")[2]))
    try:
        sources = read_configuration(settings, may_lack_secrets=True).sources
    except SourceError:
        return [*found, Finding("secrets", "warn", "not looked for: the configuration cannot be read", "see configuration")]
    for source in sources:
        for variable in unset_secrets(source, settings.environment).values():
            told = f"{source.name}: {variable} is not set"
            found.append(Finding("secrets", "fail", told, "write it into .env in the home, or export it"))
    named = sum(len(source.secrets) for source in sources)
    return found or [Finding("secrets", "ok", f"{named} named in sources.yaml, all set")]


def reachability(answers: Mapping[str, Asked] | None) -> list[Finding]:
    """What the sources answered, and whether their servers have the same time."""
    if answers is None:
        return [Finding("sources", "ok", "not asked")]
    found = [
        Finding("sources", "fail", f"{name}: {answer.told}", "as it says") for name, answer in answers.items() if not answer.has_answered
    ]
    ahead = [answer.clock_ahead for answer in answers.values() if answer.clock_ahead is not None]
    if ahead and abs(median(ahead)) > AHEAD.total_seconds():
        told = f"the servers' clocks are {median(ahead) / 60:+,.0f} minutes from this machine's, by the median of {len(ahead)}"
        found.append(Finding("clock", "fail", told, "set the system's clock (NTP)"))
    return found or [Finding("sources", "ok", f"{len(answers)} asked, all answered")]


def permissions(settings: Settings) -> list[Finding]:
    """Who may read and write the data."""
    folder = settings.folder
    if not folder.exists():
        return [Finding("permissions", "ok", f"{folder} is not made yet")]
    if not os.access(folder, os.W_OK | os.X_OK):
        return [Finding("permissions", "fail", f"{folder} cannot be written by this user", "run as its owner, or make it writable")]
    found = []
    if wrong := list(wrong_modes(settings)):
        told = f"{len(wrong)} files and folders are open to others, or closed to the group; the first is {wrong[0][0]}"
        found.append(Finding("permissions", "warn", told, "the next refresh sets their modes; what is another user's is theirs to change"))
    for closed in closed_parents(settings):
        told = f"the group {settings.shared_group} cannot go through {closed} to what is published"
        found.append(Finding("permissions", "warn", told, f"chmod o+x {closed}, or set GROUNDSWELL_DATA to another place"))
    return found or [
        Finding("permissions", "ok", f"{folder} is its owner's alone" + (" but for what is published" * bool(settings.shared_group)))
    ]


def disk(settings: Settings) -> list[Finding]:
    """Whether a night fits: it writes the published file anew and lets the warehouse grow."""
    free = shutil.disk_usage(_there(settings.folder)).free
    size = sum(path.stat().st_size for path in (settings.warehouse, settings.published) if path.exists())
    told = f"{free / GIB:,.1f} GiB free; warehouse and published file take {size / GIB:,.2f} GiB"
    status: Status = "fail" if free < max(size, GIB / 4) else "warn" if free < max(3 * size, 2 * GIB) else "ok"
    return [Finding("disk", status, told, "" if status == "ok" else "free some space before the next night")]


def memory(settings: Settings) -> list[Finding]:
    """Whether there is as much memory as a night may take."""
    there = machine_bytes()
    allowed = settings.memory or there // 2
    told = f"a night may take {allowed / GIB:,.1f} GiB of {there / GIB:,.1f}"
    if allowed > there:
        return [Finding("memory", "fail", told, "set GROUNDSWELL_MEMORY to no more than there is, or leave it out")]
    return [Finding("memory", "ok", told)]


def clock(settings: Settings) -> list[Finding]:
    """Whether the time can be right: nothing was made after it, neither the program nor the data."""
    now = datetime.now(UTC)
    found = []
    if settings.now is not None:
        found.append(Finding("clock", "warn", f"GROUNDSWELL_NOW says {settings.now:%Y-%m-%d %H:%M %z}", "leave it out, but on the sandbox"))
    for path in (DBT_PROJECT / "dbt_project.yml", settings.warehouse, settings.published, settings.folder / "refresh.log"):
        if path.exists() and datetime.fromtimestamp(path.stat().st_mtime, UTC) > now + AHEAD:
            found.append(
                Finding("clock", "fail", f"it is {now:%Y-%m-%d %H:%M} UTC, and {path} is from later", "set the system's clock (NTP)")
            )
    return found or [Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M} UTC; nights are of {settings.timezone}")]


def versions(settings: Settings) -> list[Finding]:
    """What runs, and what the warehouse was written by."""
    told = [f"Python {platform.python_version()}", *(f"{package} {version(package)}" for package in PACKAGES)]
    if settings.warehouse.exists():
        try:
            with Warehouse(settings.warehouse, wait_seconds=WAIT_SECONDS).connect() as connection:
                rows = connection.execute("select tags['storage_version'] from duckdb_databases() where not internal").fetchall()
            told.append(f"the warehouse's storage {rows[0][0]}")
        except (NotDone, duckdb.Error):
            told.append("the warehouse's storage unknown")
    return [Finding("versions", "ok", ", ".join(told))]


def warehouse(settings: Settings) -> list[Finding]:
    """Reads every byte of every table of the warehouse, which DuckDB compares with its checksums."""
    if not settings.warehouse.exists():
        return [Finding("warehouse", "warn", "no night has run yet", "run `groundswell refresh`")]
    try:
        with Warehouse(settings.warehouse, wait_seconds=WAIT_SECONDS).connect() as connection:
            return [Finding("warehouse", "ok", read_whole(connection))]
    except WarehouseBusy as error:
        return [Finding("warehouse", "warn", str(error), "a night runs: ask again after its end")]
    except (NotDone, duckdb.Error) as error:
        return [Finding("warehouse", "fail", *_parted(error))]


def published(settings: Settings) -> list[Finding]:
    """Whether what readers open is whole, and of the newest night."""
    if not settings.published.exists():
        return [Finding("published", "warn", "nothing is published yet", "run `groundswell refresh`")]
    try:
        with read_published(settings.published) as connection:
            told = read_whole(connection)
            ((night,),) = connection.execute("select max(observed_date) from ops.ops_source_runs").fetchall()
    except (NotDone, duckdb.Error) as error:
        return [Finding("published", "fail", *_parted(error))]
    known = _publications(settings)
    if known and night is not None and known[0][0] > night:
        told = f"it is of {night}, and the night of {known[0][0]} was published"
        return [Finding("published", "warn", told, "`groundswell refresh` publishes it anew")]
    return [Finding("published", "ok", f"night of {night}; {told}")]


def read_whole(connection: duckdb.DuckDBPyConnection) -> str:
    """Reads all that the file's tables hold. Counting rows reads next to none of it and finds no damage; hashing them reads all.

    Raises:
        duckdb.Error: a checksum does not hold.
    """
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = current_database() order by all"
    ).fetchall()
    rows = 0
    for schema, table in tables:
        ((count, _),) = connection.execute(f'select count(*), bit_xor(hash(whole)) from "{schema}"."{table}" as whole').fetchall()
        rows += count
    return f"{len(tables)} tables, {rows:,} rows, all read and their checksums hold"


def landing(settings: Settings) -> list[Finding]:
    """What waits to be loaded, and what could not be."""
    names = sorted(path.name for path in settings.landing.iterdir()) if settings.landing.is_dir() else []
    broken = sorted(path.name for path in (settings.landing / BROKEN).iterdir()) if BROKEN in names else []
    found = []
    if broken:
        told = f"{len(broken)} things were set aside, the newest {broken[-1]}"
        found.append(Finding("landing", "warn", told, f"look into {settings.landing / BROKEN}, and delete what you do not need"))
    if waiting := [name for name in names if name != BROKEN]:
        told = f"{len(waiting)} things wait that a night left which was cut off, or which runs"
        found.append(Finding("landing", "warn", told, "the next refresh loads them"))
    return found or [Finding("landing", "ok", "empty")]


def nights(settings: Settings) -> list[Finding]:
    """Whether the nights come: the age of the last, those that are missing of the last week, and what failed in it."""
    known = _publications(settings)
    if not known:
        return [Finding("nights", "warn", "none is recorded", "run `groundswell refresh`, then let it run each night")]
    (newest, at), found = known[0], list[Finding]()
    age = settings.clock() - at
    if age > LATE:
        told = f"the last, of {newest}, was published {age / timedelta(hours=1):,.0f} hours ago"
        found.append(Finding("nights", "fail", told, "see that the schedule runs, then run `groundswell refresh`"))
    with Warehouse(settings.warehouse, wait_seconds=WAIT_SECONDS).connect() as connection:
        failed = connection.execute(
            """
            select source_name, error from raw_ops.source_runs where night = ?
            qualify row_number() over (partition by source_name order by load_id desc) = 1 and status = 'failed' order by 1
            """,
            [newest],
        ).fetchall()
        try:
            caught_up = ranked_later(connection)
        except duckdb.Error:  # a warehouse from before missed nights were ranked; the next night brings it up
            caught_up = set()
    dates = {night for night, _ in known} | caught_up
    first = max(min(dates), newest - timedelta(days=NIGHTS - 1))
    if missing := [str(day) for day in (first + timedelta(days=n) for n in range((newest - first).days)) if day not in dates]:
        found.append(Finding("nights", "warn", f"not published: {', '.join(missing)}", "`groundswell refresh --date …`, if they matter"))
    found += [
        Finding("nights", "warn", f"{name} failed on {newest}: {error}", "its next night reads on; see sources") for name, error in failed
    ]
    return found or [Finding("nights", "ok", f"{len(known)} published, the last of {newest}, {age / timedelta(hours=1):,.0f} hours ago")]


def _publications(settings: Settings) -> list[tuple[date, datetime]]:
    """Nights with when they were published, the newest first; none where the warehouse cannot be read, which another check says."""
    if not settings.warehouse.exists():
        return []
    try:
        with Warehouse(settings.warehouse, wait_seconds=WAIT_SECONDS).connect() as connection:
            return connection.execute(
                "select night, max(published_at) from raw_ops.publications group by night order by night desc"
            ).fetchall()
    except (NotDone, duckdb.Error):
        return []


def _parted(error: Exception) -> tuple[str, str]:
    """What is damaged, and the remedy that the error names."""
    told, _, remedy = " ".join(str(error).split()).partition(": ")
    return told, remedy


def _unread_lines(file: Path) -> list[str]:
    """Lines of .env that are none; what stands there is not shown: it may be a secret."""
    if not file.is_file():
        return []
    with file.open(encoding="utf-8", errors="replace") as stream:
        bindings = list(parse_stream(stream))
    return [
        f"{file}:{binding.original.line}: is no NAME=value"
        for binding in bindings
        if binding.error or (binding.key and binding.value is None)
    ]


def _unknown_names(settings: Settings) -> Iterator[tuple[str, str]]:
    """Lines of .env that name no setting, nor a variable that sources.yaml names; with the nearest setting."""
    known = [f"GROUNDSWELL_{name.upper()}" for name in Settings.model_fields]
    sources = settings.sources.read_text(encoding="utf-8", errors="replace") if settings.sources.is_file() else ""
    for name in dotenv_values(settings.home / ".env"):
        if name.startswith("GROUNDSWELL_") and name not in known and not re.search(rf"\b{re.escape(name)}\b", sources):
            nearest = get_close_matches(name, known, 1)
            yield f"{settings.home / '.env'}: {name} is no setting, and goes unread", f"write {nearest[0]}?" if nearest else "leave it out"


def _there(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    return folder if folder.exists() else _there(folder.parent)
