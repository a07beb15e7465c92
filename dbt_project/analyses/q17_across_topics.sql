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
    max(persons.display_name) as person,
    max(shares.impact) as impact,
    count(*) as topic_count,
    max(case when shares.position = 1 then shares.topic_id end) as main_topic_id,
    abs(sum(shares.share * ln(shares.share))) as entropy,
    shares.person_id
from shares
inner join marts.dim_persons as persons on shares.person_id = persons.person_id
group by shares.person_id
order by impact desc, shares.person_id asc
limit 50
