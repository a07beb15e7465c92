"""The report: what it says, what hostile text does to it (nothing), and how it stands in a real browser."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.cli.app import app
from orchestration.publishing.report.report import link, render, shown, write_report
from orchestration.publishing.superset import bundle
from orchestration.settings import DBT_PROJECT
from orchestration.warehouse.catalog import Catalog
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.warehouse import Warehouse, open_published
from tests.dbt_project.conftest import insert_score_row

pytestmark = pytest.mark.slow

NIGHT = date(2026, 9, 12)
HOSTILE = "</svg></td><script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{ 7 * 7 }}"
TURNING = "".join(map(chr, bundle.TURNING))
CHROMIUM = shutil.which("chromium")
CONTRASTS = """() => {
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => { const f = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
  const paper = light(parts(getComputedStyle(document.body).backgroundColor));
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), low = [];
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    if (!text.data.trim()) continue;
    const style = getComputedStyle(text.parentElement), isSvg = text.parentElement.namespaceURI.endsWith('svg');
    const ink = light(parts(isSvg ? style.fill : style.color)), ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (ratio < 4.5) low.push([text.data.slice(0, 40), ratio]);
  }
  return low;
}"""


class Tags(HTMLParser):
    """The attributes that each kind of element has, as a browser reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, list[tuple[str, str | None]]] = defaultdict(list)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen[tag] += attrs


