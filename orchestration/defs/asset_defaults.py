"""What assets have in common: their partitions, when they have to be there, whom to ask about them."""

from datetime import timedelta

import dagster as dg
from dagster._core.definitions.source_asset import SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION

from orchestration.settings import Settings

NIGHTS = dg.DailyPartitionsDefinition("2026-01-01", timezone=Settings().timezone, end_offset=1)

EACH_MORNING = dg.FreshnessPolicy.cron(deadline_cron="0 6 * * *", lower_bound_delta=timedelta(hours=5), timezone=Settings().timezone)
"""Made between 01:00 and 06:00; the schedule begins at 02:00."""
ENGINEERS = ["team:data_engineering"]
ANALYSTS = ["team:marketing_analytics"]


def as_it_was(output_name: str) -> dg.Output[None]:
    """The output of an asset that had no reason to be made anew: what follows goes on, and Dagster notes no materialization."""
    return dg.Output(None, output_name, metadata={SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION: True})
