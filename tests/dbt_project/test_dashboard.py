"""The dashboard for Superset: every query on DuckDB and on PostgreSQL, and the whole of it in a real Superset and a real browser."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa
import yaml
from typer.testing import CliRunner

from orchestration.cli.app import app
from orchestration.publishing.database import publish_to_database
from orchestration.publishing.superset.bundle import FILES, SAFE_URI, chart_metrics, dataset_sql, write_bundle
from orchestration.warehouse.catalog import Catalog
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.warehouse import Warehouse, open_published
from tests.conftest import ROOT
from tests.real.peers import Peer, free_ports
from tests.real.postgres import new_database, postgres

pytestmark = pytest.mark.slow

__all__ = ["new_database", "postgres"]

DASHBOARD = yaml.safe_load((FILES / "charts.yaml").read_text())
CHARTS = {chart["name"]: chart for row in DASHBOARD["rows"] for chart in row["charts"]}
HOSTILE = "<img src=x onerror=alert(1)><script>alert(1)</script>"
CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def bundle(published: Path, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    with open_published(published) as connection:
        assert write_bundle(folder, connection, SAFE_URI.format(path=published), catalog) == list(CHARTS)
    return folder


def queries(bundle: Path) -> dict[str, str]:
    """One query per chart, as Superset makes it of the chart's dataset."""
    found = {}
    for name, chart in CHARTS.items():
        dataset = sql(bundle, chart["dataset"])
        groups = [*([chart["x"]] if "x" in chart else []), *chart.get("by", [])]
        metrics = [f'{sql} as "{label}"' for label, sql in chart_metrics(chart).items()]
        selected = ", ".join(chart.get("columns", groups + metrics))
        found[name] = f"select {selected} from ({dataset}) as virtual_table where {chart.get('where', 'true')}"
        found[name] += f" group by {', '.join(groups)}" if groups else ""
    return found


