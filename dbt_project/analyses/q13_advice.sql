-- Who asks for advice in our categories without an answer that names us, and who answers most.
select
    threads.asked_at,
    threads.category,
    threads.channel_id,
    threads.sentence as question,
    threads.answer_count,
    threads.top_recommended_brand_id,
    threads.url
from marts.mart_advice_threads as threads
where threads.is_our_brand_recommended = false
order by threads.asked_at desc, threads.asking_post_id asc
limit 20
