{%- set fields = {
    'site': 'text', 'question_id': 'text', 'owner': {'user_id': 'text'}, 'link': 'text', 'title': 'text', 'body': 'text', 'tags': ['text'],
    'content_license': 'text', 'score': 'score', 'view_count': 'count', 'answer_count': 'count', 'is_answered': 'boolean',
    'accepted_answer_id': 'text', 'creation_date': 'epoch', 'last_edit_date': 'epoch', 'last_activity_date': 'epoch', 'closed_date': 'epoch',
} -%}

with source as (
    {{ observed_rows(source('stack_exchange', 'questions'), fields) }}
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
        'stack_exchange:' || doc.site || ':answer:' || doc.accepted_answer_id as accepted_post_id,
        doc.site,

        -- strings
        doc.link as url,
        {{ html_to_text('doc.title') }} as title,
        {{ stack_exchange_body() }},
        doc.tags,

        -- numerics
        doc.score,
        doc.view_count,
        doc.answer_count,

        -- booleans
        doc.is_answered,

        -- dates and timestamps
        doc.creation_date as published_at,
        doc.last_edit_date as edited_at,
        doc.last_activity_date as last_active_at,
        doc.closed_date as closed_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
