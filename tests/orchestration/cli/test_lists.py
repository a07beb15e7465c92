"""`groundswell list`: who is put on a list, what is told of those who are not, and that the home's file says it all."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from orchestration.cli.app import app
from orchestration.cli.terminal import err, out
from orchestration.settings import ROOT, NotDone, Settings, WrongUse
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.warehouse import NotPublished, Warehouse
from tests.homes import make_sandbox_home

MEMBERS = "list_members.csv"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GROUNDSWELL_HOME", str(make_sandbox_home(tmp_path / "home")))
    monkeypatch.setenv("GROUNDSWELL_NOW", "2026-10-03T02:00:00Z")
    return tmp_path / "home"


@pytest.fixture
def published(home: Path, made: Path) -> Path:
    """Ada has two accounts and a former handle, Bo and another Bo one each, and somebody is called like a formula."""
    shutil.copytree(made / "data", home / "data", symlinks=True)
    return home


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(home=make_sandbox_home(tmp_path_factory.mktemp("lists")))
    warehouse = Warehouse(settings.warehouse)
    with warehouse.transaction() as connection:
        connection.execute("""
            create schema marts; create schema ops; create table ops.ops_source_runs as select 1 as x;
            create table marts.dim_authors (author_id text, display_name text, handle text, platform_id text, url text, is_current boolean);
            insert into marts.dim_authors values
                ('mastodon:1', 'Ada Byron', 'ada@pond.example', 'mastodon', 'https://pond.example/@ada', true),
                ('mastodon:1', 'Ada Byron', 'old_ada@pond.example', 'mastodon', null, false),
                ('x:ada', 'Ada B', 'ada', 'x', 'https://x.example/ada', true),
                ('mastodon:2', 'Bo', 'bo@pond.example', 'mastodon', 'https://pond.example/@bo', true),
                ('x:bo', 'Bo', 'bo', 'x', null, true),
                ('x:evil', null, '=HYPERLINK("https://evil.example")', 'x', null, true);
            create table marts.bridge_persons_authors as from (values
                ('mastodon:1', 'mastodon:1'), ('mastodon:1', 'x:ada'), ('mastodon:2', 'mastodon:2'), ('x:bo', 'x:bo'), ('x:evil', 'x:evil')
            ) as pairs (person_id, author_id);
            create table marts.dim_persons as from (values ('mastodon:1', 'Ada Byron')) as people (person_id, display_name);
            create table marts.persons_overview as select person_id, 'Ada' as person, 3::bigint as rank, 90::bigint as audience,
                timestamptz '2026-10-01 00:00:00Z' as last_active_at from (values ('mastodon:1')) as people (person_id);
            create table marts.mentions_enriched as select 'mastodon:1' as person_id, 'p' as post_id, true as is_ours,
                timestamptz '2026-09-30 00:00:00Z' as said_at
        """)
    publish_file(warehouse, settings.published)
    return settings.home


@dataclass(frozen=True, slots=True)
class Told:
    """What a command printed, its exit code, and what it raised, which `main` says in a line."""

    exit_code: int
    stdout: str
    stderr: str
    error: BaseException | None


def run(*arguments: str) -> Told:
    before, printed = (out.file, err.file), (io.StringIO(), io.StringIO())
    out.file, err.file = printed
    try:
        result = CliRunner().invoke(app, ["list", *arguments], env={"COLUMNS": "250"})
    finally:
        out.file, err.file = before
    return Told(result.exit_code, printed[0].getvalue() + result.stdout, printed[1].getvalue() + result.stderr, result.exception)


def rows(home: Path) -> list[dict[str, str]]:
    with (home / MEMBERS).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("called", "author"),
    [
        ("ada@pond.example", "mastodon:1"),
        ("@ADA@pond.example", "mastodon:1"),
        ("@old_ada@pond.example", "mastodon:1"),
        ("https://www.pond.example/@ada/", "mastodon:1"),
        ("http://x.example/ada", "x:ada"),
        ("x:ada", "x:ada"),
        ("@ada", "x:ada"),
        ("mastodon:2", "mastodon:2"),
    ],
)
def test_somebody_is_found_by_handle_address_or_id(published: Path, called: str, author: str) -> None:
    (published / MEMBERS).unlink()
    assert run("add", "q4", called, "--note", "met at the fair", "--label", "vip").exit_code == 0
    [row] = rows(published)
    assert row == {
        "list": "q4", "author_id": author, "handle": row["handle"], "status": "prospect", "changed_on": "2026-10-03", "label": "vip",
        "note": "met at the fair",
    }  # fmt: skip
    assert row["handle"] in ("ada@pond.example", "ada", "bo@pond.example")
    assert oct((published / MEMBERS).stat().st_mode & 0o777) == "0o600"


def test_who_is_not_found_or_not_one_is_told_and_the_others_are_taken(published: Path) -> None:
    told = run("add", "q4", "@bo@pond.example", "nobody", "Bo", "x:evil")
    assert told.exit_code == 3
    assert "q4: 2 added" in told.stdout
    assert told.stderr.splitlines() == [
        "nobody here is called 'nobody': give a name, handle or id as `groundswell rank` shows it",
        "2 people are called 'Bo': give one's address or id, such as mastodon:2, x:bo",
    ]
    assert [(row["author_id"], row["handle"]) for row in rows(published)] == [
        ("mastodon:2", "bo@pond.example"), ("x:evil", '\'=HYPERLINK("https://evil.example")'),
    ]  # fmt: skip
    before = (published / MEMBERS).read_bytes()
    assert run("add", "q4", "nobody").exit_code == 1
    assert (published / MEMBERS).read_bytes() == before


def test_a_person_stands_on_a_list_once_by_whatever_account(published: Path) -> None:
    assert run("add", "q4", "ada@pond.example").exit_code == 0
    assert "q4: 1 there already" in run("add", "Q4", "@ada").stdout
    assert "q4: 1 changed" in run("add", "q4", "@ada", "--label", "vip").stdout
    assert [(row["list"], row["author_id"], row["label"]) for row in rows(published)] == [("q4", "mastodon:1", "vip")]
    assert run("status", "q4", "x:ada", "contacted", "--note", "by mail").exit_code == 0
    assert [(row["status"], row["note"]) for row in rows(published)] == [("contacted", "by mail")]


def test_each_day_of_a_status_is_a_row(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("add", "q4", "ada@pond.example", "--note", "met at the fair")
    monkeypatch.setenv("GROUNDSWELL_NOW", "2026-10-05T02:00:00Z")
    assert run("status", "q4", "@ada@pond.example", "agreed").stdout == "ada@pond.example: prospect -> agreed, 2026-10-05\n"
    assert [(row["status"], row["changed_on"]) for row in rows(published)] == [("prospect", "2026-10-03"), ("agreed", "2026-10-05")]
    [row] = json.loads(run("export", "q4", "--json").stdout)
    assert {name: row[name] for name in ("person", "status", "note", "added_on", "agreed_on", "contacted_on", "rank", "last_said_at")} == {
        "person": "Ada", "status": "agreed", "note": "met at the fair", "added_on": "2026-10-03", "agreed_on": "2026-10-05",
        "contacted_on": None, "rank": 3, "last_said_at": "2026-09-30 00:00:00+00:00",
    }  # fmt: skip


def test_what_is_noted_after_a_later_day_counts_all_the_same(published: Path) -> None:
    (published / MEMBERS).write_text("list,author_id,status,changed_on\nq4,mastodon:1,prospect,2030-01-01\n", encoding="utf-8")
    assert run("status", "q4", "mastodon:1", "declined").exit_code == 0
    [row] = json.loads(run("export", "q4", "--json").stdout)
    assert (row["status"], row["declined_on"]) == ("declined", "2030-01-01")


def test_what_is_not_on_a_list_or_no_list_is_told(published: Path) -> None:
    assert "no lists yet" in run("show").stdout
    assert str(run("show", "q4").error).startswith("no list 'q4': there are none yet")
    run("add", "q4", "ada@pond.example", "bo@pond.example")
    assert isinstance(refused := run("status", "q4", "x:bo", "paid").error, NotDone)
    assert str(refused).startswith("nobody on it is called 'x:bo'")
    assert run("status", "q4", "x:ada", "perhaps").exit_code == 2
    assert "prospect" in run("show", "q4").stdout
    removed = run("remove", "q4", "x:bo", "@bo@pond.example")
    assert (removed.exit_code, removed.stdout) == (3, "1 taken off: bo@pond.example\n")
    assert [row["author_id"] for row in rows(published)] == ["mastodon:1"]
    assert run("remove", "q4", "nobody").exit_code == 1
    assert isinstance(run("add", " \n", "ada@pond.example").error, WrongUse)


def test_an_export_is_safe_and_comes_back_by_import(published: Path, tmp_path: Path) -> None:
    run("add", "q4", "ada@pond.example", "x:evil", "--note", "=1+1", "--status", "paid")
    file = tmp_path / "q4.csv"
    assert run("export", "q4", "--csv", str(file)).exit_code == 0
    with file.open(encoding="utf-8-sig", newline="") as opened:
        assert not [cell for row in csv.reader(opened) for cell in row if re.match(r"[=+@-]", cell)]
    told = run("import", "again", str(file))
    assert told.exit_code == 0
    assert "not read: the columns list, person, added_on" in told.stderr
    [first, second] = [{name: row[name] for name in ("author_id", "status", "note")} for row in rows(published) if row["list"] == "again"]
    assert first == {"author_id": "mastodon:1", "status": "paid", "note": "'=1+1"}
    assert second["author_id"] == "x:evil"


def test_an_import_skips_nobody_silently(published: Path, tmp_path: Path) -> None:
    file = tmp_path / "agency.csv"
    file.write_text(
        "handle,platform,status,changed_on,fee\n@ada,,agreed,2026-09-01,30\nbo,X,,,\nBo,,,,\nnobody,mastodon,,,\nada@pond.example,,,,\n",
        encoding="utf-8",
    )
    told = run("import", "q4", str(file))
    assert told.exit_code == 3
    assert "q4: 2 added, 1 there already" in told.stdout
    assert told.stderr.splitlines() == [
        "not read: the columns fee",
        "line 4: 2 people are called 'Bo': give one's address or id, such as mastodon:2, x:bo",
        "line 5: nobody is called 'nobody' on mastodon",
    ]
    assert [(row["author_id"], row["status"], row["changed_on"]) for row in rows(published)] == [
        ("x:ada", "agreed", "2026-09-01"), ("x:bo", "prospect", "2026-10-03"),
    ]  # fmt: skip
    before = (published / MEMBERS).read_bytes()
    file.write_text("handle,status\nada@pond.example,perhaps\n", encoding="utf-8")
    assert "agency.csv:2: status: 'perhaps' is not known" in str(run("import", "q4", str(file)).error)
    assert (published / MEMBERS).read_bytes() == before


def test_a_file_with_faults_is_not_written_to(published: Path) -> None:
    (published / MEMBERS).write_text("list,author_id,status,changed_on\nq4,mastodon:1,maybe,2026-09-01\n", encoding="utf-8")
    for arguments in (("add", "q4", "bo@pond.example"), ("status", "q4", "mastodon:1", "paid"), ("remove", "q4", "mastodon:1"), ("show",)):
        assert f"{MEMBERS}:2: status: 'maybe' is not known" in str(run(*arguments).error)
    assert "maybe" in (published / MEMBERS).read_text(encoding="utf-8")


def test_the_mark_of_a_spreadsheet_and_rights_stay(published: Path) -> None:
    path = published / MEMBERS
    path.write_text("\ufefflist;author_id;status;changed_on\r\nq4;mastodon:1;prospect;2026-09-01\r\n", encoding="utf-8", newline="")
    path.chmod(0o640)
    assert run("status", "q4", "mastodon:1", "paid").exit_code == 0
    assert path.read_bytes().decode() == (
        "\ufefflist;author_id;status;changed_on\r\nq4;mastodon:1;prospect;2026-09-01\r\nq4;mastodon:1;paid;2026-10-03\r\n"
    )
    assert oct(path.stat().st_mode & 0o777) == "0o640"


def test_before_anything_is_published_a_list_is_shown_and_nobody_can_be_found(home: Path) -> None:
    assert isinstance(run("add", "q4", "ada").error, NotPublished)
    (home / MEMBERS).write_text("list,author_id,handle,status,changed_on\nq4,x:1,ada,prospect,2026-09-01\n", encoding="utf-8")
    [row] = json.loads(run("export", "q4", "--json").stdout)
    assert (row["handle"], row["status"]) == ("ada", "prospect")
    assert run("status", "q4", "ada", "contacted").exit_code == 0
    assert run("show", "q4").exit_code == 0


def test_where_pseudonyms_are_published_people_are_found_by_their_names(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Warehouse(Settings().warehouse).connect(write=True) as connection:
        connection.execute("update marts.dim_authors set handle = 'real' where author_id = 'x:bo'")
    monkeypatch.setenv("GROUNDSWELL_PSEUDONYMS", "true")
    assert run("add", "q4", "real").exit_code == 0


def test_an_export_has_the_columns_of_the_published_table(published: Path) -> None:
    run("add", "q4", "ada@pond.example")
    models = yaml.safe_load((ROOT / "dbt_project/models/marts/overviews/_overviews.yml").read_text(encoding="utf-8"))["models"]
    [table] = [model for model in models if model["name"] == "mart_list_members"]
    [row] = json.loads(run("export", "q4", "--json").stdout)
    assert list(row) == [column["name"] for column in table["columns"]]


@pytest.mark.parametrize("called", ["byron", "BYRÓN", "@ada", "Byron Ada"])
def test_a_part_of_a_name_is_enough_where_one_is_meant(published: Path, called: str) -> None:
    (published / MEMBERS).unlink()
    assert run("add", "q4", called).exit_code == 0
    assert run("status", "q4", "byron", "agreed").exit_code == 0


def test_whoever_may_be_meant_is_suggested(published: Path) -> None:
    told = run("add", "q4", "Ada Biron")
    assert (told.exit_code, told.stderr) == (1, "nobody here is called 'Ada Biron': did you mean Ada Byron ('mastodon:1')?\n")


def test_names_and_notes_are_of_one_line(published: Path) -> None:
    before = (published / MEMBERS).read_text()
    for arguments in (("add", "q\n4", "byron"), ("add", "q4", "byron", "--note", "a\nb"), ("add", "q4", "byron", "--label", "a\rb")):
        told = run(*arguments)
        assert isinstance(told.error, WrongUse)
        assert "is one line" in str(told.error)
    assert (published / MEMBERS).read_text() == before


def test_names_labels_and_notes_have_a_length(published: Path, tmp_path: Path) -> None:
    before = (published / MEMBERS).read_text()
    long = "x" * 10_000
    for what, most, arguments in (
        ("a list's name", "100", ("add", long, "byron")),
        ("a note", "1,000", ("add", "q4", "byron", "--note", long)),
        ("a label", "100", ("add", "q4", "byron", "--label", long)),
    ):
        told = run(*arguments)
        assert isinstance(told.error, WrongUse)
        assert str(told.error) == f"{what} has 10,000 characters: write {most} at most"
    assert (published / MEMBERS).read_text() == before
    (tmp_path / "theirs.csv").write_text(f"handle,note\nbyron,{long}\n", encoding="utf-8")
    assert str(run("import", "q4", str(tmp_path / "theirs.csv")).error).endswith(":2: note: has 10,000 characters: write 1,000 at most")
    (published / MEMBERS).write_text(f"{before.splitlines()[0]}\n{long},mastodon:1,,prospect,2026-09-01,,\n", encoding="utf-8")
    assert str(run("show").error).endswith(":2: list: has 10,000 characters: write 100 at most")


def test_an_import_of_thousands_who_are_unknown_tells_ten(published: Path, tmp_path: Path) -> None:
    names, missing = tmp_path / "names.csv", tmp_path / "missing.csv"
    names.write_text("handle\n" + "".join(f"nobody{number}\n" for number in range(3000)) + "bo@pond.example\n")
    told = run("import", "fair", str(names))
    assert told.exit_code == 3
    assert told.stderr.splitlines()[9:] == ["line 11: nobody is called 'nobody9'", "2,990 more: --unfound FILE.csv writes all"]
    told = run("import", "fair", str(names), "--unfound", str(missing))
    assert told.stderr.splitlines()[10:] == ["2,990 more", f"all 3,000: {missing}"]
    with missing.open(encoding="utf-8-sig") as written:
        first = next(csv.DictReader(written))
    assert first == {"line": "2", "name": "nobody0", "problem": "nobody is called 'nobody0'"}


def test_of_two_commands_at_once_none_is_lost(published: Path) -> None:
    (published / MEMBERS).unlink()
    handles = ["mastodon:1", "mastodon:2", "x:bo", "x:evil"]
    program = "from orchestration.cli.app import app; app()"
    both = [subprocess.Popen([sys.executable, "-c", program, "list", "add", "q4", handle], cwd=ROOT) for handle in handles]
    assert [one.wait() for one in both] == [0] * len(handles)
    with (published / MEMBERS).open() as written:
        assert sorted(row["author_id"] for row in csv.DictReader(written)) == sorted(handles)
