-- Who recommends us often, unpaid, and was never contacted.
with asked as (
    select
        cast(null as varchar) as brand,  -- a brand's id or name; all of ours by default
        cast(null as date) as since,  -- whose last recommendation is of this day or later; all by default
        cast(1 as bigint) as posts  -- at least so many recommendations
),

brands as (
    select
        brands.brand_id,
        brands.brand_name
    from marts.dim_brands as brands
    cross join asked
    where asked.brand in (brands.brand_id, brands.brand_name) or (asked.brand is null and brands.is_ours)
)

select
    persons.display_name as person,
    brands.brand_name as brand,
    unpaid.post_count,
    unpaid.last_said_at,
    posts.url,
    unpaid.person_id
from marts.mart_uncontacted_recommenders as unpaid
inner join brands on unpaid.brand_id = brands.brand_id
cross join asked
inner join marts.dim_persons as persons on unpaid.person_id = persons.person_id
left join marts.fct_posts as posts on unpaid.last_post_id = posts.post_id
where (asked.since is null or unpaid.last_said_at >= asked.since) and unpaid.post_count >= asked.posts
order by unpaid.post_count desc, unpaid.last_said_at desc, unpaid.person_id asc
limit 20
