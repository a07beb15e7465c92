-- Who moves people across topics, and who in one alone: the entropy of impact over topics, 0 for one topic.
with shares as (
    select
        rankings.person_id,
        rankings.scope_id as topic_id,
        rankings.impact / sum(rankings.impact) over (partition by rankings.person_id) as share,
        sum(rankings.impact) over (partition by rankings.person_id) as impact,
        row_number() over (partition by rankings.person_id order by rankings.impact desc, rankings.scope_id asc) as position
    from marts.influencer_rankings as rankings
    inner join marts.dim_score_versions as versions
        on
            rankings.score_version = versions.score_version
            and rankings.as_of_date = versions.last_as_of_date
            and versions.is_current
    where
        rankings.scope_kind = 'topic'
        and rankings.population = 'public'
        and rankings.impact > 0
)

select
    person_id,
    max(impact) as impact,
    count(*) as topic_count,
    max(case when position = 1 then topic_id end) as main_topic_id,
    abs(sum(share * ln(share))) as entropy
from shares
group by person_id
order by impact desc, person_id asc
limit 50
