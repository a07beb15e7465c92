"""Refreshes, or only extracts, in a process that kills itself at a named place: its arguments are refresh|extract PLACE NIGHT."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

from rich.console import Console

from orchestration.cli.refresh import nightly_job
from orchestration.nightly import extraction
from orchestration.nightly.configuration import read_configuration
from orchestration.nightly.refresh import refresh
from orchestration.settings import Night, Settings
from orchestration.warehouse import building, landing, load, publication, warehouse


def die(*_: Any) -> None:
    """As if the machine lost its power."""
    os.kill(os.getpid(), signal.SIGKILL)


def after(owner: Any, name: str, calls: int) -> None:
    """Dies when `owner.name` has returned for the `calls`-th time."""
    wrapped, done = getattr(owner, name), 0

    def replaced(*args: Any, **kwargs: Any) -> Any:
        nonlocal done
        result = wrapped(*args, **kwargs)
        done += 1
        if done == calls:
            die()
        return result

    setattr(owner, name, replaced)


PLACES: dict[str, Callable[[], None]] = {
    "nowhere": lambda: None,
    "mid-page": lambda: after(landing.Landing, "add", calls=7),
    "after-landing": lambda: after(landing.Landing, "complete", calls=2),
    "mid-load": lambda: after(load, "_load_entity", calls=3),
    "after-commit": lambda: setattr(load, "shutil", SimpleNamespace(rmtree=die)),
    "after-models": lambda: after(building, "build_models", calls=2),
    "mid-publish": lambda: after(publication._Shape, "write", calls=5),
}


def main() -> None:
    part, place, date_text = sys.argv[1:]
    PLACES[place]()
    settings = Settings()
    night = Night(date.fromisoformat(date_text), settings.clock())
    if part == "refresh":
        refresh(settings, night, nightly_job, Console(file=sys.stdout))
    else:
        read = read_configuration(settings)
        days = read.retention.recheck_days
        asyncio.run(extraction.extract(read.sources, night, warehouse.Warehouse(settings.warehouse), settings.landing, recheck_days=days))
