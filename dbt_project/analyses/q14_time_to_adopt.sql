-- How long from the mention to the adoption that it caused, by the mention's channel.
with asked as (
    select cast(null as varchar) as brand  -- a brand's id; all by default
)

select
    posts.channel_id,
    sum(credits.credit) as credited_adoptions,
    sum(credits.credit * credits.lag_days) / sum(credits.credit) as mean_lag_days
from marts.fct_influence_credits as credits
cross join asked
inner join marts.dim_score_versions as versions
    on credits.as_of_date = versions.last_as_of_date and credits.score_version = versions.score_version and versions.is_current
inner join marts.fct_mentions as mentions on credits.mention_id = mentions.mention_id
inner join marts.fct_posts as posts on mentions.post_id = posts.post_id
where
    credits.object_id like 'brand:%'
    and (asked.brand is null or credits.object_id = 'brand:' || asked.brand)
    and credits.credit > 0
group by posts.channel_id
order by credited_adoptions desc, posts.channel_id asc
