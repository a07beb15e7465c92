"""Blogs with a feed each, in RSS 2.0, RSS 1.0, Atom or JSON Feed."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from connectors.sandbox.homes import Home
from connectors.sandbox.names import article_url, author_page, has_bylines, iso
from connectors.sandbox.posts import Post, visible
from connectors.sandbox.sandbox import Sandbox, base_of
from connectors.sandbox.views.feeds import XML, around, element, feed_answer, last_change, posts_of, prose, rfc822

LENGTH = 30
MEDIA_TYPES = {
    "feed.xml": "application/rss+xml",
    "rss1.xml": "application/rdf+xml",
    "atom.xml": "application/atom+xml",
    "feed.json": "application/feed+json",
}

NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "thr": "http://purl.org/syndication/thread/1.0",
}


class Blogs:
    """Routes below /blogs."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.posts = posts_of(sandbox, "blog")
        self.writers = {"feed.xml": self._rss, "rss1.xml": self._rdf, "atom.xml": self._atom, "feed.json": self._json}

    def routes(self) -> list[Route]:
        """The paths that it answers."""
        return [Route("/{slug}/{format}", self._feed)]

    async def _feed(self, request: Request) -> Response:
        home = self.sandbox.world.blogs.get(request.path_params["slug"])
        if home is None or home.format != request.path_params["format"]:
            return PlainTextResponse("Not Found", 404)
        posts, now = self.posts[home.slug], self.sandbox.now
        changed = last_change(posts, now, self.sandbox.world.start)
        shown = visible(posts, now)[: -LENGTH - 1 : -1]
        address = f"{base_of(request)}{request.url.path}"
        body = self.sandbox.once(("blog", home.slug, address), lambda: self.writers[home.format](home, shown, address, changed))
        return feed_answer(request, body, changed, MEDIA_TYPES[home.format])

    def _rss(self, home: Home, posts: list[Post], address: str, changed: int) -> str:
        parts = [
            element("title", home.title),
            element("link", f"{home.site}/"),
            element("description", f"About {home.category}"),
            element("atom:link", href=address, rel="self", type="application/rss+xml"),
            element("language", self._language(home)),
            element("lastBuildDate", rfc822(changed)),
            *(self._rss_item(home, post) for post in posts),
        ]
        return XML + around("rss", [around("channel", parts)], version="2.0", **_namespaces("content", "dc", "atom", "slash"))

    def _rss_item(self, home: Home, post: Post) -> str:
        parts = [
            element("title", post.title),
            element("link", article_url(post)),
            element("guid", post.native_id, isPermaLink="false"),
            element("dc:creator", self._name(post)) if has_bylines(home) else "",
            element("pubDate", rfc822(post.at)),
            *(element("category", tag) for tag in self._tags(post)),
            element("description", self._summary(post)),
            element("content:encoded", self._html(post)),
            element("comments", f"{article_url(post)}#comments"),
            element("slash:comments", self._comments(post)),
        ]
        return around("item", parts)

    def _rdf(self, home: Home, posts: list[Post], address: str, changed: int) -> str:
        order = around("items", [around("rdf:Seq", (element("rdf:li", rdf__resource=article_url(post)) for post in posts))])
        channel = [
            element("title", home.title),
            element("link", f"{home.site}/"),
            element("description", f"About {home.category}"),
            element("dc:language", self._language(home)),
            element("dc:date", iso(changed)),
            order,
        ]
        items = (self._rdf_item(post) for post in posts)
        spaces = {"xmlns": "http://purl.org/rss/1.0/"} | _namespaces("rdf", "dc", "content")
        return XML + around("rdf:RDF", [around("channel", channel, rdf__about=address), *items], **spaces)

    def _rdf_item(self, post: Post) -> str:
        parts = [
            element("title", post.title),
            element("link", article_url(post)),
            element("description", self._summary(post)),
            element("dc:creator", self._name(post)),
            element("dc:date", iso(post.at)),
            *(element("dc:subject", tag) for tag in self._tags(post)),
            element("content:encoded", self._html(post)),
        ]
        return around("item", parts, rdf__about=article_url(post))

    def _atom(self, home: Home, posts: list[Post], address: str, changed: int) -> str:
        parts = [
            element("id", f"{home.site}/"),
            element("title", home.title),
            element("subtitle", f"About {home.category}"),
            element("link", href=f"{home.site}/"),
            element("link", rel="self", href=address),
            element("updated", iso(changed)),
            *(self._atom_entry(home, post) for post in posts),
        ]
        spaces = {"xmlns": "http://www.w3.org/2005/Atom", "xml__lang": self._language(home)} | _namespaces("thr")
        return XML + around("feed", parts, **spaces)

    def _atom_entry(self, home: Home, post: Post) -> str:
        comments, page = self._comments(post), article_url(post)
        author = [element("name", self._name(post)), element("uri", author_page(home, self.sandbox.world.author(post)))]
        parts = [
            element("id", post.native_id),
            element("title", post.title),
            element("link", rel="alternate", href=page),
            around("author", author),
            element("published", iso(post.at)),
            element("updated", iso(post.edited_at(self.sandbox.now) or post.at)),
            *(element("category", term=tag) for tag in self._tags(post)),
            element("summary", self._summary(post)),
            element("content", self._html(post), type="html"),
            element("link", rel="replies", href=f"{page}#comments", thr__count=comments),
            element("thr:total", comments),
        ]
        return around("entry", parts)

    def _json(self, home: Home, posts: list[Post], address: str, changed: int) -> str:
        document = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": home.title,
            "home_page_url": f"{home.site}/",
            "feed_url": address,
            "description": f"About {home.category}",
            "language": self._language(home),
            "items": [self._json_item(home, post) for post in posts],
        }
        return orjson.dumps(document).decode()

    def _json_item(self, home: Home, post: Post) -> dict[str, Any]:
        item = {
            "id": post.native_id,
            "url": article_url(post),
            "title": post.title,
            "content_html": self._html(post),
            "summary": self._summary(post),
            "date_published": iso(post.at),
            "authors": [{"name": self._name(post), "url": author_page(home, self.sandbox.world.author(post))}],
            "tags": self._tags(post),
            "language": post.language,
        }
        return item | ({"date_modified": iso(edited)} if (edited := post.edited_at(self.sandbox.now)) else {})

    def _html(self, post: Post) -> str:
        return prose(self.sandbox, post.text_at(self.sandbox.now))

    def _summary(self, post: Post) -> str:
        return post.text_at(self.sandbox.now).split("\n\n")[0]

    def _comments(self, post: Post) -> int:
        return sum(at <= self.sandbox.now for at in post.responses)

    def _name(self, post: Post) -> str:
        return self.sandbox.world.author(post).name

    def _tags(self, post: Post) -> list[str]:
        return list(post.brands) or ["diary"]

    def _language(self, home: Home) -> str:
        return self.sandbox.world.people[home.authors[0]].language


def _namespaces(*prefixes: str) -> dict[str, str]:
    return {f"xmlns__{prefix}": NAMESPACES[prefix] for prefix in prefixes}
