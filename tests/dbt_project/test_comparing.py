"""Two periods side by side: the figures against a count by hand, the intervals against drawing people again, and what a person sees."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest

from orchestration.publishing.questions import ask, question
from orchestration.warehouse.warehouse import open_published
from tests.dbt_project.conftest import add_up_voice
from tests.dbt_project.dbt import Dbt
from tests.orchestration.cli.test_cli import groundswell

pytestmark = pytest.mark.slow
BEFORE, NOW = (date(2026, 8, 16), date(2026, 8, 31)), (date(2026, 9, 1), date(2026, 9, 12))
PEOPLE, DRAWS = 400, 2000


@pytest.fixture(scope="module")
def spoken(published: Path, built: Dbt, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pl.DataFrame]:
    """A published file in which 400 people speak of Morrowbean and another brand, of Morrowbean more in September."""
    target = tmp_path_factory.mktemp("spoken") / "groundswell.duckdb"
    target.write_bytes(published.read_bytes())
    rng = np.random.default_rng(5)
    rows = []
    for person in range(PEOPLE):
        taste = rng.beta(2, 2)
        for since, until, lean in ((*BEFORE, 0.0), (*NOW, 0.3)):
            for number in range(min(int(rng.pareto(1.5)) + 1, 20)):
                days = int(rng.integers(0, (until - since).days + 1))
                ours = rng.random() < min(taste + lean, 1)
                rows.append(
                    {
                        "mention_id": f"{person}-{since}-{number}", "post_id": f"{person}-{since}-{number // 2}", "person_id": f"p{person}",
                        "said_at": since.toordinal() + days, "brand_id": "morrowbean" if ours else "other",
                        "stance": str(rng.choice(["positive", "negative", "neutral"])), "reach": int(rng.integers(1, 500)),
                    }
                )  # fmt: skip
    said = pl.DataFrame(rows).with_columns(
        said_on=pl.col("said_at").map_elements(date.fromordinal, pl.Date),
        reach=pl.col("reach").first().over("post_id"),
    )
    with duckdb.connect(str(target)) as connection:
        connection.execute("use marts; set timezone = 'UTC'")
        ((category,),) = connection.execute("select category from dim_brands where brand_id = 'morrowbean'").fetchall()
        connection.execute("delete from dim_brands where category = ? and brand_id != 'morrowbean'", [category])
        connection.execute(
            "insert into dim_brands (brand_id, brand_name, category, is_ours) values ('other', 'Other', ?, false)", [category]
        )
        connection.execute("delete from mentions_enriched")
        connection.execute("""
            insert into mentions_enriched by name
            select mention_id, post_id, person_id, said_on::timestamptz + interval 12 hour as said_at, said_on, brand_id, stance, reach,
                'earned' as media_kind, true as is_voice, 'blogs' as channel, false as is_ours, 'files' as platform
            from said
        """)
        add_up_voice(built, connection)
    return target, said


def figures(path: Path, **values: Any) -> dict[str, dict[str, Any]]:
    asked = {"brand": "morrowbean", "before_since": BEFORE[0], "before_until": BEFORE[1], "since": NOW[0], "until": NOW[1]} | values
    with open_published(path) as connection:
        return {row["figure"]: row for row in ask(connection, question("two-periods"), asked).to_dicts()}


def test_figures_are_what_one_counts(spoken: tuple[Path, pl.DataFrame]) -> None:
    path, said = spoken
    found = figures(path)
    for (since, until), when in ((BEFORE, "before"), (NOW, "now")):
        period = said.filter(pl.col("said_on").is_between(since, until))
        ours = period.filter(pl.col("brand_id") == "morrowbean")
        assert found["mentions"][when] == ours.height
        assert found["share of voice"][when] == pytest.approx(ours.height / period.height)
        stances = ours["stance"].to_list()
        assert found["net sentiment"][when] == pytest.approx((stances.count("positive") - stances.count("negative")) / len(stances))
        assert found["reach"][when] == ours.unique("post_id")["reach"].sum()
        days = (until - since).days + 1
        assert found["people a day"][when] == pytest.approx(ours.select("person_id", "said_on").unique().height / days)
    daily = (found["mentions"]["now"] / 12) / (found["mentions"]["before"] / 16)
    assert found["mentions"]["change"] == pytest.approx(daily - 1)
    assert found["share of voice"]["change_unit"] == "points"
    assert found["share of voice"]["is_certain"]


def test_intervals_are_what_other_people_would_have_left(spoken: tuple[Path, pl.DataFrame]) -> None:
    """Against a bootstrap of people within each period, to a fifth of the interval's width."""
    path, said = spoken
    found = figures(path)
    rng = np.random.default_rng(9)
    drawn: dict[str, list[np.ndarray]] = {"mentions": [], "share of voice": []}
    for since, until in (BEFORE, NOW):
        period = said.filter(pl.col("said_on").is_between(since, until))
        people = period.group_by("person_id", maintain_order=True).agg(
            ours=(pl.col("brand_id") == "morrowbean").sum(), all=pl.len()
        )  # fmt: skip
        ours, everything = people["ours"].to_numpy(), people["all"].to_numpy()
        weights = rng.poisson(1, (DRAWS, people.height))
        drawn["mentions"].append(weights @ ours)
        drawn["share of voice"].append((weights @ ours) / (weights @ everything))
    mentions = (drawn["mentions"][1] / 12) / (drawn["mentions"][0] / 16) - 1
    share = drawn["share of voice"][1] - drawn["share of voice"][0]
    for figure, changes in (("mentions", mentions), ("share of voice", share)):
        low, high = np.quantile(changes, [0.05, 0.95])
        width = high - low
        assert found[figure]["change_low"] == pytest.approx(low, abs=width / 5)
        assert found[figure]["change_high"] == pytest.approx(high, abs=width / 5)


