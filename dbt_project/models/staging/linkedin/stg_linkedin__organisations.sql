{%- set fields = {
    'id': 'text', 'localizedName': 'text', 'vanityName': 'text', 'localizedDescription': 'text', 'localizedWebsite': 'text',
    'firstDegreeSize': 'audience',
} -%}

with source as (
    {{ observed_rows(source('linkedin', 'organisations'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'linkedin' as platform_id,
        'linkedin:' || native_id as author_id,

        -- strings
        doc.vanityname as handle,
        doc.localizedname as display_name,
        'https://www.linkedin.com/company/' || coalesce(doc.vanityname, doc.id) || '/' as url,
        doc.localizeddescription as bio,
        'organisation' as author_kind,
        {{ urls_in('doc.localizedwebsite') }} as websites,

        -- numerics
        doc.firstdegreesize as follower_count,

        -- dates and timestamps
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
