"""How many people the posts of a period reached, and those of the period before: reported and estimated apart."""

from __future__ import annotations

from typing import Any

import duckdb

Row = dict[str, Any]
REACHED = """
with posts as (
    select distinct brand_id, channel, post_id, back from said where brand_id is not null and back < 2
),

newest as (
    select post_id, method, reach_low, reach_mid, reach_high
    from fct_reach where post_id in (select post_id from posts)
    qualify row_number() over (partition by post_id order by observed_date desc) = 1
)

select
    posts.brand_id, channels.channel_name as channel, newest.method, posts.back, count(*) as post_count,
    sum(newest.reach_mid) as people, sum(newest.reach_low) as people_low, sum(newest.reach_high) as people_high
from posts
inner join newest on posts.post_id = newest.post_id
inner join dim_channels as channels on posts.channel = channels.channel_id
group by grouping sets ((posts.brand_id, newest.method, posts.back), (posts.brand_id, newest.method, posts.back, channels.channel_name))
order by 1, 2 nulls first, 3 desc
"""


def reach(connection: duckdb.DuckDBPyConnection) -> dict[str, list[Row]]:
    """By brand_id, a row per channel (None over all) and method, `now` and `before`; of the mentions that `read_mentions` has read."""
    found: dict[str, dict[tuple[str | None, str], Row]] = {}
    for row in connection.execute(REACHED).pl().to_dicts():
        pair = found.setdefault(row["brand_id"], {}).setdefault((row["channel"], row["method"]), {"now": None, "before": None})
        pair["before" if row["back"] else "now"] = row
    return {
        brand: [{"channel": channel, "method": method} | pair for (channel, method), pair in rows.items()] for brand, rows in found.items()
    }
