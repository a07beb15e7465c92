{%- set fields = {
    'site': 'text', 'site_url': 'text', 'answer_id': 'text', 'question_id': 'text', 'owner': {'user_id': 'text'}, 'body': 'text',
    'content_license': 'text', 'score': 'score', 'is_accepted': 'boolean', 'creation_date': 'epoch', 'last_edit_date': 'epoch',
} -%}

with source as (
    {{ observed_rows(source('stack_exchange', 'answers'), fields) }}
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
        'stack_exchange:' || doc.site || ':question:' || doc.question_id as parent_post_id,
        doc.site,

        -- strings
        doc.site_url || '/a/' || doc.answer_id as url,
        {{ stack_exchange_body() }},

        -- numerics
        doc.score,

        -- booleans
        doc.is_accepted,

        -- dates and timestamps
        doc.creation_date as published_at,
        doc.last_edit_date as edited_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
