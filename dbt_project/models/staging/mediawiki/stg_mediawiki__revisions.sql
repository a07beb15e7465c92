{%- set fields = {
    'wiki': 'text', 'author_id': 'text',
    'page': {'pageid': 'text', 'ns': 'bigint', 'title': 'text'},
    'revision': {
        'revid': 'text', 'parentid': 'bigint', 'user': 'text', 'comment': 'text', 'size': 'count', 'timestamp': 'timestamp',
    },
    'added_text': 'text', 'ext_links': ['text'],
} -%}

with source as (
    {{ observed_rows(source('mediawiki', 'revisions'), fields) }}
),

-- without what the author only quotes
own as (
    select
        *,
        {{ replaced(
            own_html('doc.added_text'),
            "'(?i)\\{\\{\\s*(?:tqq?|tqb|talk ?quote(?: inline| block)?|quote|block ?quote|quotation|cquote)\\s*\\|[^{}]*\\}\\}'", "''"
        ) }} as own_words
    from source
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'mediawiki' as platform_id,
        'mediawiki:' || native_id as post_id,
        'mediawiki:' || doc.author_id as author_id,
        'mediawiki:' || doc.wiki || ':' || doc.page.pageid as container_id,
        'mediawiki:' || doc.wiki || ':' || nullif(doc.revision.parentid, 0) as parent_revision_id,
        doc.wiki,

        -- strings
        doc.revision.user as user_name,
        doc.page.title,
        {{ resolve_entities('own_words', 'own_words') }} as body,
        doc.revision.comment as edit_comment,
        'text' as media_type,
        doc.ext_links as links,
        regexp_extract_all(doc.added_text, '(?i)\[\[\s*user\s*:\s*([^\]|#/]+)', 1) as mentioned_users,

        -- numerics
        doc.revision.size as byte_count,

        -- booleans
        doc.page.ns % 2 = 1 as is_talk,

        -- dates and timestamps
        doc.revision.timestamp as published_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
