"""What readers ask of the rankings in the published file: who is ahead, how sure that is, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import polars as pl

from orchestration.publishing.names import person_id
from orchestration.publishing.periods import NothingHeld, within_held
from orchestration.publishing.scopes import ALL, EVERYBODY, Only, Scope, UnknownName, scope

NEWEST = "in (select last_as_of_date, score_version from dim_score_versions where is_current)"
BEFORE = """= (
    select (rankings.as_of_date, rankings.score_version)
    from influencer_rankings as rankings left join dim_score_versions as versions on rankings.score_version = versions.score_version
    where rankings.as_of_date <= $until
    order by rankings.as_of_date desc, versions.is_current desc nulls last, versions.first_as_of_date desc nulls last limit 1
)"""
NAMES = "coalesce(named.person, {0}) as person, named.handle, named.platform"
NAMED = "left join persons_overview as named on {0} = named.person_id"
COMPONENTS = """
    select parts.author_id, authors.handle, authors.channel_id, component, amount, contribution
    from ranking_components as parts left join dim_authors as authors on parts.author_id = authors.author_id and authors.is_current
    where as_of_date = $night and score_version = $version and scope_kind = $kind and scope_id = $scope and person_id = $person
        and population = $population
    order by parts.author_id, contribution desc, component
"""
"""What a person's score is the sum of."""
BEHIND = f"""
    evidence.position, evidence.credit, evidence.evidence_class, evidence.lag_days, evidence.adopted_at,
        said.sentence as said, said.said_at, posts.url as said_url, evidence.adopter_person_id,
        {NAMES.format("evidence.adopter_person_id")},
        adoptions.adoption_kind, adoptions.object_id, adoptions.evidence as adopter_said, answers.url as adopter_url,
        evidence.mention_id, evidence.adoption_id
    from ranking_evidence as evidence
    {NAMED.format("evidence.adopter_person_id")}
    left join fct_mentions as said on evidence.mention_id = said.mention_id
    left join fct_posts as posts on evidence.mention_post_id = posts.post_id
    left join fct_adoptions as adoptions on evidence.adoption_id = adoptions.adoption_id
    left join fct_posts as answers on evidence.adoption_post_id = answers.post_id
"""
"""An adoption that somebody is credited with, the word that came before it, and who adopted."""
EVIDENCE = f"""
    select {BEHIND}
    where evidence.as_of_date = $night and evidence.score_version = $version and evidence.scope_kind = $kind
        and evidence.scope_id = $scope and evidence.person_id = $person
    order by evidence.position
"""
"""The adoptions behind a person's rank."""
ORDERS = ("rank", "safe_rank", "rate_rank")
IS_FORGOTTEN = "(?:^|:)forgotten:[0-9a-f]{16}$"
"""Whose place in a ranking stays, and who is shown no more; the same as in dbt's is_forgotten."""


def ranking(
    connection: duckdb.DuckDBPyConnection, of: Scope, limit: int, order: str = "rank", population: str = "public", only: Only = EVERYBODY
) -> pl.DataFrame:
    """The first `limit` people of the newest night, or of one before, in one of ORDERS: every column of influencer_rankings, and names."""
    assert order in ORDERS
    where, values = _ranked(of, population, only)
    return connection.execute(
        f"""
        select rankings.*, {NAMES.format("rankings.person_id")}
        from influencer_rankings as rankings {NAMED.format("rankings.person_id")}
        where {where}
        order by {order}, rankings.person_id limit $limit
        """,
        values | {"limit": limit},
    ).pl()


def how_many(connection: duckdb.DuckDBPyConnection, of: Scope, population: str = "public", only: Only = EVERYBODY) -> int:
    """How many people `ranking` has without a limit."""
    where, values = _ranked(of, population, only)
    ((count,),) = connection.execute(f"select count(*) from influencer_rankings as rankings where {where}", values).fetchall()
    return int(count)


def within_ranked(connection: duckdb.DuckDBPyConnection, only: Only) -> None:
    """Looks whether who is asked for spoke in days that are held, and whether a night that is asked for is ranked.

    Raises:
        NothingHeld: one is not, with the days and nights that are.
    """
    within_held(connection, only.since, only.until)
    ((first,),) = connection.execute("select min(as_of_date) from influencer_rankings").fetchall()
    if first and only.until and only.until < first:
        raise NothingHeld(f"no night until {only.until} is ranked: the first that is, is that of {first}")


