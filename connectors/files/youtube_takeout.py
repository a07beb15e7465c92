"""The comments of one's own YouTube account, as Google's Takeout hands them out."""

from __future__ import annotations

import json
from collections.abc import Sequence

from connectors.files.formats import Cells, Made, TableFormat
from connectors.files.values import moment
from connectors.settings import TableDialect


def _comment(rows: Sequence[Cells], dialect: TableDialect) -> Made:
    (row,) = rows
    number, channel, video = row["comment_id"], row["channel_id"], row.get("video_id")
    above = row.get("parent_comment_id") or video
    post = {
        "id": f"youtube:{number}",
        "channel": "vlogs",
        "author_id": f"youtube:{channel}",
        "published_at": moment(row["comment_create_timestamp"], "UTC"),
        "url": f"https://www.youtube.com/watch?v={video}&lc={number}" if video else None,
        "text": _text(row.get("comment_text", "")),
        "in_reply_to_id": f"youtube:{above}" if above else None,
    }
    author = {"id": f"youtube:{channel}", "channel": "vlogs", "url": f"https://www.youtube.com/channel/{channel}"}
    return [("posts", post), ("authors", author)]


def _text(told: str) -> str | None:
    """The plain text: as it stands, or in JSON, whole (`{"text": ...}`, several with commas) or in segments (since 2023)."""
    try:
        value = json.loads(f"[{told}]")
    except (ValueError, RecursionError):
        return told or None
    parts: list[str] = []
    for item in value:
        segments = item.get("takeoutSegments", [item]) if isinstance(item, dict) else None
        if not isinstance(segments, list):
            return told
        parts += [segment["text"] for segment in segments if isinstance(segment, dict) and isinstance(segment.get("text"), str)]
    return "".join(parts) or told


FORMATS = (
    TableFormat(
        "YouTube's comments from Takeout",
        "posts",
        signs=(("Comment ID",), ("Channel ID",), ("Comment Create Timestamp",), ("Video ID",), ("Comment Text",)),
        make=_comment,
    ),
)
