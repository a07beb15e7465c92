-- What those say of the brand whom the ten most influential people won over.
with leaders as (
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
        and rankings.rank <= 10
)

select
    credits.person_id as moved_by,
    adoptions.person_id as adopter,
    adoptions.brand_id,
    credits.credit,
    mentions.stance,
    mentions.said_at,
    mentions.sentence
from marts.fct_influence_credits as credits
inner join leaders on credits.person_id = leaders.person_id
inner join marts.fct_adoptions as adoptions on credits.adoption_id = adoptions.adoption_id
inner join marts.bridge_persons_authors as bridge on adoptions.person_id = bridge.person_id
inner join marts.fct_mentions as mentions
    on
        bridge.author_id = mentions.author_id
        and adoptions.brand_id = mentions.brand_id
        and adoptions.adopted_at <= mentions.said_at
where credits.credit > 0.1 and mentions.stance = 'positive'
order by credits.credit desc, mentions.said_at asc, mentions.mention_id asc
limit 50
