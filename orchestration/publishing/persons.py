"""All that readers may know of a person on one page: accounts, places, weeks, best posts, who answers, what came of it, lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from orchestration.publishing.names import person_id

POSTS = 5
"""Of a person: posts that went furthest, and people who answer most."""
QUERIES: Mapping[str, str] = {
    "accounts": """
        select authors.platform_id as platform, authors.handle, authors.display_name as name, authors.url, bridge.method, bridge.confidence
        from bridge_persons_authors as bridge
        inner join dim_authors as authors on bridge.author_id = authors.author_id and authors.is_current
        where bridge.person_id = $person order by authors.platform_id, authors.author_id
    """,
    "places": """
        select scope_kind, coalesce(brand, product, topic, channel, 'all') as scope, rank, rank_low, rank_high, evidence_class, impact,
            impact_low, impact_high, evidence_count, best_quote, best_quote_url
        from rankings_newest
        where person_id = $person
        order by list_position(['all', 'brand', 'product', 'topic', 'channel'], scope_kind), rank, scope_id
    """,
    "weeks": """
        select cast(date_trunc('week', said_at) as date) as week, count(*) as mentions,
            count(*) filter (where stance = 'positive') as positive, count(*) filter (where stance = 'negative') as negative,
            cast(date_trunc('week', said_at) as date) + 6 > (select max(observed_date) from ops_source_runs) as is_running
        from mentions_enriched where person_id = $person group by 1 order by 1 desc limit 12
    """,
    "posts": f"""
        select min(said_at) as said_at, string_agg(distinct coalesce(brand, topic), '; ' order by coalesce(brand, topic)) as about,
            arg_max(sentence, stance_score) as sentence, any_value(reach) as reach,
            any_value(coalesce(like_count, 0) + coalesce(comment_count, 0) + coalesce(share_count, 0)) as engagement, any_value(url) as url
        from mentions_enriched where person_id = $person
        group by post_id order by engagement desc, reach desc nulls last, said_at desc, post_id limit {POSTS}
    """,
    "answered_by": f"""
        select coalesce(persons.display_name, persons.person_id) as person, count(*) as interactions,
            string_agg(distinct interactions.kind, ', ' order by interactions.kind) as kinds, persons.person_id
        from fct_interactions as interactions
        inner join bridge_persons_authors as own on interactions.target_author_id = own.author_id and own.person_id = $person
        inner join bridge_persons_authors as others on interactions.actor_author_id = others.author_id and others.person_id != $person
        inner join dim_persons as persons on others.person_id = persons.person_id
        group by persons.person_id, persons.display_name order by interactions desc, persons.person_id limit {POSTS}
    """,
    "payments": """
        select campaigns.campaign_name as campaign, spend.kind, spend.currency, sum(spend.amount) as amount, max(spend.spent_on) as last_on
        from fct_spend as spend
        inner join bridge_persons_authors as bridge on spend.author_id = bridge.author_id and bridge.person_id = $person
        inner join dim_campaigns as campaigns on spend.campaign_id = campaigns.campaign_id
        group by all order by last_on desc nulls last, campaign, spend.kind
    """,
    "lists": """
        select list, handle, status, changed_on, label, note from mart_list_members
        where person_id = $person order by changed_on desc, list, author_id
    """,
}
"""Parts of the page, each in the order in which it is shown."""


def overview(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, Any]:
    """The person's row of persons_overview as `person`, and a list of rows for each of QUERIES.

    Raises:
        UnknownName: nobody is called that, or several are.
    """
    known = {"person": person_id(connection, name)}
    row = connection.execute("select * from persons_overview where person_id = $person", known).pl().to_dicts()
    return {"person": row[0], **{part: connection.execute(query, known).pl().to_dicts() for part, query in QUERIES.items()}}
