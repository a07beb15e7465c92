{%- set fields = {
    'instance': 'text',
    'person': {
        'name': 'text', 'display_name': 'text', 'bio': 'text', 'matrix_user_id': 'text', 'bot_account': 'boolean', 'banned': 'boolean',
        'published': 'timestamp',
    },
    'counts': {'post_count': 'count', 'comment_count': 'count'},
} -%}

with source as (
    {{ observed_rows(source('lemmy', 'users'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'lemmy' as platform_id,
        'lemmy:' || native_id as author_id,
        doc.instance,

        -- strings
        {{ lemmy_names('doc.person', 'display_name') }},
        doc.person.bio,
        {{ urls_in('doc.person.bio') }} as websites,

        -- numerics
        doc.counts.post_count,
        doc.counts.comment_count,

        -- booleans
        doc.person.bot_account as is_bot,

        -- dates and timestamps
        doc.person.published as registered_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
