"""Who is told how Dagster's own runs ended, and when none comes. Runs of `groundswell refresh` tell by themselves."""

from collections.abc import Sequence
from datetime import date

import dagster as dg

from orchestration.alerting.facts import Ended
from orchestration.defs.resources import Installation
from orchestration.defs.schedules import nightly
from orchestration.nightly.alerts import Told, tell_of_night, watch
from orchestration.nightly.refresh import PUBLISHED, TOLD_BY_ITSELF, failure_reason

EVERY_HOUR = 3600


@dg.run_failure_sensor(monitored_jobs=[nightly], default_status=dg.DefaultSensorStatus.RUNNING)
def night_failed(context: dg.RunFailureSensorContext, installation: Installation) -> dg.SkipReason | None:
    """Tells that a night was not published, or a copy of it not made."""
    if TOLD_BY_ITSELF in context.dagster_run.tags:
        return None
    steps = context.instance.get_run_step_stats(context.dagster_run.run_id, ["__".join(PUBLISHED)])
    is_published = any(step.status is not None and step.status.value == "SUCCESS" for step in steps)
    reason, _ = failure_reason(context.get_step_failure_events() or [context.failure_event], installation.settings)
    return _told(tell_of_night(installation.settings, Ended(_night(context), reason, is_published)))


@dg.run_status_sensor(run_status=dg.DagsterRunStatus.SUCCESS, monitored_jobs=[nightly], default_status=dg.DefaultSensorStatus.RUNNING)
def night_published(context: dg.RunStatusSensorContext, installation: Installation) -> dg.SkipReason | None:
    """Tells what needs a person although the night is published."""
    if TOLD_BY_ITSELF in context.dagster_run.tags:
        return None
    return _told(tell_of_night(installation.settings, Ended(_night(context))))


@dg.sensor(minimum_interval_seconds=EVERY_HOUR, default_status=dg.DefaultSensorStatus.RUNNING)
def night_late(installation: Installation) -> dg.SkipReason:
    """Tells once a day that readers have no new night, as `groundswell status --alert` does; what was told is not told again."""
    told = watch(installation.settings, is_telling=True)
    return _told(told) or dg.SkipReason("told" if told.is_sent else "nothing new needs a person")


def _night(context: dg.RunStatusSensorContext) -> date:
    return date.fromisoformat(context.dagster_run.tags["dagster/partition"])


def _told(told: Told) -> dg.SkipReason | None:
    """The channels that failed, where Dagster shows them: they fail no sensor."""
    failures: Sequence[str] = told.failures
    return dg.SkipReason("; ".join(failures)) if failures else None
