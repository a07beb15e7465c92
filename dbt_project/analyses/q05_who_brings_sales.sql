-- Whose words bring sales by each model, and where the models disagree most.
with asked as (
    select cast(null as varchar) as brand  -- a brand's id or name; all of ours by default
),

brands as (
    select
        brands.brand_id,
        brands.brand_name
    from marts.dim_brands as brands
    cross join asked
    where asked.brand in (brands.brand_id, brands.brand_name) or (asked.brand is null and brands.is_ours)
)

select
    authors.handle,
    brands.brand_name as brand,
    disagreement.last_credit,
    disagreement.linear_credit,
    disagreement.time_decay_credit,
    disagreement.position_based_credit,
    disagreement.markov_credit,
    disagreement.shapley_credit,
    disagreement.influence_credit,
    disagreement.highest_model,
    disagreement.lowest_model,
    disagreement.spread,
    disagreement.author_id
from marts.mart_model_disagreement as disagreement
inner join brands on disagreement.brand_id = brands.brand_id
left join marts.dim_authors as authors on disagreement.author_id = authors.author_id and authors.is_current
order by disagreement.spread desc, disagreement.author_id asc, disagreement.brand_id asc
limit 20
