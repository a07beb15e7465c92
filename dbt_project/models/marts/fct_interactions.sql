select
    interaction_id,
    kind,
    actor_author_id,
    target_author_id,
    post_id,
    target_post_id,
    occurred_at,
    is_time_estimated,
    observed_at
from {{ ref('int_interactions') }}
