{%- set fields = {
    'site': 'text', 'author_id': 'text', 'link': 'text', 'title': {'rendered': 'text'}, 'content': {'rendered': 'text'},
    'status': 'text', 'format': 'text', 'comment_count': 'count', 'date_gmt': 'timestamp', 'modified_gmt': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('wordpress', 'posts'), fields) }}
),

-- without what the author only quotes
own as (
    select
        *,
        {{ own_html('doc.content.rendered') }} as own_html
    from source
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'wordpress' as platform_id,
        'wordpress:' || native_id as post_id,
        'wordpress:' || doc.author_id as author_id,
        doc.site,

        -- strings
        doc.link as url,
        {{ html_to_text('doc.title.rendered') }} as title,
        {{ html_to_text('own_html') }} as body,
        case doc.format
            when 'video' then 'video'
            when 'audio' then 'audio'
            when 'image' then 'image'
            when 'gallery' then 'image'
            when 'link' then 'link'
            else 'text'
        end as media_type,
        {{ urls_in('own_html') }} as links,

        -- numerics
        doc.comment_count,

        -- booleans
        coalesce(doc.status != 'publish', false) as is_gone,

        -- dates and timestamps; a post that was scheduled is older than its publication
        doc.date_gmt as published_at,
        case when doc.modified_gmt > doc.date_gmt then doc.modified_gmt end as edited_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
