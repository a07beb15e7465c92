"""A figure is defined once: what the marts hold, what the dashboard adds up, and what the metrics' file says are the same."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from orchestration.publishing.metrics import metrics
from orchestration.publishing.questions import ask, question
from orchestration.publishing.report.page import read_report
from orchestration.publishing.report.periods import Edition, period
from orchestration.publishing.superset.bundle import dataset_sql
from orchestration.settings import DBT_PROJECT, ROOT
from orchestration.warehouse.warehouse import open_published
from tests.dbt_project.conftest import Query

HELD = {
    "share_of_voice": "mention_share",
    "net_sentiment": "net_sentiment",
    "mentions": "mention_count",
    "reach": "reach",
    "incremental_adoptions": "incremental_adoptions",
    "cost_per_incremental_adoption": "cost_per_incremental_adoption",
}
"""Metric to the column that a mart holds of it, row by row."""
KEYS = {"mart_share_of_voice": "brand_id, channel_id, week_start_date", "mart_campaign_results": "campaign_id, currency"}


@pytest.mark.slow
@pytest.mark.parametrize("name", HELD)
def test_a_mart_holds_what_the_metric_says_of_a_row(query: Query, name: str) -> None:
    column, metric = HELD[name], metrics()[name]
    rows = query(f"select any_value({column}), {metric.sql} from marts.{metric.table} group by {KEYS[metric.table]}")
    assert rows
    for held, defined in rows:
        assert (held is None) == (defined is None)
        assert held is None or float(held) == pytest.approx(float(defined), abs=0.005)  # amounts are rounded to cents


@pytest.mark.slow
def test_every_metric_can_be_asked_of_its_table(query: Query) -> None:
    for metric in metrics().values():
        assert metric.label
        assert metric.meaning.endswith(".")
        assert len(query(f"select {metric.sql} from marts.{metric.table}")) == 1


def test_who_shows_figures_divides_none() -> None:
    """What is shown is read from the marts or made by `metrics()`; a quotient elsewhere is a second definition."""
    publishing = ROOT / "orchestration" / "publishing"
    quotient = re.compile(r"\bnullif\(|\)\s*/\s*|_count\s*[/-]\s*\w*_count")
    shown = [*publishing.rglob("*.sql"), *publishing.rglob("*.yaml"), *publishing.rglob("*.html")]
    assert len(shown) > 8
    assert not [path.name for path in shown if quotient.search(path.read_text(encoding="utf-8"))]
    asks = [path for path in publishing.rglob("*.py") if path.name != "metrics.py"]
    assert not [path.name for path in asks if "nullif(" in path.read_text(encoding="utf-8")]


def test_the_variance_between_people_stands_once() -> None:
    asked = [*(DBT_PROJECT / "analyses").glob("*.sql"), *(ROOT / "orchestration" / "publishing").rglob("*.*")]
    squares = re.compile(r"\bpower\(|\bvar\w*\(|squares")
    texts = {path.name: path.read_text(encoding="utf-8") for path in asked if path.suffix in {".sql", ".py"}}
    assert [name for name, text in texts.items() if squares.search(text)] == ["q29_two_periods.sql"]
    assert "stance" not in texts["q29_two_periods.sql"]  # what is counted of it, mart_voice_daily has counted


@pytest.mark.slow
def test_report_comparison_and_marts_tell_the_same(published: Path) -> None:
    week = period(Edition.week, date(2026, 9, 12))
    with open_published(published) as connection:
        told = {brand.id: brand.voice for brand in read_report(connection, week, "UTC").brands}
        values = {"since": week.now.first, "until": week.now.last, "competitors": True, "each_channel": True}
        compared = {
            (row["brand_id"], row["channel"], row["figure"]): row["now"]
            for row in ask(connection, question("two-periods"), values).to_dicts()
        }
        held = connection.execute(
            "select brand_id, channel_id, mention_count, mention_share, net_sentiment from mart_share_of_voice where week_start_date = ?",
            [week.now.first],
        ).fetchall()
    assert {count for _, _, count, *_ in held} > {0}
    for brand, channel, *figures in held:
        for name, value in zip(("mentions", "share of voice", "net sentiment"), figures, strict=True):
            assert compared.get((brand, channel, name)) == (pytest.approx(value) if value is not None else None)
        if channel == "all" and figures[0]:
            voice = told[brand]
            assert [voice.mentions.now, voice.share.now, voice.stance.now] == [pytest.approx(value) for value in figures]


@pytest.mark.slow
def test_the_dashboard_adds_up_the_reach_that_the_metric_says(query: Query) -> None:
    reach = metrics()["reach"]
    drawn = query(f"select brand, channel, {reach.sql} from ({dataset_sql('brand_reach')}) as posts group by all order by all")
    held = query(f"""
        select brands.brand_name, channels.channel_name, {reach.sql}
        from marts.{reach.table} as voice
        inner join marts.dim_brands as brands on voice.brand_id = brands.brand_id
        inner join marts.dim_channels as channels on voice.channel_id = channels.channel_id
        where mention_count > 0 group by all order by all
    """)
    assert any(figure for *_, figure in held)
    assert drawn == held


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(KeyError):
        metrics()["likes"]
