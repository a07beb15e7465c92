{%- set fields = {'id': 'text', 'about': 'text', 'karma': 'score', 'created': 'epoch'} -%}

with source as (
    {{ observed_rows(source('hacker_news', 'users'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'hacker_news' as platform_id,
        'hacker_news:' || native_id as author_id,

        -- strings
        native_id as handle,
        native_id as display_name,
        'https://news.ycombinator.com/user?id=' || native_id as url,
        {{ html_to_text('doc.about') }} as bio,
        {{ urls_in('doc.about') }} as websites,

        -- numerics
        doc.karma,

        -- dates and timestamps
        doc.created as registered_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
