{{ config(materialized='keyed', key='post_id') }}

{% call keys('touched') %}
    select key from {{ changes('int_metrics') }} as metrics
{% endcall %}

select
    post_id,
    observed_date,
    max(case when metric = 'likes' then value end) as like_count,
    max(case when metric = 'comments' then value end) as comment_count,
    max(case when metric = 'shares' then value end) as share_count,
    max(case when metric = 'saves' then value end) as save_count,
    max(case when metric = 'views' then value end) as view_count,
    max(case when metric = 'quotes' then value end) as quote_count,
    max(case when metric = 'clicks' then value end) as click_count,
    max(case when metric = 'impressions' then value end) as impression_count,
    max(case when metric = 'plays' then value end) as play_count,
    max(case when metric = 'downloads' then value end) as download_count,
    max(case when metric = 'pageviews' then value end) as pageview_count
from {{ ref('int_metrics') }}
where {{ among('post_id') }}
group by post_id, observed_date
