-- Who moves people across topics, and who in one alone: the entropy of impact over topics, 0 for one topic.
with shares as (
    select
        person_id,
        scope_id as topic_id,
        impact / sum(impact) over (partition by person_id) as share,
        sum(impact) over (partition by person_id) as impact,
        row_number() over (partition by person_id order by impact desc, scope_id asc) as position
    from marts.influencer_rankings
    where
        as_of_date = (select max(nights.as_of_date) from marts.influencer_rankings as nights)
        and scope_kind = 'topic'
        and population = 'public'
        and impact > 0
)

select
    person_id,
    max(impact) as impact,
    count(*) as topic_count,
    max(case when position = 1 then topic_id end) as main_topic_id,
    -sum(share * ln(share)) as entropy
from shares
group by person_id
order by impact desc, person_id asc
limit 50
