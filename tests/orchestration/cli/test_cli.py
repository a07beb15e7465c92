"""The `groundswell` command: what a person sees, and what a machine gets."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from orchestration.cli.terminal import text
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.warehouse import Warehouse
from tests import processes
from tests.homes import make_sandbox_home


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"GROUNDSWELL_HOME": str(make_sandbox_home(tmp_path)), "COLUMNS": "200"}


@pytest.fixture
def published(environment: dict[str, str]) -> dict[str, str]:
    """An installation with a small published file."""
    data = Path(environment["GROUNDSWELL_HOME"], "data")
    warehouse = Warehouse(data / "warehouse.duckdb")
    with warehouse.transaction() as connection:
        connection.execute("""
            create schema marts; create schema ops;
            create table ops.ops_source_runs as select 1 as x;
            create table marts.dim_brands as select 'morrowbean' as brand_id, 'Morrowbean' as brand_name;
        """)
    publish_file(warehouse, data / "published" / "groundswell.duckdb")
    return environment


def groundswell(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return processes.groundswell(*arguments, environment={**os.environ, **environment})


def test_sql_reads_and_cannot_write(published: dict[str, str], tmp_path: Path) -> None:
    read = groundswell(published, "sql", "select brand_name from dim_brands", "--json")
    assert json.loads(read.stdout) == [{"brand_name": "Morrowbean"}]
    exported = groundswell(published, "sql", "select '=1+1' as name, 2 as number", "--csv", str(tmp_path / "answer.csv"))
    assert exported.stdout == f"1 rows: {tmp_path / 'answer.csv'}\n"
    assert (tmp_path / "answer.csv").read_text(encoding="utf-8-sig").splitlines() == ['"name","number"', '"\'=1+1",2']
    commented = groundswell(published, "sql", "-- whose are they?\nselect brand_name from dim_brands", "--json")
    assert json.loads(commented.stdout) == [{"brand_name": "Morrowbean"}]
    nowhere = ("select 1", "--csv", str(tmp_path / "none" / "answer.csv"))
    for code, query in (
        *((2, (wrong,)) for wrong in ("drop table dim_brands", "from readtext('/etc/passwd')", "select * from nowhere", "", ";")),
        (1, nowhere),
    ):
        refused = groundswell(published, "sql", *query)
        assert refused.returncode == code
        assert refused.stderr.startswith("error: ")
        assert "a defect" not in refused.stderr
        assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["refresh", "--date", "2999-01-01"], 1, "has not begun"),
        (["refresh", "--date", "yesterday"], 2, "write YYYY-MM-DD"),
        (["rank", "--limit", "0"], 2, "--limit"),
        (["rank", "--since", "2026-10-02", "--until", "2026-09-01"], 2, "is after --until"),
        (["rank", "--since", "2026-13-01"], 2, "2026-13-01"),
        (["rank", "--safe", "--rate"], 2, "two orders"),
        (["rank", "--brand", "Morrowbean", "--topic", "espresso"], 2, "choose one"),
        (["sql", "select 1", "--csv", "first.xlsx"], 2, "name it first.csv"),
        (["ask", "nothing"], 2, "no question 'nothing'"),
        (["ask", "movers", "--until", "2026-09-01"], 2, "does not take --until"),
        (["ask", "two-periods", "--before-since", "2026-09-02", "--before-until", "2026-09-01"], 2, "is after --before-until"),
        (["compare", "2026-13", "2026-14"], 2, "is no period"),
        (["compare", "2026-10", "2026-09"], 2, "has to begin after"),
        (["status", "--max-age", "old"], 2, "is no age"),
        (["files", ".", "--decimal", "x"], 2, "--decimal"),
        (["list", "add", " ", "ada"], 2, "a list needs a name"),
        (["list", "show", "nowhere"], 1, "no list 'nowhere'"),
        (["sql", "select 1; select 2"], 2, "one at a time"),
        (["report", "--brand", ""], 2, "brand"),
        (["report", "--brand", "nobody"], 1, "no brand 'nobody'"),
        (["report", "--pdf", "page.html"], 2, "name it page.pdf"),
        (["init", "/proc/nowhere", "--brand", "A"], 1, "/proc/nowhere: no such file or directory"),
        (["init", "{home}/new", "--brand", "A\nB"], 2, "is no name"),
        (["init", "{home}/new", "--brand", ""], 2, "is no name"),
        (["init", "{home}/new", "--like", "gopher"], 2, "unknown platform 'gopher'"),
        (["unheard-of"], 2, "No such command"),
    ],
)
def test_what_goes_wrong_is_said_in_a_line(published: dict[str, str], arguments: list[str], code: int, says: str) -> None:
    told = groundswell(published, *(argument.format(home=published["GROUNDSWELL_HOME"]) for argument in arguments))
    assert told.returncode == code
    assert says in told.stderr
    assert "Traceback" not in told.stderr
    assert "a defect" not in told.stderr


def test_nothing_published_yet(environment: dict[str, str]) -> None:
    told = groundswell(environment, "rank")
    assert told.returncode == 1
    assert "groundswell refresh" in told.stderr


def test_a_wrong_sources_file_stops_before_anything_is_fetched(environment: dict[str, str]) -> None:
    Path(environment["GROUNDSWELL_HOME"], "sources.yaml").write_text("sources:\n  - name: x\n    platform: telegraph\n", encoding="utf-8")
    for arguments in (["refresh"], ["sources"]):
        told = groundswell(environment, *arguments)
        assert told.returncode == 1
        assert "sources.yaml:3: x: platform: unknown platform 'telegraph'" in told.stderr
        assert not Path(environment["GROUNDSWELL_HOME"], "data", "warehouse.duckdb").exists()


def test_sources_check_asks_each_and_says_which_do_not_answer(environment: dict[str, str]) -> None:
    folder = Path(environment["GROUNDSWELL_HOME"], "exports")
    folder.mkdir()
    (folder / "authors.csv").write_text("id,channel\na1,blogs\n", encoding="utf-8")
    Path(environment["GROUNDSWELL_HOME"], "sources.yaml").write_text(
        f"sources:\n  - {{name: exports, platform: files, path: {folder}}}\n"
        "  - {name: nowhere, platform: feeds, feeds: ['http://127.0.0.1:9/feed'], limits: {attempts: 1}}\n",
        encoding="utf-8",
    )
    told = groundswell(environment, "sources", "--check", "--json")
    rows = {row["source"]: row for row in json.loads(told.stdout)}
    assert told.returncode == 3
    assert rows["exports"]["answered"]
    assert not rows["nowhere"]["answered"]
    assert "allow_private" in rows["nowhere"]["answer"]


def test_the_demo_does_not_touch_a_real_warehouse(published: dict[str, str]) -> None:
    told = groundswell(published, "demo", published["GROUNDSWELL_HOME"])
    assert told.returncode == 1
    assert "not the demo's" in told.stderr


def test_cells_hold_no_control_characters_and_have_a_width() -> None:
    assert text("a\x1b[2Jb\nc") == "a [2Jb c"
    assert text("x" * 300) == "x" * 199 + "…"
    assert text(None) == ""


def test_sources_are_listed_though_a_secret_is_missing_and_an_answer_is_shown_to_its_end(environment: dict[str, str]) -> None:
    home = Path(environment["GROUNDSWELL_HOME"])
    (home / "sources.yaml").write_text(
        "sources:\n  - {name: fediverse, platform: mastodon, base_url: 'http://127.0.0.1:9', secrets: {token: NOT_SET_ANYWHERE}}\n",
        encoding="utf-8",
    )
    listed = groundswell(environment, "sources", "--json")
    assert [row["source"] for row in json.loads(listed.stdout)] == ["fediverse"]
    [unasked] = json.loads(groundswell(environment, "sources", "--check", "--json").stdout)
    assert (unasked["answered"], unasked["answer"].partition(";")[0]) == (False, "not asked: NOT_SET_ANYWHERE not set")
    (home / "sources.yaml").write_text("sources:\n  - {name: far, platform: feeds, feeds: ['http://127.0.0.1:9/feed']}\n", encoding="utf-8")
    [row] = json.loads(groundswell(environment, "sources", "--check", "--json").stdout)
    assert len(row["answer"]) > 60
    assert row["answer"] in groundswell(environment | {"COLUMNS": "400"}, "sources", "--check").stdout
    assert "…" not in groundswell(environment | {"COLUMNS": "60"}, "sources", "--check").stdout
