"""What assets may reach."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import dagster as dg

from orchestration.nightly.configuration import Configuration, read_configuration
from orchestration.settings import Night, Settings
from orchestration.warehouse.lock import only_refresh
from orchestration.warehouse.manifest import prepared_manifest
from orchestration.warehouse.migrations import upgrade
from orchestration.warehouse.warehouse import Warehouse


class Installation(dg.ConfigurableResource[Any]):
    """This installation's settings, sources and warehouse. Held for a run, it is the only one that refreshes."""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Installation"]:
        """Keeps every other refresh out until the run is over, and begins with a warehouse of this program's version.

        The warehouse stays open but for while sources are asked and copies are made.
        """
        with only_refresh(self.settings), self.warehouse.kept_open():
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


@dg.definitions
def resources() -> dg.Definitions:
    """The installation."""
    return dg.Definitions(resources={"installation": Installation()})
