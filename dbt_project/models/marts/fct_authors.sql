{{ config(materialized='keyed', key='author_id', tells_when='observed_at') }}

{% call keys('touched') %}
    select key from {{ changes('int_author_metrics') }} as metrics
{% endcall %}

select
    author_id,
    observed_date,
    platform_id,
    max(observed_at) as observed_at,
    max(case when metric = 'followers' then value end) as follower_count,
    max(case when metric = 'following' then value end) as following_count,
    max(case when metric = 'posts' then value end) as post_count,
    coalesce(min(observed_from), platform_id) as observed_from,
    coalesce(bool_or(is_partial), false) as is_partial
from {{ ref('int_author_metrics') }}
where {{ among('author_id') }}
group by author_id, observed_date, platform_id
