with authors as (
    select * from {{ ref('int_authors') }}
    qualify row_number() over (partition by author_id order by observed_at desc) = 1
),

-- a feed's front page belongs to its author where it has only one
feeds as (
    select
        feed_id,
        url
    from {{ ref('stg_feeds__feeds') }}
    qualify row_number() over (partition by feed_id order by load_id desc) = 1
),

solo_feeds as (
    select
        container_id,
        min(author_id) as author_id
    from {{ ref('int_posts') }}
    where platform_id = 'feeds' and author_id is not null
    group by container_id
    having count(distinct author_id) = 1
),

addresses as (
    select
        author_id,
        url
    from authors
    union all
    select
        solo_feeds.author_id,
        feeds.url
    from solo_feeds
    inner join feeds on solo_feeds.container_id = feeds.feed_id
)

select distinct
    author_id,
    {{ canonical_url('url') }} as canonical_url
from addresses
where {{ is_web_address('url') }}
