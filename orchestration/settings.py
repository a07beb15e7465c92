"""Where this installation keeps its files, and what time it is."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from pydantic import AwareDatetime, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[1]
DBT_PROJECT = ROOT / "dbt_project"


class NotDone(Exception):
    """What was asked for is not done; the message tells a person why, and what to do."""


class Settings(BaseSettings):
    """Read from the environment: GROUNDSWELL_DATA, GROUNDSWELL_SOURCES, GROUNDSWELL_TIMEZONE (of the nightly schedule), GROUNDSWELL_NOW.

    `database_url`: a PostgreSQL database that nights are published to. `now` stands in for the clock where time is simulated: the sandbox
    and the tests.
    """

    model_config = SettingsConfigDict(env_prefix="GROUNDSWELL_")

    data: Path = ROOT / "data"
    sources: Path = ROOT / "connectors" / "sources.yaml"
    timezone: str = "UTC"
    now: AwareDatetime | None = None
    database_url: SecretStr | None = None

    @property
    def folder(self) -> Path:
        """Everything that this installation keeps."""
        return self.data.resolve()

    @property
    def warehouse(self) -> Path:
        """The file that the nights write."""
        return self.folder / "warehouse.duckdb"

    @property
    def landing(self) -> Path:
        """Segments that are not loaded yet."""
        return self.folder / "landing"

    @property
    def published(self) -> Path:
        """The file that readers open."""
        return self.folder / "published" / "groundswell.duckdb"

    @property
    def parquet(self) -> Path:
        """The same tables as Parquet, a folder a night and `latest`."""
        return self.folder / "published" / "parquet"

    @property
    def reports(self) -> Path:
        """A page a night and `latest.html`."""
        return self.folder / "reports"

    def clock(self) -> datetime:
        """The present, in UTC."""
        return (self.now or datetime.now(UTC)).astimezone(UTC)

    def export(self) -> None:
        """Tells what is configured by environment where to work: Dagster, dbt, and sources whose path names GROUNDSWELL_DATA."""
        self.folder.mkdir(parents=True, exist_ok=True)
        os.environ["GROUNDSWELL_DATA"] = str(self.folder)
        os.environ["DAGSTER_HOME"] = str(ROOT)
        os.environ["DAGSTER_STATE"] = str(self.folder / "dagster")
        os.environ["GROUNDSWELL_WAREHOUSE"] = str(self.warehouse)
        os.environ["GROUNDSWELL_MODELS"] = room_models()
        os.environ["DBT_LOG_PATH"] = str(self.folder / "dbt_logs")


def room_models() -> str:
    """The names of the dbt models in the platforms' rooms, sorted, a space between them: dbt's unions cannot list folders themselves."""
    models = DBT_PROJECT / "models"
    return " ".join(sorted(path.stem for floor in ("staging", "intermediate") for path in (models / floor).glob("*/*.sql")))


@dataclass(frozen=True, slots=True)
class Night:
    """One nightly refresh: the day it closes and the moment at which its sources are asked."""

    date: dt.date
    now: datetime

    def __post_init__(self) -> None:
        if self.start >= self.now:
            raise ValueError(f"{self.date} has not begun: it is {self.now:%Y-%m-%d %H:%M} UTC")

    @property
    def start(self) -> datetime:
        """Midnight before the date, UTC."""
        return datetime.combine(self.date, time(), UTC)

    @property
    def end(self) -> datetime:
        """Midnight after the date, or now while the day still runs."""
        return min(self.start + timedelta(days=1), self.now)

    @property
    def observed_date(self) -> dt.date:
        """The date that counts seen tonight belong to: the night's own, unless it runs more than a day late."""
        return self.date if self.now < self.start + timedelta(days=2) else self.now.date()
