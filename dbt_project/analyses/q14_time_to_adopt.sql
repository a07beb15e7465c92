-- How long from the mention to the adoption that it caused, by the mention's channel.
select
    posts.channel_id,
    sum(credits.credit) as credited_adoptions,
    sum(credits.credit * credits.lag_days) / sum(credits.credit) as mean_lag_days
from marts.fct_influence_credits as credits
inner join marts.fct_mentions as mentions on credits.mention_id = mentions.mention_id
inner join marts.fct_posts as posts on mentions.post_id = posts.post_id
where credits.object_id like 'brand:%' and credits.credit > 0
group by posts.channel_id
order by credited_adoptions desc, posts.channel_id asc
