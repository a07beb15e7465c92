"""What the schedule asks for when it is due at a moment, its argument, and how long a night is; as JSON."""

from __future__ import annotations

import json
import sys
from datetime import datetime

import dagster as dg

from orchestration.defs.asset_defaults import NIGHTS
from orchestration.defs.schedules import nightly_schedule


def main() -> None:
    asked = nightly_schedule(dg.build_schedule_context(scheduled_execution_time=datetime.fromisoformat(sys.argv[1])))
    window = NIGHTS.time_window_for_partition_key("2026-03-08")
    told = {
        "status": nightly_schedule.default_status.value,
        "zone": nightly_schedule.execution_timezone,
        "night": getattr(asked, "partition_key", None),
        "skipped": getattr(asked, "skip_message", None),
        "hours": (window.end.timestamp() - window.start.timestamp()) / 3600,
    }
    print(json.dumps(told))
