"""When it runs."""

from datetime import timedelta

import dagster as dg

from orchestration.defs.asset_defaults import NIGHTS
from orchestration.settings import Settings

nightly = dg.define_asset_job("nightly", selection="*", partitions_def=NIGHTS)


@dg.schedule(job=nightly, cron_schedule="0 2 * * *", execution_timezone=Settings().timezone)
def nightly_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """At 02:00, the night of the day before."""
    night = context.scheduled_execution_time.date() - timedelta(days=1)
    return dg.RunRequest(partition_key=night.isoformat(), run_key=night.isoformat())
