"""`groundswell dev`: Dagster's user interface and its schedules for this home."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from orchestration.nightly.configuration import read_configuration
from orchestration.settings import Settings
from orchestration.warehouse.manifest import prepared_manifest


def dev_command(port: Annotated[int, typer.Option(help="Where the browser finds it.")] = 3000) -> None:
    """Opens Dagster's user interface on this machine; as long as it runs, so does the nightly schedule."""
    settings = Settings()
    read_configuration(settings)
    settings.export()
    prepared_manifest(settings)
    dagster = Path(sys.executable).with_name("dagster")
    os.environ["PATH"] = f"{dagster.parent}{os.pathsep}{os.environ['PATH']}"
    os.execv(dagster, [str(dagster), "dev", "-m", "orchestration.definitions", "-p", str(port)])  # noqa: S606
