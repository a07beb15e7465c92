"""What must hold before readers see a night."""

from textwrap import dedent

import dagster as dg

from orchestration.defs.resources import Installation

RANKINGS, COMPONENTS, CREDITS = (
    dg.AssetKey(["marts", table]) for table in ("influencer_rankings", "ranking_components", "fct_influence_credits")
)


NEWEST = "as_of_date = (select max(as_of_date) from marts.influencer_rankings)"
"""The night that is asked about: those before were when they were the newest, and stay as they are."""


@dg.asset_check(asset=RANKINGS, blocking=True)
def people_are_ranked_once(installation: Installation) -> dg.AssetCheckResult:
    """In the newest night a person stands once in a scope, population and version, and each population of a scope has a first place."""
    return _none_found(
        installation,
        f"""
        select score_version, scope_kind, scope_id, population, person_id as reason
        from marts.influencer_rankings where {NEWEST} group by all having count(*) > 1
        union all
        select score_version, scope_kind, scope_id, population, 'no first place'
        from marts.influencer_rankings where {NEWEST} group by all having min(rank) <> 1
        """,
    )


@dg.asset_check(asset=RANKINGS, blocking=True, additional_deps=[COMPONENTS])
def components_sum_to_the_impact(installation: Installation) -> dg.AssetCheckResult:
    """The parts of every impact of the newest night sum to it, to a billionth."""
    return _none_found(
        installation,
        f"""
        with parts as (
            select score_version, scope_kind, scope_id, population, person_id, sum(contribution) as contribution
            from marts.ranking_components where {NEWEST} group by all
        ),
        ranked as (
            select score_version, scope_kind, scope_id, population, person_id, impact from marts.influencer_rankings where {NEWEST}
        )
        select score_version, scope_kind, scope_id, person_id, impact, contribution
        from ranked full join parts using (score_version, scope_kind, scope_id, population, person_id)
        where not coalesce(abs(coalesce(contribution, 0) - impact) <= 1e-9 * greatest(1, contribution), false)
        """,
    )


@dg.asset_check(asset=CREDITS, blocking=True)
def credits_sum_to_one(installation: Installation) -> dg.AssetCheckResult:
    """What is credited of an adoption and what would have happened anyway are the whole adoption, to a billionth."""
    return _none_found(
        installation,
        """
        select as_of_date, score_version, object_id, adoption_id, sum(credit) from marts.fct_influence_credits
        group by all having not coalesce(abs(sum(credit) - 1) <= 1e-9, false)
        """,
    )


@dg.asset_check(asset=RANKINGS, blocking=True)
def ranked_people_are_known(installation: Installation) -> dg.AssetCheckResult:
    """Every person in the newest ranking is one that the warehouse knows."""
    return _none_found(
        installation,
        f"""
        select distinct person_id from marts.influencer_rankings
        where {NEWEST} and person_id not in (select person_id from marts.dim_persons)
        """,
    )


def _none_found(installation: Installation, query: str) -> dg.AssetCheckResult:
    with installation.warehouse.connect() as connection:
        found = connection.execute(query).fetchall()
    return dg.AssetCheckResult(
        passed=not found,
        description=f"{len(found)} rows break the rule; the first are in the metadata, the query finds all" if found else None,
        metadata={"found": len(found), "first": str(found[:5]), "query": dedent(query)},
    )
