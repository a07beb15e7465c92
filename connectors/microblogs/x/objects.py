"""X's posts and errors: their ids, their times, and what is gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.microblogs.x.api import problems

EARLIEST = datetime(2006, 1, 1, tzinfo=UTC)


def is_id(value: Any) -> bool:
    """Whether this is an id: digits, as text."""
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20


def versions(post: Any) -> list[str]:
    """The ids of a post's versions, the first one first: that stays the post's own, an edit makes a new one. Empty for what is no post."""
    if not isinstance(post, dict) or not is_id(post.get("id")):
        return []
    history = post.get("edit_history_tweet_ids")
    return history if isinstance(history, list) and post["id"] in history and all(map(is_id, history)) else [post["id"]]


def is_repost(post: Mapping[str, Any]) -> bool:
    """Whether this only passes another post on: nothing of it changes, so it is not paid for again."""
    return any(reference.get("type") == "retweeted" for reference in problems(post.get("referenced_tweets")))


def time(value: Any, end: datetime) -> datetime | None:
    """A time that can be: none before X, or well after the night."""
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None
    return moment if EARLIEST <= moment < end + timedelta(days=2) else None


def gone(errors: Any) -> Iterable[tuple[str, Any]]:
    """The posts that X says cannot be seen, and the kind of their tombstones."""
    for error in problems(errors):
        post_id, kind = error.get("resource_id") or error.get("value"), str(error.get("type", ""))
        if error.get("parameter") == "ids" and isinstance(post_id, str):
            if "suspended" in str(error.get("detail")):
                yield post_id, "suspended"
            elif kind.endswith("/resource-not-found"):
                yield post_id, "deleted"
            elif kind.endswith("/not-authorized-for-resource"):
                yield post_id, "hidden"
