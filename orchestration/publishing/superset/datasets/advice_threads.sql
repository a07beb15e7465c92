-- One row per post that asks for advice, with what was answered.
select
    threads.asking_post_id,
    threads.asked_at,
    threads.category,
    brands.brand_name as brand,
    products.product_name as product,
    channels.channel_name as channel,
    threads.sentence,
    threads.url,
    threads.is_answered,
    threads.answer_count,
    threads.first_answer_hours,
    recommended.brand_name as recommended_brand,
    threads.is_our_brand_recommended
from marts.mart_advice_threads as threads
left join marts.dim_brands as brands on threads.brand_id = brands.brand_id
left join marts.dim_products as products on threads.product_id = products.product_id
left join marts.dim_brands as recommended on threads.top_recommended_brand_id = recommended.brand_id
inner join marts.dim_channels as channels on threads.channel_id = channels.channel_id
