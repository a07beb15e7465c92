"""What is kept, and for how long: the settings keep_*."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publishing.parquet import old_nights
from orchestration.publishing.report.page import written_pages
from orchestration.settings import Settings
from orchestration.warehouse.raw_versions import old_versions, remove_versions
from orchestration.warehouse.warehouse import Warehouse

if TYPE_CHECKING:
    from dagster import DagsterInstance, RunRecord

PARTITION = "dagster/partition"


@dataclass(frozen=True, slots=True)
class Pruned:
    """What goes, or has gone, of one kind. `size` in bytes: of files on the disk, of payloads as text."""

    what: str
    kept: str
    count: int
    size: int


def prune(settings: Settings, instance: DagsterInstance, now: datetime, *, dry_run: bool = False) -> list[Pruned]:
    """Removes what is older than the settings keep, or only counts it. Staging, marts and rankings stay as they are."""
    return [
        _runs(settings, instance, dry_run),
        _parquet(settings, dry_run),
        _reports(settings, dry_run),
        _raw(settings, now, dry_run),
    ]


def _runs(settings: Settings, instance: DagsterInstance, dry_run: bool) -> Pruned:
    old = list(_old_runs(instance, settings.keep_runs))
    size = 0
    for record in old:
        run_id = record.dagster_run.run_id
        dagster = settings.folder / "dagster"
        folders = [folder for folder in (dagster / run_id, dagster / "storage" / run_id) if folder.is_dir()]
        size += _size([*dagster.glob(f"events/{run_id}.db*"), *(path for folder in folders for path in folder.rglob("*"))])
        if not dry_run:
            instance.delete_run(run_id)
            for folder in folders:
                shutil.rmtree(folder)
    return Pruned("Dagster's runs and events", f"{settings.keep_runs} nights", len(old), size)


def _old_runs(instance: DagsterInstance, keep: int) -> Iterator[RunRecord]:
    """Finished runs from before the newest `keep` nights that were run, the newest first."""
    nights: set[str] = set()
    for record in instance.get_run_records():
        night = record.dagster_run.tags.get(PARTITION)
        if night and len(nights) < keep:
            nights.add(night)
        elif len(nights) == keep and night not in nights and record.dagster_run.is_finished:
            yield record


def _parquet(settings: Settings, dry_run: bool) -> Pruned:
    old = old_nights(settings.parquet, settings.keep_parquet)
    folders = [link.resolve() for link in old]
    size = _size(path for folder in folders for path in folder.rglob("*"))
    for link, folder in zip(old, folders, strict=True) if not dry_run else ():
        link.unlink()
        shutil.rmtree(folder)
    return Pruned("nights as Parquet", f"{settings.keep_parquet} nights", len(old), size)


def _reports(settings: Settings, dry_run: bool) -> Pruned:
    """Of nights, of weeks and of months each the newest stay, with the pages of their brands."""
    periods: dict[int, dict[str, list[Path]]] = {}
    for page in written_pages(settings.reports):
        period = page.name.partition(".")[0]
        periods.setdefault(len(period), {}).setdefault(period, []).append(page)
    keep = settings.keep_reports
    old = [pages for of_kind in periods.values() for _, pages in sorted(of_kind.items())[:-keep]] if keep else []
    size = _size(page for pages in old for page in pages)
    for page in [page for pages in old for page in pages] if not dry_run else ():
        page.unlink()
    return Pruned("reports", f"{keep} nights" if keep else "all", len(old), size)


def _raw(settings: Settings, now: datetime, dry_run: bool) -> Pruned:
    months, warehouse = settings.keep_raw_months, Warehouse(settings.warehouse)
    kept = f"first, newest and {months} months" if months else "all"
    if not months or not settings.warehouse.exists():
        return Pruned("payloads of versions", kept, 0, 0)
    count, size = (old_versions if dry_run else remove_versions)(warehouse, now, months)
    return Pruned("payloads of versions", kept, count, size)


def _size(paths: Sequence[Path] | Iterator[Path]) -> int:
    return sum(path.stat().st_size for path in paths if path.is_file())
