"""What people do in the venues: they post, come by, and tell there what they bought."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from connectors.sandbox import text
from connectors.sandbox.catalog import COMMUNITIES, Product, product
from connectors.sandbox.demand import poisson, waking_moment
from connectors.sandbox.life import Later, Life
from connectors.sandbox.people import DAY, Person
from connectors.sandbox.posts import Post
from connectors.sandbox.venues import Members

SHARES_HERE = 0.2
SPEAKS_OF_PRODUCTS = 0.6
COME_BY = 25


class VenueLife:
    """The venues' part of a simulation."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.venues = life.world.venues
        self.of_person: dict[int, list[Members]] = {}
        for members in self.venues.values():
            for number in members.accounts:
                self.of_person.setdefault(number, []).append(members)

    def plan(self) -> Iterator[Later]:
        """What the members will start."""
        world, rng = self.life.world, self.life.rng
        for members in self.venues.values():
            for number in members.accounts:
                for _ in range(poisson(rng, members.venue.rate * world.days)):
                    at = waking_moment(rng, world.start + rng.randrange(world.days) * DAY)
                    yield at, partial(self._speak, members, world.people[number], at)

    def readers(self, post: Post) -> tuple[int, ...]:
        """Followers, or whoever comes by."""
        members, rng = self.venues[post.home], self.life.rng
        if members.venue.shape in ("stream", "videos"):
            return members.followers[post.author]
        there = list(members.accounts)
        return tuple(dict.fromkeys(rng.choices(there, k=min(COME_BY, len(there)))))

    def share(self, person: Person, item: Product, cause: Post | None, at: int) -> Post | None:
        """Tells of a purchase in a venue: under the post that caused it where that stands there, else sometimes out of the blue."""
        rng = self.life.rng
        places = self.of_person.get(person.id, [])
        here = [members for members in places if cause is not None and members.venue.platform == cause.home]
        if not here and (not places or rng.random() > SHARES_HERE):
            return None
        members = here[0] if here else rng.choice(places)
        if members.venue.shape == "bookmarks":
            return None
        words = text.capitalised(text.sentence(rng, "own", item))
        post = Post(-1, "venue", person.id, at, "own", words, home=members.venue.platform)
        if here and members.venue.is_answered and cause is not None and cause.is_visible(at):
            post.parent = cause
        else:
            self._entitle(post, members, item)
        return _about(post, item)

    def _speak(self, members: Members, person: Person, at: int) -> Post | None:
        life, rng = self.life, self.life.rng
        if members.venue.shape == "bookmarks":
            return self._save(members, person, at)
        if rng.random() < SPEAKS_OF_PRODUCTS:
            post = life.talk(person, "venue", at)
            post.home = members.venue.platform
            self._entitle(post, members, *map(product, post.products))
            return _about(post, *map(product, post.products))
        topic = COMMUNITIES[person.community].topic
        post = Post(-1, "venue", person.id, at, "chatter", text.chatter(rng, topic), home=members.venue.platform)
        self._entitle(post, members)
        return post

    def _entitle(self, post: Post, members: Members, *items: Product) -> None:
        """Gives a title to what needs one: its first sentence, or the product's name with more to read below."""
        if members.venue.shape == "stream":
            return
        if members.venue.shape in ("articles", "episodes", "videos") and items:
            rng, author = self.life.rng, self.life.world.author(post)
            topic = COMMUNITIES[author.community].topic
            rival = text.rival_of(rng, items[0]) if post.intent == "compare" else None
            post.title, post.text = text.article(rng, post.intent, items[0], "en", rival, topic)
        else:
            post.title = post.text.split(". ")[0][:90]

    def _save(self, members: Members, person: Person, at: int) -> Post | None:
        """Bookmarks an article of somebody who wrote about a product."""
        articles = [post for post in self.life.world.posts[-800:] if post.channel == "blog" and post.products and post.is_visible(at)]
        if not articles:
            return None
        saved = self.life.rng.choice(articles)
        item = product(saved.products[0])
        intent = self.life.intent_toward(person, item)
        rival = text.rival_of(self.life.rng, item) if intent in ("compare", "ask") else None
        words = text.capitalised(text.sentence(self.life.rng, intent, item, "en", rival))
        post = Post(-1, "venue", person.id, at, intent, words, title=saved.title, link=f"{{post:{saved.id}}}", home=members.venue.platform)
        return _about(post, item)


def _about(post: Post, *items: Product) -> Post:
    """The post, marked with those of the items that its words name."""
    words = f"{post.title} {post.text}"
    post.products = tuple(item.id for item in items if item.name in words)
    post.brands = tuple(dict.fromkeys(item.brand for item in items if item.name in words))
    return post
