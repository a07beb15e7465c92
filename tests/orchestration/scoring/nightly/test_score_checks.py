"""A night whose rows do not add up is not published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestration.scoring.nightly.night import score_night
from orchestration.scoring.parameters import Parameters
from orchestration.warehouse.warehouse import Warehouse
from tests.orchestration.scoring.nightly.score_warehouse import NIGHT, by_hand, make_warehouse, put

CHECKS = ("people_are_ranked_once", "components_sum_to_the_impact", "credits_sum_to_one", "ranked_people_are_known")


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """A scored night."""
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tmp_path))
    warehouse = make_warehouse(tmp_path / "warehouse.duckdb", by_hand())
    for person in ("ann", "ben", "acme"):
        put(warehouse, "dim_persons", {"person_id": person})
    score_night(warehouse, NIGHT, Parameters())
    return warehouse


def failing() -> set[str]:
    """The names of the checks that do not pass."""
    from orchestration.defs import checks
    from orchestration.defs.resources import Installation

    found: dict[str, Any] = {name: getattr(checks, name)(Installation()) for name in CHECKS}
    return {name for name, result in found.items() if not result.passed}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("tampering", "check"),
    [
        (None, None),
        ("update marts.ranking_components set contribution = contribution + 1e-6 where author_id = 'ann'", "components_sum_to_the_impact"),
        ("delete from marts.ranking_components", "components_sum_to_the_impact"),
        ("update marts.influencer_rankings set impact = 'nan' where person_id = 'ben'", "components_sum_to_the_impact"),
        ("update marts.fct_influence_credits set credit = credit / 2 where evidence_class = 'explicit'", "credits_sum_to_one"),
        ("delete from marts.fct_influence_credits where adoption_id = 'a2' and evidence_class <> 'organic'", "credits_sum_to_one"),
        ("insert into marts.influencer_rankings from marts.influencer_rankings", "people_are_ranked_once"),
        ("delete from marts.dim_persons where person_id = 'ben'", "ranked_people_are_known"),
    ],
)
def test_a_tampered_row_fails_its_check(warehouse: Warehouse, tampering: str | None, check: str | None) -> None:
    if tampering:
        with warehouse.transaction() as connection:
            connection.execute(tampering)
    assert failing() == ({check} if check else set())


@pytest.mark.filterwarnings("ignore")
def test_nights_before_the_newest_are_not_asked_about_again(warehouse: Warehouse) -> None:
    once = "select * replace ($1::date - 1 as as_of_date) from marts.influencer_rankings where as_of_date = $1"
    with warehouse.transaction() as connection:
        connection.execute(f"insert into marts.influencer_rankings {once}", [NIGHT])
        connection.execute(f"insert into marts.influencer_rankings {once}", [NIGHT])
    assert failing() == set()
