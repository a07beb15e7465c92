with reported as (
    {{ reported_metrics(ref('stg_feeds__entries'), 'post_id', ['comment_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_mastodon__statuses'), 'post_id',
        ['favourites_count', 'reblogs_count', 'replies_count', 'quotes_count']) }}
    union all by name
    {{ reported_metrics(ref('int_mediawiki_page_views'), 'post_id', ['views'], best_first='observed_date') }}
    union all by name
    {{ reported_metrics(ref('stg_hacker_news__items'), 'post_id', ['score', 'descendants']) }}
    union all by name
    {{ reported_metrics(ref('stg_bluesky__posts'), 'post_id',
        ['like_count', 'repost_count', 'reply_count', 'quote_count', 'bookmark_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_x__posts'), 'post_id',
        ['like_count', 'retweet_count', 'reply_count', 'quote_count', 'bookmark_count', 'impression_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_lobsters__stories'), 'post_id',
        ['score', 'comment_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_lobsters__comments'), 'post_id',
        ['score']) }}
    union all by name
    {{ reported_metrics(ref('stg_pinterest__pins'), 'post_id',
        ['impressions', 'saves', 'pin_clicks', 'outbound_clicks', 'reactions', 'comments']) }}
    union all by name
    {{ reported_metrics(ref('stg_facebook__posts'), 'post_id',
        ['like_count', 'love_count', 'wow_count', 'haha_count', 'sad_count', 'angry_count', 'comments_count', 'shares_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_facebook__comments'), 'post_id',
        ['like_count', 'comment_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_instagram__media'), 'post_id',
        ['like_count', 'comments_count', 'views', 'saved', 'shares']) }}
    union all by name
    {{ reported_metrics(ref('stg_instagram__comments'), 'post_id',
        ['like_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_threads__posts'), 'post_id',
        ['views', 'likes', 'replies', 'reposts', 'quotes', 'shares']) }}
    union all by name
    {{ reported_metrics(ref('stg_linkedin__posts'), 'post_id',
        ['like_count', 'celebrate_count', 'love_count', 'support_count', 'insightful_count', 'funny_count', 'curious_count', 'comment_count', 'share_count', 'impression_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_linkedin__comments'), 'post_id',
        ['comment_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_reddit__posts'), 'post_id',
        ['score', 'num_comments', 'num_crossposts']) }}
    union all by name
    {{ reported_metrics(ref('stg_reddit__comments'), 'post_id',
        ['score']) }}
    union all by name
    {{ reported_metrics(ref('stg_stack_exchange__questions'), 'post_id',
        ['score', 'view_count', 'answer_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_stack_exchange__answers'), 'post_id',
        ['score']) }}
    union all by name
    {{ reported_metrics(ref('stg_stack_exchange__comments'), 'post_id',
        ['score']) }}
    union all by name
    {{ reported_metrics(ref('stg_lemmy__posts'), 'post_id',
        ['upvotes', 'comments']) }}
    union all by name
    {{ reported_metrics(ref('stg_lemmy__comments'), 'post_id',
        ['upvotes', 'child_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_peertube__videos'), 'post_id',
        ['views', 'likes', 'dislikes', 'comments']) }}
    union all by name
    {{ reported_metrics(ref('stg_twitch__videos'), 'post_id',
        ['view_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_twitch__clips'), 'post_id',
        ['view_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_tiktok__videos'), 'post_id',
        ['view_count', 'like_count', 'comment_count', 'share_count', 'favorites_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_tiktok__comments'), 'post_id',
        ['like_count', 'reply_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_discourse__posts'), 'post_id',
        ['like_count', 'comment_count', 'quote_count', 'views']) }}
    union all by name
    {{ reported_metrics(ref('stg_nodebb__posts'), 'post_id',
        ['upvotes', 'reply_count', 'view_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_wordpress__posts'), 'post_id',
        ['comment_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_ghost__posts'), 'post_id',
        ['comment_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_ghost__comments'), 'post_id',
        ['like_count', 'reply_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_youtube__videos'), 'post_id',
        ['view_count', 'like_count', 'comment_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_youtube__comments'), 'post_id',
        ['like_count']) }}
    union all by name
    {{ reported_metrics(ref('stg_files__posts'), 'post_id',
        ['views', 'likes', 'comments', 'shares', 'saves']) }}
    union all by name
    {{ reported_metrics(ref('stg_files__reviews'), 'post_id', ['likes']) }}
    union all by name
    {{ reported_metrics(ref('stg_databases__posts'), 'post_id',
        ['views', 'likes', 'comments', 'shares', 'saves']) }}
)

select
    reported.*,
    metric_map.metric
from reported
left join {{ ref('metric_map') }} as metric_map
    on
        reported.platform_id = metric_map.platform_id
        and reported.source_metric = metric_map.source_metric
        and reported.observed_date >= metric_map.valid_from
        and reported.observed_date < coalesce(metric_map.valid_to, date '9999-12-31')
