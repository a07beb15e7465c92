"""A world: its people, whom they follow, where they meet, and all that is said there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

from connectors.sandbox.catalog import BLOGS, CATEGORIES, COMMUNITIES, PODCASTS, PRODUCTS, Community
from connectors.sandbox.demand import Adoption
from connectors.sandbox.homes import Home
from connectors.sandbox.people import Follows, Person, follow_graph, population, up_to
from connectors.sandbox.posts import Post
from connectors.sandbox.venues import Members, settle
from connectors.sandbox.wiki import Wiki, write_wiki

START = date(2026, 9, 1)
DEFAULT_PEOPLE = 2000


class World:
    """Everything that was, is and will be said from `start` on for `days` days. The same seed gives the same world, anywhere.

    New, it has its people, places and wiki; `posts` and `adoptions` are empty until a simulation has let it live.
    """

    def __init__(self, seed: int, people: int, start: date, days: int) -> None:
        self.seed = seed
        self.days = days
        self.start = int(datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp())
        self.people: list[Person] = population(self.random("people"), people, self.start)
        self.residents = self.people[:people]
        self.farm = [person for person in self.people if person.role == "farm"]
        self._interest = {category: [_interest(person, category) for person in self.residents] for category in CATEGORIES}
        self.follows: Follows = follow_graph(self.random("follows"), self.people, self.start, days)
        self.blogs = {slug: self._home(slug, title, category, kind, 25, 150) for slug, title, category, kind in BLOGS}
        self.podcasts = {slug: self._home(slug, title, category, "feed.xml", 60, 260) for slug, title, category in PODCASTS}
        self.venues: dict[str, Members] = settle(self.random("venues"), self.residents)
        self.posts: list[Post] = []
        self.adoptions: list[Adoption] = []
        self.wiki: Wiki = write_wiki(self.random("wiki"), self.residents, self.start, days)

    @property
    def end(self) -> int:
        """The first second after the world's last day."""
        return self.start + int(timedelta(days=self.days).total_seconds())

    def author(self, post: Post) -> Person:
        """Who published it."""
        return self.people[post.author]

    def community(self, person: Person) -> Community:
        """Where a person is at home."""
        return COMMUNITIES[person.community]

    def audience(self, post: Post) -> list[Person]:
        """Who is exposed to a post: followers at that time, a blog's readers, a podcast's listeners, whoever came by in a venue."""
        if post.channel == "microblog":
            followers = self.follows.followers.get(post.author, [])
            exposed = [follower for _, follower in followers[: up_to(followers, post.at)]]
        elif post.channel in ("board", "venue"):
            exposed = list(post.readers)
        else:
            exposed = list((self.blogs if post.channel == "blog" else self.podcasts)[post.home].audience)
        return [self.people[number] for number in exposed if self.people[number].role == "person" and number != post.author]

    def random(self, purpose: str) -> Random:
        """A stream of its own for each purpose, so that more draws in one leave the others alone. Seeding with text does not use hash()."""
        return Random(f"groundswell/{self.seed}/{purpose}")  # noqa: S311

    def _home(self, slug: str, title: str, category: str, kind: str, least: int, most: int) -> Home:
        rng = self.random(f"home/{slug}")
        weights = self._interest[category]
        authors = dict.fromkeys(person.id for person in rng.choices(self.residents, weights, k=2 if rng.random() < 0.2 else 1))
        size = min(int(least * rng.paretovariate(1.2)), most) * len(self.residents) // DEFAULT_PEOPLE
        audience = dict.fromkeys(person.id for person in rng.choices(self.residents, weights, k=size))
        return Home(slug, title, category, kind, tuple(authors), tuple(number for number in audience if number not in authors))


def _interest(person: Person, category: str) -> float:
    return max(person.taste[item.id] for item in PRODUCTS if item.category == category)
