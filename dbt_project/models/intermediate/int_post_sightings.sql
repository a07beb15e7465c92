{{ config(materialized='keyed', key='sighting_id', tells=['sighting_id', 'post_id']) }}

{#- Which of several is the post: what its own platform tells is more than what a feed does, and a feed more than an export. Of equals the
    one that was here first, so that a post keeps its id. -#}
{%- set tellers = ['podcast_feeds', 'podcast_index', 'itunes', 'feeds', 'databases', 'files'] -%}

{%- set spelled -%}
-- twice read rather than kept: of ten million posts hardly any are looked at
with staged as {{ not_materialized() }} (
    {{ union_of('posts', also=['int_podcast_episodes']) }}
),

-- a comment may bear the address of what it stands below, and a product's review that of the product
pages as {{ not_materialized() }} (
    select
        *,
        lower(split_part(url, '/', 3)) as told_host
    from staged
    where
        reposted_post_id is null
        and parent_post_id is null
        and coalesce(media_type, 'text') != 'review'
        and post_id not in (select withheld.post_id from {{ ref('stg_ops__withheld') }} as withheld)
        and {{ computed_once() }}
),

told_hosts as (
    select
        told_host,
        platform_id,
        {{ host_of("'https://' || told_host") }} as host
    from pages
    where told_host != ''
    group by told_host, platform_id
),

-- only here can two tell of one post; to bring the addresses of all into one spelling would take as long as all of int_posts
shared_hosts as (
    select host
    from told_hosts
    group by host
    having count(distinct platform_id) > 1 or bool_or(platform_id in ('feeds', 'podcast_feeds', 'files', 'databases'))
),

looked_at as (
    select distinct told_hosts.told_host
    from told_hosts
    inner join shared_hosts on told_hosts.host = shared_hosts.host
),

latest as (
    select
        pages.post_id,
        pages.platform_id,
        pages.container_id,
        pages.url,
        {{ host_of('pages.url') }} as host,
        pages.published_at,
        lower(trim(coalesce(nullif(pages.title, ''), left(pages.body, 200)))) as heading,
        nullif(coalesce(pages.entry_id, pages.episode_guid), '') as told_id,
        min(pages.load_id) over (partition by pages.post_id) as first_load_id,
        min(pages.observed_at) over (partition by pages.post_id) as first_observed_at,
        pages.observed_at
    from pages
    left join looked_at on pages.told_host = looked_at.told_host
    where looked_at.told_host is not null or pages.platform_id in ('feeds', 'podcast_feeds')
    qualify row_number() over (partition by pages.post_id order by pages.load_id desc, pages.url asc nulls last) = 1
),

feeds as (
    select
        feed_id,
        {{ host_of("max_by(url, load_id)") }} as host
    from {{ ref('stg_feeds__feeds') }}
    group by feed_id
),

described as (
    select
        latest.post_id,
        latest.platform_id,
        latest.container_id,
        latest.url,
        latest.published_at,
        latest.first_load_id,
        latest.first_observed_at,
        latest.observed_at as last_observed_at,
        latest.heading,
        latest.told_id,
        -- a link to another's article, as linkblogs and planets have, is not the entry's own page
        case
            when latest.platform_id = 'feeds' and latest.told_id like 'yt:video:%'
                then 'https://www.youtube.com/watch?v=' || substr(latest.told_id, 10)
            when
                not contains(latest.url, '#') and (
                    latest.platform_id != 'feeds'
                    or {{ is_of_site('latest.host', 'feeds.host') }}
                    or {{ is_of_site('latest.host', host_of("substr(latest.container_id, 7)")) }}
                )
                then latest.url
        end as own_url,
        coalesce(nullif(latest.host, ''), feeds.host, {{ host_of("substr(latest.container_id, 7)") }}) as site
    from latest
    left join feeds on latest.container_id = feeds.feed_id
)

select
    *,
    {{ canonical_url('own_url') }} as address,
    {{ canonical_url('url') }} as spelled_url,
    -- what is no address, and short, is a number that other sites give as well
    coalesce(
        {{ canonical_url('told_id') }},
        case when regexp_matches(told_id, '^(?:urn|tag):|^.{20,}$') then told_id else site || ' ' || told_id end
    ) as spelled_id
from described
{%- endset -%}

with spelled as (
    {{ set_aside('spelled', spelled) }}
),

-- what is joined without words to tell whether it is the same is what was joined while there were
kept as (
    select * from {{ ref('stg_ops__kept_sightings') }}
),

-- an address under which one place shows different posts is a page of its own, such as /news or the front page
pages_of_many as (
    select
        platform_id,
        container_id,
        address
    from spelled
    where address is not null
    group by all
    having count(distinct published_at) > 1 and count(distinct heading) > 1
),

keyed as (
    select
        spelled.* {{ exclude() }} (address),
        case
            when pages_of_many.address is null and regexp_matches(spelled.address, '^https://[^/]+[/?].') then spelled.address
        end as address,
        -- a linkblog may have an address, and even a title, from somebody else, but not the second of its publication
        spelled.spelled_url || ' ' || spelled.heading || ' ' || epoch_us(spelled.published_at) as same_moment,
        lower(spelled.spelled_id) || ' ' || spelled.heading || ' ' || cast(spelled.published_at as date) as same_id,
        row_number() over (
            order by
                coalesce(
                    list_position({{ list_of("'" ~ tellers | join("', '") ~ "'") }}, spelled.platform_id), 0
                ) asc,
                spelled.first_load_id asc,
                spelled.post_id asc
        ) as place
    from spelled
    left join pages_of_many
        on
            spelled.platform_id = pages_of_many.platform_id
            and spelled.container_id is not distinct from pages_of_many.container_id
            and spelled.address = pages_of_many.address
    where {{ computed_once() }}
),

-- most have nothing in common with any
common_keys as (
    select key_value
    from (
        select {{ each('key_values') }} as key_value
        from (
            select {{ list_distinct(list_of('address', 'same_id', 'same_moment')) }} as key_values
            from keyed
        )
    )
    where key_value is not null
    group by key_value
    having count(*) > 1
),

alike as (
    select
        keyed.post_id,
        keyed.address,
        keyed.same_id,
        keyed.same_moment,
        keyed.place
    from keyed
    where
        (
            keyed.address in (select common_keys.key_value from common_keys)
            or keyed.same_id in (select common_keys.key_value from common_keys)
            or keyed.same_moment in (select common_keys.key_value from common_keys)
        )
        and {{ computed_once() }}
),

-- the best place that can be reached by what two have in common, each twice
reached_0 as (
    select
        *,
        place as best_place
    from alike
),
{% for key in ['address', 'same_id', 'same_moment'] * 2 %}
    reached_{{ loop.index }} as (
        select
            post_id,
            address,
            same_id,
            same_moment,
            place,
            min(best_place) over (partition by coalesce({{ key }}, post_id)) as best_place
        from reached_{{ loop.index0 }}
    ),
{% endfor %}
joined as (
    select
        keyed.post_id,
        keyed.platform_id,
        keyed.container_id,
        keyed.url,
        keyed.first_observed_at,
        keyed.last_observed_at,
        count(*) over (partition by found.best_place) as sighting_count,
        best.post_id as best_post_id,
        coalesce(found.address = best.address or found.same_moment = best.same_moment, false) as is_at_same_address
    from reached_6 as found
    -- of a longer chain than that, what is not joined yet stays a post of its own
    inner join reached_6 as best on found.best_place = best.place and best.place = best.best_place
    inner join keyed on found.place = keyed.place
),

-- what directories tell of an episode that somebody knows better
episodes as (
    {{ union_of('episodes') }}
),

told_elsewhere as (
    select
        episodes.post_id,
        min(best.post_id) as best_post_id,
        min(episodes.platform_id) as platform_id,
        min(episodes.container_id) as container_id,
        max_by(episodes.url, episodes.load_id) as url,
        min(episodes.observed_at) as first_observed_at,
        max(episodes.observed_at) as last_observed_at
    from episodes
    inner join {{ ref('int_podcast_episodes') }} as best
        on
            episodes.episode_guid = best.episode_guid
            and cast(episodes.published_at as date) = cast(best.published_at as date)
            and episodes.platform_id != best.platform_id
    group by episodes.post_id
),

found as (
    select
        post_id as sighting_id,
        best_post_id as post_id,
        case when post_id = best_post_id then 'itself' when is_at_same_address then 'address' else 'id' end as proof,
        platform_id,
        container_id,
        url,
        first_observed_at,
        last_observed_at
    from joined
    where sighting_count > 1
    union all
    select
        told_elsewhere.post_id as sighting_id,
        coalesce(joined.best_post_id, told_elsewhere.best_post_id) as post_id,
        'id' as proof,
        told_elsewhere.platform_id,
        told_elsewhere.container_id,
        told_elsewhere.url,
        told_elsewhere.first_observed_at,
        told_elsewhere.last_observed_at
    from told_elsewhere
    left join joined on told_elsewhere.best_post_id = joined.post_id
)

select
    found.sighting_id,
    coalesce(theirs.post_id, found.post_id) as post_id,
    found.proof,
    found.platform_id,
    found.container_id,
    found.url,
    found.first_observed_at,
    found.last_observed_at
from found
left join kept as theirs on found.post_id = theirs.sighting_id
left join kept as own on found.sighting_id = own.sighting_id
where own.sighting_id is null
union all
select
    sighting_id,
    post_id,
    proof,
    platform_id,
    container_id,
    url,
    first_observed_at,
    last_observed_at
from kept
