{%- set fields = {
    'site': 'text', 'site_url': 'text', 'comment_id': 'text', 'post_id': 'text', 'post_type': 'text', 'owner': {'user_id': 'text'},
    'reply_to_user': {'user_id': 'text'}, 'body': 'text', 'content_license': 'text', 'score': 'score', 'edited': 'boolean',
    'creation_date': 'epoch',
} -%}

with source as (
    {{ observed_rows(source('stack_exchange', 'comments'), fields) }}
),

-- without what the author only quotes
own as (
    select
        *,
        {{ own_html('doc.body') }} as own_html
    from source
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'stack_exchange' as platform_id,
        'stack_exchange:' || native_id as post_id,
        {{ stack_exchange_user('doc.owner') }} as author_id,
        'stack_exchange:' || doc.site || ':' || doc.post_type || ':' || doc.post_id as parent_post_id,
        doc.site,

        -- strings
        doc.site_url || '/q/' || doc.post_id || '#comment' || doc.comment_id || '_' || doc.post_id as url,
        {{ stack_exchange_body() }},
        case
            when doc.reply_to_user.user_id is null then {{ list_of() }}
            else {{ list_of(stack_exchange_user('doc.reply_to_user')) }}
        end as mentioned_author_ids,

        -- numerics
        doc.score,

        -- booleans
        doc.edited as is_edited,

        -- dates and timestamps
        doc.creation_date as published_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
