-- Whose words bring sales by each model, and where the models disagree most.
select
    authors.handle,
    disagreement.author_id,
    disagreement.brand_id,
    disagreement.last_credit,
    disagreement.linear_credit,
    disagreement.time_decay_credit,
    disagreement.position_based_credit,
    disagreement.markov_credit,
    disagreement.shapley_credit,
    disagreement.influence_credit,
    disagreement.highest_model,
    disagreement.lowest_model,
    disagreement.spread
from marts.mart_model_disagreement as disagreement
left join marts.dim_authors as authors on disagreement.author_id = authors.author_id and authors.is_current
order by disagreement.spread desc, disagreement.author_id asc, disagreement.brand_id asc
limit 20
