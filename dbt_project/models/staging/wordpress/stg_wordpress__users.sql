{%- set fields = {
    'site': 'text', 'name': 'text', 'slug': 'text', 'url': 'text', 'link': 'text', 'description': 'text', 'is_site': 'boolean',
} -%}

with source as (
    {{ observed_rows(source('wordpress', 'users'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'wordpress' as platform_id,
        'wordpress:' || native_id as author_id,
        doc.site,

        -- strings; a visitor who left a name has no page of their own on the site, and of a site that links here only the host is told
        coalesce(doc.slug, doc.name) as handle,
        {{ html_to_text('doc.name') }} as display_name,
        coalesce(doc.link, nullif(doc.url, '')) as url,
        {{ html_to_text('doc.description') }} as bio,
        case when doc.is_site then 'server' end as author_kind,
        {{ list_if("doc.url != ''", 'doc.url') }} as websites,

        -- dates and timestamps
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
