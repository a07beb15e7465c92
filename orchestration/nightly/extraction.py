"""One night's extraction: all sources at once over HTTP, each loaded as it finishes."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from connectors import platforms
from connectors.extraction import Extraction
from connectors.http import Http
from connectors.settings import SourceSettings
from connectors.source import Cursor, Known, SourceError, Window
from orchestration.privacy.suppression import Suppression, note
from orchestration.settings import Night, NotDone
from orchestration.warehouse.cursors import read_already, read_cursor, read_old, read_young
from orchestration.warehouse.landing import Landing, SetAside, SourceRun
from orchestration.warehouse.load import Loaded, load, note_set_aside, recover
from orchestration.warehouse.raw_tables import create_raw_tables
from orchestration.warehouse.warehouse import Warehouse

log = logging.getLogger("groundswell")

SUSPICIOUS_SHARE = 0.8
"""A fetch below this share of what the source usually brings is reported: it may be a source that answers in part."""

RECHECK_SHARE = 0.25
"""The share of a source's time that looking at older posts again may take."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How many minutes one source, and all of a night, may be asked. What is not done then is cut off, kept, and goes on the next night."""

    source_minutes: float = 120
    night_minutes: float = 240


USUAL = Budget()


@dataclass(frozen=True, slots=True)
class Deadline:
    """The time of the event loop at which a source is cut off, and what is then noted."""

    at: float
    note: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of one source. `moves_cursor`: not where a later night has read on; its cursor stays."""

    settings: SourceSettings
    run: SourceRun
    cursor: Cursor
    young: Sequence[Known]
    moves_cursor: bool


async def extract(
    sources: Sequence[SourceSettings],
    night: Night,
    warehouse: Warehouse,
    landing: Path,
    budget: Budget = USUAL,
    *,
    suppression: Suppression | None = None,
    recheck_days: int | None = None,
    again: bool = False,
) -> list[Loaded]:
    """Fetches and loads every source. A source that fails is recorded as failed and stops no other.

    suppression: of whom nothing may land.
    recheck_days: within how many days every older post whose words are held is looked at again; None: not at all.
    again: reads the sources again that a refresh of this night has read already, each from where the night before had ended.
    """
    with warehouse.kept_open():
        create_raw_tables(warehouse, list(platforms().values()))
        left_over, aside = recover(warehouse, landing, night.now)
        if left_over:
            log.info("loaded %d source runs that an earlier refresh had fetched", len(left_over))
        with warehouse.connect() as connection:
            done = set[str]() if again else read_already(connection, night.date)
            plans = [_plan(connection, settings, night, again=again) for settings in sources if settings.name not in done]
            if recheck_days is not None:
                plans = [_with_rechecks(connection, plan, night, recheck_days, budget) for plan in plans]
    if done:
        log.info("%d sources were read before the last refresh of this night was cut off", len(done))
    if aside and not plans:
        note_set_aside(warehouse, night.date, aside)
    for item in aside if plans else ():  # what cannot be told of a source of tonight is told of the first
        next((plan.run for plan in plans if plan.run.source_name == item.source_name), plans[0].run).notes.append(item.note)
    writing = asyncio.Lock()
    log.info("extracting", extra={"step": "extract"})

    landed = dict[Path, SourceRun]()
    results = left_over
    minutes = min(budget.source_minutes, budget.night_minutes)  # all sources begin at once
    setting = "SOURCE" if minutes == budget.source_minutes else "NIGHT"
    deadline = Deadline(
        asyncio.get_running_loop().time() + 60 * minutes,
        f"cut off after {minutes:g} minutes (GROUNDSWELL_{setting}_MINUTES): what came is kept, and the next night goes on",
    )

    async def one(plan: Plan) -> None:
        landed[await _fetch(plan, landing, deadline, suppression)] = plan.run
        async with writing:  # whatever else landed while others were loaded goes with it
            waiting = list(landed.items())
            landed.clear()
            loaded = await asyncio.to_thread(_load, warehouse, waiting, night.now) if waiting else []
        results.extend(loaded)
        for item in loaded:
            _report(item)

    try:
        with warehouse.let_go():
            async with asyncio.TaskGroup() as group:
                for plan in plans:
                    group.create_task(one(plan))
    except BaseExceptionGroup as group:  # a full disk ends all of them: told once
        fault = next((error for error in group.exceptions if isinstance(error, NotDone)), None)
        raise fault or group from group
    last, too_large = recover(warehouse, landing, night.now, killed=True)
    results.extend(last)
    if too_large:
        note_set_aside(warehouse, night.date, too_large)
    count = sum(loaded.record_count for loaded in results)
    log.info("extracted", extra={"step": "extract", "row_count": count, "finished": "all sources at once"})
    return results


def _plan(connection: duckdb.DuckDBPyConnection, settings: SourceSettings, night: Night, *, again: bool) -> Plan:
    source = platforms()[settings.platform]
    # a cursor tells what was read, so that what is read again has none
    cursor = {} if again else read_cursor(connection, settings.name)
    ((last_end, attempts, was_read_later),) = connection.execute(
        """
        select max(window_end) filter (status = 'succeeded' and window_end <= $end and not ($again and night >= $night)),
            count(*) filter (night = $night), coalesce(bool_or(status = 'succeeded' and night > $night), false)
        from raw_ops.source_runs where source_name = $source_name
        """,
        {"end": night.end, "again": again, "night": night.date, "source_name": settings.name},
    ).fetchall()
    run = SourceRun(
        source_run_id=f"{night.date:%Y%m%d}-{settings.name}-{attempts + 1}",
        source_name=settings.name,
        platform=source.platform,
        channel=source.channel,
        night=night.date,
        observed_date=night.observed_date,
        window_start=last_end or night.end - timedelta(days=settings.limits.history_days),
        window_end=night.end,
        observed_at=night.now,
    )
    since = night.end - timedelta(days=settings.limits.young_days)
    young = read_young(connection, source, settings.name, since, night.observed_date)
    return Plan(settings, run, cursor, young, moves_cursor=not was_read_later)


def _with_rechecks(connection: duckdb.DuckDBPyConnection, plan: Plan, night: Night, days: int, budget: Budget) -> Plan:
    """The plan with those older posts whose turn it is; as many as a source may be asked for one by one in a part of its time."""
    settings, source = plan.settings, platforms()[plan.settings.platform]
    per_second = settings.limits.requests_per_second or source.requests_per_second
    most = int(RECHECK_SHARE * per_second * 60 * min(budget.source_minutes, budget.night_minutes))
    old = read_old(connection, source, settings.name, night.end - timedelta(days=settings.limits.young_days), days, most)
    if not old.items:
        return plan
    told = f"older posts looked at again: {len(old.items):,} of {old.held:,} whose words are held"
    if len(old.items) == most < old.held / days:
        told += f": it takes {old.held // most:,} days until each is, longer than recheck_days ({days}) of retention.yaml"
    plan.run.notes.append(told)
    return replace(plan, young=[*plan.young, *old.items])


async def _fetch(plan: Plan, folder: Path, deadline: Deadline, suppression: Suppression | None) -> Path:
    settings, run = plan.settings, plan.run
    suppressed = Counter[str]()
    landing = Landing(folder, run)
    source = platforms()[settings.platform]
    log.info("fetching", extra={"source_name": run.source_name, "row_count": 0})
    async with Http(settings, requests_per_second=settings.limits.requests_per_second or source.requests_per_second) as http:
        pages = source.fetch(Extraction(settings, http, Window(run.window_start, run.window_end), plan.cursor, plan.young))
        limit = asyncio.timeout_at(deadline.at)
        try:
            async with limit:
                async for page in pages:
                    landing.add(suppression.sifted(page, run.platform, suppressed) if suppression else page)
                    log.debug("page", extra={"source_name": run.source_name, "row_count": landing.row_count})
                    await asyncio.sleep(0)  # pages that come without waiting for anything would let no deadline pass
        except NotDone:
            raise
        except SourceError as error:
            run.status, run.error = "failed", str(error)
        except Exception as error:
            if limit.expired() and isinstance(error, TimeoutError):
                run.status = "unfinished"
                run.notes.append(deadline.note)
            else:
                run.status, run.error = "failed", f"a defect in the {source.platform} connector: {type(error).__name__}: {error}"
                log.exception("%s: the connector broke off", run.source_name)
        if isinstance(pages, AsyncGenerator):
            await pages.aclose()
        run.request_count = http.requests
    if told := note(suppressed):
        run.notes.append(told)
    if not plan.moves_cursor:
        run.cursor = None
    landing.complete()
    return landing.folder


def _load(warehouse: Warehouse, landed: Sequence[tuple[Path, SourceRun]], now: datetime) -> list[Loaded]:
    """Loads what landed. What cannot be read is set aside, and its source has failed: it is asked again from where it was."""
    aside = list[SetAside]()
    loaded = load(warehouse, landed, now, aside)
    broken = {item.name: item.note for item in aside}
    for folder, run in landed:
        if folder.name in broken:
            run.status, run.error = "failed", f"what it brought cannot be loaded: {broken[folder.name]}"
            landing = Landing(folder.parent, run)
            landing.complete()
            loaded += load(warehouse, [(landing.folder, run)], now)
    return loaded


def _report(loaded: Loaded) -> None:
    run = loaded.run
    extra = {"source_name": run.source_name, "row_count": loaded.record_count, "finished": run.status}
    if run.error:
        log.error("%s failed: %s", run.source_name, run.error, extra=extra)
    else:
        log.info("%s: %d records, %d new", run.source_name, loaded.record_count, loaded.new_count, extra=extra)


def suspicion(connection: duckdb.DuckDBPyConnection, source_run_id: str) -> str | None:
    """Says so when a nightly run brought far fewer records than this source's nightly runs before it (at least three)."""
    ((name, count, usual, nights),) = connection.execute(
        """
        with run as (from raw_ops.source_runs where source_run_id = ?),
        before as (
            select runs.record_count from raw_ops.source_runs as runs inner join run using (source_name)
            where runs.status = 'succeeded' and runs.load_id < run.load_id and runs.window_end - runs.window_start <= interval 2 day
            order by runs.load_id desc limit 7
        )
        select source_name, record_count, (select avg(record_count) from before), (select count(*) from before)
        from run
        """,
        [source_run_id],
    ).fetchall()
    if nights < 3 or count >= SUSPICIOUS_SHARE * usual:
        return None
    return f"{name} brought {count} records; its last {nights} nights brought {usual:.0f} on average"
