"""A night's attribution: the credits that are learnt from all journeys together, and those of the score."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from polars import col

from orchestration.attribution.journeys import TOUCHES, encode
from orchestration.attribution.markov import markov_credits
from orchestration.attribution.shapley import shapley_credits
from orchestration.warehouse.connections import execute_over
from orchestration.warehouse.raw_tables import ATTRIBUTION_TABLES
from orchestration.warehouse.warehouse import Warehouse

CONVERTED = """
select touches.conversion_id as journey_id, brand_id, player_id, touched_at, true as is_converted, touch_id
from marts.fct_touches as touches inner join marts.fct_conversions using (conversion_id)
"""
UNCONVERTED = """
select 'nobody ' || person_id || ' ' || brand_id as journey_id, brand_id, player_id, said_at as touched_at, false as is_converted,
    cast(null as string) as touch_id
from intermediate.int_unconverted_exposures
"""
ALL_TOUCHES = f"{CONVERTED} union all {UNCONVERTED}"
# What the score credits for the customer's adoption of the object that was ordered. A mention that the customer was touched by is that
# touch; the organic share names nobody.
INFLUENCE = """
insert into raw_attribution.influence_credits
with credited as (
    select
        adopter.person_id, credits.object_id, mentions.post_id, credits.author_id,
        sum(credits.credit order by credits.mention_id) as credit
    from marts.fct_influence_credits as credits
    inner join marts.fct_adoptions as adopter on credits.adoption_id = adopter.adoption_id
    left join marts.fct_mentions as mentions on credits.mention_id = mentions.mention_id
    where adopter.person_id is not null
    group by all
)
select conversions.conversion_id, touches.touch_id, credited.post_id, credited.author_id, credited.credit
from marts.fct_conversions as conversions
inner join credited
    on conversions.person_id = credited.person_id
    and credited.object_id = coalesce('product:' || conversions.product_id, 'brand:' || conversions.brand_id)
left join marts.fct_touches as touches
    on conversions.conversion_id = touches.conversion_id and credited.post_id = touches.post_id
    and touches.evidence_class = 'view_through'
returning 1
"""
# What the results need of the newest score, brand by brand.
ADOPTIONS = """
insert into raw_attribution.adoption_credits
select adoption_id, substr(credits.object_id, 7), credits.author_id, adopted_at, credit
from marts.fct_influence_credits as credits inner join marts.fct_adoptions using (adoption_id)
where credits.object_id like 'brand:%'
returning 1
"""
IMPACTS = """
insert into raw_attribution.impacts
select as_of_date, person_id, scope_id, impact, impact_low, impact_high
from marts.influencer_rankings as rankings inner join marts.dim_score_versions as versions
    on rankings.score_version = versions.score_version and rankings.as_of_date = versions.last_as_of_date and versions.is_current
where scope_kind = 'brand' and population = 'public'
returning 1
"""


def attribute(warehouse: Warehouse) -> Mapping[str, int]:
    """Replaces the tables of raw_attribution in one transaction; returns their row counts."""
    with warehouse.connect() as connection:
        touches = connection.execute(ALL_TOUCHES).pl()
    journeys, rows = encode(touches.select(*TOUCHES).cast(dict(TOUCHES)))  # type: ignore[arg-type]
    learnt = touches.select("touch_id")[rows].with_columns(
        markov=pl.Series(markov_credits(journeys), dtype=pl.Float64), shapley=pl.Series(shapley_credits(journeys), dtype=pl.Float64)
    )
    learnt = learnt.filter(col("touch_id").is_not_null())
    with warehouse.transaction() as connection:
        for table in ATTRIBUTION_TABLES:
            connection.execute(f"delete from raw_attribution.{table}")
        execute_over(connection, learnt, "insert into raw_attribution.touch_credits by name from rows")
        copied = {"influence_credits": INFLUENCE, "adoption_credits": ADOPTIONS, "impacts": IMPACTS}
        counts = {table: len(connection.execute(insert).fetchall()) for table, insert in copied.items()}
    return {"touch_credits": learnt.height, **counts}
