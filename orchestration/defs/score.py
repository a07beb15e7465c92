"""The rankings that readers came for."""

import logging

import dagster as dg

from orchestration.defs.resources import Installation
from orchestration.partitions import NIGHTS
from orchestration.scoring.engagers import SCORE_VERSION, rank_engagers

log = logging.getLogger("groundswell")

RANKINGS_TABLE = """
create table if not exists marts.influencer_rankings (
    as_of_date date not null, score_version varchar not null, scope_kind varchar not null, scope_id varchar not null,
    person_id varchar not null, rank bigint not null, score double not null, engager_count bigint not null,
    interaction_count bigint not null, post_count bigint not null, first_interaction_at timestamptz not null,
    last_interaction_at timestamptz not null
)
"""
DESCRIPTIONS = {
    "as_of_date": "The night whose end the ranking looks back from.",
    "score_version": "How the score was computed; engagers-1 counts distinct peers who answered, and is the baseline.",
    "scope_kind": "all, or brand.",
    "scope_id": "all, or the brand's id.",
    "person_id": "Who is ranked, as in dim_persons.",
    "rank": "1 is first; equals share the better rank.",
    "score": "100 x the percentile inside the scope, mid-rank for equals.",
    "engager_count": "Distinct peers who replied to, reposted, quoted or linked the person's posts in the last 90 days.",
    "interaction_count": "How often they did.",
    "post_count": "The person's posts to which they did.",
    "first_interaction_at": "The earliest of those interactions.",
    "last_interaction_at": "The latest of those interactions.",
}


@dg.asset(
    key=["marts", "influencer_rankings"],
    deps=[["marts", "fct_interactions"], ["marts", "fct_mentions"], ["marts", "dim_persons"], ["marts", "bridge_persons_authors"]],
    partitions_def=NIGHTS,
    group_name="score",
    kinds={"python", "polars", "duckdb"},
)
def influencer_rankings(context: dg.AssetExecutionContext, installation: Installation) -> dg.MaterializeResult[None]:
    """One row per person, scope, night and score version. Once a later night follows, it is never written again."""
    as_of = installation.night(context).date
    with installation.warehouse.connect(write=True) as connection:
        connection.execute(RANKINGS_TABLE)
        connection.execute("comment on table marts.influencer_rankings is 'One row per person, scope, night and score version.'")
        for column, description in DESCRIPTIONS.items():
            connection.execute(f"comment on column marts.influencer_rankings.{column} is '{description.replace(chr(39), chr(39) * 2)}'")
        ((ranked, followed),) = connection.execute(
            "select bool_or(as_of_date = $1), bool_or(as_of_date > $1) from marts.influencer_rankings where score_version = $2",
            [as_of, SCORE_VERSION],
        ).fetchall()
        if ranked and followed:
            context.log.warning(f"rankings as of {as_of} stay as they are: later ones follow them")
            return dg.MaterializeResult(metadata={"kept": True})
        rankings = rank_engagers(
            connection.execute(
                """
                select actor.person_id as actor_person_id, target.person_id as target_person_id, kind, target_post_id, occurred_at
                from marts.fct_interactions as interactions
                left join marts.bridge_persons_authors as actor on interactions.actor_author_id = actor.author_id
                left join marts.bridge_persons_authors as target on interactions.target_author_id = target.author_id
                """
            ).pl(),
            connection.execute("select distinct post_id, brand_id from marts.fct_mentions").pl(),
            connection.execute("select person_id, person_kind from marts.dim_persons").pl(),
            as_of,
        )
        connection.begin()
        connection.execute("delete from marts.influencer_rankings where as_of_date = ? and score_version = ?", [as_of, SCORE_VERSION])
        connection.register("rankings", rankings.to_arrow())
        connection.execute("insert into marts.influencer_rankings by name from rankings")
        connection.commit()
        top = connection.execute(
            """
            select rank, person_id, engager_count from marts.influencer_rankings
            where as_of_date = ? and score_version = ? and scope_kind = 'all' order by 1, 2 limit 10
            """,
            [as_of, SCORE_VERSION],
        ).fetchall()
    log.info("ranked", extra={"step": "score", "row_count": rankings.height, "finished": "ranked"})
    table = "\n".join(
        ["| rank | person | engagers |", "|---|---|---|", *(f"| {rank} | {person} | {count} |" for rank, person, count in top)]
    )
    return dg.MaterializeResult(metadata={"dagster/row_count": rankings.height, "top": dg.MetadataValue.md(table)})
