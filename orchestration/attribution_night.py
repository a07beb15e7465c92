"""A night's attribution: the credits that are learnt from all journeys together, and those of the score."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from polars import col

from orchestration.attribution.journeys import TOUCHES, encode
from orchestration.attribution.markov import markov_credits
from orchestration.attribution.shapley import shapley_credits
from orchestration.warehouse import Warehouse

CONVERTED = """
select touches.conversion_id as journey_id, brand_id, player_id, touched_at, true as is_converted, touch_id, conversion_id
from marts.fct_touches as touches inner join marts.fct_conversions using (conversion_id)
"""
UNCONVERTED = """
select 'nobody ' || person_id || ' ' || brand_id as journey_id, brand_id, player_id, said_at as touched_at, false as is_converted,
    null::varchar as touch_id, null::varchar as conversion_id
from intermediate.int_unconverted_exposures
"""
# What the score credits for the customer's adoption of the object that was ordered. A mention that the customer was touched by is that
# touch; the organic share names nobody.
INFLUENCE = """
insert into raw_attribution.credits
with newest as (
    from marts.fct_influence_credits
    qualify dense_rank() over (order by as_of_date desc, score_version desc) = 1
),
credited as (
    select adopter.person_id, newest.object_id, mentions.post_id, newest.author_id, sum(newest.credit order by newest.mention_id) as credit
    from newest
    inner join marts.fct_adoptions as adopter using (adoption_id)
    left join marts.fct_mentions as mentions using (mention_id)
    where adopter.person_id is not null
    group by all
)
select conversions.conversion_id, 'influence', touches.touch_id, credited.post_id, credited.author_id, credited.credit
from marts.fct_conversions as conversions
inner join credited
    on conversions.person_id = credited.person_id
    and credited.object_id = coalesce('product:' || conversions.product_id, 'brand:' || conversions.brand_id)
left join marts.fct_touches as touches
    on conversions.conversion_id = touches.conversion_id and credited.post_id = touches.post_id
    and touches.evidence_class = 'view_through'
returning 1
"""


def attribute(warehouse: Warehouse) -> Mapping[str, int]:
    """Replaces raw_attribution.credits in one transaction; returns the rows of each model."""
    with warehouse.connect() as connection:
        touches = connection.execute(f"{CONVERTED} union all {UNCONVERTED}").pl()
    journeys, rows = encode(touches.select(*TOUCHES).cast(dict(TOUCHES)))  # type: ignore[arg-type]
    ids = touches.select("conversion_id", "touch_id")[rows]
    models = {"markov": markov_credits(journeys), "shapley": shapley_credits(journeys)}
    with warehouse.transaction() as connection:
        connection.execute("delete from raw_attribution.credits")
        counts = {}
        for model, credit in models.items():
            credits_of = ids.with_columns(credit=pl.Series(credit), model=pl.lit(model)).filter(col("conversion_id").is_not_null())
            connection.register("rows", credits_of.to_arrow())
            connection.execute("insert into raw_attribution.credits by name from rows")
            connection.unregister("rows")
            counts[model] = credits_of.height
        counts["influence"] = len(connection.execute(INFLUENCE).fetchall())
    return counts