def answers(url: str, bundle: Path) -> dict[str, int]:
    """How many rows each chart has."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return {name: len(connection.exec_driver_sql(query.replace("%", "%%")).all()) for name, query in queries(bundle).items()}


def test_every_query_has_the_same_rows_on_both_databases(
    published: Path, catalog: Catalog, bundle: Path, new_database: Callable[[], str]
) -> None:
    url = new_database()
    publish_to_database(url, published, catalog)
    found = answers(SAFE_URI.format(path=published), bundle)
    assert found == answers(url, bundle)
    assert [name for name, rows in found.items() if rows == 0] == []


def test_the_running_week_is_drawn_only_where_it_is_the_first() -> None:
    with duckdb.connect() as connection:
        connection.execute("""
            create schema marts; create schema ops;
            create table ops.ops_source_runs as select date '2026-10-02' as observed_date;
            create table marts.dim_brands as select 'a' as brand_id, 'A' as brand_name, true as is_ours;
            create table marts.dim_channels as select 'blogs' as channel_id, 'Blogs' as channel_name;
            create table marts.mart_share_of_voice as
                select 'a' as brand_id, 'blogs' as channel_id, date '2026-09-28' as week_start_date, 'coffee' as category
        """)
        for name in re.findall(r"voice\.(\w+_count|mention_share|reach)", dataset_sql("voice")):
            connection.execute(f"alter table marts.mart_share_of_voice add column {name} bigint")
        drawn = f"select week_start_date from ({dataset_sql('voice')}) as voice where is_drawn"
        assert connection.execute(drawn).fetchall() == [(date(2026, 9, 28),)]
        connection.execute("insert into marts.mart_share_of_voice by name select 'a' as brand_id, 'blogs' as channel_id, "
                           "date '2026-09-21' as week_start_date")  # fmt: skip
        assert connection.execute(drawn).fetchall() == [(date(2026, 9, 21),)]
        connection.execute("delete from ops.ops_source_runs")  # no source has told of a night
        assert len(connection.execute(drawn).fetchall()) == 2
    weekly = [chart for chart in CHARTS.values() if chart["dataset"] == "voice"]
    assert len(weekly) == 3
    assert all("is_drawn" in chart["where"] for chart in weekly)


def test_no_text_turns_its_neighbours_around(
    published: Path, catalog: Catalog, bundle: Path, tmp_path: Path, new_database: Callable[[], str]
) -> None:
    turning = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    copy, hostile, url = Warehouse(tmp_path / "w.duckdb"), tmp_path / "groundswell.duckdb", new_database()
    copy.path.write_bytes(published.resolve().read_bytes())
    with copy.transaction() as connection:
        for table, column in (
            ("dim_persons", "display_name"),
            ("rankings_newest", "person"),
            ("persons_overview", "person"),
            ("mentions_enriched", "sentence"),
            ("dim_campaigns", "campaign_name"),
            ("mart_advice_threads", "sentence"),
        ):
            connection.execute(f"update marts.{table} set {column} = ?", [f"{turning}née \u05d0\u05d1 {turning}nnA\u200d"])
    publish_file(copy, hostile, catalog)
    publish_to_database(url, hostile, catalog)
    for address in (SAFE_URI.format(path=hostile), url):
        with sa.create_engine(address, poolclass=sa.NullPool).connect() as connection:
            for name in ("Who moves their peers, by brand", "People", "Posts", "Risen", "Campaign results", "Unanswered advice threads"):
                cells = [cell for row in connection.exec_driver_sql(queries(bundle)[name].replace("%", "%%")).all() for cell in row]
                assert "née \u05d0\u05d1 nnA\u200d" in cells
                assert not [cell for cell in cells if set(turning) & set(str(cell))]


def test_columns_carry_their_types_and_descriptions(bundle: Path) -> None:
    dataset = yaml.safe_load((bundle / "datasets" / "groundswell" / "person_rankings.yaml").read_text())
    columns = {column["column_name"]: column for column in dataset["columns"]}
    assert dataset["description"] == "One row per person who is ranked over all brands, as of the newest night."
    assert columns["impact"]["type"] == "DOUBLE"
    assert columns["impact"]["description"].startswith("Adoptions in 28 days")
    assert columns["ranked_on"]["is_dttm"]


def test_a_second_bundle_has_the_same_ids(bundle: Path, published: Path, catalog: Catalog, tmp_path: Path) -> None:
    with open_published(published) as connection:
        write_bundle(tmp_path, connection, SAFE_URI.format(path=published), catalog)
    files = sorted(path.relative_to(bundle) for path in bundle.rglob("*.yaml"))
    assert len(files) == 3 + len(CHARTS) + len({chart["dataset"] for chart in CHARTS.values()})
    assert [(bundle / file).read_text() for file in files] == [(tmp_path / file).read_text() for file in files]


def test_the_command_writes_the_address_that_superset_has(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "groundswell.duckdb").symlink_to(published)
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tmp_path))
    done = CliRunner().invoke(app, ["dashboard", str(tmp_path / "bundle"), "--uri", "postgresql://bi@db.example/analytics"])
    assert done.exit_code == 0, done.output
    database = yaml.safe_load((tmp_path / "bundle" / "databases" / "groundswell.yaml").read_text())
    assert database["sqlalchemy_uri"] == "postgresql://bi@db.example/analytics"


@pytest.fixture(scope="module")
def superset() -> Iterator[Peer]:
    if CHROMIUM is None:  # before minutes are spent on a server that nobody looks at
        pytest.skip("no Chromium is installed: apt install chromium")
    scripts = Path(os.environ.get("GROUNDSWELL_PEERS", ROOT.parent / "shared" / "peers")) / "superset"
    if not scripts.is_dir():
        pytest.skip(f"no scripts that start Superset at {scripts}")
    with tempfile.TemporaryDirectory(dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        server = Peer(scripts, Path(folder) / "superset", free_ports(1)[0])
        if problem := server.run("bash", "up.sh"):
            pytest.skip(f"Superset cannot be started here: {problem}")
        yield server
        server.stop()


def import_bundle(superset: Peer, bundle: Path) -> None:
    home = superset.home
    settings = {"SUPERSET_CONFIG_PATH": str(home / "superset_config.py"), "FLASK_APP": "superset", "SUPERSET_HOME": str(home / "home")}
    command = [str(home / "venv" / "bin" / "superset"), "import-directory", "--overwrite", str(bundle)]
    done = subprocess.run(command, cwd=home, env=os.environ | settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "An error occurred" not in done.stderr, done.stderr[-3000:]


class Dashboard:
    """The dashboard in a browser, and what its charts asked for since one looked last."""

    def __init__(self, page: Any, base: str) -> None:
        self.page = page
        self.responses: list[Any] = []
        page.on("response", self._keep)
        page.goto(f"{base}/login/")
        page.fill("#username", "admin")
        page.fill("#password", "Admin-pass-12345")
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "login" not in url)
        page.goto(f"{base}/superset/dashboard/groundswell/")
        for name in CHARTS:
            page.get_by_text(name, exact=True).first.wait_for(timeout=60_000)

    def _keep(self, response: Any) -> None:
        if "/api/v1/chart/data" in response.url and "slice_id" in response.url:
            self.responses.append(response)

    def answers(self) -> list[tuple[int, Any]]:
        """Status and answer of every chart that asked anew, once all have come."""
        self.page.wait_for_timeout(1500)
        self.page.wait_for_function(
            "() => document.querySelectorAll('[data-test=\"loading-indicator\"], .loading').length === 0", timeout=120_000
        )
        self.page.wait_for_load_state("networkidle")
        told = [(response.status, response.json()) for response in self.responses]
        self.responses.clear()
        return told

    def choose(self, filter_name: str, value: str) -> list[tuple[int, Any]]:
        """Sets one of the filters that offer values; the answers that it brings."""
        names = [shown["name"] for shown in DASHBOARD["filters"] if "column" in shown]
        box = self.page.locator("[data-test='filter-bar'] .ant-select").nth(names.index(filter_name))
        box.click()
        self.page.locator(".ant-select-item-option:visible", has_text=value).first.click()
        self.page.keyboard.press("Escape")
        return self.apply()

    def choose_days(self, since: str, until: str) -> list[tuple[int, Any]]:
        """Sets the range of time."""
        self.page.locator("[data-test='time-range-trigger'], [data-test='date-filter-control']").first.click()
        self.page.locator(".ant-popover .ant-select").first.click()
        self.page.locator(".ant-select-item-option:visible", has_text="Advanced").first.click()
        for place, day in enumerate((since, until)):
            self.page.locator(".ant-popover input:not([type=search])").nth(place).fill(day)
        self.page.wait_for_timeout(1500)
        self.page.locator("[data-test='date-filter-control__apply-button']").click()
        return self.apply()

    def clear(self) -> None:
        """Takes all filters away again."""
        self.page.locator("[data-test='filter-bar__clear-button']").click()
        self.answers()

    def apply(self) -> list[tuple[int, Any]]:
        """Presses the button; the answers that it brings."""
        self.page.locator("[data-test='filter-bar__apply-button']").click()
        return self.answers()


def columns_of(bundle: Path, chart: str) -> set[str]:
    """What the dataset of a chart can be narrowed by."""
    dataset = yaml.safe_load((bundle / "datasets" / "groundswell" / f"{CHARTS[chart]['dataset']}.yaml").read_text())
    return {column["column_name"] for column in dataset["columns"]}


@pytest.mark.filterwarnings("ignore")
def test_every_filter_of_a_real_superset_narrows_the_charts_that_know_its_column(superset: Peer, published: Path, bundle: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    import_bundle(superset, bundle)
    with open_published(published) as connection:
        ((person,),) = connection.execute("select person from rankings_newest where scope_kind = 'all' order by rank limit 1").fetchall()
        values = {
            shown["name"]: connection.execute(f"select max({shown['column']}) from ({sql(bundle, shown['dataset'])})").fetchall()[0][0]
            for shown in DASHBOARD["filters"]
            if "column" in shown
        }
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        dashboard = Dashboard(browser.new_page(viewport={"width": 1500, "height": 4200}), superset.base)
        assert len(dashboard.answers()) == len(CHARTS)
        for name, value in values.items():
            column = next(shown["column"] for shown in DASHBOARD["filters"] if shown["name"] == name)
            narrowed = [chart for chart in CHARTS if column in columns_of(bundle, chart)]
            assert asked_with(dashboard.choose(name, value), value) == len(narrowed) > 0, name
            dashboard.clear()
        timed = [chart for chart in CHARTS.values() if "time" in chart]
        assert asked_with(dashboard.choose_days("2026-08-01", "2026-09-13"), "2026-08-01") == len(timed)
        dashboard.clear()
        dashboard.page.locator("td", has_text=person).first.click()
        named = [chart for chart in CHARTS if "person" in columns_of(bundle, chart)]
        assert asked_with(dashboard.answers(), person) == len(named) - 1  # all but the one that was clicked
        browser.close()


def sql(bundle: Path, dataset: str) -> str:
    """The query of a dataset."""
    return str(yaml.safe_load((bundle / "datasets" / "groundswell" / f"{dataset}.yaml").read_text())["sql"])


def asked_with(told: list[tuple[int, Any]], value: str) -> int:
    """How many charts asked with a value, all of them answered."""
    assert {status for status, _ in told} <= {200}
    return sum(f"'{value}" in body["result"][0]["query"] for _, body in told)


@pytest.mark.filterwarnings("ignore")
def test_a_real_superset_shows_every_chart_and_runs_nothing(superset: Peer, published: Path, catalog: Catalog, tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    copy, hostile = Warehouse(tmp_path / "w.duckdb"), tmp_path / "groundswell.duckdb"
    copy.path.write_bytes(published.resolve().read_bytes())
    with copy.transaction() as connection:
        connection.execute("update marts.dim_persons set display_name = ? || left(person_id, 3)", [HOSTILE])
        for table in ("rankings_newest", "persons_overview", "mentions_enriched"):
            connection.execute(f"update marts.{table} set person = ? || left(person_id, 3)", [HOSTILE])
        connection.execute("update marts.mart_advice_threads set sentence = ?", ["\u202e" + HOSTILE * 200])
        connection.execute("update marts.dim_campaigns set campaign_name = ? || campaign_name", ["\u202e" + HOSTILE])
    publish_file(copy, hostile, catalog)
    folder = tmp_path / "bundle"
    with open_published(hostile) as connection:
        write_bundle(folder, connection, SAFE_URI.format(path=hostile), catalog)
    import_bundle(superset, folder)
    import_bundle(superset, folder)
    dialogs: list[str] = []
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1500, "height": 4200})

        def dismiss(dialog: Any) -> None:
            dialogs.append(dialog.message)
            dialog.dismiss()

        page.on("dialog", dismiss)
        told = Dashboard(page, superset.base).answers()
        shown, images = page.content(), page.locator("img[onerror]").count()
        page.screenshot(path=tmp_path / "dashboard.png")
        browser.close()
    assert len(told) == len(CHARTS)
    for status, body in told:
        assert status == 200, body
        assert body["result"][0]["rowcount"] > 0, body["result"][0]["query"]
    assert dialogs == []
    assert "<script>alert(1)</script>" not in shown
    assert images == 0
    assert "\u202e" not in shown
    assert "&lt;img src" in shown, "Superset shows what it left of the name as text"