@pytest.fixture(scope="module")
def hostile(published: Path, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published nights, with every text from outside hostile, an adoption with evidence, and a link that is code."""
    folder = tmp_path_factory.mktemp("report")
    warehouse, target = Warehouse(folder / "w.duckdb"), folder / "groundswell.duckdb"
    warehouse.path.write_bytes(published.resolve().read_bytes())
    with warehouse.transaction() as connection:
        connection.execute("update marts.dim_persons set display_name = ? || left(person_id, 12)", [TURNING + HOSTILE])
        connection.execute("update marts.fct_mentions set sentence = ?", [TURNING + HOSTILE])
        connection.execute(
            "update marts.mart_advice_threads set sentence = ?, url = 'javascript:alert(1)', brand_id = 'morrowbean'", [HOSTILE * 200]
        )
        connection.execute("update marts.fct_posts set url = 'javascript:alert(1)'")
        connection.execute("update marts.dim_brands set brand_name = brand_name || ?", [TURNING + HOSTILE])
        connection.execute("update marts.dim_campaigns set campaign_name = ?", [TURNING + HOSTILE])
        connection.execute("update ops.ops_source_runs set error = ?, status = 'failed'", [TURNING + HOSTILE])
        ((mention, post, author),) = connection.execute("select mention_id, post_id, author_id from marts.fct_mentions limit 1").fetchall()
        ((first,),) = connection.execute(
            "select person_id from marts.influencer_rankings where scope_kind = 'brand' and as_of_date = '2026-09-12' and rank = 1"
        ).fetchall()
        insert_score_row(
            connection, "ranking_evidence", as_of_date=NIGHT, score_version="test", scope_kind="brand", scope_id="morrowbean",
            person_id=first, mention_id=mention, mention_post_id=post, author_id=author, credit=0.75, lag_days=1.5, adopted_at=NIGHT,
            adopter_person_id=first,
        )  # fmt: skip
    publish_file(warehouse, target, catalog)
    return target


@pytest.fixture(scope="module")
def page(hostile: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with open_published(hostile) as connection:
        return write_report(tmp_path_factory.mktemp("reports"), connection, NIGHT)


def test_it_says_who_and_why(published: Path) -> None:
    with open_published(published) as connection:
        html = render(connection, NIGHT)
        people = connection.execute(
            """
            select coalesce(display_name, person_id) from influencer_rankings join dim_persons using (person_id)
            where scope_kind = 'brand' and as_of_date = '2026-09-12' order by rank limit 10
            """
        ).fetchall()
    text = re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL)
    assert [text.count(f"<bdi>{shown(name, 60)}</bdi></th>") > 0 for (name,) in people] == [True] * len(people)
    assert "no adoption is credited yet" in text
    assert "12 → 1" in text
    assert "estimated" in text
    assert "reported" in text
    assert html.count("<svg") >= 4


def test_it_says_when_its_rankings_are_older(published: Path) -> None:
    with open_published(published) as connection:
        of_its_night, later = (render(connection, date(2026, 9, day)) for day in (12, 13))
    assert "The rankings are those of" not in of_its_night
    assert "The rankings are those of 2026-09-12:" in later


def test_movers_tell_version_behaviour_and_data_apart(published: Path, catalog: Catalog, tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w.duckdb")
    warehouse.path.write_bytes(published.resolve().read_bytes())
    with open_published(published) as connection:
        people = [person for (person,) in connection.execute("select person_id from dim_persons order by 1 limit 4").fetchall()]
    stays, talks, close, rises = people

    def night(connection: duckdb.DuckDBPyConnection, day: date, version: str, ranks: list[int]) -> None:
        for person, rank in zip(people, ranks, strict=True):
            insert_score_row(
                connection, "influencer_rankings", as_of_date=day, score_version=version, scope_kind="brand", scope_id="kestrel",
                population="public", person_id=person, rank=rank, rank_low=rank - (person == close), rank_high=rank, impact=10.0 / rank,
                mention_count=day.day if person == talks else 1,
            )  # fmt: skip

    def reasons(number: int) -> dict[str, tuple[str, date]]:
        target = tmp_path / f"{number}" / "groundswell.duckdb"
        target.parent.mkdir()
        publish_file(warehouse, target, catalog)
        with open_published(target) as connection:
            movers = connection.execute((bundle.FILES / "datasets" / "rank_movers.sql").read_text()).pl()
            told = render(connection, date(2026, 9, 19))
        rows = [row for row in movers.iter_rows(named=True) if row["brand"] == "Kestrel"]
        for row in rows:
            told_reason = "behaviour: +7 own mentions" if row["because"] == "behaviour" else row["because"]
            assert (row["impact_gained"] == 0) or f"<td>{told_reason}</td>" in told
        return {row["person_id"]: (row["because"], row["before_date"]) for row in rows}

    with warehouse.transaction() as connection:
        night(connection, date(2026, 9, 12), "test", [1, 2, 4, 9])
        night(connection, date(2026, 9, 19), "test", [1, 4, 3, 2])
        connection.execute("update marts.dim_score_versions set last_as_of_date = '2026-09-19'")
    before = date(2026, 9, 12)
    assert reasons(1) == {
        stays: ("within the old interval", before),
        talks: ("behaviour", before),
        close: ("within the old interval", before),
        rises: ("data", before),
    }
    with warehouse.transaction() as connection:
        connection.execute("update marts.dim_score_versions set is_current = false")
        of_night = {"first_as_of_date": date(2026, 9, 19), "last_as_of_date": date(2026, 9, 19)}
        insert_score_row(connection, "dim_score_versions", score_version="later", is_current=True, **of_night)
        night(connection, date(2026, 9, 19), "later", [1, 4, 3, 2])
    assert reasons(2) == dict.fromkeys(people, ("version", before))
    with warehouse.transaction() as connection:
        night(connection, date(2026, 9, 12), "later", [1, 2, 4, 9])
    assert {reason for reason, _ in reasons(3).values()} == {"within the old interval", "behaviour", "data"}


def test_movers_have_one_rule_for_all_who_ask() -> None:
    rules = [
        re.sub(r"\s+", " ", re.findall(r"case\s+when before\.score_version.*?end as because", file.read_text(), re.DOTALL)[0])
        for file in (bundle.FILES / "datasets" / "rank_movers.sql", DBT_PROJECT / "analyses" / "q03_movers.sql")
    ]
    assert rules[0] == rules[1]


def campaign(html: str, number: int = 0) -> dict[str, list[str]]:
    """The cells of a campaign's table, by what their row says."""
    table = re.findall(r'<table class="facts">(.*?)</table>', html, re.DOTALL)[number]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", table)]
    return {head: [unescape(cell).replace("\N{NO-BREAK SPACE}", " ") for cell in row] for head, *row in cells}


def test_it_says_what_each_campaign_brought(published: Path, catalog: Catalog, tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w.duckdb")
    warehouse.path.write_bytes(published.resolve().read_bytes())
    with warehouse.transaction() as connection:
        connection.execute("delete from marts.mart_campaign_results where campaign_id = 'ohmline_autumn'")
        connection.execute(
            """
            update marts.mart_campaign_results
            set incremental_adoptions = 12.5, cost_per_incremental_adoption = 234.24, traced_conversions = 40, traced_net_revenue = 1464,
                cost_per_traced_conversion = 73.2, traced_return_on_spend = 0.5, influenced_return_on_spend = 0.25, post_count = 30,
                reach_post_count = 25, reach_reported_post_count = 5, reach_at_least = 1000, reach_at_most = 5000,
                lift = 1.5, lift_low = -0.25, lift_high = 3.25, lift_reason = null
            where campaign_id = 'kestrel_autumn'
            """
        )
        connection.execute(
            """
            insert into marts.mart_campaign_results by name
            select * replace ('USD' as currency, 0 as spend, null as cost_per_traced_conversion) from marts.mart_campaign_results
            where campaign_id = 'kestrel_autumn'
            """
        )
    publish_file(warehouse, tmp_path / "groundswell.duckdb", catalog)
    with open_published(tmp_path / "groundswell.duckdb") as connection:
        html = render(connection, NIGHT)
        bare = campaign(html, 1)
    told = campaign(html)
    assert told["Result"] == ["EUR", "USD"]
    assert told["Spend"] == ["3,254.00 EUR", "0.00 USD"]
    assert told["Incremental adoptions"] == ["12.5, interval unknown"]
    assert told["Cost per such sale"] == ["73.20 EUR", "nothing spent"]
    assert told["Return on spend by codes and links"][0] == "0.50"
    assert told["Return on spend by credit to its partners"][0] == "0.25"
    assert told["People reached"] == ["1,000 to 5,000"]
    assert told["Posts, by how their reach is known"] == ["5 reported, 20 estimated, 5 unknown"]
    assert told["Lift per partner"] == ["1.50 adoptions; 95 % interval -0.25 to 3.25"]
    assert bare["Cost per incremental adoption"] == ["none credited"]
    assert bare["Cost per such sale"] == bare["Return on spend by codes and links"] == ["none traced"]
    assert bare["People reached"] == ["no post"]
    assert bare["Lift per partner"] == ["no authors are held out: there is no experiment"]
    assert html.count("Campaign results</h3>") == html.count("No campaign of it has spend or sales yet.") + 2


def test_nothing_is_loaded_and_nothing_runs(page: Path) -> None:
    html = page.read_text()
    assert "<script" not in html.lower()
    assert "<img" not in html.lower()
    assert "javascript:" not in html
    assert not set(TURNING) & set(html)
    assert "49" not in re.findall(r"&#39;&amp;(.{0,12})", html)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    tags = Tags()
    tags.feed(html)
    assert not {"script", "img", "link", "iframe", "object", "form"} & tags.seen.keys()
    attributes = [pair for pairs in tags.seen.values() for pair in pairs]
    assert [name for name, _ in attributes if name.startswith("on") or name in {"src", "srcset", "action", "style"}] == []
    assert [value for name, value in attributes if name.endswith("href") and not re.match("https?://|#", value or "")] == []
    assert "75 % of an adoption" in html
    assert len(html) < 1_000_000


@pytest.mark.filterwarnings("ignore")
def test_the_nightly_asset_writes_it(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dagster as dg

    from orchestration.defs.report import report
    from orchestration.defs.resources import Installation

    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "groundswell.duckdb").symlink_to(published)
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tmp_path))
    assert dg.materialize([report], partition_key="2026-09-12", resources={"installation": Installation()}).success
    assert (tmp_path / "reports" / "latest.html").resolve().name == "2026-09-12.html"


