{%- set reaction = {'count': 'count'} -%}
{%- set nobody = 'case when doc.socialmetadata.commentsummary.count is not null then 0 end' -%}
{%- set fields = {
    'id': 'text', 'author': 'text', 'commentary': 'text', 'lifecycleState': 'text', 'visibility': 'text',
    'content': {
        'media': {'id': 'text', 'title': 'text'},
        'article': {'source': 'text', 'title': 'text'},
        'multiImage': {'images': [{'id': 'text'}]},
    },
    'reshareContext': {'parent': 'text'},
    'socialMetadata': {
        'reactionSummaries': {
            'LIKE': reaction, 'PRAISE': reaction, 'EMPATHY': reaction, 'APPRECIATION': reaction, 'INTEREST': reaction,
            'ENTERTAINMENT': reaction, 'MAYBE': reaction,
        },
        'commentSummary': {'count': 'count'},
    },
    'statistics': {
        'impressionCount': 'count', 'uniqueImpressionsCount': 'count', 'clickCount': 'count', 'likeCount': 'count',
        'commentCount': 'count', 'shareCount': 'count',
    },
    'createdAt': 'epoch_ms', 'publishedAt': 'epoch_ms', 'lastModifiedAt': 'epoch_ms',
    'lifecycleStateInfo': {'isEditedByAuthor': 'boolean'},
} -%}

with source as (
    {{ observed_rows(source('linkedin', 'posts'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'linkedin' as platform_id,
        'linkedin:' || native_id as post_id,
        'linkedin:' || doc.author as author_id,
        'linkedin:' || doc.resharecontext.parent as quoted_post_id,
        {{ list_map(
            list_distinct("regexp_extract_all(doc.commentary, '\\]\\((urn:li:(?:organization|person):[^)]+)\\)', 1)"),
            'urn', "'linkedin:' || urn"
        ) }} as mentioned_author_ids,

        -- strings; in LinkedIn's own notation mentions and tags stand in brackets, and their signs elsewhere behind a backslash
        'https://www.linkedin.com/feed/update/' || native_id || '/' as url,
        coalesce(doc.content.article.title, doc.content.media.title) as title,
        {{ replaced(
            replaced(
                replaced('doc.commentary', "'@\\[((?:[^\\]\\\\]|\\\\.)*)\\]\\(urn:li:[^)]*\\)'", "'\\1'"),
                "'\\{hashtag\\|\\\\?#\\|([^}]*)\\}'", "'#\\1'"
            ),
            "'\\\\([|{}@\\[\\]()<>#\\\\*_~])'", "'\\1'"
        ) }} as body,
        case
            when starts_with(doc.content.media.id, 'urn:li:video:') then 'video'
            when starts_with(doc.content.media.id, 'urn:li:image:') then 'image'
            when {{ first_of('doc.content.multiimage.images') }} is not null then 'image'
            when doc.content.article.source is not null then 'link'
            else 'text'
        end as media_type,
        {{ list_concat(
            urls_in("replace(doc.commentary, chr(92), '')"),
            list_if('doc.content.article.source is not null', 'doc.content.article.source')
        ) }} as links,

        -- numerics; kinds of reaction that nobody chose are left out of what is told
        coalesce(doc.socialmetadata.reactionsummaries.like.count, {{ nobody }}) as like_count,
        coalesce(doc.socialmetadata.reactionsummaries.praise.count, {{ nobody }}) as celebrate_count,
        coalesce(doc.socialmetadata.reactionsummaries.empathy.count, {{ nobody }}) as love_count,
        coalesce(doc.socialmetadata.reactionsummaries.appreciation.count, {{ nobody }}) as support_count,
        coalesce(doc.socialmetadata.reactionsummaries.interest.count, {{ nobody }}) as insightful_count,
        coalesce(doc.socialmetadata.reactionsummaries.entertainment.count, {{ nobody }}) as funny_count,
        coalesce(doc.socialmetadata.reactionsummaries.maybe.count, {{ nobody }}) as curious_count,
        doc.statistics.likecount as reactions_count,
        coalesce(doc.socialmetadata.commentsummary.count, doc.statistics.commentcount) as comment_count,
        doc.statistics.sharecount as share_count,
        doc.statistics.impressioncount as impression_count,
        doc.statistics.uniqueimpressionscount as reach_count,
        doc.statistics.clickcount as click_count,

        -- booleans
        coalesce(doc.lifecyclestate = 'DELETED', false) as is_gone,

        -- dates and timestamps
        coalesce(doc.publishedat, doc.createdat) as published_at,
        case when doc.lifecyclestateinfo.iseditedbyauthor then doc.lastmodifiedat end as edited_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
