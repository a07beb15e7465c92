"""Posts that Zeeschuimer captured in a browser: lines of objects as X, Instagram, TikTok and LinkedIn answered them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.files.captures import captured, count
from connectors.files.formats import ItemFormat, LeftOut, Made
from connectors.files.values import epoch, harmless


def _lines(value: Any) -> Sequence[Any] | None:
    is_captured = isinstance(value, dict) and isinstance(value.get("data"), dict) and isinstance(value.get("source_platform"), str)
    return [value] if is_captured and {"item_id", "timestamp_collected"} <= set(value) else None


def _item(item: Mapping[str, Any]) -> Made:
    site = re.sub(r"^www\.", "", item["source_platform"].lower())
    read = _SITES.get(site)
    if read is None:
        raise LeftOut("items of platforms that are not read")
    return read(item["data"])


def _x(tweet: Mapping[str, Any]) -> Made:
    said = tweet["legacy"]
    user = tweet["core"]["user_results"]["result"]
    known = {**user.get("core", {}), **user.get("legacy", {})}  # names moved out of legacy in 2025
    number, handle = str(tweet.get("rest_id") or said["id_str"]), known.get("screen_name")
    if said.get("retweeted_status_result"):
        raise LeftOut("reposts of another's words")
    parent = said.get("in_reply_to_status_id_str")
    longer = tweet.get("note_tweet", {}).get("note_tweet_results", {}).get("result", {}).get("text")
    author = {
        "id": said["user_id_str"],
        "handle": handle,
        "name": harmless(known.get("name")),
        "bio": harmless(known.get("description")),
        "followers": count(known.get("followers_count")),
        "following": count(known.get("friends_count")),
        "posts": count(known.get("statuses_count")),
    }
    told = {
        "in_reply_to_id": f"x:{parent}" if parent else None,
        "language": said.get("lang") if re.fullmatch(r"[a-z]{2}", said.get("lang") or "") else None,
        "views": count(tweet.get("views", {}).get("count")),
        "likes": count(said.get("favorite_count")),
        "comments": count(said.get("reply_count")),
        "shares": count(said.get("retweet_count")),
        "saves": count(said.get("bookmark_count")),
    }
    at = parsedate_to_datetime(
        re.sub(r"^(\w{3}) (\w{3}) (\d\d) (\S+) (\S+) (\d{4})$", r"\1, \3 \2 \6 \4 \5", said["created_at"])
    ).isoformat()
    return captured("x.com", number, at, f"https://x.com/{handle}/status/{number}", longer or said.get("full_text"), author, told)


def _instagram(node: Mapping[str, Any]) -> Made:
    if node.get("product_type") == "ad":
        raise LeftOut("advertisements")
    user = node.get("user") or node.get("owner") or {}
    if "code" in node:
        number, at, text = node["code"], epoch(node["taken_at"]), (node.get("caption") or {}).get("text")
        likes, comments = node.get("like_count"), node.get("comment_count")
    else:
        captions = node["edge_media_to_caption"]["edges"]
        number, at, text = node["shortcode"], epoch(node["taken_at_timestamp"]), captions[0]["node"]["text"] if captions else None
        likes, comments = (node.get(name, {}).get("count") for name in ("edge_media_preview_like", "edge_media_preview_comment"))
    if node.get("like_and_view_counts_disabled") is True:
        likes = None
    author = {"id": None, "handle": user.get("username"), "name": harmless(user.get("full_name"))}
    told = {"views": count(node.get("play_count") or node.get("view_count")), "likes": count(likes), "comments": count(comments)}
    return captured("instagram.com", number, at, f"https://www.instagram.com/p/{number}", text, author, told)


def _tiktok(video: Mapping[str, Any]) -> Made:
    by = video["author"]
    known = by if isinstance(by, dict) else {"uniqueId": by, "nickname": video.get("nickname")}
    counts, stats = video.get("authorStats") or {}, video.get("stats") or {}
    author = {
        "id": known.get("id"),
        "handle": known.get("uniqueId"),
        "name": harmless(known.get("nickname")),
        "bio": harmless(known.get("signature")),
        "followers": count(counts.get("followerCount")),
        "following": count(counts.get("followingCount")),
        "posts": count(counts.get("videoCount")),
    }
    told = {
        "views": count(stats.get("playCount")),
        "likes": count(stats.get("diggCount")),
        "comments": count(stats.get("commentCount")),
        "shares": count(stats.get("shareCount")),
        "saves": count(stats.get("collectCount")),
    }
    page = f"https://www.tiktok.com/@{author['handle']}/video/{video['id']}"
    return captured("tiktok.com", video["id"], epoch(video["createTime"]), page, video.get("desc"), author, told)


def _linkedin(item: Mapping[str, Any]) -> Made:
    actor = item.get("actor")
    if not actor:
        raise LeftOut("items that are no post")
    urn = (item.get("updateMetadata") or {"urn": item.get("preDashEntityUrn")})["urn"]
    number = re.findall(r"urn:li:activity:(\d+)", urn or "")[0]
    at = epoch(str((int(number) >> 22) / 1000))  # the first 41 bits of its ids are milliseconds since 1970
    page = actor["navigationContext"]["actionTarget"].split("?")[0]
    social = item["*socialDetail"]
    counts = social.get("*totalSocialActivityCounts") or {}
    author = {"id": None, "handle": page.rpartition("linkedin.com/")[2].strip("/"), "name": harmless(actor["name"]["text"]), "url": page}
    told = {"likes": count(counts.get("numLikes")), "comments": count(counts.get("numComments")), "shares": count(counts.get("numShares"))}
    commentary = item.get("commentary")
    text = commentary["text"]["text"] if commentary else None
    return captured("linkedin.com", number, at, f"https://www.linkedin.com/feed/update/urn:li:activity:{number}", text, author, told)


_SITES = {"x.com": _x, "twitter.com": _x, "instagram.com": _instagram, "tiktok.com": _tiktok, "linkedin.com": _linkedin}

FORMAT = ItemFormat("Zeeschuimer's captures", "posts", _lines, _item)
