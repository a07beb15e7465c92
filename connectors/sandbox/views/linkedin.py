"""LinkedIn: a page on which all members post, the comments below, and how many follow."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer, whole
from connectors.sandbox.venue_view import VIEWS_PER_READER, VenueView

PAGE = "7250142"
PAGE_URN = f"urn:li:organization:{PAGE}"
SIZE, MOST = 10, 100

_RESERVED = re.compile(r"([|{}@\[\]()<>#\\*_~])")


class View(VenueView):
    """What an administrator's token sees of the one page. Members are told by their URNs alone."""

    @classmethod
    def post_id(cls, post: Post) -> str:
        """Posts are shares; comments are numbered below the activity that the share is."""
        if post.parent is None:
            return f"urn:li:share:{post.native_id}"
        above = post.parent
        while above.parent is not None:
            above = above.parent
        return f"urn:li:comment:(urn:li:activity:{above.native_id},{post.native_id})"

    @classmethod
    def account_id(cls, person: int, name: str) -> str:
        """A member's URN."""
        return f"urn:li:person:{person:08}"

    def routes(self) -> list[BaseRoute]:
        """Below the API's root."""
        return [
            Route("/organizations/{number}", self._organisation),
            Route("/networkSizes/{urn}", self._network),
            Route("/posts", self._posts),
            Route("/socialMetadata", self._metadata),
            Route("/organizationalEntityShareStatistics", self._statistics),
            Route("/socialActions/{urn}/comments", self._comments),
        ]

    async def _organisation(self, request: Request) -> Response:
        if request.path_params["number"] != PAGE:
            return _missing(request.path_params["number"])
        told = {
            "id": int(PAGE),
            "localizedName": "Sandbox Square",
            "vanityName": "sandbox-square",
            "organizationType": "PUBLIC_COMPANY",
            "primaryOrganizationType": "NONE",
        }
        return json_answer(told)

    async def _network(self, request: Request) -> Response:
        if request.path_params["urn"] != PAGE_URN:
            return _missing(request.path_params["urn"])
        return json_answer({"firstDegreeSize": len(self.members.accounts)})

    async def _posts(self, request: Request) -> Response:
        """The page's posts, the last changed first, or those of a batch."""
        if request.query_params.get("q") == "author":
            is_ours = request.query_params.get("author") == PAGE_URN
            found = sorted(self.openers(), key=self._changed_at, reverse=True) if is_ours else []
            return _elements(request, [self._share(post) for post in _part(request, found)], len(found))
        ids = _list_of(request, "ids")
        found_by_id = {urn: self._share(post) for urn in ids if (post := self._seen(urn))}
        return _batch(ids, found_by_id)

    async def _metadata(self, request: Request) -> Response:
        ids = _list_of(request, "ids")
        return _batch(ids, {urn: self._reactions(urn, post) for urn in ids if (post := self._seen(urn))})

    async def _statistics(self, request: Request) -> Response:
        elements = []
        for urn in _list_of(request, "shares"):
            if post := self._seen(urn):
                told = {"organizationalEntity": request.query_params.get("organizationalEntity"), "share": urn}
                elements.append(told | {"totalShareStatistics": self._numbers(post)})
        return _elements(request, elements, len(elements))

    async def _comments(self, request: Request) -> Response:
        """Those of the first level below a post, oldest first; below one of those all others."""
        target = self._seen(request.path_params["urn"])
        if target is None:
            return _missing(request.path_params["urn"])
        found = [answer for answer in self.thread(target) if target.parent or not self._above(answer)]
        return _elements(request, [self._comment(post) for post in _part(request, found)], len(found))

    def _seen(self, urn: str) -> Post | None:
        post = self.by_id.get(urn)
        return post if post is not None and post.is_visible(self.now) else None

    def _above(self, comment: Post) -> Post | None:
        """The comment of the first level that a reply stands below, however many answer each other; none where it is of that level."""
        found, above = None, comment.parent
        while above is not None and above.parent is not None:
            found = above if above.is_visible(self.now) else found
            above = above.parent
        return found

    def _changed_at(self, post: Post) -> int:
        return post.edited_at(self.now) or post.at

    def _share(self, post: Post) -> dict[str, Any]:
        return {
            "id": self.post_id(post),
            "author": self.author_id(post),
            "commentary": _RESERVED.sub(r"\\\1", self.text(post)),
            "visibility": "PUBLIC",
            "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
            "lifecycleState": "PUBLISHED",
            "lifecycleStateInfo": {"isEditedByAuthor": post.edited_at(self.now) is not None},
            "isReshareDisabledByAuthor": False,
            "createdAt": post.at * 1000,
            "publishedAt": post.at * 1000,
            "lastModifiedAt": self._changed_at(post) * 1000,
        }

    def _reactions(self, urn: str, post: Post) -> dict[str, Any]:
        count, answers = self.votes(post), self.thread(post)
        return {
            "entity": urn,
            "commentsState": "OPEN",
            "reactionSummaries": {"LIKE": {"reactionType": "LIKE", "count": count}} if count else {},
            "commentSummary": {"count": len(answers), "topLevelCount": sum(not self._above(answer) for answer in answers)},
        }

    def _numbers(self, post: Post) -> dict[str, Any]:
        views, likes, answers = self.views(post), self.votes(post), len(self.thread(post))
        return {
            "impressionCount": views,
            "uniqueImpressionsCount": views // VIEWS_PER_READER,
            "clickCount": 0,
            "likeCount": likes,
            "commentCount": answers,
            "shareCount": 0,
            "engagement": (likes + answers) / views if views else 0.0,
        }

    def _comment(self, post: Post) -> dict[str, Any]:
        above, actor, likes = self._above(post), self.author_id(post), self.votes(post)
        activity = f"urn:li:activity:{self.opener(post).native_id}"
        told = {
            "id": post.native_id,
            "commentUrn": self.post_id(post),
            "actor": actor,
            "object": activity,
            "message": {"attributes": [], "text": self.text(post)},
            "created": {"actor": actor, "time": post.at * 1000},
            "lastModified": {"actor": actor, "time": self._changed_at(post) * 1000},
            "likesSummary": {"selectedLikes": [], "aggregatedTotalLikes": likes, "likedByCurrentUser": False, "totalLikes": likes},
        }
        if above:
            return told | {"parentComment": self.post_id(above)}
        count = len(self.thread(post))
        return told | {"commentsSummary": {"selectedComments": [], "totalFirstLevelComments": count, "aggregatedTotalComments": count}}


