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
from orchestration.publishing.questions import ask, question
from orchestration.publishing.report.page import file_name, read_report, render, write_report, written_pages
from orchestration.publishing.report.periods import Edition, period
from orchestration.publishing.report.printing import NotPrinted
from orchestration.publishing.report.texts import link, shown
from orchestration.publishing.scopes import UnknownName
from orchestration.publishing.superset import bundle
from orchestration.settings import DBT_PROJECT
from orchestration.warehouse.catalog import Catalog
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.warehouse import Warehouse, open_published
from tests.dbt_project.conftest import add_up_voice, insert_score_row
from tests.dbt_project.dbt import Dbt

pytestmark = pytest.mark.slow

NIGHT = date(2026, 9, 12)
HOSTILE = "</svg></td><script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{ 7 * 7 }}"
TURNING = "".join(map(chr, bundle.TURNING))
CHROMIUM = shutil.which("chromium")
SIDEWAYS = """() => [...document.querySelectorAll('body *')]
  .filter(one => one.getBoundingClientRect().right > innerWidth + 1
    || (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible'))
  .filter(one => !one.closest('.skip, thead'))
  .map(one => one.outerHTML.slice(0, 80))"""
OPEN = "() => document.querySelectorAll('details').forEach(one => { one.open = true })"


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
        connection.execute("update marts.persons_overview set person = ?, url = 'javascript:alert(1)'", [TURNING + HOSTILE])
        connection.execute("update marts.rankings_newest set person = $1, best_quote = $1", [TURNING + HOSTILE])
        connection.execute("update marts.rankings_newest set url = 'javascript:alert(1)', best_quote_url = 'data:text/html,x'")
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
        return write_report(tmp_path_factory.mktemp("reports"), connection, NIGHT, "UTC")


def pages(published: Path, night: date = NIGHT, edition: Edition = Edition.night) -> dict[str, str]:
    """The pages by what is told of: `all`, or a brand's id."""
    of = period(edition, night)
    with open_published(published) as connection:
        found = render(read_report(connection, of, "UTC"))
        brands = [brand for (brand,) in connection.execute("select brand_id from dim_brands").fetchall()]
    return {"all": found[file_name(of)]} | {brand: found[file_name(of, brand)] for brand in brands}


def text_of(html: str) -> str:
    """What is read of a page: without its charts and marks."""
    bare = re.sub(r"</?bdi>", "", re.sub(r"<(svg|style).*?</\1>", " ", html, flags=re.DOTALL))
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", bare)).replace("\N{NO-BREAK SPACE}", " ").split())


def test_it_says_who_and_why(published: Path) -> None:
    told = pages(published)
    with open_published(published) as connection:
        people = connection.execute(
            "select person from rankings_newest where scope_kind = 'brand' and scope_id = 'morrowbean' order by rank limit 10"
        ).fetchall()
    assert len(people) == 10
    for html in (told["morrowbean"], told["all"]):
        ranked = re.findall(r'<span class="who"><bdi>(.*?)</bdi>', html)
        assert ranked == [shown(name, 60) for (name,) in people]
        assert "No adoption is credited yet" in html
        assert "12 → 1" in html
    assert "estimated" in told["morrowbean"]
    assert "reported" in told["morrowbean"]
    assert "Nobody is ranked for it yet." in told["kestrel"]


def test_pages_are_linked_with_each_other(page: Path) -> None:
    written = {path.name for path in written_pages(page.parent)}
    assert len(written) == 7
    for name in written:
        html = (page.parent / name).read_text()
        assert set(re.findall(r'href="([^"#:]+)"', html)) == written - {name}
        assert html.count('aria-current="page"') == 1


def test_the_first_sentences_are_made_of_the_figures(published: Path) -> None:
    told = pages(published)["morrowbean"]
    changed, moves, to_do = (text_of(one) for one in re.findall(r"<li><b>.*?</b>(.*?)</li>", told, re.DOTALL))
    assert re.fullmatch(
        r"Morrowbean: \d+ mentions by \d+ people in the seven days to 12 September 2026\. "
        r"No source has told when it was listened to, so that nothing can be compared\.",
        changed,
    )
    assert " is expected to move most peers, though nobody is credited yet: 10.0 adoptions in 28 days (90 % interval 9.0 to 11.0)" in moves
    assert moves.endswith("11 places up from 0.8 on 5 September, for certain.")
    assert to_do


