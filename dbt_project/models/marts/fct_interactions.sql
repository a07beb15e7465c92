{{ config(materialized='keyed', key='coalesce(post_id, actor_author_id)', tells=['post_id', 'actor_author_id']) }}

{% call keys('touched') %}
    select key from {{ changes('int_interactions') }} as interactions
{% endcall %}

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
where {{ among('coalesce(post_id, actor_author_id)') }}
