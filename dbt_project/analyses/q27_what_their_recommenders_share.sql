-- What a competitor's recommenders have in common: channels, languages, other brands and topics, against all who speak of the category.
with asked as (
    select
        cast(null as varchar) as brand,  -- the competitor's id or name; by default every brand that is not ours
        cast(3 as bigint) as people  -- at least so many recommenders
),

competitors as (
    select
        brands.brand_id,
        brands.brand_name,
        brands.category
    from marts.dim_brands as brands
    cross join asked
    where asked.brand in (brands.brand_id, brands.brand_name) or (asked.brand is null and not brands.is_ours)
),

speakers as (
    select
        competitors.brand_id,
        mentions.person_id,
        max(
            case
                when mentions.brand_id = competitors.brand_id and mentions.intent = 'recommends' and mentions.stance = 'positive' then 1
                else 0
            end
        ) as is_recommender
    from marts.mentions_enriched as mentions
    inner join marts.dim_brands as brands on mentions.brand_id = brands.brand_id
    inner join competitors on brands.category = competitors.category
    where mentions.person_id is not null and mentions.media_kind = 'earned'
    group by competitors.brand_id, mentions.person_id
),

traits as (
    select distinct
        person_id,
        'channel' as trait_kind,
        channel as trait
    from marts.mentions_enriched
    where person_id is not null
    union all
    select distinct
        person_id,
        'language' as trait_kind,
        language as trait
    from marts.mentions_enriched
    where person_id is not null and language is not null
    union all
    select distinct
        person_id,
        'brand' as trait_kind,
        brand as trait
    from marts.mentions_enriched
    where person_id is not null and brand is not null
    union all
    select distinct
        person_id,
        'topic' as trait_kind,
        topic as trait
    from marts.mentions_enriched
    where person_id is not null and topic is not null
),

sizes as (
    select
        brand_id,
        cast(sum(is_recommender) as bigint) as recommenders,
        count(*) as speakers
    from speakers
    group by brand_id
),

counted as (
    select
        speakers.brand_id,
        traits.trait_kind,
        traits.trait,
        cast(sum(speakers.is_recommender) as bigint) as recommenders,
        count(*) as speakers
    from speakers
    inner join traits on speakers.person_id = traits.person_id
    group by speakers.brand_id, traits.trait_kind, traits.trait
)

select
    competitors.brand_name as brand,
    counted.trait_kind,
    counted.trait,
    counted.recommenders,
    cast(counted.recommenders as double precision) / sizes.recommenders as share_of_recommenders,
    cast(counted.speakers as double precision) / sizes.speakers as share_of_all,
    cast(counted.recommenders as double precision) / sizes.recommenders
    / (cast(counted.speakers as double precision) / sizes.speakers) as lift
from counted
inner join sizes on counted.brand_id = sizes.brand_id
inner join competitors on counted.brand_id = competitors.brand_id
cross join asked
where counted.recommenders >= asked.people and not (counted.trait_kind = 'brand' and counted.trait = competitors.brand_name)
order by lift desc, counted.recommenders desc, competitors.brand_name asc, counted.trait_kind asc, counted.trait asc
limit 30
