"""Where this installation keeps its files, and what time it is."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import AwareDatetime, ByteSize, Field, PositiveInt, SecretStr, TypeAdapter, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[1]
DBT_PROJECT = ROOT / "dbt_project"
DAGSTER = Path(__file__).with_name("dagster.yaml")
SOURCES = "sources.yaml"
CLOCK_TOLERANCE = timedelta(minutes=1)
"""How far GROUNDSWELL_NOW may be ahead of the machine's clock: two machines never agree to the second."""
LEAST_MEMORY = 512 * 10**6
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class NotDone(Exception):
    """What was asked for is not done; the message tells a person why, and what to do."""


class WrongUse(ValueError):
    """What was typed cannot be right, whatever is held; the message tells a person why. It ends a command with exit code 2."""


class NoHome(NotDone):
    """No home was found; the message says how to make or name one."""


class Settings(BaseSettings):
    """Read from the environment, then from the home's `.env`, all with the prefix GROUNDSWELL_.

    `home` holds what belongs to the user: sources, brands, campaigns, secrets; it is named by GROUNDSWELL_HOME, or is the folder that
    one stands in, or one above it. `data` is where all that is made lies, the home's `data` by default. `timezone` is that of the nights:
    their days begin and end at its midnight, and the schedule begins at its 02:00. `source_minutes` and `night_minutes`: how long one
    source, and all together, may be asked; what is left then goes on the next night. `catch_up_nights`: of nights that were missed, so many
    are ranked by the next run. `memory`: how much a night may take, half of what there is by default. `database_url`: a PostgreSQL database
    that nights are published to. `now` stands in for the clock where time is simulated: the sandbox and the tests. `alert_urls`: who is
    told when something needs a person, addresses as apprise writes them, parted by white space or commas; `alert_command`: a command that
    is told too, on its standard input; `alert_digest`: the day of the week on which they are told although all is well. `shared_group`: the
    group of the system that may read what is published; its owner alone by default. `pseudonyms`:
    what is published holds keyed hashes in place of ids, names and handles; `mask_contacts`: no e-mail addresses and telephone numbers.
    What is kept: `keep_runs`, nights of Dagster's history; `keep_parquet`, nights as Parquet; `keep_reports`, pages;
    `keep_raw_months`, months of an item's payloads beside its first and newest one. None keeps all.

    Raises:
        NoHome: there is none.
    """

    model_config = SettingsConfigDict(env_prefix="GROUNDSWELL_", extra="ignore", hide_input_in_errors=True)

    home: Path
    data: Path = Path("data")
    timezone: str = "UTC"
    contact: str | None = None
    source_minutes: PositiveInt = 120
    night_minutes: PositiveInt = 240
    catch_up_nights: int = Field(default=7, ge=0)
    memory: ByteSize | None = None
    now: AwareDatetime | None = None
    database_url: SecretStr | None = None
    shared_group: str | None = None
    pseudonyms: bool = False
    mask_contacts: bool = False
    keep_runs: PositiveInt = 30
    keep_parquet: PositiveInt = 7
    keep_reports: PositiveInt | None = None
    keep_raw_months: PositiveInt | None = None
    alert_urls: SecretStr | None = None
    alert_command: SecretStr | None = None
    alert_digest: Weekday | None = None

    def __init__(self, **values: Any) -> None:
        home = found_home()
        super().__init__(_env_file=home / ".env", **{"home": home, **values})

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (LookupError, OSError, ValueError):
            raise PydanticCustomError(
                "zone", "no time zone {name} is known: write one such as Europe/Berlin or UTC", {"name": repr(name)}
            ) from None
        return name

    @field_validator("memory", mode="before")
    @classmethod
    def _is_enough(cls, amount: object) -> object:
        if amount is None:
            return None
        try:
            memory = TypeAdapter(ByteSize).validate_python(amount)
        except ValueError:
            memory = ByteSize(0)
        if memory < LEAST_MEMORY:
            told = {"amount": repr(amount)}
            raise PydanticCustomError("memory", "{amount} is no memory that a night can do with: write 512MB or more, such as 4GB", told)
        return memory

    @field_validator("now")
    @classmethod
    def _has_come(cls, now: datetime | None) -> datetime | None:
        present = datetime.now(UTC)
        if now is not None and now > present + CLOCK_TOLERANCE:
            told = {"now": now.isoformat(), "present": f"{present:%Y-%m-%dT%H:%MZ}"}
            raise PydanticCustomError("future", "{now} has not come yet, it is {present}: unset it, or set a time that has passed", told)
        return now

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the nights."""
        return ZoneInfo(self.timezone)

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
        """The pages of nights, weeks and months, and `latest.html`."""
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
        os.environ["GROUNDSWELL_TIMEZONE"] = self.timezone
        os.environ["DBT_LOG_PATH"] = str(self.folder / "dbt_logs")
        if self.memory:
            os.environ["GROUNDSWELL_MEMORY"] = f"{self.memory}B"
        self.introduce()

    def introduce(self) -> None:
        """Tells the HTTP client by environment who asks."""
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


def midnight(date: dt.date, zone: tzinfo) -> datetime:
    """The moment, in UTC, at which a date begins in a time zone: of two midnights the first, the first moment after one that is skipped."""
    return datetime.combine(date, time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Night:
    """One nightly refresh: the day it closes, in a time zone, and the moment at which its sources are asked."""

    date: dt.date
    now: datetime
    zone: tzinfo = UTC

    def __post_init__(self) -> None:
        if self.start >= self.now:
            raise ValueError(f"{self.date} has not begun: it is {self.now.astimezone(self.zone):%Y-%m-%d %H:%M} {self.zone}")

    @property
    def start(self) -> datetime:
        """The midnight before the date, in UTC."""
        return midnight(self.date, self.zone)

    @property
    def end(self) -> datetime:
        """The midnight after the date (23 to 25 hours later where clocks change), in UTC; or now while the day still runs."""
        return min(midnight(self.date + timedelta(days=1), self.zone), self.now)

    @property
    def observed_date(self) -> dt.date:
        """The date that counts seen tonight belong to: the night's own, unless it runs more than a day late."""
        is_late = self.now >= midnight(self.date + timedelta(days=2), self.zone)
        return self.now.astimezone(self.zone).date() if is_late else self.date


def yesterday(now: datetime, zone: tzinfo) -> dt.date:
    """The last day that has ended."""
    return now.astimezone(zone).date() - timedelta(days=1)
