-- Which posts show a tie to a campaign and disclose none clearly: a list to look at, not a verdict.
with asked as (
    select
        cast(null as varchar) as campaign,  -- a campaign's id or name; all by default
        cast(null as date) as since  -- posts of this day or later; all by default
)

select
    campaigns.campaign_name,
    coalesce(persons.display_name, undisclosed.author_id) as person,
    undisclosed.said_at,
    undisclosed.disclosure_class,
    undisclosed.has_code,
    undisclosed.has_link,
    undisclosed.is_by_partner,
    undisclosed.url
from marts.mart_undisclosed_posts as undisclosed
inner join marts.dim_campaigns as campaigns on undisclosed.campaign_id = campaigns.campaign_id
left join marts.dim_persons as persons on undisclosed.person_id = persons.person_id
cross join asked
where
    (asked.campaign is null or asked.campaign in (campaigns.campaign_id, campaigns.campaign_name))
    and (asked.since is null or undisclosed.said_at >= asked.since)
order by undisclosed.said_at desc, undisclosed.post_id asc, campaigns.campaign_name asc
limit 50
