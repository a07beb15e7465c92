"""What blogs and podcasts share: which posts stand in a feed, prose as HTML, conditional requests."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from starlette.requests import Request
from starlette.responses import Response

from connectors.sandbox.names import MARK, account_url, post_url
from connectors.sandbox.posts import Channel, Post
from connectors.sandbox.sandbox import Sandbox

XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
ADDRESS = re.compile(r"https?://[^\s<>\"]+")


def posts_of(sandbox: Sandbox, channel: Channel) -> dict[str, list[Post]]:
    """Each blog's or podcast's posts, oldest first, whether they can be seen or not."""
    world = sandbox.world
    posts: dict[str, list[Post]] = {slug: [] for slug in (world.blogs if channel == "blog" else world.podcasts)}
    for post in sorted((post for post in world.posts if post.channel == channel), key=lambda post: (post.at, post.id)):
        posts[post.home].append(post)
    return posts


def prose(sandbox: Sandbox, text: str) -> str:
    """HTML of a text: paragraphs, links, people's names as links to their microblog."""
    world = sandbox.world

    def anchor(address: str, shown: str) -> str:
        return f'<a href="{html.escape(address)}">{html.escape(shown)}</a>'

    def write(match: re.Match[str]) -> str:
        if match[1] == "post":
            post = world.posts[int(match[2])]
            return anchor(post_url(world, post), post.title or "this post")
        person = world.people[int(match[2])]
        return anchor(account_url(person), person.name) if person.handle else html.escape(person.name)

    paragraphs = []
    for part in text.split("\n\n"):
        linked = ADDRESS.sub(lambda match: anchor(html.unescape(match[0]), html.unescape(match[0])), html.escape(part, quote=False))
        paragraphs.append(f"<p>{MARK.sub(write, linked)}</p>")
    return "\n".join(paragraphs)


def element(name: str, text: str | int = "", /, **attributes: str | int) -> str:
    """An XML element around text that is escaped. An attribute's `__` stands for a colon."""
    return f"{_opening(name, attributes)}{html.escape(str(text), quote=False)}</{name}>"


def around(name: str, parts: Iterable[str], /, **attributes: str | int) -> str:
    """An XML element around others."""
    return f"{_opening(name, attributes)}{''.join(parts)}</{name}>\n"


def _opening(name: str, attributes: Mapping[str, str | int]) -> str:
    said = "".join(f' {key.replace("__", ":")}="{html.escape(str(value))}"' for key, value in attributes.items())
    return f"<{name}{said}>"


def last_change(posts: list[Post], now: int, otherwise: int) -> int:
    """When a feed last changed: a post came, was edited or went."""
    moments = [at for post in posts for at in (post.at, post.edited_at(now) or 0, post.deleted_at or 0) if at <= now]
    return max(moments, default=otherwise) or otherwise


def rfc822(at: int) -> str:
    """Like Tue, 01 Sep 2026 08:30:00 GMT."""
    return format_datetime(datetime.fromtimestamp(at, UTC), usegmt=True)


def feed_answer(request: Request, body: str, changed_at: int, media_type: str) -> Response:
    """The feed, or 304 where the client has it already."""
    content = body.encode()
    etag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
    headers = {"ETag": etag, "Last-Modified": rfc822(changed_at), "Cache-Control": "max-age=600"}
    known, since = request.headers.get("if-none-match"), request.headers.get("if-modified-since")
    if known is not None:
        is_known = etag in [tag.strip().removeprefix("W/") for tag in known.split(",")]
    else:
        is_known = since is not None and _is_current(since, changed_at)
    return Response(status_code=304, headers=headers) if is_known else Response(content, headers=headers, media_type=media_type)


def _is_current(since: str, changed_at: int) -> bool:
    try:
        return parsedate_to_datetime(since).timestamp() >= changed_at
    except ValueError:
        return False