def test_a_page_a_night_and_latest(page: Path) -> None:
    assert page.name == "2026-09-12.html"
    assert (page.parent / "latest.html").resolve() == page.resolve()
    assert sorted(path.name for path in page.parent.iterdir()) == ["2026-09-12.html", "latest.html"]


def test_outside_text_and_links_are_bounded() -> None:
    assert shown("a\u202eb\u200b\x00c\n d", 10) == "abc d"
    assert len(shown("x" * 10_000)) == 200
    assert shown(None) == ""
    assert shown("👩\u200d🔬") == "👩\u200d🔬"
    assert [link(url) for url in ("https://a.example", "javascript:alert(1)", "data:text/html,x", "//a.example", None)] == [
        "https://a.example", None, None, None, None,
    ]  # fmt: skip


def test_the_command_writes_it(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = Warehouse(tmp_path / "w.duckdb")
    copy.path.write_bytes(published.resolve().read_bytes())
    with copy.transaction() as connection:
        connection.execute("update ops.ops_source_runs set observed_date = '2026-09-12'")
    publish_file(copy, tmp_path / "published" / "groundswell.duckdb")
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tmp_path))
    done = CliRunner().invoke(app, ["report"])
    assert done.output.strip() == str(tmp_path / "reports" / "2026-09-12.html")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed: apt install chromium")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_it_stands_in_a_browser(browser: Any, page: Path, tmp_path: Path, width: int, scheme: str) -> None:
    told: list[str] = []
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab.on("console", lambda message: told.append(message.text))
    tab.on("pageerror", lambda error: told.append(str(error)))
    tab.on("dialog", lambda dialog: told.append(dialog.message))
    tab.on("request", lambda request: told.append(request.url) if request.url != page.as_uri() else None)
    tab.goto(page.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate(CONTRASTS) == []
    tab.screenshot(path=tmp_path / f"{width}-{scheme}.png", full_page=True)
    assert told == []
    tab.close()


def test_it_is_used_by_keyboard_and_read_aloud(browser: Any, page: Path) -> None:
    tab = browser.new_page()
    tab.goto(page.as_uri())
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "To the content"
    tab.keyboard.press("Enter")
    assert tab.evaluate("location.hash") == "#main"
    assert tab.get_attribute("html", "lang") == "en"
    levels = tab.evaluate("[...document.querySelectorAll('h1, h2, h3')].map(heading => +heading.tagName[1])")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert tab.evaluate("[...document.querySelectorAll('figure')].filter(figure => !figure.ariaLabel).length") == 0
    assert tab.evaluate("[...document.querySelectorAll('thead th')].filter(head => head.scope !== 'col').length") == 0
    tab.close()


def test_it_prints_without_what_only_a_screen_needs(browser: Any, page: Path, tmp_path: Path) -> None:
    tab = browser.new_page()
    tab.goto(page.as_uri())
    tab.emulate_media(media="print")
    assert not tab.is_visible("nav")
    tab.pdf(path=tmp_path / "report.pdf", format="A4")
    assert (tmp_path / "report.pdf").stat().st_size > 10_000
    tab.close()
