-- Which posts show a tie to a campaign and disclose none clearly: a list to look at, not a verdict.
select
    campaigns.campaign_name,
    undisclosed.author_id,
    undisclosed.said_at,
    undisclosed.disclosure_class,
    undisclosed.has_code,
    undisclosed.has_link,
    undisclosed.is_by_partner,
    undisclosed.url
from marts.mart_undisclosed_posts as undisclosed
inner join marts.dim_campaigns as campaigns on undisclosed.campaign_id = campaigns.campaign_id
order by undisclosed.said_at desc, undisclosed.post_id asc, campaigns.campaign_name asc
limit 50
