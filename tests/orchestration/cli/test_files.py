"""`groundswell files`, as a command of its own."""

from __future__ import annotations

import json
import os
from pathlib import Path

from orchestration.settings import ROOT
from tests.processes import groundswell


def run(*arguments: str, where: Path = ROOT, **environment: str) -> str:
    done = groundswell("files", *arguments, environment={**os.environ, "COLUMNS": "200", **environment}, folder=where)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_folder_is_told_for_people_and_for_machines(tmp_path: Path) -> None:
    (tmp_path / "authors.csv").write_text("id;channel;followers\n1;blogs;1.200\n2;[red]radio;3\n")
    (tmp_path / "stock.csv").write_text("sku,pieces\n")
    shown = run(str(tmp_path))
    assert "authors of the schema" in shown
    assert "stock.csv is not read: its header is of no format that is known" in shown
    assert "column channel: '[red]radio' is not one of blogs" in shown
    first, _ = json.loads(run(str(tmp_path), "--json", "--timezone", "Europe/Berlin"))
    assert (first["file"], first["rows"], first["records"]) == ("authors.csv", 2, {"authors": 1})


def test_it_needs_no_home(tmp_path: Path) -> None:
    (tmp_path / "authors.csv").write_text("id,channel\n1,blogs\n")
    lost = {"GROUNDSWELL_HOME": "", "GROUNDSWELL_DATA": "", "PYTHONPATH": str(ROOT)}
    (found,) = json.loads(run(str(tmp_path), "--json", where=tmp_path, **lost))
    assert (found["file"], found["kept"]) == ("authors.csv", 1)
