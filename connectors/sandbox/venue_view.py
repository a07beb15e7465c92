"""What every venue's view shows: its posts, people and numbers as of the clock."""

from __future__ import annotations

from bisect import bisect_right

from starlette.routing import BaseRoute

from connectors.sandbox.names import expand, venue_url
from connectors.sandbox.people import Person, up_to
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import Sandbox
from connectors.sandbox.world import World

VIEW_HALF_LIFE = 20 * 3600
VIEWS_PER_READER = 3


class VenueView:
    """One venue as its platform shows it; a module `views/<platform>.py` has a subclass `View` with the platform's routes.

    Ids are the numbers of the world unless the platform writes them otherwise.
    """

    def __init__(self, sandbox: Sandbox, platform: str) -> None:
        self.sandbox = sandbox
        self.world = sandbox.world
        self.platform = platform
        self.members = self.world.venues[platform]
        self.all = [post for post in self.world.posts if post.channel == "venue" and post.home == platform]
        self.by_id = {self.post_id(post): post for post in self.all}
        self.people = {self.account_id(number, name): self.world.people[number] for number, name in self.members.accounts.items()}

    @classmethod
    def post_id(cls, post: Post) -> str:
        """The id that the platform gives to a post."""
        return post.native_id

    @classmethod
    def account_id(cls, person: int, name: str) -> str:
        """The id that the platform gives to an account."""
        return str(person)

    @classmethod
    def native_post_id(cls, world: World, post: Post, base_url: str) -> str:
        """What the connector makes of a post's id when it reads the sandbox at `base_url`."""
        return cls.post_id(post)

    @classmethod
    def native_account_id(cls, person: int, name: str, base_url: str) -> str:
        """What the connector makes of an account's id when it reads the sandbox at `base_url`."""
        return cls.account_id(person, name)

    def routes(self) -> list[BaseRoute]:
        """The platform's paths."""
        raise NotImplementedError

    @property
    def now(self) -> int:
        """Where the clock stands."""
        return self.sandbox.now

    def posts(self) -> list[Post]:
        """All that can be seen now, oldest first, answers too."""
        return self.sandbox.once((self.platform, "posts"), lambda: [post for post in self.all if post.is_visible(self.now)])

    def openers(self) -> list[Post]:
        """Those that answer nothing, oldest first."""
        return [post for post in self.posts() if post.parent is None]

    def thread(self, post: Post) -> list[Post]:
        """All visible answers below a post, at any depth, oldest first."""
        found = []
        for reply in post.replies:
            if reply.channel == "venue" and reply.home == self.platform:
                found += [reply, *self.thread(reply)] if reply.is_visible(self.now) else self.thread(reply)
        return sorted(found, key=lambda reply: (reply.at, reply.id))

    def opener(self, post: Post) -> Post:
        """What its thread began with."""
        while post.parent is not None:
            post = post.parent
        return post

    def name(self, person: Person) -> str:
        """A member's name here."""
        return self.members.accounts.get(person.id, person.name)

    def author_id(self, post: Post) -> str:
        """The id of a post's author."""
        return self.account_id(post.author, self.members.accounts[post.author])

    def text(self, post: Post) -> str:
        """A post's plain text as last edited; paragraphs are parted by blank lines."""
        return expand(self.world, post.text_at(self.now), lambda person: f"@{self.name(person)}")

    def link(self, post: Post) -> str:
        """What it points at, empty where it points at nothing."""
        return expand(self.world, post.link, self.name)

    def url(self, post: Post) -> str:
        """The address at which a reader finds a post."""
        return venue_url(post)

    def likes(self, post: Post) -> list[Person]:
        """Who liked it until now."""
        return [self.world.people[person] for _, person in post.likes[: up_to(post.likes, self.now)]]

    def votes(self, post: Post) -> int:
        """How many likes it has that nobody signs, the signed ones included."""
        return up_to(post.likes, self.now) + bisect_right(post.responses, self.now)

    def views(self, post: Post) -> int:
        """How often it was seen: most of it soon after it was published."""
        reached = len(post.readers) + len(post.likes) + len(post.responses) + 5
        return int(VIEWS_PER_READER * reached * (1 - 2 ** (-(self.now - post.at) / VIEW_HALF_LIFE)))

    def follower_count(self, person: Person) -> int:
        """How many members follow somebody."""
        return len(self.members.followers.get(person.id, ()))

    def posts_of(self, person: Person) -> list[Post]:
        """What somebody posted, oldest first."""
        return [post for post in self.posts() if post.author == person.id]
