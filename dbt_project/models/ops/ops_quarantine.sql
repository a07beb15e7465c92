{%- set staged = [
    ('feeds', ref('stg_feeds__feeds')),
    ('authors', ref('stg_feeds__authors')),
    ('entries', ref('stg_feeds__entries')),
    ('podcasts', ref('stg_podcast_feeds__podcasts')),
    ('episodes', ref('stg_podcast_feeds__episodes')),
    ('transcripts', ref('stg_podcast_feeds__transcripts')),
    ('accounts', ref('stg_mastodon__accounts')),
    ('statuses', ref('stg_mastodon__statuses')),
    ('reblogs', ref('stg_mastodon__reblogs')),
    ('follows', ref('stg_mastodon__follows')),
    ('pages', ref('stg_mediawiki__pages')),
    ('revisions', ref('stg_mediawiki__revisions')),
    ('users', ref('stg_mediawiki__users')),
    ('items', ref('stg_hacker_news__items')),
    ('users', ref('stg_hacker_news__users')),
    ('posts', ref('stg_bluesky__posts')),
    ('accounts', ref('stg_bluesky__accounts')),
    ('reposts', ref('stg_bluesky__reposts')),
    ('posts', ref('stg_x__posts')),
    ('accounts', ref('stg_x__accounts')),
    ('stories', ref('stg_lobsters__stories')),
    ('comments', ref('stg_lobsters__comments')),
    ('users', ref('stg_lobsters__users')),
    ('bookmarks', ref('stg_pinboard__bookmarks')),
    ('bookmarks', ref('stg_raindrop__bookmarks')),
    ('users', ref('stg_raindrop__users')),
    ('bookmarks', ref('stg_linkding__bookmarks')),
    ('pins', ref('stg_pinterest__pins')),
    ('accounts', ref('stg_pinterest__accounts')),
    ('bookmarks', ref('stg_shaarli__bookmarks')),
    ('posts', ref('stg_facebook__posts')),
    ('comments', ref('stg_facebook__comments')),
    ('pages', ref('stg_facebook__pages')),
    ('media', ref('stg_instagram__media')),
    ('comments', ref('stg_instagram__comments')),
    ('accounts', ref('stg_instagram__accounts')),
    ('posts', ref('stg_threads__posts')),
    ('accounts', ref('stg_threads__accounts')),
    ('posts', ref('stg_linkedin__posts')),
    ('comments', ref('stg_linkedin__comments')),
    ('organisations', ref('stg_linkedin__organisations')),
    ('podcasts', ref('stg_podcast_index__podcasts')),
    ('episodes', ref('stg_podcast_index__episodes')),
    ('podcasts', ref('stg_itunes__podcasts')),
    ('episodes', ref('stg_itunes__episodes')),
    ('posts', ref('stg_reddit__posts')),
    ('comments', ref('stg_reddit__comments')),
    ('users', ref('stg_reddit__users')),
    ('communities', ref('stg_reddit__communities')),
    ('questions', ref('stg_stack_exchange__questions')),
    ('answers', ref('stg_stack_exchange__answers')),
    ('comments', ref('stg_stack_exchange__comments')),
    ('users', ref('stg_stack_exchange__users')),
    ('posts', ref('stg_lemmy__posts')),
    ('comments', ref('stg_lemmy__comments')),
    ('users', ref('stg_lemmy__users')),
    ('communities', ref('stg_lemmy__communities')),
    ('videos', ref('stg_peertube__videos')),
    ('comments', ref('stg_peertube__comments')),
    ('accounts', ref('stg_peertube__accounts')),
    ('authors', ref('stg_files__authors')),
    ('posts', ref('stg_files__posts')),
    ('interactions', ref('stg_files__interactions')),
    ('follows', ref('stg_files__follows')),
    ('orders', ref('stg_files__orders')),
    ('reviews', ref('stg_files__reviews')),
    ('authors', ref('stg_databases__authors')),
    ('posts', ref('stg_databases__posts')),
    ('orders', ref('stg_databases__orders')),
] -%}

with found as (
    select
        platform_id,
        entity,
        native_id,
        'loader' as found_by,
        reason,
        payload,
        source_name,
        observed_at
    from {{ ref('stg_ops__quarantine') }}
    {%- for entity, model in staged %}
        union all by name
        select
            platform_id,
            '{{ entity }}' as entity,
            native_id,
            'staging' as found_by,
            'not of the declared type: ' || ill_typed as reason,
            source_name,
            observed_at
        from {{ model }}
        where ill_typed is not null
    {%- endfor %}
)

select
    {{ hashed_key([
        'platform_id', 'entity', 'native_id', 'found_by', 'reason', 'payload', 'source_name', 'observed_at',
    ]) }} as quarantine_id,
    found.*
from found
