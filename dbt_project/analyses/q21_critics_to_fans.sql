-- Who turned from critic to fan: at least two posts clearly against a brand before a day and two clearly for it since, and on each side
-- twice as many as the other way. Questions and comparisons, in which a stance is often misread, do not count.
with asked as (
    select
        cast(null as varchar) as brand,  -- a brand's id or name; all of ours by default
        cast(null as date) as since,  -- the day that parts before from since; 28 days before the newest mention by default
        cast(0.4 as double precision) as certainty  -- how far from neutral the sentiment has to be, from 0 to 1
),

brands as (
    select
        brands.brand_id,
        brands.brand_name
    from marts.dim_brands as brands
    cross join asked
    where asked.brand in (brands.brand_id, brands.brand_name) or (asked.brand is null and brands.is_ours)
),

newest as (
    select cast(max(said_at) as date) as day
    from marts.mentions_enriched
),

mentions as (
    select
        mentions.*,
        mentions.said_at >= coalesce(asked.since, newest.day - 28) as is_since
    from marts.mentions_enriched as mentions
    inner join brands on mentions.brand_id = brands.brand_id
    cross join asked
    cross join newest
    where
        mentions.person_id is not null
        and mentions.stance in ('positive', 'negative')
        and abs(mentions.stance_score) >= asked.certainty
        and coalesce(mentions.intent not in ('asks_advice', 'compares'), true)
),

turned as (
    select
        person_id,
        brand_id,
        count(distinct case when not is_since and stance = 'negative' then post_id end) as negative_before,
        count(distinct case when not is_since and stance = 'positive' then post_id end) as positive_before,
        count(distinct case when is_since and stance = 'negative' then post_id end) as negative_since,
        count(distinct case when is_since and stance = 'positive' then post_id end) as positive_since
    from mentions
    group by person_id, brand_id
),

quoted as (
    select
        person_id,
        brand_id,
        sentence,
        url,
        is_since,
        row_number() over (
            partition by person_id, brand_id, is_since
            order by case when is_since then -stance_score else stance_score end, said_at desc, mention_id asc
        ) as position
    from mentions
    where is_since = (stance = 'positive')
)

select
    brands.brand_name as brand,
    persons.display_name as person,
    turned.negative_before,
    turned.positive_before,
    turned.negative_since,
    turned.positive_since,
    before.sentence as said_before,
    since.sentence as said_since,
    since.url,
    turned.person_id
from turned
inner join brands on turned.brand_id = brands.brand_id
inner join marts.dim_persons as persons on turned.person_id = persons.person_id
left join quoted as before
    on turned.person_id = before.person_id and turned.brand_id = before.brand_id and not before.is_since and before.position = 1
left join quoted as since
    on turned.person_id = since.person_id and turned.brand_id = since.brand_id and since.is_since and since.position = 1
where
    turned.negative_before >= greatest(2, 2 * turned.positive_before)
    and turned.positive_since >= greatest(2, 2 * turned.negative_since)
order by
    turned.positive_since - turned.negative_since + turned.negative_before - turned.positive_before desc,
    turned.person_id asc,
    turned.brand_id asc
limit 20
