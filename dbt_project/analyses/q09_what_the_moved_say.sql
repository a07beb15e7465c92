-- What those say of a brand whom its most influential people won over.
with asked as (
    select
        cast(null as varchar) as brand,  -- a brand's id or name; all of ours by default
        cast(10 as bigint) as people  -- by the first so many of each brand
),

brands as (
    select
        brands.brand_id,
        brands.brand_name
    from marts.dim_brands as brands
    cross join asked
    where asked.brand in (brands.brand_id, brands.brand_name) or (asked.brand is null and brands.is_ours)
),

leaders as (
    select
        rankings.person_id,
        rankings.scope_id as brand_id,
        rankings.brand,
        rankings.person
    from marts.rankings_newest as rankings
    inner join brands on rankings.scope_id = brands.brand_id
    cross join asked
    where rankings.scope_kind = 'brand' and rankings.rank <= asked.people
),

-- the credits of 28 nights are held: those of the newest one count
credits as (
    select credits.*
    from marts.fct_influence_credits as credits
    inner join marts.dim_score_versions as versions
        on
            credits.as_of_date = versions.last_as_of_date
            and credits.score_version = versions.score_version
            and versions.is_current
)

select
    leaders.brand,
    leaders.person as moved_by,
    mentions.person as adopter,
    credits.credit,
    mentions.stance,
    mentions.said_at,
    mentions.sentence,
    mentions.url
from leaders
inner join credits on leaders.person_id = credits.person_id
inner join marts.fct_adoptions as adoptions
    on credits.adoption_id = adoptions.adoption_id and leaders.brand_id = adoptions.brand_id
inner join marts.mentions_enriched as mentions
    on
        adoptions.person_id = mentions.person_id
        and adoptions.brand_id = mentions.brand_id
        and adoptions.adopted_at <= mentions.said_at
where credits.object_id like 'brand:%' and credits.credit > 0.1 and mentions.stance = 'positive'
order by credits.credit desc, mentions.said_at asc, mentions.mention_id asc, leaders.person_id asc
limit 50