def test_a_week_and_a_month_are_told_of_when_they_are_over(published: Path, tmp_path: Path) -> None:
    week, month = (pages(published, edition=edition) for edition in (Edition.week, Edition.month))
    assert "31 Aug\N{EN DASH}6 Sep 2026, beside 24\N{EN DASH}30 Aug." in week["all"]
    assert "1\N{EN DASH}31 Aug 2026, beside 1\N{EN DASH}31 Jul." in month["all"]
    assert "as of 2026-09-12" in month["morrowbean"]
    with open_published(published) as connection:
        for edition in Edition:
            write_report(tmp_path, connection, NIGHT, "UTC", edition=edition)
    names = {path.name.partition(".")[0] for path in written_pages(tmp_path)}
    assert names == {"2026-09-12", "2026-W36", "2026-08"}
    assert (tmp_path / "latest.html").resolve().name == "2026-09-12.html"


MADE = {
    "fct_adoptions": "'brand' as object_kind, customer_id, day as adopted_at",
    "fct_conversions": "customer_id, day as converted_at, 'EUR' as currency, 12.5 as net_revenue",
}


@pytest.mark.parametrize("edition", [Edition.night, Edition.week])
def test_what_came_of_it_is_what_compare_says(published: Path, tmp_path: Path, edition: Edition) -> None:
    path, of = tmp_path / "groundswell.duckdb", period(edition, NIGHT)
    path.write_bytes(published.read_bytes())
    with duckdb.connect(str(path)) as connection:
        for table, columns in MADE.items():
            connection.execute(
                f"create table made as from marts.{table}; drop table marts.{table}; create table marts.{table} as from made"
            )
            connection.execute(
                f"""
                insert into marts.{table} by name select 'morrowbean' as brand_id, {columns}
                from (
                    select 'c' || n as customer_id, timestamptz '2026-08-20 12:00:00Z' + n * interval 1 day as day
                    from range(24) as days (n)
                )
                """
            )
            connection.execute("drop table made")
    days = {"before_since": of.before.first, "before_until": of.before.last, "since": of.now.first, "until": of.now.last}
    with open_published(path) as connection:
        rows = ask(connection, question("two-periods"), {"brand": "morrowbean", **days}).to_dicts()
    figures = {row["figure"]: row["now"] for row in rows if row["figure"] in ("adoptions told", "conversions", "net revenue, EUR")}
    assert len(figures) == 3
    told = pages(path, edition=edition)
    of_brand, of_all = (text_of(told[name].partition('<h2 id="results">')[2].partition("</section>")[0]) for name in ("morrowbean", "all"))
    for figure, now in figures.items():
        digits = 2 if figure.startswith("net") else 0
        assert f"{figure[0].upper()}{figure[1:]} {now:,.{digits}f} " in of_brand
        assert digits or f" {now:,.0f} {of.before.short}: " in of_all


def test_it_says_how_credit_control_and_impact_go_together(published: Path) -> None:
    with open_published(published) as connection:
        ((credit,),) = connection.execute(
            "select sum(credit) from rankings_newest where scope_kind = 'brand' and scope_id = 'morrowbean'"
        ).fetchall()
    assert f"{credit:,.1f} adoptions of 180 days are credited to all who are ranked here" in text_of(pages(published)["morrowbean"])


