"""What must hold before readers see a night."""

import dagster as dg

from orchestration.defs.resources import Installation

RANKINGS = dg.AssetKey(["marts", "influencer_rankings"])


@dg.asset_check(asset=RANKINGS, blocking=True)
def people_are_ranked_once(installation: Installation) -> dg.AssetCheckResult:
    """A person stands once in a scope, night and score version, and every scope has a first place."""
    return _none_found(
        installation,
        """
        select as_of_date, score_version, scope_kind, scope_id, person_id as reason
        from marts.influencer_rankings group by all having count(*) > 1
        union all
        select as_of_date, score_version, scope_kind, scope_id, 'no first place'
        from marts.influencer_rankings group by all having min(rank) <> 1
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
    return dg.AssetCheckResult(passed=not found, metadata={"found": len(found), "first": str(found[:5])})
