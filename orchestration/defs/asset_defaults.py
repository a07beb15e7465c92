"""What assets have in common: their partitions, when they have to be there, whom to ask about them."""

from datetime import timedelta

import dagster as dg

from orchestration.settings import Settings

NIGHTS = dg.DailyPartitionsDefinition("2026-01-01", timezone=Settings().timezone, end_offset=1)

EACH_MORNING = dg.FreshnessPolicy.cron(deadline_cron="0 6 * * *", lower_bound_delta=timedelta(hours=5), timezone=Settings().timezone)
"""Made between 01:00 and 06:00; the schedule begins at 02:00."""
ENGINEERS = ["team:data_engineering"]
ANALYSTS = ["team:marketing_analytics"]