def test_weeks_are_compared_from_the_day_on_that_was_listened_to(built: Dbt, published: Path, catalog: Catalog, tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w.duckdb")
    warehouse.path.write_bytes(published.resolve().read_bytes())
    with warehouse.transaction() as connection:
        connection.execute("update ops.ops_source_runs set window_started_at = timestamptz '2026-08-20 00:00:00+00'")
        connection.execute(
            """
            insert into ops.ops_source_runs by name
            select * replace ('late' as source_name, 'late' as source_run_id, timestamptz '2026-09-04 00:00:00+00' as window_started_at)
            from ops.ops_source_runs limit 1
            """
        )
        connection.execute("delete from marts.mentions_enriched where brand_id = 'morrowbean'")
        shape = (
            "mention_id, said_at, said_on, brand_id, brand, person_id, stance, media_kind, is_voice, is_ours, platform, channel, post_id"
        )
        for week, count in (("2026-09-08", 90), ("2026-09-01", 30), ("2026-08-25", 12)):
            connection.execute(
                f"""
                insert into marts.mentions_enriched ({shape})
                select '{week}' || n, timestamptz '{week} 12:00:00+00', date '{week}', 'morrowbean', 'Morrowbean', 'p' || n,
                    case when n % 3 = 0 then 'negative' else 'positive' end, 'earned', true, true, 'files', 'blogs', 'post' || '{week}' || n
                from range({count}) as numbers(n)
                """
            )
        add_up_voice(built, connection)
    publish_file(warehouse, tmp_path / "groundswell.duckdb", catalog)
    told = pages(tmp_path / "groundswell.duckdb")["morrowbean"]
    changed = text_of(re.findall(r"<li><b>Changed</b>(.*?)</li>", told, re.DOTALL)[0])
    assert changed == (
        "Morrowbean was mentioned 90 times in the seven days to 12 September 2026 against 30 in the seven days before "
        "(+200 %, 90 % interval +112 to +324 %)."
    )
    assert 'aria-label="Mentions, oldest first: 12, 30, 90"' in told
    figures = re.findall(r'<tr><th scope="row">([^<]*)</th><td class="n">(\d+)</td>', told)
    assert figures[:3] == [("6\N{EN DASH}12 Sep", "90"), ("30 Aug\N{EN DASH}5 Sep", "30"), ("23\N{EN DASH}29 Aug", "12")]
    assert "<bdi>late</bdi> began after 30 August" in told


def test_it_says_when_its_rankings_are_older(published: Path) -> None:
    of_its_night, later = (pages(published, date(2026, 9, day))["all"] for day in (12, 13))
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
        told = pages(target, date(2026, 9, 19))["kestrel"]
        rows = [row for row in movers.iter_rows(named=True) if row["brand"] == "Kestrel"]
        for row in rows:
            told_reason = "behaviour: +7 own mentions" if row["because"] == "behaviour" else row["because"]
            assert (row["impact_gained"] == 0) or f'<td data-label="By">{told_reason}</td>' in told
        return {row["person_id"]: (row["because"], row["before_date"]) for row in rows}

    with warehouse.transaction() as connection:
        connection.execute(
            """
            insert into marts.rankings_newest by name
            select * replace ('kestrel' as scope_id, date '2026-09-19' as ranked_on) from marts.rankings_newest where scope_kind = 'brand'
            """
        )
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
        re.sub(r"\s+", " ", re.findall(r"case\s+when before\.score_version.*?end as because", query, re.DOTALL)[0])
        for query in (
            (bundle.FILES / "datasets" / "rank_movers.sql").read_text(),
            (DBT_PROJECT / "analyses" / "q03_movers.sql").read_text(),
        )
    ]
    assert rules[0] == rules[1]


def campaign(html: str, number: int = 0) -> dict[str, list[str]]:
    """The cells of a campaign's table, by what their row says."""
    table = re.findall(r'<table class="results">(.*?)</table>', html, re.DOTALL)[number]
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
    written = pages(tmp_path / "groundswell.duckdb")
    html = written["all"]
    told, bare = campaign(html, 1), campaign(html, 0)
    assert (campaign(written["kestrel"]), campaign(written["morrowbean"])) == (told, bare)
    assert told["Result"] == ["EUR", "USD"]
    assert told["Spend"] == ["3,254.00 EUR", "0.00 USD"]
    assert told["Incremental adoptions"] == ["12.5, interval unknown"]
    assert told["Cost per such sale"] == ["73.20 EUR", "nothing spent"]
    assert told["Return on spend by codes and links"][0] == "0.50"
    assert told["Return on spend by credit to its partners"][0] == "0.25"
    assert told["People reached"] == ["1,000 to 5,000"]
    assert told["Posts, by how their reach is known"] == ["5 reported, 20 estimated, 5 unknown"]
    assert told["Lift per partner"] == ["1.50 adoptions; 95 % interval \N{MINUS SIGN}0.25 to 3.25"]
    assert bare["Cost per incremental adoption"] == ["none credited"]
    assert bare["Cost per such sale"] == bare["Return on spend by codes and links"] == ["none traced"]
    assert bare["People reached"] == ["no post"]
    assert bare["Lift per partner"] == ["no authors are held out: there is no experiment"]
    assert {brand for brand, page in written.items() if "No campaign of it has spend or sales yet." not in page} == {
        "all", "morrowbean", "kestrel",
    }  # fmt: skip


