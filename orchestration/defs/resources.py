"""What assets may reach."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource
from packaging.version import Version

from orchestration.nightly.configuration import Configuration, read_configuration
from orchestration.settings import DBT_PROJECT, Night, Settings
from orchestration.warehouse.lock import only_refresh
from orchestration.warehouse.manifest import prepared_manifest
from orchestration.warehouse.migrations import upgrade
from orchestration.warehouse.warehouse import Warehouse


class Installation(dg.ConfigurableResource[Any]):
    """This installation's settings, sources and warehouse. Held for a run, it is the only one that refreshes."""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Installation"]:
        """Keeps every other refresh out until the run is over, and begins with a warehouse of this program's version."""
        with only_refresh(self.settings):
            settings = self.settings
            upgrade(self.warehouse, prepared_manifest(settings), settings.clock())
            yield self

    @property
    def settings(self) -> Settings:
        """From the environment, read anew."""
        return Settings()

    @property
    def warehouse(self) -> Warehouse:
        """The file that the nights write."""
        return Warehouse(self.settings.warehouse)

    def night(self, context: dg.AssetExecutionContext) -> Night:
        """The night of the run's partition."""
        return Night(date.fromisoformat(context.partition_key), self.settings.clock(), self.settings.zone)

    @property
    def configuration(self) -> Configuration:
        """The home's tables and sources, checked anew."""
        return read_configuration(self.settings)


class Dbt(DbtCliResource):
    """dbt's command line, started without what dagster-dbt prepares for features that are not used here.

    Before each command it asks the executable for its version and reads all macros into this process, to look up columns and counts of
    rows itself: of 65 processor seconds of an idle night these were 21.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:  # type: ignore[override]
        return None


@dg.definitions
def resources() -> dg.Definitions:
    """The installation, and dbt at work on its warehouse."""
    Settings().export()
    # beside this Python: nobody has to activate its environment first
    executable = str(Path(sys.executable).with_name("dbt"))
    # its own record of a run is read by nobody, and took a second of each of the four builds of a night
    unwritten = ["--no-write-json"]
    dbt = Dbt(project_dir=str(DBT_PROJECT), profiles_dir=str(DBT_PROJECT), dbt_executable=executable, global_config_flags=unwritten)
    return dg.Definitions(resources={"installation": Installation(), "dbt": dbt})
