-- One row per person who is ranked over all brands, as of the newest night.
select
    rankings.person_id,
    coalesce(persons.display_name, heads.handle, rankings.person_id) as person,
    heads.handle,
    heads.platform_id,
    heads.url,
    rankings.rank_low || ' to ' || rankings.rank_high as possible_ranks,
    cast(cast(rankings.impact_low as decimal(18, 2)) as varchar) || ' to ' || cast(cast(rankings.impact_high as decimal(18, 2)) as varchar)
        as possible_impacts,
    rankings.as_of_date,
    rankings.rank,
    rankings.evidence_class,
    rankings.rank_low,
    rankings.rank_high,
    rankings.impact,
    rankings.impact_low,
    rankings.impact_high,
    rankings.safe_rank,
    rankings.rate,
    rankings.rate_rank,
    rankings.reach,
    rankings.seen_share,
    rankings.mention_count,
    rankings.credit,
    rankings.authenticity,
    rankings.unusual_signals
from marts.influencer_rankings as rankings
inner join marts.dim_score_versions as versions
    on rankings.score_version = versions.score_version and rankings.as_of_date = versions.last_as_of_date and versions.is_current
left join marts.dim_persons as persons on rankings.person_id = persons.person_id
left join marts.dim_authors as heads on rankings.person_id = heads.author_id and heads.is_current
where rankings.population = 'public' and rankings.scope_kind = 'all'