def test_nothing_is_loaded_and_nothing_runs(page: Path) -> None:
    written = list(written_pages(page.parent))
    for path in written:
        html = path.read_text()
        assert "<script" not in html.lower()
        assert "<img" not in html.lower()
        assert "javascript:" not in html
        assert "data:text" not in html
        assert not set(TURNING) & set(html)
        assert "49" not in re.findall(r"&#39;&amp;(.{0,12})", html)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
        tags = Tags()
        tags.feed(html)
        assert not {"script", "img", "link", "iframe", "object", "form"} & tags.seen.keys()
        attributes = [pair for pairs in tags.seen.values() for pair in pairs]
        assert [name for name, _ in attributes if name.startswith("on") or name in {"src", "srcset", "action", "style"}] == []
        links = [value or "" for name, value in attributes if name.endswith("href")]
        assert [value for value in links if not re.fullmatch(r"https?://.*|#\w+|2026-09-12(\.[a-z]+)?\.html(#\w+)?", value)] == []
        assert len(html) < 300_000
    assert sum("75 % of an adoption" in path.read_text() for path in written) == 1


@pytest.mark.parametrize(
    ("brand_id", "name"),
    [
        ("morrowbean", "2026-09-12.morrowbean.html"),
        ("../../etc", "2026-09-12.etc.74ccf3c5b4.html"),
        ("\u00dcn\u00efq/ Brand?", "2026-09-12.n-q-brand.7d0f4ff461.html"),
        ("\u043a\u0430\u0440\u0442\u0430", "2026-09-12.7566e3f4f0.html"),
        ("x" * 300, f"2026-09-12.{'x' * 40}.0d4e2ca9e9.html"),
    ],
)
def test_a_brands_file_has_a_name_for_any_disk(brand_id: str, name: str) -> None:
    made = file_name(period(Edition.night, NIGHT), brand_id)
    assert made == name
    assert len(made) < 80


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
    assert sorted(path.name for path in page.parent.iterdir()) == [
        "2026-09-12.fernway.html", "2026-09-12.html", "2026-09-12.kestrel.html", "2026-09-12.morrowbean.html", "2026-09-12.ohmline.html",
        "2026-09-12.quietude.html", "2026-09-12.tidewell.html", "latest.html",
    ]  # fmt: skip


def test_a_brand_that_is_gone_has_no_page(published: Path, tmp_path: Path) -> None:
    old = tmp_path / "2026-09-12.gone.html"
    old.write_text("old", encoding="utf-8")
    (tmp_path / "2026-09-11.gone.html").write_text("of another night", encoding="utf-8")
    with open_published(published) as connection:
        write_report(tmp_path, connection, NIGHT, "UTC")
    assert not old.exists()
    assert (tmp_path / "2026-09-11.gone.html").exists()


def test_outside_text_and_links_are_bounded() -> None:
    assert shown("a\u202eb\u200b\x00c\n d", 10) == "abc d"
    assert len(shown("x" * 10_000)) == 200
    assert shown(None) == ""
    assert shown("👩\u200d🔬") == "👩\u200d🔬"
    assert [link(url) for url in ("https://a.example", "javascript:alert(1)", "data:text/html,x", "//a.example", None)] == [
        "https://a.example", None, None, None, None,
    ]  # fmt: skip


