{%- set fields = {
    'instance': 'text',
    'community': {'name': 'text', 'title': 'text', 'description': 'text', 'nsfw': 'boolean', 'published': 'timestamp'},
    'counts': {
        'subscribers': 'audience', 'subscribers_local': 'count', 'users_active_day': 'count', 'users_active_month': 'count',
        'posts': 'count', 'comments': 'count',
    },
} -%}

with source as (
    {{ observed_rows(source('lemmy', 'communities'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'lemmy' as platform_id,
        'lemmy:' || native_id as container_id,
        doc.instance,

        -- strings
        {{ lemmy_names('doc.community', 'title') }},
        doc.community.description,

        -- numerics
        doc.counts.subscribers,
        doc.counts.subscribers_local,
        doc.counts.users_active_day,
        doc.counts.users_active_month,
        doc.counts.posts,
        doc.counts.comments,

        -- booleans
        doc.community.nsfw as is_adult,

        -- dates and timestamps
        doc.community.published as created_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
