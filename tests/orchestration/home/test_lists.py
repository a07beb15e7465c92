"""Lists of people: rows are only added, what is written stays as it is, and the newest row of an account says how it stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from orchestration.home.list_imports import Wanted, read_wanted
from orchestration.home.lists import Change, changes_of, members, with_changes, without
from orchestration.home.reading import read_table
from orchestration.home.tables import HomeError, ListStatus

HEADER = "list,author_id,handle,status,changed_on,label,note\n"
ADA = Change("q4", "mastodon:1", "ada", ListStatus.PROSPECT, date(2026, 9, 1), "vip", "met at the fair")


def read(folder: Path, text: str) -> list[Change]:
    (folder / "list_members.csv").write_bytes(text.encode())
    return changes_of(read_table(folder, "list_members"))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    bo = Change("q4", "x:2", None, ListStatus.PAID, date(2026, 9, 2), None, 'said "no, thanks", then yes')
    assert read(tmp_path, with_changes("", [ADA, bo])) == [ADA, bo]


def test_the_newest_row_says_how_an_account_stands_and_the_first_of_each_status_since_when(tmp_path: Path) -> None:
    rows = (
        f"{HEADER}q4,x:2,bo,prospect,2026-09-05,,\nq4,mastodon:1,ada,agreed,2026-09-09,,\n"
        "q4,mastodon:1,ada,contacted,2026-09-03,vip,by mail\nq4,mastodon:1,ada,agreed,2026-09-12,,asked for 300\n"
        "vip,mastodon:1,ada,declined,2026-09-01,,\n"
    )
    found = members(read(tmp_path, rows))
    assert list(found) == [("q4", "x:2"), ("q4", "mastodon:1"), ("vip", "mastodon:1")]
    ada = found["q4", "mastodon:1"]
    assert ada.newest == Change("q4", "mastodon:1", "ada", ListStatus.AGREED, date(2026, 9, 12), "vip", "asked for 300")
    assert ada.added_on == date(2026, 9, 3)
    assert ada.since == {ListStatus.CONTACTED: date(2026, 9, 3), ListStatus.AGREED: date(2026, 9, 9)}


def test_a_change_of_the_same_day_takes_the_place_and_all_else_stays_as_it_is_written() -> None:
    text = (
        'note;list;author_id;status;changed_on\r\n"two\r\nlines";q4;mastodon:1;prospect;2026-09-01\r\n\r\n'
        "  kept ;q4;x:2;prospect;2026-09-01"
    )
    later = replace(ADA, status=ListStatus.CONTACTED, label=None, note=None)
    same = with_changes(text, [later])
    assert same == (
        'note;list;author_id;status;changed_on;handle\r\n"two\r\nlines";q4;mastodon:1;contacted;2026-09-01;ada\r\n\r\n'
        "  kept ;q4;x:2;prospect;2026-09-01\r\n"
    )
    next_day = with_changes(same, [replace(later, changed_on=date(2026, 9, 2))])
    assert next_day == same + ";q4;mastodon:1;contacted;2026-09-02;ada\r\n"
    assert without(next_day, "q4", {"mastodon:1"}) == (
        "note;list;author_id;status;changed_on;handle\r\n\r\n  kept ;q4;x:2;prospect;2026-09-01\r\n"
    )
    assert without(next_day, "vip", {"mastodon:1"}) == next_day


def test_two_changes_of_one_day_are_one_row(tmp_path: Path) -> None:
    told = [ADA, replace(ADA, status=ListStatus.CONTACTED, label=None, note="by mail")]
    assert read(tmp_path, with_changes("", told)) == [replace(ADA, status=ListStatus.CONTACTED, note="by mail")]


def test_faults_of_the_table_are_told(tmp_path: Path) -> None:
    with pytest.raises(HomeError) as raised:
        read(tmp_path, f"{HEADER}q4,,ada,maybe,1.9.2026,,\nq4,x:2,,paid,2026-09-01,,\nq4,x:2,,agreed,2026-09-01,,\n")
    assert [line.removeprefix(f"{tmp_path}/") for line in str(raised.value).splitlines()] == [
        "list_members.csv:2: author_id: is empty: write a text",
        "list_members.csv:2: status: 'maybe' is not known: write prospect, contacted, agreed, paid or declined",
        "list_members.csv:2: changed_on: '1.9.2026' cannot be read: write a day as 2026-09-30",
        "list_members.csv:4: list, author_id, changed_on: the same as in line 3: leave one out",
    ]


def test_a_file_from_elsewhere_is_read_by_its_columns(tmp_path: Path) -> None:
    file = tmp_path / "agency.csv"
    file.write_text(
        "\ufeffHandle;URL;Platform;Fee;Status;Changed on\n@ada;https://pond.example/@ada;Mastodon;30;agreed;2026-09-01\nbo;;;;;\n",
        encoding="utf-8",
    )
    wanted, unread = read_wanted(file)
    assert wanted == [
        Wanted(["https://pond.example/@ada", "@ada"], "Mastodon", ListStatus.AGREED, date(2026, 9, 1), line=2),
        Wanted(["bo"], line=3),
    ]
    assert unread == ["Fee"]


def test_one_column_needs_no_header(tmp_path: Path) -> None:
    file = tmp_path / "handles.csv"
    file.write_text('@ada\n\n"bo"\n', encoding="utf-8")
    assert read_wanted(file) == ([Wanted(["@ada"], line=1), Wanted(["bo"], line=3)], [])
    file.write_text("handle\nada\n", encoding="utf-8")
    assert read_wanted(file) == ([Wanted(["ada"], line=2)], [])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (
            b"fee,followers\n1,2\n",
            "agency.csv:1: names no column of whom is meant: call one author_id, url, address, handle, account or name",
        ),
        (b"handle,status\nada,maybe\n", "agency.csv:2: status: 'maybe' is not known: write prospect, contacted,"),
        (b"handle,note\n,nice\n", "agency.csv:2: names nobody: fill in handle"),
        (b"handle,note\n", "agency.csv:1: names nobody: write a line for each"),
        (b"", "agency.csv:1: names no column of whom is meant"),
        (b"handle,handle\n", "agency.csv:1: names the column handle twice"),
        (b"handle\ncaf\xe9\n", "agency.csv:2: is not UTF-8: save it as CSV UTF-8"),
        (None, "agency.csv cannot be read: No such file or directory"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line(tmp_path: Path, data: bytes | None, says: str) -> None:
    file = tmp_path / "agency.csv"
    if data is not None:
        file.write_bytes(data)
    with pytest.raises(HomeError) as raised:
        read_wanted(file)
    assert str(raised.value).removeprefix(f"{tmp_path}/").startswith(says)