def _list_of(request: Request, name: str) -> list[str]:
    """The keys of a list as Rest.li 2.0 writes it."""
    return [key for key in request.query_params.get(name, "").removeprefix("List(").removesuffix(")").split(",") if key]


def _part(request: Request, posts: list[Post]) -> list[Post]:
    start, size = whole(request, "start", 0) or 0, min(whole(request, "count", SIZE) or SIZE, MOST)
    return posts[start : start + size]


def _elements(request: Request, elements: list[dict[str, Any]], total: int) -> Response:
    """A page of a list."""
    start, size = whole(request, "start", 0) or 0, min(whole(request, "count", SIZE) or SIZE, MOST)
    follows = str(request.url.include_query_params(start=start + size))
    links = [{"type": "application/json", "rel": "next", "href": follows}] if start + size < total else []
    return json_answer({"paging": {"start": start, "count": size, "links": links, "total": total}, "elements": elements})


def _batch(ids: list[str], found: dict[str, dict[str, Any]]) -> Response:
    """What was found by key, and an error for each of the others."""
    gone = [key for key in ids if key not in found]
    statuses = {key: 404 if key in gone else 200 for key in ids}
    return json_answer({"results": found, "statuses": statuses, "errors": {key: {"message": "Not Found", "status": 404} for key in gone}})


def _missing(what: str) -> Response:
    return json_answer({"message": f"Could not find entity {what}", "status": 404}, 404)
