"""The message board as of the clock: what Hacker News' two APIs both show of it."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from connectors.sandbox.names import account_url, expand
from connectors.sandbox.people import Person
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import Sandbox

FLAGGED_AFTER = 7200
ADDRESS = re.compile(r"https?://[^\s<>\"]+")


class Board:
    """Items in order of id, and what can be seen of them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.world = sandbox.world
        self.items = sorted((post for post in self.world.posts if post.channel == "board"), key=lambda post: int(post.native_id))
        self.by_id = {post.native_id: post for post in self.items}
        self.by_author: dict[int, list[Post]] = {}
        for post in self.items:
            self.by_author.setdefault(post.author, []).append(post)
        self.users = {person.board_name: person for person in self.world.people if person.board_name}

    def published(self) -> Sequence[Post]:
        """All items until now, deleted ones too."""
        return self.items[: bisect_right(self.items, self.sandbox.now, key=lambda post: post.at)]

    def is_dead(self, post: Post) -> bool:
        """Whether other users have flagged it away."""
        return post.is_flagged and self.sandbox.now > post.at + FLAGGED_AFTER

    def is_shown(self, post: Post) -> bool:
        """Neither deleted nor dead nor yet to come."""
        return post.is_visible(self.sandbox.now) and not self.is_dead(post)

    def by(self, post: Post) -> str:
        """The author's name."""
        return self.world.author(post).board_name or ""

    def score(self, post: Post) -> int:
        """Points, the author's own included."""
        return 1 + bisect_right(post.responses, self.sandbox.now)

    def karma(self, person: Person) -> int:
        """Points of all that a person wrote, and of what they wrote before the world began."""
        own = [post for post in self.by_author.get(person.id, []) if post.is_visible(self.sandbox.now)]
        return 1 + person.id % 900 + sum(self.score(post) - 1 for post in own)

    def link(self, post: Post) -> str | None:
        """What a story points at."""
        return expand(self.world, post.link, account_url) or None

    def text(self, post: Post) -> str:
        """HTML as the board writes it: the first paragraph is bare."""
        text = expand(self.world, post.text_at(self.sandbox.now), lambda person: person.board_name or person.name)
        return "<p>".join(ADDRESS.sub(r'<a href="\g<0>" rel="nofollow">\g<0></a>', html.escape(part)) for part in text.split("\n\n"))


def kind_of(post: Post) -> str:
    """Story or comment."""
    return "story" if post.title else "comment"


def without_none(document: dict[str, Any]) -> dict[str, Any]:
    """The document without the keys that have no value."""
    return {key: value for key, value in document.items() if value is not None}
