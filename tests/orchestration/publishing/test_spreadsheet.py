"""CSV for spreadsheets: hostile text stays text, nothing is lost."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from orchestration.publishing.spreadsheet import write_csv

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\uff1d1",
    '=HYPERLINK("http://evil.example","here")',
    "=cmd|' /C calc'!A0",
]
TEXTS = ["<script>alert(1)</script>", "a;=1", 'she said "=1", twice', "\u202egnp.exe", "é上野هدى", "x" * 10_000, "two\nlines", "O'Hara", ""]


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_what_may_be_a_formula_is_text(tmp_path: Path) -> None:
    write_csv(pl.DataFrame({"name": FORMULAS}), tmp_path / "names.csv")
    assert [row for [row] in read(tmp_path / "names.csv")] == ["name", *("'" + formula for formula in FORMULAS)]


def test_all_other_text_is_as_it_was(tmp_path: Path) -> None:
    write_csv(pl.DataFrame({"name": TEXTS}), tmp_path / "names.csv")
    assert [row for [row] in read(tmp_path / "names.csv")] == ["name", *TEXTS]


def test_every_text_is_quoted_whatever_separates_cells(tmp_path: Path) -> None:
    write_csv(pl.DataFrame({"name": ["a;=1"], "impact": [-1.5], "night": [date(2026, 10, 1)], "unknown": [None]}), tmp_path / "names.csv")
    assert (tmp_path / "names.csv").read_bytes() == '\ufeff"name","impact","night","unknown"\r\n"a;=1",-1.5,"2026-10-01",\r\n'.encode()


def test_a_list_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="column 'tags' is a list"):
        write_csv(pl.DataFrame({"tags": [["a"]]}), tmp_path / "names.csv")
    assert not (tmp_path / "names.csv").exists()
