"""YouTube's Data API and the channels' feeds: a channel for each member."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape, quoteattr

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.names import iso
from connectors.sandbox.people import Person
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer, whole
from connectors.sandbox.venue_view import VenueView

FED = 15
"""So many videos does a feed show."""
_FEED = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns:media="http://search.yahoo.com/mrss/" xmlns="http://www.w3.org/2005/Atom">
<id>yt:channel:{channel}</id><yt:channelId>{channel}</yt:channelId><title>{name}</title><published>{joined}</published>{entries}</feed>"""
_ENTRY = """<entry><id>yt:video:{video}</id><yt:videoId>{video}</yt:videoId><yt:channelId>{channel}</yt:channelId><title>{title}</title>
<link rel="alternate" href="https://www.youtube.com/watch?v={video}"/><author><name>{name}</name></author>
<published>{at}</published><updated>{at}</updated><media:group><media:title>{title}</media:title>
<media:description>{text}</media:description><media:community><media:statistics views={views}/></media:community></media:group></entry>"""


class View(VenueView):
    """Openers are videos, what answers them comments, which stand below a video or below its comment, no deeper."""

    @classmethod
    def post_id(cls, post: Post) -> str:
        """Eleven characters, or a comment's longer id, which names the one above it."""
        number = int(post.native_id)
        if post.parent is None:
            return f"v{number:010}"
        first = cls._first(post)
        return f"Ug{number:024}" if first is post else f"Ug{int(first.native_id):024}.{number:022}"

    @classmethod
    def account_id(cls, person: int, name: str) -> str:
        """UC and 22 characters."""
        return f"UC{person:022}"

    @staticmethod
    def _first(post: Post) -> Post:
        """The comment on the video itself that a comment stands below, or it itself."""
        while post.parent is not None and post.parent.parent is not None:
            post = post.parent
        return post

    def routes(self) -> list[BaseRoute]:
        """Below the site's root."""
        lists = {
            "channels": self._channels,
            "playlistItems": self._uploads,
            "videos": self._videos,
            "search": self._search,
            "commentThreads": self._threads,
            "comments": self._comments,
        }
        return [Route("/feeds/videos.xml", self._feed), *(Route(f"/youtube/v3/{name}", answer) for name, answer in lists.items())]

    async def _feed(self, request: Request) -> Response:
        person = self.people.get(request.query_params.get("channel_id", ""))
        if person is None:
            return Response("Not found", 404)
        name, channel = escape(person.name), self.account_id(person.id, "")
        entries = [
            _ENTRY.format(
                video=self.post_id(post),
                channel=channel,
                name=name,
                title=escape(post.title),
                text=escape(self.text(post)),
                at=iso(post.at),
                views=quoteattr(str(self.views(post))),
            )
            for post in self._own(person)[: -FED - 1 : -1]
        ]
        document = _FEED.format(channel=channel, name=name, joined=iso(person.joined_at), entries="".join(entries))
        return Response(document, media_type="text/xml; charset=utf-8")

    async def _channels(self, request: Request) -> Response:
        query = request.query_params
        handle = self.members.person(query.get("forHandle", "").removeprefix("@"))
        people = [self.people.get(one) for one in query.get("id", "").split(",")] if handle is None else [self.world.people[handle]]
        return _listed("channel", [self._channel(person) for person in people if person])

    async def _uploads(self, request: Request) -> Response:
        person = self.people.get(f"UC{request.query_params.get('playlistId', '')[2:]}")
        if person is None or not self._own(person):
            return _refused(404, "playlistNotFound", "The playlist identified with the request's playlistId parameter cannot be found.")
        shown, more = _cut(request, self._own(person)[::-1])
        items = [
            {"kind": "youtube#playlistItem", "contentDetails": {"videoId": self.post_id(post), "videoPublishedAt": iso(post.at)}}
            for post in shown
        ]
        return _listed("playlistItem", items, more)

    async def _videos(self, request: Request) -> Response:
        found = [self.by_id.get(one) for one in request.query_params.get("id", "").split(",")]
        return _listed("video", [self._video(post) for post in found if post and post.parent is None and post.is_visible(self.now)])

    async def _search(self, request: Request) -> Response:
        query = request.query_params
        words, first, last = query.get("q", "").strip('"').lower(), query.get("publishedAfter", ""), query.get("publishedBefore", "~")
        found = [post for post in self.openers() if words in f"{post.title} {self.text(post)}".lower() and first <= iso(post.at) <= last]
        shown, more = _cut(request, found[::-1])
        items = [{"kind": "youtube#searchResult", "id": {"kind": "youtube#video", "videoId": self.post_id(post)}} for post in shown]
        return _listed("search", items, more)

    async def _threads(self, request: Request) -> Response:
        video = self.by_id.get(request.query_params.get("videoId", ""))
        if video is None or not video.is_visible(self.now):
            return _refused(404, "videoNotFound", "The video identified by the videoId parameter could not be found.")
        below = self.thread(video)
        shown, more = _cut(request, [post for post in below if self._first(post) is post][::-1])
        return _listed("commentThread", [self._thread(post, [one for one in below if self._first(one) is post]) for post in shown], more)

    async def _comments(self, request: Request) -> Response:
        found = [self.by_id.get(one) for one in request.query_params.get("id", "").split(",")]
        comments = [self._comment(post) for post in found if post and post.parent and post.is_visible(self.now)]
        return _listed("comment", comments)

    def _own(self, person: Person) -> list[Post]:
        """Somebody's videos, oldest first."""
        return [post for post in self.posts_of(person) if post.parent is None]

    def _video(self, post: Post) -> dict[str, Any]:
        return {
            "kind": "youtube#video",
            "id": self.post_id(post),
            "snippet": {
                "publishedAt": iso(post.at),
                "channelId": self.author_id(post),
                "channelTitle": self.world.author(post).name,
                "title": post.title,
                "description": self.text(post),
                "tags": list(post.brands),
                "defaultAudioLanguage": post.language,
            },
            "contentDetails": {"duration": f"PT{2 + post.id % 40}M{post.id % 60}S"},
            "statistics": {
                "viewCount": str(self.views(post)),
                "likeCount": str(self.votes(post)),
                "favoriteCount": "0",
                "commentCount": str(len(self.thread(post))),
            },
            "status": {"privacyStatus": "public"},
        }

    def _thread(self, post: Post, posts: list[Post]) -> dict[str, Any]:
        comments = [self._comment(one) for one in posts]
        snippet = {"videoId": self.post_id(self.opener(post)), "topLevelComment": comments[0], "totalReplyCount": len(comments) - 1}
        replies = {"replies": {"comments": comments[1:]}} if comments[1:] else {}
        return {"kind": "youtube#commentThread", "id": self.post_id(post), "snippet": snippet, **replies}

    def _comment(self, post: Post) -> dict[str, Any]:
        author, first = self.world.author(post), self._first(post)
        above = {} if first is post else {"parentId": self.post_id(first)}
        return {
            "kind": "youtube#comment",
            "id": self.post_id(post),
            "snippet": {
                "videoId": self.post_id(self.opener(post)),
                **above,
                "authorDisplayName": f"@{self.name(author)}",
                "authorChannelId": {"value": self.author_id(post)},
                "textDisplay": self.text(post),
                "textOriginal": self.text(post),
                "likeCount": self.votes(post),
                "publishedAt": iso(post.at),
                "updatedAt": iso(post.edited_at(self.now) or post.at),
            },
        }

    def _channel(self, person: Person) -> dict[str, Any]:
        home = next((home for home in self.world.blogs.values() if home.authors == (person.id,)), None)
        own, channel = self._own(person), self.account_id(person.id, "")
        return {
            "kind": "youtube#channel",
            "id": channel,
            "snippet": {
                "title": person.name,
                "description": home.site if home else "",
                "customUrl": f"@{self.name(person)}",
                "publishedAt": iso(person.joined_at),
            },
            "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": f"UU{channel[2:]}"}},
            "statistics": {
                "viewCount": str(sum(self.views(post) for post in own)),
                "subscriberCount": str(self.follower_count(person)),
                "hiddenSubscriberCount": False,
                "videoCount": str(len(own)),
            },
        }


def _cut(request: Request, posts: list[Post]) -> tuple[list[Post], str | None]:
    """One page, and the next one's token."""
    first = whole(request, "pageToken", 0) or 0
    last = first + min(whole(request, "maxResults", 5) or 5, 100)
    return posts[first:last], str(last) if last < len(posts) else None


def _listed(kind: str, items: list[dict[str, Any]], following: str | None = None) -> Response:
    more = {"nextPageToken": following} if following else {}
    return json_answer({"kind": f"youtube#{kind}ListResponse", **more, "pageInfo": {"totalResults": len(items)}, "items": items})


def _refused(status: int, reason: str, message: str) -> Response:
    error = {"code": status, "message": message, "errors": [{"message": message, "domain": "youtube", "reason": reason}]}
    return json_answer({"error": error}, status)
