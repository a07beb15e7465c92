-- One row per person who is ranked over all brands, as of the newest night.
select
    rankings.rank,
    rankings.rank_low || ' to ' || rankings.rank_high as possible_ranks,
    rankings.person,
    rankings.handle,
    rankings.platform,
    rankings.url,
    rankings.language,
    rankings.audience,
    rankings.evidence_class,
    rankings.evidence_count,
    rankings.impact,
    cast(cast(rankings.impact_low as decimal(18, 2)) as varchar) || ' to ' || cast(cast(rankings.impact_high as decimal(18, 2)) as varchar)
        as possible_impacts,
    rankings.safe_rank,
    rankings.safe_impact,
    rankings.rate_rank,
    rankings.rate,
    rankings.mention_count,
    rankings.best_quote,
    rankings.best_quote_url,
    rankings.is_contacted,
    rankings.last_said_at,
    rankings.ranked_on,
    rankings.person_id
from marts.rankings_newest as rankings
where rankings.scope_kind = 'all'
