"""The schedule is on from the start, and asks for the night that has just ended in its zone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.homes import make_sandbox_home
from tests.processes import start


@pytest.mark.parametrize(
    ("zone", "due", "night", "hours"),
    [
        ("UTC", "2026-09-11T02:00:00+00:00", "2026-09-10", 24),
        ("Asia/Tokyo", "2026-09-10T17:00:00+00:00", "2026-09-10", 24),
        ("America/New_York", "2026-03-09T06:00:00+00:00", "2026-03-08", 23),
        ("Australia/Lord_Howe", "2026-10-04T15:00:00+00:00", "2026-10-04", 24),
        ("Pacific/Auckland", "2026-09-27T13:00:00+00:00", "2026-09-27", 24),
    ],
)
def test_it_asks_for_the_day_that_has_ended(zone: str, due: str, night: str, hours: float, tmp_path: Path) -> None:
    told = ask(tmp_path, zone, due, now=due)
    assert told == {"status": "RUNNING", "zone": zone, "night": night, "skipped": None, "hours": hours}


def test_what_the_daemon_slept_through_is_left_to_the_newest_night(tmp_path: Path) -> None:
    told = ask(tmp_path, "UTC", "2026-09-11T02:00:00+00:00", now="2026-09-12T02:00:00+00:00")
    assert (told["night"], told["skipped"]) == (None, "2026-09-10 was missed: the next night ranks it")


def ask(home: Path, zone: str, due: str, now: str) -> dict[str, object]:
    environment = {
        "GROUNDSWELL_HOME": str(make_sandbox_home(home)),
        "GROUNDSWELL_TIMEZONE": zone,
        "GROUNDSWELL_NOW": now,
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
    }
    done = start("tests.orchestration.ask_schedule", due, environment=environment).finish()
    assert done.returncode == 0, done.stderr
    told: dict[str, object] = json.loads(done.stdout)
    return told