def _ranked(of: Scope, population: str, only: Only) -> tuple[str, dict[str, Any]]:
    """Which rows of `rankings` are asked for, as SQL, and its parameters."""
    conditions, values = only.conditions(of)
    night = BEFORE if only.until else NEWEST
    where = f"""scope_kind = $kind and scope_id = $scope and population = $population and (as_of_date, score_version) {night} {conditions}
            and not regexp_matches(rankings.person_id, '{IS_FORGOTTEN}')"""
    return where, values | {"kind": of.kind, "scope": of.id, "population": population}


def sureness(connection: duckdb.DuckDBPyConnection, shown: pl.DataFrame) -> dict[str, Any]:
    """How far the rows of a ranking can be trusted: how many people are ranked, what is credited, and the newest backtest."""
    if shown.is_empty():
        return {}
    night, version, kind, scope_id, population = shown.select("as_of_date", "score_version", "scope_kind", "scope_id", "population").row(0)
    people = connection.execute(
        """
        select count(*) as people, count(*) filter (where evidence_class = 'credited') as credited, sum(credit) as credit
        from influencer_rankings
        where (as_of_date, score_version, scope_kind, scope_id, population) = (?, ?, ?, ?, ?)
        """,
        [night, version, kind, scope_id, population],
    ).pl().to_dicts()[0]  # fmt: skip
    tests = connection.execute(
        """
        select ranker, ndcg_100, calibration_factor, coverage, forecast_date, reason from score_backtests
        where (as_of_date, score_version) = (?, ?) and outcome = 'credited' order by ndcg_100 desc nulls last, ranker
        """,
        [night, version],
    ).pl().to_dicts()  # fmt: skip
    controls = what_controls_leave(connection, night, version, kind)
    ((peers, counted),) = connection.execute(
        """
        select count(distinct peer_id), count(*) from (
            select distinct bridge.person_id, edges.audience_person_id as peer_id
            from fct_influence_edges as edges inner join bridge_persons_authors as bridge on edges.author_id = bridge.author_id
            where edges.edge_class in ('interacted', 'follows') and list_contains(?, bridge.person_id)
        )
        """,
        [shown["person_id"].to_list()],
    ).fetchall()
    return people | {
        "backtests": tests,
        "controls": controls,
        "peers": peers,
        "counted_peers": counted,
        "calibration_factor": shown["calibration_factor"][0],
    }


def what_controls_leave(connection: duckdb.DuckDBPyConnection, night: Any, version: str, scope_kind: str) -> str:
    """A sentence on how much of what follows a peer's word the negative control leaves to persuasion."""
    found = connection.execute(
        """
        select forward, reversed, excess_low, excess_high from score_controls
        where (as_of_date, score_version, object_kind, control) = (?, ?, ?, 'reversed time')
            and 'all' = all(select unnest([lag_band, edge_class, channel_id, sparseness]))
        """,
        [night, version, "product" if scope_kind == "product" else "brand"],
    ).fetchall()
    if not found:
        return "No control of what would have come anyway was made of this night."
    if not found[0][0] + found[0][1]:
        return "No adoption is near a peer's first word: no control could be made."
    ((forward, backward, low, high),) = found
    of = "products" if scope_kind == "product" else "brands"
    said = (
        f"Over all {of}, of {forward:,} adoptions soon after a peer's first word, {backward:,} would have come anyway: "
        "as many came as soon before one. "
    )
    if high <= 0:
        return f"{said}That leaves none to persuasion; only who is pointed at is credited."
    left = f"That leaves {max(low, 0):,.0f} to {high:,.0f} to persuasion"
    return f"{said}{left}." if low > 0 else f"{said}{left}, which may be none: only who is pointed at stands on the first list."


