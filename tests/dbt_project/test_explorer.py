"""The explorer: what it asks, who may see it, and the page itself in a real browser, with whatever hostile texts hold."""

from __future__ import annotations

import csv
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from typer.testing import CliRunner
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from orchestration.cli.app import app
from orchestration.publishing.explorer import figures, parts
from orchestration.publishing.explorer.figures import Choice, Figure, Known
from orchestration.publishing.minimising import Minimising
from orchestration.publishing.scopes import ALL
from orchestration.publishing.superset.bundle import TURNING
from orchestration.settings import ROOT, NotDone
from orchestration.warehouse.catalog import Catalog
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.warehouse import Warehouse, open_published
from tests.dbt_project.conftest import insert_score_row
from tests.homes import make_sandbox_home

pytestmark = pytest.mark.slow

CHROMIUM = shutil.which("chromium")
TURNED = "".join(map(chr, TURNING))
HOSTILE = "<img src=x onerror=alert(1)><script>alert(1)</script> **bold** https://evil.example/p.png "
FORMULA = "=HYPERLINK(1)"
NIGHT = date(2026, 9, 12)
SAYS = {
    "Ranking": "Whose words move most peers",
    "Voice": "How much is said of each brand",
    "Topics": "What posts are of",
    "Campaigns": "Campaigns that run in the period",
    "Mentions": "The newest 1,000 mentions",
}
SIDEWAYS = """() => [...document.querySelectorAll('h1, h2, h3, p, pre, blockquote, marimo-vega, marimo-tabs, marimo-table')]
  .filter(part => part.getBoundingClientRect().right > innerWidth + 1)
  .map(part => part.outerHTML.slice(0, 100))
  .concat(document.documentElement.scrollWidth > innerWidth ? ['the page'] : [])"""
"""What reaches out of the window; tables scroll within themselves."""


