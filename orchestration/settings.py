"""Where this installation keeps its files, and what time it is."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import AwareDatetime, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[1]
DBT_PROJECT = ROOT / "dbt_project"
DAGSTER = Path(__file__).with_name("dagster.yaml")
SOURCES = "sources.yaml"
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class NotDone(Exception):
    """What was asked for is not done; the message tells a person why, and what to do."""


class NoHome(NotDone):
    """No home was found; the message says how to make or name one."""


class Settings(BaseSettings):
    """Read from the environment, then from the home's `.env`, all with the prefix GROUNDSWELL_.

    `home` holds what belongs to the user: sources, brands, campaigns, secrets; it is named by GROUNDSWELL_HOME, or is the folder that
    one stands in, or one above it. `data` is where all that is made lies, the home's `data` by default. `timezone` is that of the nights.
    `database_url`: a PostgreSQL database that nights are published to. `alert_urls`: who is told when something needs a person, addresses
    as apprise writes them, parted by white space or commas; `alert_command`: a command that is told too, on its standard input;
    `alert_digest`: the day of the week on which they are told although all is well. `now` stands in for the clock where time is
    simulated: the sandbox and the tests.

    Raises:
        NoHome: there is none.
    """

    model_config = SettingsConfigDict(env_prefix="GROUNDSWELL_", extra="ignore")

    home: Path
    data: Path = Path("data")
    timezone: str = "UTC"
    contact: str | None = None
    now: AwareDatetime | None = None
    database_url: SecretStr | None = None
    alert_urls: SecretStr | None = None
    alert_command: SecretStr | None = None
    alert_digest: Weekday | None = None

    def __init__(self, **values: Any) -> None:
        home = found_home()
        super().__init__(_env_file=home / ".env", **{"home": home, **values})

    @property
    def folder(self) -> Path:
        """Everything that this installation makes and keeps."""
        return (self.home / self.data).resolve()

    @property
    def sources(self) -> Path:
        """What is listened to."""
        return self.home / SOURCES

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

    @property
    def environment(self) -> Mapping[str, str]:
        """What sources may name: the home's `.env`, over it the environment, and where the home and its data are."""
        written = {name: value for name, value in dotenv_values(self.home / ".env").items() if value is not None}
        return written | dict(os.environ) | {"GROUNDSWELL_HOME": str(self.home), "GROUNDSWELL_DATA": str(self.folder)}

    def clock(self) -> datetime:
        """The present, in UTC."""
        return (self.now or datetime.now(UTC)).astimezone(UTC)

    def export(self) -> None:
        """Tells what is configured by environment where to work: Dagster and dbt."""
        self.folder.mkdir(parents=True, exist_ok=True)
        os.environ["GROUNDSWELL_HOME"] = str(self.home)
        os.environ["GROUNDSWELL_DATA"] = str(self.folder)
        dagster = self.folder / "dagster"
        dagster.mkdir(exist_ok=True)
        (dagster / "dagster.yaml").write_bytes(DAGSTER.read_bytes())
        os.environ["DAGSTER_HOME"] = os.environ["DAGSTER_STATE"] = str(dagster)
        os.environ["GROUNDSWELL_WAREHOUSE"] = str(self.warehouse)
        os.environ["GROUNDSWELL_MODELS"] = room_models()
        os.environ["DBT_LOG_PATH"] = str(self.folder / "dbt_logs")
        if self.contact:
            os.environ["GROUNDSWELL_CONTACT"] = self.contact


def found_home() -> Path:
    """The folder named by GROUNDSWELL_HOME; else the one that one stands in, or the nearest above it, that holds sources.yaml.

    Raises:
        NoHome: there is none, or the named one is no folder.
    """
    named = os.environ.get("GROUNDSWELL_HOME")
    if named:
        home = Path(named).expanduser().resolve()
        if not home.is_dir():
            raise NoHome(f"GROUNDSWELL_HOME names {home}, which is no folder: make it with `groundswell init {home}`")
        return home
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if (folder / SOURCES).is_file():
            return folder
    raise NoHome(
        f"no home at {here}: stand in one, name it (`groundswell -C FOLDER …` or GROUNDSWELL_HOME), or make one (`groundswell init FOLDER`)"
    )


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
