"""YouTube's Data API and feeds as far as the connector asks them."""

from __future__ import annotations

from typing import Any

import httpx


def refusal(status: int, reason: str, message: str = "no") -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}})


def channel_id(number: int) -> str:
    return f"UC{number:022}"


class FakeYouTube:
    """A few channels. `page_size` caps every list, `broken` answers a path in its own way, `disabled` are videos without comments."""

    def __init__(self) -> None:
        self.channels: dict[str, dict[str, Any]] = {}
        self.videos: dict[str, dict[str, Any]] = {}
        self.comments: dict[str, dict[str, Any]] = {}
        self.disabled: set[str] = set()
        self.broken: dict[str, httpx.Response] = {}
        self.shown_replies = 5
        self.page_size = 50
        self.asked: list[httpx.URL] = []

    def channel(self, number: int, handle: str) -> str:
        channel = channel_id(number)
        self.channels[channel] = {
            "kind": "youtube#channel", "id": channel,
            "snippet": {"title": handle.title(), "description": "", "customUrl": f"@{handle}", "publishedAt": "2019-03-04T05:06:07Z"},
            "contentDetails": {"relatedPlaylists": {"uploads": f"UU{channel[2:]}"}},
            "statistics": {"subscriberCount": "1230", "hiddenSubscriberCount": False, "videoCount": "3"},
        }  # fmt: skip
        return channel

    def video(self, video: str, channel: str, at: str, comment_count: int | None = 0, **snippet: Any) -> None:
        counts = {} if comment_count is None else {"commentCount": str(comment_count)}
        self.videos[video] = {
            "kind": "youtube#video", "id": video,
            "snippet": {"publishedAt": at, "channelId": channel, "title": f"Video {video}", "description": "", **snippet},
            "statistics": {"viewCount": "70", "likeCount": "7", **counts},
        }  # fmt: skip

    def comment(self, comment: str, video: str, author: str, at: str, parent: str | None = None) -> None:
        above = {"parentId": parent} if parent else {}
        self.comments[comment] = {
            "kind": "youtube#comment", "id": comment,
            "snippet": {
                "videoId": video, **above, "authorChannelId": {"value": author}, "textOriginal": f"Comment {comment}", "likeCount": 1,
                "publishedAt": at, "updatedAt": at,
            },
        }  # fmt: skip

    def paths(self, path: str) -> list[httpx.QueryParams]:
        """The parameters of every request for a path."""
        return [url.params for url in self.asked if url.path == f"/youtube/v3/{path}"]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        name = request.url.path.rpartition("/")[2]
        if name in self.broken:
            return self.broken[name]
        assert request.headers["x-goog-api-key"] == "hush-hush"
        assert "hush-hush" not in str(request.url)
        answer: httpx.Response = getattr(self, f"_{name}")(request.url.params)
        return answer

    def _channels(self, query: httpx.QueryParams) -> httpx.Response:
        ids, handle = query.get("id", "").split(","), query.get("forHandle")
        assert len(ids) <= 50
        found = [one for one in self.channels.values() if one["id"] in ids or one["snippet"]["customUrl"] == handle]
        return self._listed("channel", query, found) if found else httpx.Response(200, json={"kind": "youtube#channelListResponse"})

    def _playlistItems(self, query: httpx.QueryParams) -> httpx.Response:
        channel = f"UC{query['playlistId'][2:]}"
        own = [one for one in self.videos.values() if one["snippet"]["channelId"] == channel]
        if not own:
            return refusal(404, "playlistNotFound")
        own.sort(key=lambda one: str(one["snippet"]["publishedAt"]), reverse=True)
        return self._listed("playlistItem", query, [
            {"contentDetails": {"videoId": one["id"], "videoPublishedAt": one["snippet"]["publishedAt"]}} for one in own
        ])  # fmt: skip

    def _videos(self, query: httpx.QueryParams) -> httpx.Response:
        ids = query["id"].split(",")
        assert len(ids) <= 50
        assert "maxResults" not in query
        return httpx.Response(200, json={"kind": "list", "items": [self.videos[one] for one in ids if one in self.videos]})

    def _search(self, query: httpx.QueryParams) -> httpx.Response:
        words, first, last = query["q"].strip('"').lower(), query["publishedAfter"], query["publishedBefore"]
        told = {video: one["snippet"] for video, one in self.videos.items()}
        found = [video for video, one in told.items() if words in one["title"].lower() and first <= one["publishedAt"] <= last]
        return self._listed("search", query, [{"id": {"kind": "youtube#video", "videoId": video}} for video in found])

    def _commentThreads(self, query: httpx.QueryParams) -> httpx.Response:
        video = query["videoId"]
        if video in self.disabled:
            return refusal(403, "commentsDisabled", "The video has disabled comments.")
        if video not in self.videos:
            return refusal(404, "videoNotFound")
        threads = []
        for one in self.comments.values():
            if one["snippet"]["videoId"] == video and "parentId" not in one["snippet"]:
                replies = self._replies(one["id"])
                more = {"replies": {"comments": replies[: self.shown_replies]}} if replies else {}
                snippet = {"videoId": video, "topLevelComment": one, "totalReplyCount": len(replies)}
                threads.append({"kind": "youtube#commentThread", "id": one["id"], "snippet": snippet, **more})
        return self._listed("commentThread", query, threads)

    def _comments(self, query: httpx.QueryParams) -> httpx.Response:
        if "parentId" in query:
            found = self._replies(query["parentId"])
        else:
            ids = query["id"].split(",")
            assert len(ids) <= 50
            found = [self.comments[one] for one in ids if one in self.comments]
            if not found:
                return refusal(404, "commentNotFound")
        bare = [one | {"snippet": {key: value for key, value in one["snippet"].items() if key != "videoId"}} for one in found]
        return self._listed("comment", query, bare)

    def _replies(self, comment: str) -> list[dict[str, Any]]:
        return [one for one in self.comments.values() if one["snippet"].get("parentId") == comment]

    def _listed(self, kind: str, query: httpx.QueryParams, rows: list[dict[str, Any]]) -> httpx.Response:
        first = int(query.get("pageToken", "0"))
        last = first + self.page_size
        more = {"nextPageToken": str(last)} if last < len(rows) else {}
        return httpx.Response(200, json={"kind": f"youtube#{kind}ListResponse", "items": rows[first:last], **more})
