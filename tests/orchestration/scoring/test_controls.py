"""The negative control: reversed time against time, in planted worlds and by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars import col

from orchestration.scoring.controls import CONTROLS, PLACEBO, REVERSED, SHUFFLED, Controls
from orchestration.scoring.credit import sums
from orchestration.scoring.inputs import ADOPTIONS, AUTHORS, CANDIDATES, CELLS, MENTIONS, Evidence, encode
from orchestration.scoring.parameters import Parameters
from orchestration.scoring.ranking import rank_people
from orchestration.scoring.rates import learn_rates
from tests.bench.score_ciao import FILES, LABELLED, measure_ciao, read_ciao, shuffled
from tests.orchestration.scoring.observed import Night, accounts_in_scopes, night
from tests.orchestration.scoring.worlds import NULL, Plan, make_world

PARAMETERS = Parameters()


def pairs(forward: int, backward: int, **columns: object) -> pl.DataFrame:
    """So many pairs three days apart, either way."""
    count = forward + backward
    given_: dict[str, object] = {
        "control": REVERSED,
        "object_id": "cup",
        "person_id": "ann",
        "edge_class": "follows",
        "channel_id": "microblog",
        "is_one_way": True,
        "is_unmoved": True,
        "is_explicit": False,
    } | columns
    ids = pl.DataFrame({"adoption_id": [f"d{number}" for number in range(count)], "lag_days": [2.0] * forward + [-2.0] * backward})
    rows = ids.with_columns(pl.lit(value).alias(name) for name, value in given_.items())
    return rows.select(col(name).cast(dtype) for name, dtype in CONTROLS.items())


def evidence(explicit: int = 0) -> Evidence:
    """Ann, whom 40 people hear, and ten who adopt two days after her word, some of whom point at her."""
    return encode(
        pl.DataFrame([("ann", "ann", "microblog", "public", 40.0, 0.1, 1.0, 1.0)], schema=AUTHORS, orient="row"),
        pl.DataFrame([("m1", "ann", "cup", 40.0, 0.0, 80.0)], schema=MENTIONS, orient="row"),
        pl.DataFrame([(f"d{number}", "cup", "c1", 0, 0) for number in range(10)], schema=ADOPTIONS, orient="row"),
        pl.DataFrame(
            [(f"d{number}", "m1", "follows", 0.5, number < explicit, 2.0) for number in range(10)], schema=CANDIDATES, orient="row"
        ),
        pl.DataFrame([("c1", "cup", 0, 700.0)], schema=CELLS, orient="row"),
    )


def test_credit_is_what_is_more_than_with_time_reversed() -> None:
    found = evidence()
    for forward, backward in ((3000, 3000), (3000, 2000), (3000, 30)):
        controls = Controls.of(found, pairs(forward, backward), PARAMETERS)
        credit = learn_rates(found, PARAMETERS, controls).credit
        assert credit.credit.sum() <= 10 * (1 - backward / forward) + 0.05
        assert np.abs(credit.anyway + sums(found.candidate_adoption, credit.credit, 10) - 1).max() < 1e-12
        whole = controls.table.row(0, named=True)
        assert (whole["forward"], whole["reversed"], whole["excess"]) == (forward, backward, forward - backward)
        assert whole["excess_high"] - whole["excess"] == pytest.approx(1.645 * (forward + backward) ** 0.5, rel=1e-3)
        assert controls.is_shown == (backward < forward)


def test_pointers_are_evidence_of_their_own() -> None:
    """With nothing in excess only who is pointed at keeps credit, and only they stand on the first list."""
    for explicit, named in ((0, "expected"), (3, "credited")):
        found = evidence(explicit)
        rates = learn_rates(found, PARAMETERS, Controls.of(found, pairs(500, 500), PARAMETERS))
        assert (rates.credit.credit[found.is_explicit] > 0.3).all()
        assert rates.pointing_rate == PARAMETERS.pointing_rate  # pointers alone do not say how many do not point
        assert rates.credit.credit[~found.is_explicit].max() < 1e-9
        people = rank_people(accounts_in_scopes(found, rates, 28.0, PARAMETERS), PARAMETERS)
        assert people["evidence_class"].unique().to_list() == [named]


def test_pairs_that_point_are_left_out_and_one_way_pairs_taken_where_enough() -> None:
    found = evidence()
    both = pl.concat([pairs(100, 100), pairs(70, 10, is_explicit=True), pairs(60, 20, is_one_way=False)])
    row = Controls.of(found, both, PARAMETERS).table.row(0, named=True)
    assert (row["forward"], row["reversed"]) == (100, 100)
    moved = pl.concat([pairs(100, 100), pairs(60, 20, is_unmoved=False)])
    row = Controls.of(found, moved, PARAMETERS).table.row(0, named=True)
    assert (row["forward"], row["reversed"]) == (100, 100)
    few = pl.concat([pairs(10, 10), pairs(60, 20, is_one_way=False)])
    row = Controls.of(found, few, PARAMETERS).table.row(0, named=True)
    assert (row["forward"], row["reversed"]) == (70, 30)


def test_what_the_reversal_leaves_of_another_object_is_taken_off() -> None:
    found = evidence()
    plain = Controls.of(found, pairs(3000, 2000), PARAMETERS)
    shifted = Controls.of(found, pl.concat([pairs(3000, 2000), pairs(3000, 2000, control=SHUFFLED)]), PARAMETERS)
    leaning = Controls.of(found, pl.concat([pairs(3000, 2000), pairs(3000, 2500, control=PLACEBO)]), PARAMETERS)
    whole = Controls.of(found, pl.concat([pairs(3000, 2000), pairs(3000, 2000, control=PLACEBO)]), PARAMETERS)
    assert shifted.excess_share[0] == plain.excess_share[0] == pytest.approx(1 / 3, abs=0.01)
    assert leaning.excess_share[0] == pytest.approx(1 / 3 - 1 / 6, abs=0.01)
    assert leaning.table["excess_low"][0] < plain.table["excess_low"][0] - 400
    assert whole.excess_share[0] < 0.01
    assert not whole.is_shown
    assert leaning.table["control"].to_list().count(PLACEBO) == 1


def test_a_stratum_measured_too_low_by_chance_keeps_its_credit() -> None:
    """7 of 10 pairs in time, where all show two thirds: one deviation more is believed than the few pairs say."""
    controls = Controls.of(evidence(), pairs(7, 3), PARAMETERS)
    assert (controls.allowed_share > controls.excess_share).all()


@given(st.integers(0, 60), st.integers(0, 60))
def test_no_stratum_is_credited_more_than_its_pairs(forward: int, backward: int) -> None:
    found = evidence()
    controls = Controls.of(found, pairs(forward, backward), PARAMETERS)
    part = controls.persuasion(np.full(10, 0.9))
    assert ((part >= 0) & (part <= 1)).all()
    if forward + backward:
        assert (0.9 * part).sum() <= 10 * controls.allowed_share[0] + 1e-9
    assert controls.table.select(pl.selectors.numeric()).select(pl.all().is_finite().all()).row(0) == (True,) * 7


@pytest.fixture(scope="module")
def quiet() -> Night:
    return night(make_world(replace(NULL, seed=11)), 120.0, PARAMETERS)


def test_where_nobody_moves_anybody_nobody_is_credited(quiet: Night) -> None:
    found = quiet.evidence()
    controls = Controls.of(found, quiet.controls, PARAMETERS)
    whole = controls.table.row(0, named=True)
    assert whole["forward"] / whole["reversed"] == pytest.approx(0.97, abs=0.06)
    rates = learn_rates(found, PARAMETERS, controls)
    assert 1 - rates.credit.anyway.mean() < 0.01
    people = rank_people(accounts_in_scopes(found, rates, quiet.as_of, PARAMETERS), PARAMETERS)
    assert set(people["evidence_class"]) == {"expected"}


def test_where_many_are_moved_the_controls_say_so() -> None:
    seen = night(make_world(Plan(seed=11)), 120.0, PARAMETERS)
    found = seen.evidence()
    controls = Controls.of(found, seen.controls, PARAMETERS)
    assert controls.is_shown
    credited = learn_rates(found, PARAMETERS, controls).credit.credit[~found.is_explicit].sum()
    authors = seen.mentions.select("mention_id", "author_id")
    traced = seen.candidates.filter(~col("is_explicit")).join(authors, on="mention_id").join(seen.adoptions, on="adoption_id")
    truly = traced.filter(col("author_id") == col("caused_by_author")).select("adoption_id", "author_id").unique().height
    assert 0.5 * truly < credited <= truly


@pytest.mark.skipif(not (LABELLED / FILES[0]).exists(), reason="the labelled data is not here")
def test_real_purchases_among_peers_that_time_reversed_explains() -> None:
    reviews, trust = read_ciao()
    for ordered in (reviews, shuffled(reviews)):
        figures = measure_ciao(ordered, trust, PARAMETERS)
        assert figures["with a candidate"] > 350
        assert figures["credited without the control"] > 0.6 * figures["with a candidate"]
        assert figures["credited"] <= 0.1 * figures["with a candidate"]
