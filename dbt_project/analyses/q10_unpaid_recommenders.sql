-- Who recommends us often, unpaid, and was never contacted.
select
    persons.display_name,
    unpaid.person_id,
    unpaid.brand_id,
    unpaid.post_count,
    unpaid.last_said_at,
    posts.url
from marts.mart_uncontacted_recommenders as unpaid
inner join marts.dim_persons as persons on unpaid.person_id = persons.person_id
left join marts.fct_posts as posts on unpaid.last_post_id = posts.post_id
order by unpaid.post_count desc, unpaid.last_said_at desc, unpaid.person_id asc
limit 20
