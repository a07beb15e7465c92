from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import log

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import gamma

from orchestration.scoring.credit import assign_credit, day_lifts, kernel, organic_rates, shrink, sums
from orchestration.scoring.inputs import ADOPTIONS, AUTHORS, CANDIDATES, CELLS, MENTIONS, Cells, Evidence, Floats, encode
from orchestration.scoring.parameters import Parameters
from orchestration.scoring.prior import normal_scores
from orchestration.scoring.rates import doubt, gamma_quantile, learn_pseudo_adoptions, learn_rates
from tests.orchestration.scoring.observed import night
from tests.orchestration.scoring.worlds import Plan, make_world

PARAMETERS = Parameters()
# One pass as anybody would write it down from the description, with no help from the arrays.
ONE_PASS = """
with hazards as (
    select adoption_id, author_id, theta * class_weight * if(is_explicit, 60, 1) * (ln(2) / 3) * 2 ** (-lag_days / 3) as hazard
    from candidates join mentions using (mention_id) join thetas using (author_id)
), totals as (
    select adoption_id, mu, mu + coalesce(sum(hazard), 0) as total
    from adoptions join mus using (community_id, object_id, week) left join hazards using (adoption_id) group by adoption_id, mu
), credits as (
    select author_id, sum(hazard / total) as outcomes from hazards join totals using (adoption_id) group by author_id
), exposures as (
    select author_id, sum(exposure) as exposure from mentions group by author_id
)
select
    author_id, (coalesce(outcomes, 0) + 0.6) / (coalesce(exposure, 0) + 0.6 / m) as theta,
    (select sum(mu / total) from totals) as organic
from thetas left join credits using (author_id) left join exposures using (author_id) order by author_id
"""


def evidence(
    candidates: Sequence[tuple[str, str, str | None, float, bool, float]],
    adoptions: Sequence[tuple[str, str, str, int]],
    mentions: Sequence[tuple[str, str, str, float, float | None]],
    cells: Sequence[tuple[str, str, int, float]],
    authors: tuple[str, ...] = ("ann", "ben"),
) -> Evidence:
    return encode(
        pl.DataFrame([(name, name, "microblog", "public", 10.0, 0.1, 1.0, 1.0) for name in authors], schema=AUTHORS, orient="row"),
        pl.DataFrame([(*row, None) for row in mentions], schema=MENTIONS, orient="row"),
        pl.DataFrame([(*row, 7 * row[3]) for row in adoptions], schema=ADOPTIONS, orient="row"),
        pl.DataFrame(candidates, schema=CANDIDATES, orient="row"),
        pl.DataFrame(cells, schema=CELLS, orient="row"),
    )


MENTIONED = [("m1", "ann", "cup", 4.0, None), ("m2", "ben", "cup", 2.0, None)]


def test_an_adoption_is_divided_by_hazards() -> None:
    found = evidence(
        [("d1", "m1", "follows", 0.5, False, 3.0), ("d1", "m2", "interacted", 1.0, False, 6.0)],
        [("d1", "cup", "c1", 0), ("d2", "cup", "c1", 0)],
        MENTIONED,
        [("c1", "cup", 0, 700.0)],
    )
    factors = kernel(found, PARAMETERS)
    # half the class weight after one half-life, all of it after two: both a quarter of ln 2 / 3 a day
    assert factors.tolist() == pytest.approx([0.25 * log(2) / 3] * 2)
    rate, organic = 0.04, 0.01 * log(2) / 3
    credit = assign_credit(found, factors, np.array([rate, 2 * rate]), np.full(2, organic))
    # hazards .01, .02 and organic .01, all times ln 2 / 3
    assert credit.credit.tolist() == pytest.approx([0.25, 0.5])
    assert credit.organic.tolist() == pytest.approx([0.25, 1.0])


def test_a_pointer_makes_a_cause_sixty_times_likelier_and_needs_no_edge() -> None:
    found = evidence(
        [("d1", "m1", "follows", 1.0, False, 3.0), ("d1", "m2", None, 1.0, True, 3.0)],
        [("d1", "cup", "c1", 0)],
        MENTIONED,
        [("c1", "cup", 0, 700.0)],
    )
    credit = assign_credit(found, kernel(found, PARAMETERS), np.array([0.1, 0.1]), np.array([0.0]))
    assert credit.credit.tolist() == pytest.approx([1 / 61, 60 / 61])
    assert found.has_edge.tolist() == [True, False]


