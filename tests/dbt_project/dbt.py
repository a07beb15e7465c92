"""The dbt project's command line in tests: parsed once a run, by whichever worker comes first, and then on warehouses of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.dbt_project.run_dbt import run_dbt
from tests.dbt_project.warehouse import PROJECT
from tests.homes import once


@dataclass(frozen=True, slots=True)
class Parsed:
    """What dbt keeps of the parsed project, and what it told meanwhile."""

    folder: Path

    @property
    def manifest(self) -> Path:
        return self.folder / "target" / "partial_parse.msgpack"

    @property
    def told(self) -> Path:
        return self.folder / "told.txt"


@dataclass(frozen=True, slots=True)
class Dbt:
    """The project's command line on a warehouse of its own; it writes nowhere but into `folder`."""

    folder: Path
    parsed: Parsed

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    @property
    def manifest(self) -> Path:
        return self.folder / "target" / "manifest.json"

    def run(self, *arguments: str) -> str:
        """What the command printed; a failing one fails the test."""
        told = self.folder / "told.txt"
        status = run_dbt(self.parsed.manifest, _command(self.folder, arguments), ROOT, _environment(self.folder), told)
        printed = told.read_text(encoding="utf-8")
        assert status == 0, printed
        return printed

    def copy(self, folder: Path) -> Dbt:
        """The same in another folder."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Dbt(folder, self.parsed)


def run(dbt: list[str], folder: Path, *arguments: str) -> str:
    """What a command of dbt printed."""
    command = [*dbt, *_command(folder, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=_environment(folder), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _command(folder: Path, arguments: Sequence[str]) -> list[str]:
    places = ["--project-dir", PROJECT, "--profiles-dir", PROJECT, "--target-path", folder / "target", "--log-path", folder / "log"]
    return ["--no-use-colors", *arguments, *map(str, places)]


def _environment(folder: Path) -> dict[str, str]:
    return os.environ | {"GROUNDSWELL_WAREHOUSE": str(folder / "warehouse.duckdb")}


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Parsed:
    """The project, parsed from nothing."""

    def parse(folder: Path) -> None:
        dbt = [str(Path(sys.executable).with_name("dbt"))]
        Parsed(folder).told.write_text(run(dbt, folder, "parse", "--no-partial-parse", "--show-all-deprecations"))

    return Parsed(once(tmp_path_factory, "parsed", parse))
