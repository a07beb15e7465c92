{#- Under these hosts everybody has a page: the front page is nobody's, and a folder tells nothing of another. -#}
{%- set shared_hosts = [
    'acast.com', 'anchor.fm', 'buzzsprout.com', 'facebook.com', 'feeds.buzzsprout.com', 'feeds.feedburner.com', 'github.com', 'instagram.com',
    'linkedin.com', 'linktr.ee', 'medium.com', 'open.spotify.com', 'patreon.com', 'podbean.com', 'podcasters.spotify.com',
    'podcasts.apple.com', 'reddit.com', 'rss.com', 'sites.google.com', 'soundcloud.com', 'spreaker.com', 'substack.com', 'tiktok.com',
    'twitch.tv', 'twitter.com', 'x.com', 'youtube.com',
] -%}
{#- Of these platforms an account's own words name its page, and the feed at `observed_from` is all that is surely its own. -#}
{%- set feeds = '^(feeds|podcast_feeds|podcast_index|itunes)$' -%}

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

feed_pages as (
    select
        author_id,
        url,
        observed_from as feed_url
    from {{ ref('stg_feeds__authors') }}
    qualify row_number() over (partition by author_id order by load_id desc) = 1
    union all
    select
        solo_feeds.author_id,
        feeds.url,
        replace(solo_feeds.container_id, 'feeds:', '') as feed_url
    from solo_feeds
    inner join feeds on solo_feeds.container_id = feeds.feed_id
    {%- for platform in ['podcast_feeds', 'podcast_index', 'itunes'] %}
        union all
        select
            author_id,
            url,
            observed_from as feed_url
        from {{ ref('stg_' ~ platform ~ '__podcasts') }}
        qualify row_number() over (partition by author_id order by load_id desc) = 1
    {%- endfor %}
),

spelled as (
    select
        *,
        {{ canonical_url('url') }} as page,
        {{ canonical_url('feed_url') }} as feed,
        regexp_replace({{ canonical_url('feed_url') }}, '/[^/]+$', '') as folder
    from feed_pages
),

addresses as (
    select
        author_id,
        url,
        not regexp_matches(platform_id, '{{ feeds }}') or starts_with(url, 'https://podcasts.apple.com/') as is_proven,
        false as is_feed
    from authors
    union all
    -- whoever publishes a feed has the site that the feed lies in; one that it only names may be anybody's
    select
        author_id,
        url,
        page is not null
        and (starts_with(feed || '/', page || '/') or (folder != 'https:/' and starts_with(page || '/', folder || '/')))
        and split_part(page, '/', 3) not in (
            {%- for host in shared_hosts %}
                '{{ host }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
        and not regexp_matches(feed, '^https://[^/]+/(~|@|u/|users?/|feed/@)') as is_proven,
        false as is_feed
    from spelled
    union all
    select
        solo_feeds.author_id,
        replace(solo_feeds.container_id, 'feeds:', '') as url,
        true as is_proven,
        true as is_feed
    from solo_feeds
    union all
    select
        author_id,
        feed_url,
        true as is_proven,
        true as is_feed
    from feed_pages
    where not starts_with(author_id, 'feeds:')
)

select
    author_id,
    {{ canonical_url('url') }} as canonical_url,
    bool_or(coalesce(is_proven, false)) as is_proven,
    bool_or(is_feed) as is_feed
from addresses
where {{ is_web_address('url') }}
group by all