@pytest.fixture
def home(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose newest night is published."""
    copy, folder = Warehouse(tmp_path / "w.duckdb"), tmp_path / "home"
    copy.path.write_bytes(published.resolve().read_bytes())
    with copy.transaction() as connection:
        connection.execute("update ops.ops_source_runs set observed_date = '2026-09-12'")
    publish_file(copy, folder / "published" / "groundswell.duckdb")
    monkeypatch.setenv("GROUNDSWELL_DATA", str(folder))
    return folder


def test_the_command_writes_it_and_names_the_page(home: Path) -> None:
    for asked, name in (
        ([], "2026-09-12.html"),
        (["--brand", "morrowbean"], "2026-09-12.morrowbean.html"),
        (["--period", "week", "--brand", "Kestrel"], "2026-W36.kestrel.html"),
    ):
        done = CliRunner().invoke(app, ["report", *asked])
        assert done.output.strip() == str(home / "reports" / name)
        assert (home / "reports" / name).exists()
    assert isinstance(CliRunner().invoke(app, ["report", "--brand", "nobody"]).exception, UnknownName)


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
@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize("name", ["2026-09-12.html", "2026-09-12.morrowbean.html"])
def test_it_stands_in_a_browser(browser: Any, page: Path, name: str, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    address, told = page.with_name(name).as_uri(), list[str]()
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    for event in ("console", "pageerror", "dialog"):
        tab.on(event, lambda message: told.append(str(message)))
    tab.on("request", lambda request: told.append(request.url) if request.url != address else None)
    tab.goto(address)
    for is_open in (False, True):
        if is_open:
            tab.evaluate(OPEN)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert tab.evaluate(SIDEWAYS) == []
    found = axe.run(tab)
    assert found.violations_count == 0, found.generate_report()
    assert told == []
    tab.close()


def test_the_evidence_is_opened_by_a_click_and_the_first_screen_says_what_to_do(browser: Any, page: Path) -> None:
    tab = browser.new_page(viewport={"width": 390, "height": 844})
    tab.goto(page.with_name("2026-09-12.morrowbean.html").as_uri())
    evidence = tab.get_by_text("75 % of an adoption")
    assert not evidence.is_visible()
    tab.locator(".ranking summary").first.click()
    assert evidence.is_visible()
    tab.close()


def test_it_is_used_by_keyboard_and_read_aloud(browser: Any, page: Path) -> None:
    tab = browser.new_page()
    for path in (page, page.with_name("2026-09-12.morrowbean.html")):
        tab.goto(path.as_uri())
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.textContent") == "To the content"
        tab.keyboard.press("Enter")
        assert tab.evaluate("location.hash") == "#main"
        assert tab.get_attribute("html", "lang") == "en"
        levels = tab.evaluate("[...document.querySelectorAll('h1, h2, h3')].map(heading => +heading.tagName[1])")
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        assert tab.evaluate("[...document.querySelectorAll('svg')].filter(chart => !chart.ariaLabel || chart.role !== 'img').length") == 0
        assert tab.evaluate("[...document.querySelectorAll('thead th')].filter(head => head.scope !== 'col').length") == 0
    tab.close()


def test_it_prints_without_what_only_a_screen_needs_and_with_the_evidence(browser: Any, page: Path) -> None:
    tab = browser.new_page()
    tab.goto(page.with_name("2026-09-12.morrowbean.html").as_uri())
    tab.emulate_media(media="print")
    assert not tab.is_visible("nav")
    assert tab.get_by_text("75 % of an adoption").is_visible()
    tab.close()


def test_the_command_prints_a_brands_page(browser: Any, home: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "morrowbean.pdf"
    done = CliRunner().invoke(app, ["report", "--brand", "Morrowbean", "--pdf", str(target)])
    assert done.output.strip() == str(target)
    assert target.read_bytes()[:5] == b"%PDF-"
    inside = CliRunner().invoke(app, ["report", "--pdf", str(home / "reports" / "x.pdf")])
    assert "name a place outside" in str(inside.exception)


def test_without_a_browser_nothing_is_printed_and_it_says_so(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    target = tmp_path / "x.pdf"
    done = CliRunner().invoke(app, ["report", "--pdf", str(target)])
    assert isinstance(done.exception, NotPrinted)
    assert "apt install chromium" in str(done.exception)
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho no display >&2\nexit 7\n")
    broken.chmod(0o700)
    done = CliRunner().invoke(app, ["report", "--pdf", str(target)])
    assert "(exit code 7): no display" in str(done.exception)
    assert not target.exists()
