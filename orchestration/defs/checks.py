"""What must hold before readers see a night."""

from textwrap import dedent

import dagster as dg

from orchestration.defs.resources import Installation

RANKINGS, COMPONENTS, CREDITS = (
    dg.AssetKey(["marts", table]) for table in ("influencer_rankings", "ranking_components", "fct_influence_credits")
)


@dg.asset_check(asset=RANKINGS, blocking=True)
def people_are_ranked_once(installation: Installation) -> dg.AssetCheckResult:
    """A person stands once in a scope, population, night and score version, and every population of a scope has a first place."""
    return _none_found(
        installation,
        """
        select as_of_date, score_version, scope_kind, scope_id, population, person_id as reason
        from marts.influencer_rankings group by all having count(*) > 1
        union all
        select as_of_date, score_version, scope_kind, scope_id, population, 'no first place'
        from marts.influencer_rankings group by all having min(rank) <> 1
        """,
    )


@dg.asset_check(asset=RANKINGS, blocking=True, additional_deps=[COMPONENTS])
def components_sum_to_the_impact(installation: Installation) -> dg.AssetCheckResult:
    """The parts of every impact of the newest night, and of those that have parts, sum to it, to a billionth."""
    return _none_found(
        installation,
        """
        with parts as (
            select as_of_date, score_version, scope_kind, scope_id, population, person_id, sum(contribution) as contribution
            from marts.ranking_components group by all
        )
        select as_of_date, score_version, scope_kind, scope_id, person_id, impact, contribution
        from marts.influencer_rankings
        full join parts using (as_of_date, score_version, scope_kind, scope_id, population, person_id)
        where as_of_date in (select as_of_date from parts union all select max(as_of_date) from marts.influencer_rankings)
            and not coalesce(abs(coalesce(contribution, 0) - impact) <= 1e-9 * greatest(1, contribution), false)
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
        """
        select distinct person_id from marts.influencer_rankings
        where as_of_date = (select max(as_of_date) from marts.influencer_rankings)
            and person_id not in (select person_id from marts.dim_persons)
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
