"""When it runs."""

from datetime import timedelta

import dagster as dg

from orchestration.defs.asset_defaults import NIGHTS
from orchestration.settings import Settings

nightly = dg.define_asset_job("nightly", selection="*", partitions_def=NIGHTS)


@dg.schedule(
    job=nightly,
    cron_schedule="0 2 * * *",
    execution_timezone=Settings().timezone,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def nightly_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """At 02:00, the night of the day before. What Dagster slept through is left to the newest night, which catches up on it."""
    due = context.scheduled_execution_time
    night = due.astimezone(Settings().zone).date() - timedelta(days=1)
    if Settings().clock() - due >= timedelta(days=1):
        return dg.SkipReason(f"{night} was missed: the next night ranks it")
    return dg.RunRequest(partition_key=night.isoformat(), run_key=night.isoformat())
