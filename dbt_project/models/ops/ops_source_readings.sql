select
    posts.source_name,
    count(*) as mention_count,
    count(*) filter (where mentions.intent is null) as unread_mention_count
from {{ ref('fct_mentions') }} as mentions
inner join {{ ref('int_posts') }} as posts on mentions.post_id = posts.post_id
where mentions.brand_id is not null and mentions.span_start is not null
group by posts.source_name
