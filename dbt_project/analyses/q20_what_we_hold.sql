-- What we hold of one person: rows by table. `groundswell export PERSON FOLDER` writes all of it.
with asked as (
    select cast(null as varchar) as person  -- a person's id; by default whoever is first over all
),

leader as (
    select coalesce(asked.person, rankings.person_id) as person_id
    from asked
    left join marts.rankings_newest as rankings on rankings.scope_kind = 'all' and rankings.rank = 1
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
