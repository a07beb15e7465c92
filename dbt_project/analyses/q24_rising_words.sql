-- Words that rose around a brand: said by more people in four weeks than in the four before, each person counted once.
with asked as (
    select
        cast(null as varchar) as brand,  -- a brand's id or name; all of ours by default
        cast(3 as bigint) as people  -- said by at least so many
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

words as (
    select distinct
        mentions.brand_id,
        mentions.person_id,
        mentions.said_at >= newest.day - 27 as is_now,
        regexp_split_to_table(lower(mentions.sentence), '[[:space:][:punct:]]+') as word
    from marts.mentions_enriched as mentions
    inner join brands on mentions.brand_id = brands.brand_id
    cross join newest
    where mentions.said_at >= newest.day - 55 and mentions.person_id is not null
),

speakers as (
    select
        brand_id,
        count(distinct person_id) filter (where is_now) as people_now,
        count(distinct person_id) filter (where not is_now) as people_before
    from words
    group by brand_id
),

counted as (
    select
        brand_id,
        word,
        count(*) filter (where is_now) as people_now,
        count(*) filter (where not is_now) as people_before
    from words
    where length(word) >= 4
    group by brand_id, word
)

select
    brands.brand_name as brand,
    counted.word,
    counted.people_now,
    counted.people_before,
    cast(counted.people_now as double precision) / speakers.people_now as share_now,
    cast(counted.people_before as double precision) / nullif(speakers.people_before, 0) as share_before,
    cast(counted.people_now + 1 as double precision) / (speakers.people_now + 2)
    / (cast(counted.people_before + 1 as double precision) / (speakers.people_before + 2)) as growth
from counted
inner join speakers on counted.brand_id = speakers.brand_id
inner join brands on counted.brand_id = brands.brand_id
cross join asked
where
    counted.people_now >= asked.people
    and counted.people_now * (speakers.people_before + 1) > counted.people_before * speakers.people_now
order by growth desc, counted.people_now desc, counted.word asc, brands.brand_name asc
limit 30
