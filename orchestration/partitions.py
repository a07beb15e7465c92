"""The partitions of everything that is made anew each night."""

import dagster as dg

NIGHTS = dg.DailyPartitionsDefinition("2026-01-01", timezone="UTC", end_offset=1)
