{%- set fields = {
    'id': 'text', 'commentUrn': 'text', 'actor': 'text', 'object': 'text', 'post': 'text', 'parentComment': 'text',
    'message': {'text': 'text'},
    'likesSummary': {'totalLikes': 'count', 'aggregatedTotalLikes': 'count'},
    'commentsSummary': {'totalFirstLevelComments': 'count', 'aggregatedTotalComments': 'count'},
    'created': {'time': 'epoch_ms'}, 'lastModified': {'time': 'epoch_ms'},
} -%}

with source as (
    {{ observed_rows(source('linkedin', 'comments'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'linkedin' as platform_id,
        'linkedin:' || native_id as post_id,
        'linkedin:' || doc.actor as author_id,
        'linkedin:' || coalesce(doc.parentcomment, doc.post) as parent_post_id,

        -- strings
        'https://www.linkedin.com/feed/update/' || doc.post || '/' as url,
        doc.message.text as body,
        'text' as media_type,
        {{ urls_in('doc.message.text') }} as links,

        -- numerics
        coalesce(doc.likessummary.aggregatedtotallikes, doc.likessummary.totallikes) as reactions_count,
        coalesce(doc.commentssummary.aggregatedtotalcomments, doc.commentssummary.totalfirstlevelcomments) as comment_count,

        -- dates and timestamps
        doc.created.time as published_at,
        case when doc.lastmodified.time > doc.created.time then doc.lastmodified.time end as edited_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
