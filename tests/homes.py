"""Homes of tests: the sandbox's brands, products, terms and campaigns, with sources of the test's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[1]
SANDBOX_HOME = ROOT / "connectors" / "sandbox" / "home"


def make_sandbox_home(folder: Path, sources: str = "sources: []\n") -> Path:
    """Makes the folder a home that tells all the sandbox's home does, but for its sources."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in SANDBOX_HOME.glob("*.csv"):
        shutil.copyfile(file, folder / file.name)
    (folder / "sources.yaml").write_text(sources, encoding="utf-8")
    return folder


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that one of the run's workers makes; the others wait for it. Nobody writes into it afterwards."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            making = factory.mktemp(name)
            make(making)
            making.rename(folder)
    return folder


def copied(home: Path, folder: Path) -> Path:
    """The same home in another folder, to be written into."""
    return Path(shutil.copytree(home, folder, symlinks=True))
