"""The score in one planted world: fails when the method breaks. `make bench-score` measures it in eight."""

from __future__ import annotations

import pytest
from polars import col

from orchestration.scoring.backtest import ndcg, order
from orchestration.scoring.parameters import Parameters
from tests.orchestration.scoring.measures import AS_OF, END, Scored, baselines, credited, score
from tests.orchestration.scoring.observed import Night, night
from tests.orchestration.scoring.worlds import NULL, Plan, make_world

PARAMETERS = Parameters()


@pytest.fixture(scope="module")
def seen() -> Night:
    return night(make_world(Plan(seed=11)), AS_OF, PARAMETERS)


@pytest.fixture(scope="module")
def scored(seen: Night) -> Scored:
    return score(seen, PARAMETERS)


def test_those_who_moved_others_come_first(seen: Night, scored: Scored) -> None:
    future = seen.outcomes(AS_OF, END)
    impact = seen.people(scored.people, "impact")
    assert ndcg(impact, future) > 0.9 * ndcg(seen.outcomes(0, AS_OF), future)
    others = {name: ndcg(scores, future) for name, scores in baselines(seen, scored.evidence).items()}
    assert ndcg(impact, future) > max(others.values())
    assert ndcg(impact, future) > others["followers"] + 0.3


def test_bought_accounts_do_not_come_first(seen: Night, scored: Scored) -> None:
    bought = seen.people(seen.world.accounts.group_by("person_id").agg(col("is_bought").any()), "is_bought") > 0
    assert bought[order(seen.people(scored.people, "impact"))[:100]].mean() < 2 * bought.mean()


def test_where_nobody_moves_anybody_next_to_nothing_is_credited() -> None:
    assert credited(score(night(make_world(Plan(seed=11, persuasion=0.0, organic=NULL.organic)), AS_OF, PARAMETERS), PARAMETERS)) < 0.04
