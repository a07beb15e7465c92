{{ config(materialized='keyed', key='post_id') }}

with linked as (
    select
        post_id,
        min(target_post_id) as parent_post_id
    from {{ ref('int_post_links') }}
    where is_reply
    group by post_id
),

-- answers that name no brand themselves, with the one post above
answers as (
    select
        answers.*,
        posts.author_id,
        coalesce(posts.parent_post_id, linked.parent_post_id) as parent_post_id
    from {{ ref('stg_signals__answers') }} as answers
    inner join {{ ref('int_posts') }} as posts on answers.post_id = posts.post_id
    left join linked on answers.post_id = linked.post_id
    where not exists (
        select 1 from {{ ref('stg_signals__mentions') }} as own
        where answers.post_id = own.post_id and own.brand_id is not null
    )
),

-- posts that name one thing: one brand, and of its products one at most
named as (
    select
        mentions.post_id,
        min(mentions.brand_id) as brand_id,
        min(mentions.product_id) as product_id,
        max_by(
            {{ row_of('mentions') }},
            (coalesce(mentions.intent_confidence, 0), -coalesce(mentions.span_start, 0), coalesce(mentions.product_id, ''), mentions.intent)
        ) as surest
    from {{ ref('stg_signals__mentions') }} as mentions
    where mentions.brand_id is not null and mentions.post_id in (select answers.parent_post_id from answers)
    group by mentions.post_id
    having count(distinct mentions.brand_id) = 1 and count(distinct mentions.product_id) <= 1
)

select
    answers.post_id,
    named.brand_id,
    named.product_id,
    answers.sentence,
    case when answers.said = 'agrees' then named.surest.intent else answers.said end as intent,
    case
        when answers.said = 'agrees' then named.surest.intent_confidence else cast({{ var('answer_confidence') }} as float)
    end as intent_confidence,
    case
        when answers.said = 'agrees' then named.surest.adoption_probability
        when answers.said in ('bought', 'gifted', 'owns', 'recommends') then cast({{ var('answer_confidence') }} as float)
        else cast(0 as float)
    end as adoption_probability,
    case when answers.said = 'agrees' then named.surest.stance end as stance,
    case when answers.said = 'agrees' then named.surest.stance_score end as stance_score,
    case when answers.said = 'agrees' then named.surest.stance_confidence end as stance_confidence,
    answers.adoption_time,
    answers.adopted_at,
    answers.adopted_from,
    answers.adopted_until,
    named.surest.extractor_version
from answers
inner join named on answers.parent_post_id = named.post_id
inner join {{ ref('int_posts') }} as parents on answers.parent_post_id = parents.post_id
where
    answers.said != 'agrees'
    or (coalesce(named.surest.intent, 'other') != 'other' and parents.author_id is distinct from answers.author_id)
