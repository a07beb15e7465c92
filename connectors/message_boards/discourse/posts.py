"""One post of a Discourse forum as a record: without its embedded author, with its topic, and whom it answers, quotes and names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import unquote

from connectors.message_boards.discourse.api import number

Place = tuple[int, int]
"""A topic's id and a post's number in it, as quotations and answers name a post."""

_AUTHOR = frozenset({
    "name", "username", "display_username", "avatar_template", "user_title", "title_is_group", "trust_level", "admin", "moderator", "staff",
    "user_created_at", "user_date_of_birth", "user_status", "user_suspended", "user_cakedate", "user_birthdate", "primary_group_name",
    "primary_group_flair_url", "primary_group_flair_bg_color", "primary_group_flair_color", "flair_name", "flair_url", "flair_bg_color",
    "flair_color", "flair_group_id", "reply_to_user", "mentioned_users",
})  # fmt: skip
_TOPIC = ("id", "title", "slug", "category_id", "tags", "archetype", "featured_link")
_COUNTS = ("views", "like_count", "posts_count", "reply_count", "participant_count", "word_count")
_NO_CONTENT = frozenset({3, 4})
"""The types of posts that tell of an act ("closed this topic") or are whispered among the staff."""
_ASIDE = re.compile(r"<aside\b[^>]*>", re.IGNORECASE)
_QUOTED = re.compile(r"<aside\b(?:(?!<aside\b).)*?</aside>", re.IGNORECASE | re.DOTALL)
"""With no other quotation in it."""
_MENTION = re.compile(r"""<a\b(?=[^>]*\bclass=["']mention["'])[^>]*\bhref=["'][^"']*/u/([^"'/?#]+)["'/?#]""", re.IGNORECASE)


def is_content(post: Any) -> bool:
    """Whether it is a post that somebody wrote."""
    return isinstance(post, dict) and number(post.get("id")) is not None and post.get("post_type") not in _NO_CONTENT


def gone(post: Mapping[str, Any]) -> Literal["deleted", "hidden"] | None:
    """What became of a post whose text is no longer shown."""
    if post.get("user_deleted") is True or post.get("deleted_at"):
        return "deleted"
    return "hidden" if post.get("hidden") is True else None


def answered(post: Mapping[str, Any]) -> Place | None:
    """Which post it answers, where it is not the topic's first."""
    topic, place = number(post.get("topic_id")), number(post.get("reply_to_post_number"))
    return (topic, place) if topic is not None and place is not None else None


def quoted(post: Mapping[str, Any]) -> Place | None:
    """The first post that it quotes."""
    for tag in _ASIDE.findall(_text(post)):
        topic, place = _attribute(tag, "data-topic"), _attribute(tag, "data-post")
        if topic is not None and place is not None:
            return topic, place
    return None


def mentioned(post: Mapping[str, Any]) -> list[str]:
    """The names of the accounts that it names, without those in quoted text."""
    own_words = _QUOTED.sub("", _QUOTED.sub("", _text(post)))
    return list(dict.fromkeys(unquote(name).lower() for name in _MENTION.findall(own_words)))


def topic_of(body: Mapping[str, Any], categories: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """What of a topic belongs to its posts; `counts` to the first alone."""
    category = categories.get(number(body.get("category_id")) or 0, {})
    return {key: body[key] for key in _TOPIC if key in body} | {
        "category_name": category.get("name"),
        "counts": {key: body[key] for key in _COUNTS if key in body},
    }


def payload_of(post: Mapping[str, Any], topic: Mapping[str, Any], **links: Any) -> dict[str, Any]:
    """A post as answered, without its author but for the id; `raw` too is left out, for some ways to ask give it and others do not."""
    shown = {key: value for key, value in topic.items() if key != "counts"}
    if post.get("post_number") == 1:
        shown |= topic["counts"]
    return {key: value for key, value in post.items() if key not in _AUTHOR and key != "raw"} | {"topic": shown, **links}


def author_of(post: Mapping[str, Any]) -> dict[str, Any]:
    """The account as far as a post shows it, in the words of a profile."""
    told = {key: post[key] for key in ("username", "name", "avatar_template", "trust_level", "admin", "moderator") if key in post}
    return {"id": post.get("user_id"), **told, "title": post.get("user_title")}


def _text(post: Mapping[str, Any]) -> str:
    cooked = post.get("cooked")
    return cooked if isinstance(cooked, str) else ""


def _attribute(tag: str, name: str) -> int | None:
    found = re.search(rf"""\b{name}=["'](\d{{1,18}})["']""", tag)
    return int(found[1]) if found else None
