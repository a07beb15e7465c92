{%- set urls = {'urls': [{'expanded_url': 'text'}]} -%}
{%- set fields = {
    'id': 'text', 'username': 'text', 'name': 'text', 'description': 'text', 'verified_type': 'text', 'protected': 'boolean',
    'entities': {'url': urls, 'description': urls},
    'public_metrics': {
        'followers_count': 'audience', 'following_count': 'count', 'tweet_count': 'count', 'listed_count': 'count',
    },
    'created_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('x', 'accounts'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'x' as platform_id,
        'x:' || native_id as author_id,

        -- strings
        doc.username as handle,
        nullif(doc.name, '') as display_name,
        'https://x.com/i/user/' || native_id as url,
        {{ html_to_text('doc.description') }} as bio,
        case when doc.verified_type in ('business', 'government') then 'organisation' end as author_kind,
        coalesce(
            {{ list_sort(list_distinct(list_concat(
                list_map('doc.entities.url.urls', 'link', 'link.expanded_url'),
                list_map('doc.entities.description.urls', 'link', 'link.expanded_url')
            ))) }},
            {{ list_of() }}
        ) as websites,

        -- numerics
        doc.public_metrics.followers_count,
        doc.public_metrics.following_count,
        doc.public_metrics.tweet_count,
        doc.public_metrics.listed_count,

        -- dates and timestamps
        doc.created_at as registered_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
