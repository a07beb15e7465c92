"""A post of any channel, and what of it can be seen at a moment."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal

Channel = Literal["microblog", "board", "blog", "podcast", "venue"]
Intent = Literal["own", "recommend", "praise", "complain", "compare", "ask", "promotion", "chatter", "ambiguous", "answer"]

POSITIVE: frozenset[Intent] = frozenset({"own", "recommend", "praise"})


@dataclass(slots=True, eq=False)
class Post:
    """What somebody published. Times are epoch seconds.

    `text` marks posts and people as `{post:12}` and `{person:7}` and paragraphs by blank lines; each view writes its platform's
    markup instead. `likes` and `responses` are in order of time; responses are what nobody signs: votes on the board, comments on a
    blog. `home` is the blog's or podcast's slug or the venue's platform, `readers` who saw it where the microblog's graph does not say so.
    """

    id: int
    channel: Channel
    author: int
    at: int
    intent: Intent
    text: str
    language: str = "en"
    title: str = ""
    link: str = ""
    home: str = ""
    products: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    guests: tuple[int, ...] = ()
    parent: Post | None = None
    quoted: Post | None = None
    reblogged: Post | None = None
    edits: list[tuple[int, str]] = field(default_factory=list)
    deleted_at: int | None = None
    is_flagged: bool = False
    likes: list[tuple[int, int]] = field(default_factory=list)
    responses: list[int] = field(default_factory=list)
    replies: list[Post] = field(default_factory=list)
    reblogs: list[Post] = field(default_factory=list)
    quotes: list[Post] = field(default_factory=list)
    readers: tuple[int, ...] = ()
    announcement: Post | None = None
    native_id: str = ""

    @property
    def persuades(self) -> bool:
        """Whether it may win somebody over."""
        return bool(self.products) and self.intent in POSITIVE

    def is_visible(self, now: int) -> bool:
        """Published and not deleted by then; a reblog goes with what it reblogs."""
        if self.at > now or (self.deleted_at is not None and self.deleted_at <= now):
            return False
        return self.reblogged is None or self.reblogged.is_visible(now)

    def text_at(self, now: int) -> str:
        """The text as last edited by then."""
        seen = bisect_right(self.edits, now, key=lambda edit: edit[0])
        return self.edits[seen - 1][1] if seen else self.text

    def edited_at(self, now: int) -> int | None:
        """When it was last edited by then."""
        seen = bisect_right(self.edits, now, key=lambda edit: edit[0])
        return self.edits[seen - 1][0] if seen else None


def visible(posts: list[Post], now: int) -> list[Post]:
    """Those of the posts that can be seen then."""
    return [post for post in posts if post.is_visible(now)]


def answers_within(post: Post, now: int) -> int:
    """How many replies, at any depth, stand under a post."""
    return sum(1 + answers_within(reply, now) for reply in post.replies if reply.is_visible(now))
