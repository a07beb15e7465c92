{{ config(materialized='keyed', key='post_id') }}

with nights as (
    select distinct
        wiki_host,
        title,
        observed_date
    from {{ ref('stg_pageviews__page_views') }}
),

-- as known each night: Wikimedia corrects the last days
known as (
    select
        views.wiki_host,
        views.title,
        nights.observed_date,
        views.viewed_date,
        max_by(views.views, views.load_id) as views
    from {{ ref('stg_pageviews__page_views') }} as views
    inner join nights
        on views.wiki_host = nights.wiki_host and views.title = nights.title and views.observed_date <= nights.observed_date
    group by views.wiki_host, views.title, nights.observed_date, views.viewed_date
),

edits as (
    select
        post_id,
        title,
        split_part(wiki, '/', 1) as wiki_host,
        cast(published_at as date) as edited_date
    from {{ ref('stg_mediawiki__revisions') }}
    qualify row_number() over (partition by post_id order by load_id desc) = 1
)

select
    edits.post_id,
    known.observed_date,
    'pageviews' as platform_id,
    {{ as_count('sum(known.views)') }} as views
from edits
inner join known on edits.wiki_host = known.wiki_host and edits.title = known.title
where
    known.viewed_date > edits.edited_date
    and known.viewed_date <= edits.edited_date + interval 30 day
group by edits.post_id, known.observed_date
