-- What we hold of one person, the most influential one: rows by table.
with leader as (
    select rankings.person_id
    from marts.influencer_rankings as rankings
    inner join marts.dim_score_versions as versions
        on
            rankings.score_version = versions.score_version
            and rankings.as_of_date = versions.last_as_of_date
            and versions.is_current
    where
        rankings.scope_kind = 'all'
        and rankings.population = 'public'
    order by rankings.rank, rankings.person_id
    limit 1
),

accounts as (
    select bridge.author_id
    from marts.bridge_persons_authors as bridge
    inner join leader on bridge.person_id = leader.person_id
)

select
    'dim_authors' as table_name,
    count(*) as row_count
from marts.dim_authors
where author_id in (select accounts.author_id from accounts)
union all
select
    'fct_posts' as table_name,
    count(*) as row_count
from marts.fct_posts
where author_id in (select accounts.author_id from accounts)
union all
select
    'fct_mentions' as table_name,
    count(*) as row_count
from marts.fct_mentions
where author_id in (select accounts.author_id from accounts)
union all
select
    'fct_interactions' as table_name,
    count(*) as row_count
from marts.fct_interactions
where
    actor_author_id in (select accounts.author_id from accounts)
    or target_author_id in (select accounts.author_id from accounts)
union all
select
    'fct_authors' as table_name,
    count(*) as row_count
from marts.fct_authors
where author_id in (select accounts.author_id from accounts)
union all
select
    'fct_adoptions' as table_name,
    count(*) as row_count
from marts.fct_adoptions
where person_id in (select leader.person_id from leader)
union all
select
    'fct_influence_edges' as table_name,
    count(*) as row_count
from marts.fct_influence_edges
where
    audience_person_id in (select leader.person_id from leader)
    or author_id in (select accounts.author_id from accounts)
union all
select
    'ranking_evidence' as table_name,
    count(*) as row_count
from marts.ranking_evidence
where person_id in (select leader.person_id from leader) or adopter_person_id in (select leader.person_id from leader)
union all
select
    'influencer_rankings' as table_name,
    count(*) as row_count
from marts.influencer_rankings
where person_id in (select leader.person_id from leader)
order by table_name
