"""Homes of tests: the sandbox's brands, products, terms and campaigns, with sources of the test's own."""

from __future__ import annotations

import shutil
from pathlib import Path

SANDBOX_HOME = Path(__file__).parents[1] / "connectors" / "sandbox" / "home"


def make_sandbox_home(folder: Path, sources: str = "sources: []\n") -> Path:
    """Makes the folder a home that tells all the sandbox's home does, but for its sources."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in SANDBOX_HOME.glob("*.csv"):
        shutil.copyfile(file, folder / file.name)
    (folder / "sources.yaml").write_text(sources, encoding="utf-8")
    return folder