def person_page(connection: duckdb.DuckDBPyConnection, person: str, brand: str | None) -> dict[str, Any]:
    """All that is known of why a person stands where they stand: ranking, components, factors, evidence.

    Raises:
        UnknownName: there is no such person or brand, or the person is not ranked there.
    """
    of = scope(connection, "brand", brand) if brand is not None else ALL
    kind, scope_id = of.kind, of.id
    known_id = person_id(connection, person)
    ranked = connection.execute(
        f"""
        select rankings.*, {NAMES.format("rankings.person_id")},
            (select count(*) from influencer_rankings as others
             where others.as_of_date = rankings.as_of_date and others.score_version = rankings.score_version
                and others.scope_kind = rankings.scope_kind and others.scope_id = rankings.scope_id
                and others.population = rankings.population) as people
        from influencer_rankings as rankings {NAMED.format("rankings.person_id")}
        where rankings.person_id = ? and scope_kind = ? and scope_id = ? and (as_of_date, score_version) {NEWEST}
        order by mention_count desc, population limit 1
        """,
        [known_id, kind, scope_id],
    ).pl().to_dicts()  # fmt: skip
    if not ranked:
        raise UnknownName(f"{known_id!r} is known, but has said nothing of {brand or 'any brand'} that the newest ranking looks at")
    (ranking_row,) = ranked
    night = {"night": ranking_row["as_of_date"], "version": ranking_row["score_version"]}
    place = night | {"kind": kind, "scope": scope_id, "person": known_id}
    parts = connection.execute(COMPONENTS, place | {"population": ranking_row["population"]}).pl()
    factors = connection.execute(
        """
        select factors.* exclude (as_of_date, score_version) from ranking_factors as factors
        where as_of_date = $night and score_version = $version and author_id in $authors
        order by author_id, list_position(['everyone', 'channel', 'audience', 'engagement_rate', 'engager_count', 'exposure'], factor)
        """,
        night | {"authors": parts["author_id"].unique().sort().to_list()},
    )
    return {
        "ranking": ranking_row,
        "components": parts.to_dicts(),
        "factors": factors.pl().to_dicts(),
        "evidence": connection.execute(EVIDENCE, place).pl().to_dicts(),
        "controls": what_controls_leave(connection, night["night"], night["version"], kind),
    }


def evidence(
    connection: duckdb.DuckDBPyConnection, night: dict[str, Any], people: Sequence[tuple[str, str, str]], most: int | None = None
) -> pl.DataFrame:
    """What people are credited with, in order of its position, `most` of each; who they are stands in `spoke_id`.

    night: its date as `night`, its score version as `version`. people: kind and id of the scope, and the person's id.
    """
    kinds, scopes, ids = (list(part) for part in zip(*people, strict=True))
    return connection.execute(
        f"""
        with asked as (select unnest($kinds) as scope_kind, unnest($scopes) as scope_id, unnest($ids) as person_id)
        select evidence.scope_kind, evidence.scope_id, evidence.person_id as spoke_id, {BEHIND}
        inner join asked
            on evidence.scope_kind = asked.scope_kind and evidence.scope_id = asked.scope_id and evidence.person_id = asked.person_id
        where evidence.as_of_date = $night and evidence.score_version = $version
        qualify row_number() over (partition by evidence.scope_kind, evidence.scope_id, evidence.person_id order by evidence.position)
            <= coalesce($most, 1000000)
        order by evidence.scope_kind, evidence.scope_id, evidence.person_id, evidence.position
        """,
        night | {"kinds": kinds, "scopes": scopes, "ids": ids, "most": most},
    ).pl()  # fmt: skip


def audiences(connection: duckdb.DuckDBPyConnection, brand: str) -> pl.DataFrame:
    """Person and peer, once each pair: who follows or talks with a person and has not adopted the brand yet.

    Raises:
        UnknownName: there is no such brand.
    """
    return connection.execute(
        """
        select distinct bridge.person_id, edges.audience_person_id as peer_id
        from fct_influence_edges as edges
        inner join bridge_persons_authors as bridge on edges.author_id = bridge.author_id
        where edges.edge_class in ('interacted', 'follows') and edges.audience_person_id not in (
            select person_id from fct_adoptions where brand_id = ? and person_id is not null
        )
        """,
        [scope(connection, "brand", brand).id],
    ).pl()
