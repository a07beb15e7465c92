"""Podcasts: RSS with the itunes and podcast namespaces, and the episodes' transcripts."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from connectors.sandbox.homes import Home
from connectors.sandbox.names import account_url, article_url, expand, status_uri
from connectors.sandbox.people import Person
from connectors.sandbox.posts import Post, visible
from connectors.sandbox.sandbox import Sandbox, base_of
from connectors.sandbox.views.feeds import XML, around, element, feed_answer, last_change, posts_of, prose, rfc822

CATEGORIES = {"coffee": ("Arts", "Food"), "shoes": ("Sports", "Running"), "headphones": ("Technology", "Gadgets")}
NAMESPACES = {
    "xmlns__itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "xmlns__podcast": "https://podcastindex.org/namespace/1.0",
    "xmlns__atom": "http://www.w3.org/2005/Atom",
}


class Podcasts:
    """Routes below /podcasts."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.posts = posts_of(sandbox, "podcast")

    def routes(self) -> list[Route]:
        """The paths that it answers."""
        return [Route("/{slug}/feed.xml", self._feed), Route("/{slug}/{number:int}.vtt", self._transcript)]

    async def _feed(self, request: Request) -> Response:
        home = self.sandbox.world.podcasts.get(request.path_params["slug"])
        if home is None:
            return PlainTextResponse("Not Found", 404)
        posts, now = self.posts[home.slug], self.sandbox.now
        changed = last_change(posts, now, self.sandbox.world.start)
        folder = f"{base_of(request)}{request.url.path}".removesuffix("/feed.xml")
        body = self.sandbox.once(("podcast", home.slug, folder), lambda: self._rss(home, visible(posts, now)[::-1], folder))
        return feed_answer(request, body, changed, "application/rss+xml")

    async def _transcript(self, request: Request) -> Response:
        posts = self.posts.get(request.path_params["slug"], [])
        for post in visible(posts, self.sandbox.now):
            if post.id == request.path_params["number"]:
                said = expand(self.sandbox.world, post.text, lambda person: person.name).split("\n\n")
                cues = [f"00:{minute:02}:00.000 --> 00:{minute:02}:59.000\n{words}\n" for minute, words in enumerate(said)]
                return PlainTextResponse("WEBVTT\n\n" + "\n".join(cues), media_type="text/vtt")
        return PlainTextResponse("Not Found", 404)

    def _rss(self, home: Home, posts: list[Post], folder: str) -> str:
        hosts = [self.sandbox.world.people[number] for number in home.authors]
        names = " and ".join(host.name for host in hosts)
        wide, narrow = CATEGORIES[home.category]
        parts = [
            element("title", home.title),
            element("link", f"{home.site}/"),
            element("description", f"A show about {home.category}."),
            element("language", "en"),
            element("atom:link", rel="self", type="application/rss+xml", href=f"{folder}/feed.xml"),
            element("itunes:author", names),
            around("itunes:owner", [element("itunes:name", names)]),
            element("itunes:explicit", "false"),
            element("itunes:type", "episodic"),
            around("itunes:category", [element("itunes:category", text=narrow)], text=wide),
            element("itunes:image", href=f"{home.site}/cover.png"),
            element("podcast:guid", home.guid),
            element("podcast:locked", "yes"),
            element("podcast:medium", "podcast"),
            element("podcast:funding", "Support us", url=f"{home.site}/support"),
            *(_person(host, "host") for host in hosts),
            *(self._item(post, folder, hosts) for post in posts),
        ]
        return XML + around("rss", [around("channel", parts)], version="2.0", **NAMESPACES)

    def _item(self, post: Post, folder: str, hosts: list[Person]) -> str:
        guests = [self.sandbox.world.people[guest] for guest in post.guests]
        seconds = 1500 + post.id * 37 % 2400
        notice = post.announcement if post.announcement and post.announcement.is_visible(self.sandbox.now) else None
        thread = element("podcast:socialInteract", protocol="activitypub", uri=status_uri(notice, hosts[0])) if notice else ""
        parts = [
            element("title", post.title),
            element("link", article_url(post)),
            element("guid", post.native_id, isPermaLink="false"),
            element("pubDate", rfc822(post.at)),
            element("description", prose(self.sandbox, post.text_at(self.sandbox.now))),
            element("enclosure", url=f"https://{post.home}.example/audio/{post.id}.mp3", length=seconds * 16000, type="audio/mpeg"),
            element("itunes:duration", f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"),
            element("itunes:episodeType", "full"),
            element("itunes:season", 1),
            element("itunes:episode", 1 + self.posts[post.home].index(post)),
            element("itunes:explicit", "false"),
            element("itunes:keywords", ",".join(post.brands)),
            *(_person(host, "host") for host in hosts),
            *(_person(guest, "guest") for guest in guests),
            element("podcast:transcript", url=f"{folder}/{post.id}.vtt", type="text/vtt", language="en", rel="captions"),
            thread,
        ]
        return around("item", parts)


def _person(person: Person, role: str) -> str:
    links = {"href": account_url(person)} if person.handle else {}
    return element("podcast:person", person.name, role=role, **links)
