"""Answers as a person meets them: in a terminal, in a pipe, as a real file of Excel."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from rich.console import Console

from orchestration.cli import answers
from orchestration.cli.answers import answer, show_frame
from orchestration.publishing.spreadsheet import write_file

FRAME = pl.DataFrame(
    {
        "person": ["=1+1", "@anna", None],
        "night": [date(2026, 10, 1)] * 3,
        "said_at": [datetime(2026, 10, 1, 12, tzinfo=UTC), None, None],
        "impact": [1.5, -2.0, None],
        "cost": [Decimal("9.90"), None, None],
        "is_ours": [True, False, None],
        "quote": ["bell \x07 and tab\t", "two\nlines", ""],
    }
)


def test_excel_gets_texts_as_text_and_dates_as_dates(tmp_path: Path) -> None:
    write_file(FRAME, tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert sheet is not None
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[0]] == FRAME.columns
    first = rows[1]
    assert [cell.data_type for cell in first] == ["s", "d", "d", "n", "n", "b", "s"]
    assert first[0].value == "=1+1"
    assert first[1].value == datetime(2026, 10, 1)
    assert first[2].value == datetime(2026, 10, 1, 12)
    assert first[4].value == 9.9
    assert first[6].value == "bell   and tab\t"
    assert rows[2][6].value == "two\nlines"
    assert sheet.freeze_panes == "A2"
    assert rows[0][0].font.bold


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.parquet"])
def test_a_file_is_there_whole(name: str, tmp_path: Path) -> None:
    write_file(FRAME, tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).stat().st_size > 0


def test_a_name_that_says_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"--csv writes .csv, and .*a.xlsx ends otherwise: name it .*a.csv"):
        answer(FRAME, csv=tmp_path / "a.xlsx")
    with pytest.raises(ValueError, match="cannot be written"):
        write_file(FRAME, tmp_path / "nowhere" / "a.csv")
    assert not list(tmp_path.iterdir())


def shown(monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool) -> list[str]:
    file = io.StringIO()
    monkeypatch.setattr(answers, "out", Console(file=file, width=60, force_terminal=is_terminal, color_system=None))
    show_frame(pl.DataFrame({f"column_{number}": ["abcdefghij" * 2] for number in range(5)}))
    return file.getvalue().splitlines()


def test_a_wide_table_goes_on_below_column_by_column(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(monkeypatch, is_terminal=True)
    assert len(lines) == 6
    assert all("abcdefghij" * 2 in line and line.startswith("1 ") for line in lines[1::2])
    assert max(map(len, lines)) <= 60


def test_a_pipe_gets_one_line_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(monkeypatch, is_terminal=False)
    assert len(lines) == 2
    assert lines[1].split() == ["abcdefghij" * 2] * 5


def test_a_limit_that_leaves_rows_out_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    out, err = (Console(file=io.StringIO()) for _ in range(2))
    monkeypatch.setattr(answers, "out", out)
    monkeypatch.setattr(answers, "err", err)
    answer(FRAME, csv=tmp_path / "a.csv", total=1200)
    assert written(out) == f"3 rows of 1,200, --limit 1200 has all: {tmp_path / 'a.csv'}\n"
    answer(FRAME.select("impact"), as_json=True, total=1200)
    assert written(err) == "3 of 1,200 rows; --limit 1200 shows all\n"
    answer(FRAME.select("impact"), as_json=True, total=3)
    assert written(err) == "3 of 1,200 rows; --limit 1200 shows all\n"


def written(console: Console) -> str:
    """What was printed to it."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()
