"""The tables of known forum software, as queries that answer in the schema of `file_schema`.

`:start` and `:end` are times, `:start_epoch` and `:end_epoch` the same in seconds. Table names carry the software's usual prefix.
Sources: the database pages of phpBB 3.3, of Discourse (db/structure.sql) and of vBulletin 4 and 5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors.markup.bbcode import bbcode_text, stored_text
from connectors.markup.entities import resolved
from connectors.markup.html import html_text


@dataclass(frozen=True, slots=True)
class Forum:
    """Queries by entity, what makes plain text of a post's markup, and the table and column where the name of a guest stands.

    Dumps and old versions are without that column: then all guests are unknown.
    """

    queries: Mapping[str, str]
    plain: Callable[[str], str]
    guest_names: tuple[str, str] | None = None


def phpbb_text(markup: str) -> str:
    """The text of a post as phpBB 3.2 and later store it, or as older ones do: BBCode, escaped, with smilies and links in HTML."""
    text = stored_text(markup)
    return html_text(bbcode_text(markup)) if text is None else text


def vbulletin_text(markup: str) -> str:
    """The text of BBCode as it was typed; vBulletin keeps letters that its tables cannot hold as references."""
    return resolved(bbcode_text(markup))


FORUMS: Mapping[str, Forum] = {
    "phpbb": Forum(
        {
            "authors": """
                select user_id as id, 'message_boards' as channel, username as name, username as handle, user_posts as posts,
                    user_regdate as created_at, case when user_type = 2 then 'bot' else 'person' end as kind
                from phpbb_users
            """,
            "posts": """
                select post.post_id as id, 'message_boards' as channel, nullif(post.poster_id, 1) as author_id,
                    case when post.poster_id = 1 then coalesce(post.post_username, '') end as author_name, post.post_time as published_at,
                    nullif(post.post_edit_time, 0) as edited_at, post.post_subject as title, post.post_text as text,
                    nullif(topic.topic_first_post_id, post.post_id) as in_reply_to_id,
                    case when topic.topic_first_post_id = post.post_id then topic.topic_views end as views,
                    case when topic.topic_first_post_id = post.post_id then topic.topic_posts_approved - 1 end as comments
                from phpbb_posts as post
                inner join phpbb_topics as topic on post.topic_id = topic.topic_id
                where post.post_visibility = 1 and post.post_time >= :start_epoch and post.post_time < :end_epoch
            """,
        },
        phpbb_text,
        ("phpbb_posts", "post_username"),
    ),
    "discourse": Forum(
        {
            "authors": """
                select users.id, 'message_boards' as channel, users.name, users.username as handle, user_stats.post_count as posts,
                    users.created_at, case when users.id < 0 then 'bot' else 'person' end as kind, user_profiles.bio_raw as bio
                from users
                left join user_stats on users.id = user_stats.user_id
                left join user_profiles on users.id = user_profiles.user_id
            """,
            "posts": """
                select post.id, 'message_boards' as channel, coalesce(post.user_id, 0) as author_id, post.created_at as published_at,
                    case when post.version > 1 then post.last_version_at end as edited_at,
                    case when post.post_number = 1 then topic.title end as title, post.cooked as text,
                    coalesce(answered.id, opening.id) as in_reply_to_id, post.like_count as likes, post.reply_count as comments,
                    post.bookmark_count as saves, case when post.post_number = 1 then topic.views end as views
                from posts as post
                inner join topics as topic on post.topic_id = topic.id
                left join posts as answered on answered.topic_id = post.topic_id and answered.post_number = post.reply_to_post_number
                left join posts as opening on opening.topic_id = post.topic_id and opening.post_number = 1 and post.post_number > 1
                where post.deleted_at is null and topic.deleted_at is null and not post.hidden and not post.user_deleted
                    and post.post_type = 1 and topic.archetype = 'regular' and post.created_at >= :start and post.created_at < :end
            """,
        },
        html_text,
    ),
    "vbulletin": Forum(
        {
            "authors": """
                select userid as id, 'message_boards' as channel, username as name, username as handle, posts, joindate as created_at
                from user
            """,
            "posts": """
                select post.postid as id, 'message_boards' as channel, nullif(post.userid, 0) as author_id,
                    case when post.userid = 0 then coalesce(post.username, '') end as author_name, post.dateline as published_at,
                    post.title, post.pagetext as text, coalesce(nullif(post.parentid, 0), nullif(thread.firstpostid, post.postid))
                    as in_reply_to_id, case when thread.firstpostid = post.postid then thread.views end as views,
                    case when thread.firstpostid = post.postid then thread.replycount end as comments
                from post
                inner join thread on post.threadid = thread.threadid
                where post.visible = 1 and thread.visible = 1 and post.dateline >= :start_epoch and post.dateline < :end_epoch
            """,
        },
        vbulletin_text,
        ("post", "username"),
    ),
}
