-- Who asks for advice in our categories without an answer that names us: first those who still wait for any answer, then the others.
with asked as (
    select
        cast(null as varchar) as brand,  -- a brand's id or name, for its category; our categories by default
        cast(null as date) as since  -- questions of this day or later; all by default
)

select
    threads.asked_at,
    threads.category,
    threads.channel_id,
    threads.sentence as question,
    not threads.is_answered as is_waiting,
    threads.answer_count,
    threads.top_recommended_brand_id,
    threads.url
from marts.mart_advice_threads as threads
cross join asked
where
    threads.is_our_brand_recommended = false
    and (asked.since is null or threads.asked_at >= asked.since)
    and threads.category in (
        select ours.category
        from marts.dim_brands as ours
        where asked.brand in (ours.brand_id, ours.brand_name) or (asked.brand is null and ours.is_ours)
    )
order by is_waiting desc, threads.asked_at desc, threads.asking_post_id asc
limit 20