def adopted_on(days: Sequence[int], hers: int) -> Evidence:
    """An object's adoptions on these days of nine weeks, the last few of them by people to whom Ann had spoken of it just before."""
    ids = [f"d{number:03}" for number in range(len(days))]
    return encode(
        pl.DataFrame([("ann", "ann", "microblog", "public", 40.0, 0.1, 1.0, 1.0)], schema=AUTHORS, orient="row"),
        pl.DataFrame([("m1", "ann", "cup", 40.0, 0.0, 100.0)], schema=MENTIONS, orient="row"),
        pl.DataFrame([(name, "cup", "c1", day // 7, day) for name, day in zip(ids, days, strict=True)], schema=ADOPTIONS, orient="row"),
        pl.DataFrame([(name, "m1", "follows", 0.5, False, 0.2) for name in ids[len(ids) - hers :]], schema=CANDIDATES, orient="row"),
        pl.DataFrame([("c1", "cup", week, 7000.0) for week in range(9)], schema=CELLS, orient="row"),
    )


def lifts_of(found: Evidence) -> tuple[Floats, Floats]:
    unmoved = np.ones(found.adoption_cell.size)
    weekly = organic_rates(found.cells, sums(found.adoption_cell, unmoved, 9), PARAMETERS.organic_pseudo_adoptions)
    return weekly, day_lifts(found.days, found.cells, weekly, unmoved)


def test_the_first_day_of_a_promotion_is_the_promotions_and_not_the_posts() -> None:
    """60 people adopt on one day of an even nine weeks; 12 of them had heard Ann, as many in a fifth of all."""
    found = adopted_on([*(day for day in range(63) for _ in range(3)), *[30] * 60], hers=12)
    weekly, lifts = lifts_of(found)
    assert lifts[-1] > 3.5
    assert lifts[0] == pytest.approx(1, abs=0.1)
    rates = learn_rates(found, PARAMETERS)
    by_week = assign_credit(found, kernel(found, PARAMETERS), rates.rate, weekly[found.adoption_cell])
    assert rates.credit.credit.sum() < 0.5 * by_week.credit.sum()


def test_days_as_uneven_as_chance_makes_them_move_nothing() -> None:
    days = np.random.default_rng(3).integers(0, 60, 400).tolist()  # the last week has four days
    _, lifts = lifts_of(adopted_on(days, hers=0))
    assert np.abs(lifts - 1).max() < 0.1


def test_shrinking_by_hand() -> None:
    # (3 + .6) / (100 + .6 / .02) = 3.6 / 130
    assert shrink(np.array([3.0]), np.array([100.0]), np.array([0.02]), 0.6).tolist() == pytest.approx([3.6 / 130])
    assert shrink(np.array([0.0, 5.0]), np.zeros(2), np.array([0.02, 0.0]), 0.6).tolist() == pytest.approx([0.02, 0.0])


def test_the_interval_is_that_of_the_gamma_posterior() -> None:
    shape, rate = 3.6, 130.0
    mean, deviation = np.array([shape / rate]), np.array([shape**0.5 / rate])
    assert gamma_quantile(mean, deviation, 0.05)[0] == pytest.approx(gamma.ppf(0.05, shape, scale=1 / rate))
    assert gamma_quantile(mean, deviation, 0.95)[0] == pytest.approx(gamma.ppf(0.95, shape, scale=1 / rate))
    assert gamma_quantile(np.zeros(1), np.zeros(1), 0.95).tolist() == [0.0]


def test_how_unequal_people_are_is_learnt_from_pointers() -> None:
    random = np.random.default_rng(4)
    expected = random.lognormal(-1, 1, 20_000)
    for shape in (0.15, 1.2):
        pointed = random.poisson(expected * random.gamma(shape, 1 / shape, len(expected))).astype(np.float64)
        assert learn_pseudo_adoptions(pointed, expected, PARAMETERS) == pytest.approx(shape, rel=0.1)
        assert learn_pseudo_adoptions(pointed, 7 * expected, PARAMETERS) == pytest.approx(shape, rel=0.1)  # expected up to a factor
    few = np.array([1.0, 0.0, 0.0])
    assert learn_pseudo_adoptions(few, np.ones(3), PARAMETERS) == pytest.approx(0.6, rel=0.5)
    assert learn_pseudo_adoptions(np.zeros(3), np.ones(3), PARAMETERS) == 0.6


def test_normal_scores_are_blom_s_with_mean_ranks() -> None:
    # n = 3: (1 - 3/8) / 3.25 and its mirror; equals share rank 2.5
    assert normal_scores(np.array([5.0, 1.0, 3.0])).tolist() == pytest.approx([0.8694238, -0.8694238, 0.0], abs=1e-6)
    assert normal_scores(np.array([1.0, 7.0, 7.0])).tolist() == pytest.approx([-0.8694238, 0.3957253, 0.3957253], abs=1e-6)


def test_a_cell_s_organic_rate_leans_on_its_object() -> None:
    cells = Cells(np.array([0, 1]), np.array([0, 0]), np.array([0, 0]), np.array([1000.0, 1000.0]))
    busy, quiet = organic_rates(cells, np.array([10.0, 0.0]), 2.0)
    overall = 10 / 2000
    assert busy < 10 / 1000
    assert quiet > 0
    assert quiet < overall < busy
    many = organic_rates(replace(cells, person_days=cells.person_days * 1e6), np.array([1e7, 0.0]), 2.0)
    assert many[0] == pytest.approx(1e7 / 1e9, rel=1e-4)


@pytest.fixture(scope="module")
def small_night() -> Evidence:
    return night(make_world(Plan(seed=3, people=400, days=60, organic=0.002)), 50.0, PARAMETERS).evidence()


@given(st.integers(0, 2**32 - 1))
def test_the_shares_of_an_adoption_sum_to_one(small_night: Evidence, seed: int) -> None:
    random = np.random.default_rng(seed)
    rates = random.lognormal(-4, 3, len(small_night.authors.ids)) * (random.random(len(small_night.authors.ids)) < 0.8)
    organic = random.lognormal(-6, 3, len(small_night.cells.person_days)) * (random.random(len(small_night.cells.person_days)) < 0.8)
    credit = assign_credit(small_night, kernel(small_night, PARAMETERS), rates, organic)
    total = credit.organic + sums(small_night.candidate_adoption, credit.credit, len(credit.organic))
    assert np.abs(total - 1).max() < 1e-12
    assert credit.credit.min() >= 0


@given(
    st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0, 1e6), st.floats(1e-9, 1.0)
)  # fmt: skip
def test_more_credit_never_lowers_a_rate(outcomes: float, more: float, exposure: float, prior: float) -> None:
    before, after = shrink(np.array([outcomes, outcomes + more]), np.array([exposure] * 2), np.array([prior] * 2), 0.6)
    assert after >= before >= 0


@given(st.lists(st.floats(0, 1), max_size=30), st.floats(0, 1), st.floats(0.05, 5), st.floats(1e-3, 1e3))
def test_more_credit_never_lowers_the_bound_that_ranks(credits_: list[float], more: float, pseudo: float, strength: float) -> None:
    def bound(credit: list[float]) -> float:
        known = np.array([*credit, 0.0])
        mean, variance = known.sum() + pseudo, known.sum() + doubt(known).sum() + pseudo
        return float(gamma_quantile(np.array([mean / strength]), np.array([variance**0.5 / strength]), PARAMETERS.safe_bound)[0])

    assert bound([*credits_, more]) >= bound(credits_) * (1 - 1e-9)


def test_one_pass_in_sql_gives_the_same() -> None:
    seen = night(make_world(Plan(seed=4, people=600, days=90)), 80.0, PARAMETERS)
    found = seen.evidence()
    random = np.random.default_rng(1)
    thetas = random.lognormal(-5, 1, len(found.authors.ids))
    priors = random.lognormal(-5, 1, len(found.authors.ids))
    mus = random.lognormal(-7, 1, len(found.cells.person_days))
    keys = seen.cells.select("object_id", "community_id", pl.col("week").cast(pl.Int32)).sort("object_id", "community_id", "week")
    assert keys.height == len(mus)
    credit = assign_credit(found, kernel(found, PARAMETERS), thetas, mus[found.adoption_cell])
    outcomes = sums(found.mention_author[found.candidate_mention], credit.credit, len(thetas))
    ours = shrink(outcomes, sums(found.mention_author, found.exposure, len(thetas)), priors, 0.6)
    with duckdb.connect() as database:
        for name in ("mentions", "adoptions", "candidates"):
            database.register(name, getattr(seen, name))
        database.register("thetas", pl.DataFrame({"author_id": found.authors.ids, "theta": thetas, "m": priors}))
        database.register("mus", keys.with_columns(mu=pl.Series(mus)))
        theirs = database.sql(ONE_PASS).pl()
    assert len(found.candidate_adoption) > 300
    assert theirs["author_id"].to_list() == found.authors.ids.to_list()
    assert np.abs(theirs["theta"].to_numpy() / ours - 1).max() < 1e-9
    assert theirs["organic"][0] == pytest.approx(credit.organic.sum(), rel=1e-9)