def test_of_few_people_no_interval_is_told(spoken: tuple[Path, pl.DataFrame], tmp_path: Path) -> None:
    few = tmp_path / "groundswell.duckdb"
    few.write_bytes(spoken[0].read_bytes())
    with duckdb.connect(str(few)) as connection:
        connection.execute("delete from marts.mart_voice_daily where person_id not in ('p1', 'p2', 'p3')")
    found = figures(few)
    assert found["share of voice"]["change"] is not None
    assert {found["share of voice"][name] for name in ("change_low", "change_high", "standard_errors", "is_certain")} == {None}


def test_each_channel_and_competitors_where_that_is_asked(spoken: tuple[Path, pl.DataFrame]) -> None:
    asked = {"competitors": True, "each_channel": True, "since": NOW[0], "until": NOW[1]}
    with open_published(spoken[0]) as connection:
        rows = ask(connection, question("two-periods"), asked).filter(pl.col("figure") == "share of voice").to_dicts()
    shares = {(row["brand_id"], row["channel"]): row["now"] for row in rows}
    assert shares["morrowbean", "all"] == shares["morrowbean", "blogs"]
    assert shares["morrowbean", "all"] + shares["other", "all"] == pytest.approx(1)


def test_a_period_is_cut_to_what_is_held(spoken: tuple[Path, pl.DataFrame]) -> None:
    path, said = spoken
    cut = figures(path, until=date(2027, 1, 1), before_since=date(2020, 1, 1))["mentions"]
    assert (cut["before_since"], cut["until"]) == (said["said_on"].min(), NOW[1])
    nothing = figures(path, before_since=date(2020, 1, 1), before_until=date(2020, 1, 31))
    assert {row["before"] for row in nothing.values()} == {None}
    assert {row["change"] for row in nothing.values()} == {None}


def test_the_command(spoken: tuple[Path, pl.DataFrame], tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "groundswell.duckdb").write_bytes(spoken[0].read_bytes())
    where = {"GROUNDSWELL_DATA": str(tmp_path), "COLUMNS": "80"}

    def told(*arguments: str) -> str:
        done = groundswell(where, "compare", *arguments)
        return done.stdout + done.stderr

    page = told("2026-08", "2026-09", "--brand", "Morrowbean")
    assert "share of voice" in page
    assert "more" in page
    assert "may be chance" in page
    assert "2026-08: held from 2026-08-16 to 2026-08-31" in page
    assert "2026-09: held from 2026-09-01 to 2026-09-12" in page
    long_ago = told("2020-01", "2026-09", "--brand", "Morrowbean")
    assert long_ago == "error: nothing is held from 2020-01-01 to 2020-01-31: the warehouse holds 2026-08-16 to 2026-09-12\n"
    assert "share of voice" in told("2026-08", "2026-09", "--brand", "Morrowbean", "--channel", "blogs", "--json")
    assert told("2026-09", "2026-08") == "error: 2026-08 has to begin after 2026-09 has ended\n"
    assert "no brand 'Nobody' in brands.csv" in told("2026-08", "2026-09", "--brand", "Nobody")
