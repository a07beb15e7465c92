-- Accounts with less than 5,000 followers that persuade more per 1,000 reached than everybody whom we paid.
with followers as (
    select
        bridge.person_id,
        sum(latest.follower_count) as follower_count
    from (
        select
            author_id,
            follower_count,
            row_number() over (partition by author_id order by observed_date desc) as position
        from marts.fct_authors
        where follower_count is not null
    ) as latest
    inner join marts.bridge_persons_authors as bridge on latest.author_id = bridge.author_id
    where latest.position = 1
    group by bridge.person_id
),

paid as (
    select distinct bridge.person_id
    from marts.fct_spend as spend
    inner join marts.bridge_persons_authors as bridge on spend.author_id = bridge.author_id
),

ranked as (
    select rankings.*
    from marts.influencer_rankings as rankings
    inner join marts.dim_score_versions as versions
        on
            rankings.score_version = versions.score_version
            and rankings.as_of_date = versions.last_as_of_date
            and versions.is_current
    where
        rankings.scope_kind = 'all'
        and rankings.population = 'public'
)

select
    ranked.rate_rank,
    persons.display_name,
    ranked.person_id,
    1000 * ranked.rate as adoptions_per_1000_reached,
    followers.follower_count,
    ranked.data_weight
from ranked
inner join marts.dim_persons as persons on ranked.person_id = persons.person_id
inner join followers on ranked.person_id = followers.person_id
where
    followers.follower_count < 5000
    and ranked.person_id not in (select paid.person_id from paid)
    and ranked.rate > coalesce((select max(others.rate) from ranked as others inner join paid on others.person_id = paid.person_id), 0)
order by ranked.rate_rank, ranked.person_id
limit 20
