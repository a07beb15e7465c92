"""A figure is defined once: what the marts hold, what the dashboard adds up, and what the metrics' file says are the same."""

from __future__ import annotations

import re

import pytest

from orchestration.publishing.metrics import metrics
from orchestration.settings import ROOT
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


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(KeyError):
        metrics()["likes"]
