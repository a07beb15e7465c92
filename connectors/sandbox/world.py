"""The simulated social web: one seed, one set of people on every channel, and the truth about who moved whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID, uuid5

from connectors.sandbox.campaigns import Partner, choose_partners
from connectors.sandbox.catalog import BLOGS, CATEGORIES, COMMUNITIES, PODCASTS, PRODUCTS, Community
from connectors.sandbox.demand import Adoption
from connectors.sandbox.people import Follows, Person, follow_graph, population, up_to
from connectors.sandbox.posts import Post
from connectors.sandbox.shop import Shop, open_shop
from connectors.sandbox.simulation import Simulation
from connectors.sandbox.venues import Members, settle
from connectors.sandbox.wiki import Wiki, write_wiki

START = date(2026, 9, 1)
DEFAULT_PEOPLE = 2000
FIRST_BOARD_ITEM = 49_500_001
FIRST_VENUE_ITEM = 1_000_001
PODCAST_GUIDS = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")


@dataclass(frozen=True, slots=True)
class Home:
    """A blog or a podcast: whose it is, and who reads or hears it."""

    slug: str
    title: str
    category: str
    format: str
    authors: tuple[int, ...]
    audience: tuple[int, ...]

    @property
    def site(self) -> str:
        """The address of its front page."""
        return f"https://{self.slug}.example"

    @property
    def guid(self) -> str:
        """The podcast namespace's guid, made from the feed's address."""
        return str(uuid5(PODCAST_GUIDS, f"{self.slug}.example/feed.xml"))


class World:
    """Everything that was, is and will be said from `start` on for `days` days. The same seed gives the same world, anywhere.

    `persuasion` scales what mentions do to those who see them; 0 is a world in which nobody moves anybody.
    """

    def __init__(self, seed: int = 1, people: int = DEFAULT_PEOPLE, start: date = START, days: int = 40, persuasion: float = 1.0) -> None:
        self.seed = seed
        self.days = days
        self.start = int(datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp())
        self.people: list[Person] = population(self._random("people"), people, self.start)
        self.residents = self.people[:people]
        self.farm = [person for person in self.people if person.role == "farm"]
        self._interest = {category: [_interest(person, category) for person in self.residents] for category in CATEGORIES}
        self.follows: Follows = follow_graph(self._random("follows"), self.people, self.start, days)
        self.blogs = {slug: self._home(slug, title, category, kind, 25, 150) for slug, title, category, kind in BLOGS}
        self.podcasts = {slug: self._home(slug, title, category, "feed.xml", 60, 260) for slug, title, category in PODCASTS}
        self.venues: dict[str, Members] = settle(self._random("venues"), self.residents)
        self.posts: list[Post] = []
        self.adoptions: list[Adoption] = []
        Simulation(self, self._random("life"), persuasion).run()
        self._name_posts()
        self.wiki: Wiki = write_wiki(self._random("wiki"), self.residents, self.start, days)
        self.partners: list[Partner] = choose_partners(self._random("partners"), self)
        self.shop: Shop = open_shop(self._random("shop"), self)

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

    def _random(self, purpose: str) -> Random:
        """A stream of its own for each purpose, so that more draws in one leave the others alone. Seeding with text does not use hash()."""
        return Random(f"groundswell/{self.seed}/{purpose}")  # noqa: S311

    def _home(self, slug: str, title: str, category: str, kind: str, least: int, most: int) -> Home:
        rng = self._random(f"home/{slug}")
        weights = self._interest[category]
        authors = dict.fromkeys(person.id for person in rng.choices(self.residents, weights, k=2 if rng.random() < 0.2 else 1))
        size = min(int(least * rng.paretovariate(1.2)), most) * len(self.residents) // DEFAULT_PEOPLE
        audience = dict.fromkeys(person.id for person in rng.choices(self.residents, weights, k=size))
        return Home(slug, title, category, kind, tuple(authors), tuple(number for number in audience if number not in authors))

    def _name_posts(self) -> None:
        """Ids as the platforms give them: growing with time."""
        board = FIRST_BOARD_ITEM
        for number, post in enumerate(sorted(self.posts, key=lambda post: (post.at, post.id))):
            if post.channel == "microblog":
                post.native_id = str((post.at * 1000 << 16) + number)
            elif post.channel == "board":
                post.native_id = str(board)
                board += 1
            elif post.channel == "venue":
                post.native_id = str(FIRST_VENUE_ITEM + number)
            else:
                post.native_id = f"https://{post.home}.example/{post.id}"


def _interest(person: Person, category: str) -> float:
    return max(person.taste[item.id] for item in PRODUCTS if item.category == category)
