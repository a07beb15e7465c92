"""Ids and addresses of people and posts on each platform, in one place: views show them, the truth file names them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from connectors.sandbox.catalog import BRANDS, MICROBLOG
from connectors.sandbox.homes import Home
from connectors.sandbox.people import Person
from connectors.sandbox.posts import Post
from connectors.sandbox.world import World

MARK = re.compile(r"\{(post|person):(\d+)\}")
HANDLE = re.compile(rf"(?<!\w)@({'|'.join(BRANDS)})\b")


def iso(at: int) -> str:
    """Like 2026-09-01T08:30:00Z."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def account_id(person: Person) -> str:
    """The id on the microblog that the sandbox serves."""
    return str((person.joined_at * 1000 << 16) + person.id)


def account_uri(person: Person) -> str:
    """The id that holds on every server."""
    if person.domain == MICROBLOG:
        return f"https://{MICROBLOG}/ap/users/{account_id(person)}"
    return f"https://{person.domain}/users/{person.handle}"


def account_url(person: Person) -> str:
    """The profile that a reader sees."""
    return f"https://{person.domain}/@{person.handle}"


def acct(person: Person) -> str:
    """The handle, with its server where that is another."""
    return str(person.handle) if person.domain == MICROBLOG else f"{person.handle}@{person.domain}"


def status_uri(post: Post, author: Person) -> str:
    """The id on the author's own server; that differs from the id here where the author is remote."""
    number = post.native_id if author.domain == MICROBLOG else str(int(post.native_id) - (4 << 16))
    return f"{account_uri(author)}/statuses/{number}" + ("/activity" if post.reblogged else "")


def status_url(post: Post, author: Person) -> str:
    """The address at which a reader finds a status."""
    return f"{account_url(author)}/{status_uri(post, author).removesuffix('/activity').rsplit('/', 1)[1]}"


def feed_path(home: Home, kind: str) -> str:
    """Where the sandbox serves the feed. `kind` is blogs or podcasts."""
    return f"/{kind}/{home.slug}/{home.format}"


def has_bylines(home: Home) -> bool:
    """Whether a feed names its authors; some blogs of one person do not."""
    return len(home.authors) > 1 or home.format != "feed.xml" or len(home.slug) % 4 != 0


def is_told(home: Home) -> bool:
    """Whether who makes it names its feed in their profile; 37 of 40 blogs and 9 of 10 podcasts do."""
    return len(home.slug) % 5 != 0


def author_page(home: Home, person: Person) -> str:
    """The page about a blog's author."""
    return f"{home.site}/about/{person.id}" if len(home.authors) > 1 else f"{home.site}/about"


def article_url(post: Post) -> str:
    """A blog post's or an episode's own page."""
    day = datetime.fromtimestamp(post.at, UTC)
    words = re.sub(r"[^a-z0-9]+", "-", post.title.lower()).strip("-")
    return f"https://{post.home}.example/{day:%Y/%m}/{words}-{post.id}"


def post_url(world: World, post: Post) -> str:
    """The address at which a reader finds a post."""
    if post.channel == "microblog":
        return status_url(post, world.author(post))
    if post.channel == "board":
        return f"https://news.ycombinator.com/item?id={post.native_id}"
    return venue_url(post) if post.channel == "venue" else article_url(post)


def venue_url(post: Post) -> str:
    """A venue's page of a post."""
    return f"https://{post.home.replace('_', '-')}.example/p/{post.native_id}"


def expand(world: World, text: str, name: Callable[[Person], str]) -> str:
    """Text with the marks for posts and people written out."""

    def write(match: re.Match[str]) -> str:
        kind, number = match[1], int(match[2])
        return post_url(world, world.posts[number]) if kind == "post" else name(world.people[number])

    return MARK.sub(write, text)
