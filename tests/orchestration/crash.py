"""Refreshes once, in a process that kills itself at a named place: `python -m tests.orchestration.crash PLACE NIGHT`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

from rich.console import Console

from orchestration import extraction, landing, load, warehouse
from orchestration.refresh import refresh
from orchestration.settings import Night, Settings


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
    "after-commit": lambda: after(extraction, "load", calls=2),
    "before-publish": lambda: setattr(warehouse.Warehouse, "publish", die),
    "mid-publish": lambda: after(warehouse, "_count", calls=5),
}

if __name__ == "__main__":
    place, night = sys.argv[1:]
    PLACES[place]()
    settings = Settings()
    refresh(settings, Night(date.fromisoformat(night), settings.clock()), Console(file=sys.stdout))