@pytest.fixture(scope="module")
def file(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published nights in a home: every text from outside is hostile, two people are on a list, one has evidence."""
    home = make_sandbox_home(tmp_path_factory.mktemp("home"))
    path = home / "data" / "published" / "groundswell.duckdb"
    path.parent.mkdir(parents=True)
    path.write_bytes(published.resolve().read_bytes())
    with Warehouse(path).transaction() as connection:
        for table, column in (
            ("dim_persons", "display_name"), ("persons_overview", "person"), ("rankings_newest", "person"), ("mentions_enriched", "person"),
            ("mentions_enriched", "sentence"), ("fct_mentions", "sentence"), ("dim_campaigns", "campaign_name"),
        ):  # fmt: skip
            connection.execute(f"update marts.{table} set {column} = ? || coalesce({column}, '')", [TURNED + HOSTILE])
        connection.execute("update marts.rankings_newest set best_quote = ?, best_quote_url = 'javascript:alert(1)'", [FORMULA])
        connection.execute("update marts.fct_posts set url = 'javascript:alert(1)'")
        ((mention, post, author, first),) = connection.execute(
            """
            select mention_id, post_id, author_id, person_id from marts.mentions_enriched
            where brand_id = 'morrowbean' and person_id is not null order by mention_id limit 1
            """
        ).fetchall()
        for kind, scope in (("all", "all"), ("brand", "morrowbean")):
            insert_score_row(
                connection, "ranking_evidence", as_of_date=NIGHT, score_version="test", scope_kind=kind, scope_id=scope, person_id=first,
                mention_id=mention, mention_post_id=post, author_id=author, credit=0.75, lag_days=1.5, adopted_at=NIGHT,
                adopter_person_id=first,
            )  # fmt: skip
        connection.execute(
            """
            create or replace table marts.mart_list_members as
            select 'fair' as list, person_id, person_id as author_id, handle, 'prospect' as status, date '2026-09-01' as changed_on,
                null::varchar as label, null::varchar as note
            from marts.rankings_newest where scope_kind = 'all' order by rank limit 2
            """
        )
    return path


@pytest.fixture(scope="module")
def there(file: Path) -> Known:
    return figures.known(file)


@pytest.fixture(scope="module")
def explored(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a running `groundswell explore`, and the folder that is the user's home and the system's for temporary files."""
    folder = tmp_path_factory.mktemp("user")
    with exploring(file.parents[2], folder) as (_, address):
        yield address, folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed: apt install chromium")
    with sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@contextmanager
def exploring(home: Path, user: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command as a person starts it, and the address that it tells."""
    told = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    places = {"GROUNDSWELL_HOME": str(home), "HOME": str(user), "TMPDIR": str(user), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    command = [sys.executable, "-c", "from orchestration.cli.app import main; main()", "explore", "--port", "0"]
    with subprocess.Popen(command, env=told | places, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        try:
            assert line.startswith("open http://127.0.0.1:"), line + process.stdout.read()
            yield process, line.removeprefix("open ").strip()
        finally:
            process.terminate()


@contextmanager
def opened(browser: Browser, address: str, width: int = 1280) -> Iterator[tuple[Page, list[str]]]:
    """The page with its first figure, and all that should not be: dialogs, errors, requests to elsewhere."""
    wrong: list[str] = []
    tab = browser.new_page(viewport={"width": width, "height": 1600})
    tab.set_default_timeout(60_000)
    tab.on("dialog", lambda dialog: wrong.append(dialog.message))
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    here = address.split("?")[0]
    tab.on("request", lambda request: None if request.url.startswith((here, "data:", "blob:")) else wrong.append(request.url))
    tab.goto(address)
    tab.locator(".vega-embed svg.marks").first.wait_for()
    yield tab, wrong
    tab.close()


def asked(file: Path, query: str) -> list[tuple[Any, ...]]:
    with open_published(file) as connection:
        return connection.execute(query).fetchall()


def rows(tab: Page) -> Locator:
    return tab.locator("marimo-table").first.locator("tbody tr")


def saved(tab: Page, label: str) -> bytes:
    """What a button hands out."""
    with tab.expect_download() as got:
        tab.locator("marimo-download").get_by_text(label, exact=True).first.click()
    return Path(got.value.path()).read_bytes()


def test_each_figure_is_what_its_sql_says(file: Path, there: Known) -> None:
    everything = figures.first_choice(there)
    first = asked(file, "select person_id from mentions_enriched where brand_id = 'morrowbean' order by mention_id limit 1")[0][0]
    for choice in (everything, replace(everything, brand="morrowbean", channel="microblogs", members_of="fair")):
        of = figures.scope_of(choice, there)
        for each in (*(page.asks(choice, of) for page in parts.PAGES.values()), *figures.person(first, of, there).values()):
            (frame,) = figures.answers(file, each)
            assert "$" not in re.sub(r"'[^']*'", "", each.sql)
            assert len(asked(file, each.sql)) == frame.height


def test_it_shows_a_file_that_names_nobody(published: Path, catalog: Catalog, tmp_path: Path) -> None:
    publish_file(Warehouse(published.with_name("warehouse.duckdb")), tmp_path / "groundswell.duckdb", catalog, Minimising(b"k" * 32))
    known = figures.known(tmp_path / "groundswell.duckdb")
    choice = figures.first_choice(known)
    (ranked,) = figures.answers(tmp_path / "groundswell.duckdb", figures.ranking(choice, ALL))
    assert ranked.height > 0
    one = ranked["person_id"][0]
    assert figures.found_person(tmp_path / "groundswell.duckdb", one) == one
    overview, *_ = figures.answers(tmp_path / "groundswell.duckdb", *figures.person(one, ALL, known).values())
    assert overview["person_id"].to_list() == [one]


def test_brand_channel_period_and_list_narrow_what_is_shown(file: Path, there: Known) -> None:
    def people(**chosen: Any) -> list[tuple[int, str]]:
        choice = replace(figures.first_choice(there), **chosen)
        (frame,) = figures.answers(file, figures.ranking(choice, figures.scope_of(choice, there)))
        return frame.select("rank", "person_id").rows()

    def mentioned(**chosen: Any) -> int:
        (frame,) = figures.answers(file, figures.mentions(replace(figures.first_choice(there), **chosen)))
        return frame.height

    spoke = "select distinct rank, r.person_id from rankings_newest as r join mentions_enriched as m on r.person_id = m.person_id where "
    assert people() == asked(file, f"{spoke} scope_kind = 'all' and m.brand_id is not null order by all")
    in_brand = f"{spoke} scope_id = 'morrowbean' and m.brand_id = 'morrowbean'"
    assert people(brand="morrowbean") == asked(file, f"{in_brand} order by all") != people()
    assert people(brand="morrowbean", channel="vlogs") == []
    assert people(brand="morrowbean", channel="microblogs") == people(brand="morrowbean")
    late = date(2026, 9, 2)
    assert people(brand="morrowbean", since=late) == asked(file, f"{in_brand} and said_at >= '2026-09-02' order by all")
    assert 0 < len(people(brand="morrowbean", since=late)) < len(people(brand="morrowbean"))
    assert {person for _, person in people(members_of="fair")} <= {one for (one,) in asked(file, "select person_id from mart_list_members")}
    assert mentioned() > mentioned(brand="morrowbean") > mentioned(brand="morrowbean", since=late) > 0
    assert mentioned(channel="vlogs") == 1


def test_topics_are_compared_with_as_many_days_before(file: Path, there: Known) -> None:
    choice = Choice(date(2026, 9, 1), date(2026, 9, 1))
    (now,) = figures.answers(file, figures.topics(choice))
    assert now.select("topic", "post_count", "post_count_before").rows() == [("Espresso", 1, None)]
    (after,) = figures.answers(file, figures.topics(Choice(date(2026, 9, 2), date(2026, 9, 2))))
    assert after.select("topic", "post_count", "post_count_before").rows() == [("Espresso", 0, 1)]
    (of_brand,) = figures.answers(file, figures.topics(replace(choice, brand="morrowbean")))
    assert of_brand.is_empty()


def test_the_sql_that_is_shown_holds_names_as_they_are() -> None:
    assert (
        Figure("\n    select $a,\n        $b\n", {"a": "O'Hara\n\n  $b", "b": NIGHT}).sql
        == "select 'O''Hara\n\n  $b',\n    date '2026-09-12'"
    )


def test_every_part_of_a_person_has_a_heading(there: Known) -> None:
    assert figures.person("a", ALL, there).keys() == {"overview", *parts.HEADINGS}


def test_names_that_brands_share_are_told_apart() -> None:
    assert parts.options("all", {"a": "One", "b": "Two", "c": "One"}) == {"all": None, "One (a)": "a", "Two": "b", "One (c)": "c"}


def test_only_who_has_the_token_and_names_this_machine_is_answered(explored: tuple[str, Path]) -> None:
    address, _ = explored
    page, port = address.split("?")[0], address.split(":")[2].split("/")[0]
    for refused in (page, f"{page}?access_token=guessed"):
        assert httpx.get(refused).headers["location"].startswith("/auth/login")
    for path in ("api/status", "api/version", "@file/1-a.csv"):
        assert httpx.get(page + path).status_code == 401
    with pytest.raises(InvalidStatus, match="403"):
        connect(f"{page.replace('http', 'ws')}ws?session_id=a")
    assert httpx.get(address, headers={"host": "evil.example"}).status_code == 400
    assert httpx.get(address).headers["set-cookie"].startswith("session=")
    with socket.socket() as elsewhere, pytest.raises(ConnectionRefusedError):
        elsewhere.connect(("127.0.0.2", int(port)))


def test_what_cannot_be_served_is_said_in_a_line(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def said(home: Path, *options: str) -> str:
        monkeypatch.setenv("GROUNDSWELL_HOME", str(home))
        with pytest.raises(NotDone) as refused:
            CliRunner().invoke(app, ["explore", *options], catch_exceptions=False)
        return str(refused.value)

    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "MARIMO_RESTRICT_SHARING"):
        monkeypatch.setenv(name, "")
    assert "nothing is published at" in said(make_sandbox_home(tmp_path))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"port {port} cannot be listened on (Address already in use): name another with --port" in said(
            file.parents[2], "--port", str(port)
        )
    monkeypatch.setitem(sys.modules, "marimo", None)
    assert "pip install '.[explore]'" in said(file.parents[2], "--port", "0")


def test_it_ends_with_ctrl_c_and_leaves_nothing_behind(browser: Browser, file: Path, tmp_path: Path) -> None:
    before = sha256(file.read_bytes()).digest()
    with exploring(file.parents[2], tmp_path) as (process, address), opened(browser, address):
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    assert list(tmp_path.iterdir()) == []
    assert sha256(file.read_bytes()).digest() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_every_control_changes_what_it_should(browser: Browser, explored: tuple[str, Path], file: Path) -> None:
    with opened(browser, explored[0]) as (tab, wrong):
        shown = tab.get_by_text("Whose words move most peers")
        everybody = rows(tab).count()
        tab.get_by_label("List").select_option(label="fair")
        expect(shown).to_contain_text("of the list fair")
        expect(rows(tab)).not_to_have_count(everybody)
        tab.get_by_label("List").select_option(label="everybody")
        tab.get_by_label("Brand").select_option(label="Morrowbean")
        expect(shown).to_contain_text("Morrowbean")
        of_brand = asked(file, "select count(distinct person_id) from mentions_enriched where brand_id = 'morrowbean'")[0][0]
        expect(rows(tab)).to_have_count(of_brand)
        day = tab.get_by_role("spinbutton", name="day, Start Date")
        day.click()
        day.press_sequentially("02")
        expect(shown).to_contain_text("from 2026-09-02 to 2026-09-12")
        expect(rows(tab)).to_have_count(1)
        tab.get_by_label("Channel").select_option(label="Vlogs")
        expect(shown).to_contain_text("on the channel")
        tab.get_by_text("There is nothing of the kind.").wait_for()
        tab.get_by_label("Channel").select_option(label="all channels")
        for page, words in (("Voice", "share of voice"), ("Campaigns", "incremental adoptions"), ("Mentions", "said_at")):
            tab.get_by_role("tab", name=page).click()
            tab.get_by_text(words, exact=True).first.wait_for()
        tab.get_by_role("tab", name="Topics").click()
        tab.get_by_text("There is nothing of the kind.").wait_for()
        tab.get_by_label("Brand").select_option(label="all brands")
        expect(rows(tab)).to_contain_text(["Espresso"])
        assert wrong == []


def test_tables_are_handed_out_and_their_sql_is_opened(browser: Browser, explored: tuple[str, Path], file: Path) -> None:
    with opened(browser, explored[0]) as (tab, wrong):
        tab.get_by_text("SQL", exact=True).first.click()
        query = tab.locator("pre").first.inner_text()
        table = list(csv.DictReader(StringIO(saved(tab, "CSV").decode("utf-8-sig"))))
        assert [row["person_id"] for row in table] == [row[-1] for row in asked(file, query)]
        assert {row["best_quote"] for row in table} == {f"'{FORMULA}"}
        sheet = openpyxl.load_workbook(BytesIO(saved(tab, "Excel"))).active
        assert sheet is not None
        header, *cells = sheet.iter_rows()
        [quotes] = [number for number, cell in enumerate(header) if cell.value == "best_quote"]
        assert {(row[quotes].value, row[quotes].data_type) for row in cells} == {(FORMULA, "s")}
        assert len(cells) == len(table)
        assert wrong == []


def test_a_person_is_opened_by_a_mark_or_a_name(browser: Browser, explored: tuple[str, Path], file: Path) -> None:
    ((person, handle),) = asked(
        file, "select person_id, handle from mentions_enriched where brand_id = 'morrowbean' order by mention_id limit 1"
    )
    with opened(browser, explored[0]) as (tab, wrong):
        name = tab.get_by_placeholder("name, handle or id")
        name.fill("nobody at all")
        name.press("Enter")
        tab.get_by_text("nobody here is called 'nobody at all'").wait_for()
        name.fill(handle)
        name.press("Enter")
        tab.get_by_text("75% of an adoption").wait_for()
        tab.get_by_role("cell", name=parts.JOINER.join(re.split("(?<=https:)", person)), exact=True).first.wait_for()
        name.fill("")
        name.press("Enter")
        expect(tab.get_by_text("75% of an adoption")).to_have_count(0)
        tab.get_by_role("checkbox").first.click()
        tab.get_by_role("heading", name="Places in the newest night").wait_for()
        assert wrong == []


@pytest.mark.parametrize("width", [390, 1280])
def test_hostile_texts_are_text_and_a_phone_is_wide_enough(
    browser: Browser, explored: tuple[str, Path], tmp_path: Path, width: int
) -> None:
    with opened(browser, explored[0], width) as (tab, wrong):
        for page, says in SAYS.items():
            tab.get_by_role("tab", name=page).click()
            tab.get_by_text(says).wait_for()
            rows(tab).first.wait_for()
            if page in ("Ranking", "Campaigns", "Mentions"):
                tab.get_by_text("<img src=x onerror=alert(1)>").first.wait_for()
            assert tab.evaluate(SIDEWAYS) == []
            tab.screenshot(path=tmp_path / f"{page}-{width}.png")
        tab.get_by_role("tab", name="Ranking").click()
        tab.locator(".vega-embed svg.marks").wait_for()
        tab.get_by_role("checkbox").first.click()
        tab.get_by_role("heading", name="**bold**").wait_for()
        assert tab.evaluate(SIDEWAYS) == []
        assert tab.locator("marimo-table img").count() == tab.locator("a[href^=javascript]").count() == 0
        assert not set(TURNED) & set(tab.locator("body").inner_text())
        assert wrong == []


def test_a_browser_leaves_nothing_in_the_home_of_who_started_it(browser: Browser, explored: tuple[str, Path]) -> None:
    address, user = explored
    with opened(browser, address):
        [own] = user.iterdir()
        assert own.name.startswith("groundswell-")
        assert own.stat().st_mode & 0o077 == 0
