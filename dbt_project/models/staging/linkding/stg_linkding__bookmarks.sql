{%- set fields = {
    'site': 'text', 'id': 'text', 'url': 'text', 'title': 'text', 'description': 'text', 'notes': 'text', 'website_title': 'text',
    'tag_names': ['text'], 'is_archived': 'boolean', 'shared': 'boolean', 'date_added': 'timestamp', 'date_modified': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('linkding', 'bookmarks'), fields) }}
),

noted as (
    select
        *,
        nullif(concat_ws(chr(10) || chr(10), nullif(doc.description, ''), nullif(doc.notes, '')), '') as note
    from source
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids; the API does not tell whose token it was asked with
        'linkding' as platform_id,
        'linkding:' || native_id as post_id,
        'linkding:' || doc.site as author_id,

        -- strings; a title that nobody wrote is the page's
        coalesce(nullif(doc.title, ''), nullif(doc.website_title, '')) as title,
        note as body,
        'link' as media_type,
        {{ list_concat(urls_in('note'), list_if('doc.url is not null', 'doc.url')) }} as links,
        doc.tag_names as tags,

        -- booleans
        doc.is_archived,
        doc.shared as is_shared,

        -- dates and timestamps
        doc.date_added as published_at,
        case when doc.date_modified > doc.date_added then doc.date_modified end as edited_at,
        observed_at,
        observed_date,
        ill_typed
    from noted
)

select * from renamed
