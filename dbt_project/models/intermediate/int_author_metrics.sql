-- where several servers tell of an account, its own knows best
with reported as (
    {{ reported_metrics(ref('stg_mastodon__accounts'), 'author_id',
        ['followers_count', 'following_count', 'statuses_count'],
        also=['observed_at', 'observed_from', 'is_partial'], best_first='is_partial, load_id desc') }}
    union all by name
    {{ reported_metrics(ref('stg_mediawiki__users'), 'author_id', ['editcount'], also=['observed_at', 'observed_from']) }}
    union all by name
    {{ reported_metrics(ref('stg_hacker_news__users'), 'author_id', ['karma'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_bluesky__accounts'), 'author_id',
        ['followers_count', 'follows_count', 'posts_count'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_x__accounts'), 'author_id',
        ['followers_count', 'following_count', 'tweet_count', 'listed_count'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_lobsters__users'), 'author_id',
        ['karma'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_pinterest__accounts'), 'author_id',
        ['follower_count', 'following_count', 'pin_count', 'monthly_views'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_facebook__pages'), 'author_id',
        ['fan_count', 'followers_count'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_instagram__accounts'), 'author_id',
        ['followers_count', 'follows_count', 'media_count'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_threads__accounts'), 'author_id',
        ['follower_count'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_linkedin__organisations'), 'author_id',
        ['follower_count'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_podcast_index__podcasts'), 'author_id',
        ['episode_count'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_itunes__podcasts'), 'author_id',
        ['episode_count'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_reddit__users'), 'author_id',
        ['karma', 'subscribers'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_stack_exchange__users'), 'author_id',
        ['reputation'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_lemmy__users'), 'author_id',
        ['post_count'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_peertube__accounts'), 'author_id',
        ['followers_count', 'following_count'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_twitch__users'), 'author_id',
        ['follower_count'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_tiktok__users'), 'author_id',
        ['follower_count', 'following_count', 'video_count'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_discourse__users'), 'author_id',
        ['total_followers', 'total_following', 'post_count'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_nodebb__users'), 'author_id',
        ['follower_count', 'following_count', 'post_count', 'reputation'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_ghost__authors'), 'author_id',
        ['post_count'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_youtube__channels'), 'author_id',
        ['subscriber_count', 'video_count'], also=['observed_at']) }}
    union all by name
    {{ reported_metrics(ref('stg_files__authors'), 'author_id',
        ['followers', 'following', 'posts'], also=['observed_at', 'observed_from']) }}
    union all by name
    {{ reported_metrics(ref('stg_databases__authors'), 'author_id',
        ['followers', 'following', 'posts'], also=['observed_at', 'observed_from']) }}
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
