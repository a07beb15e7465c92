"""Who owns what, and what they would say of it now: what all parts of a simulation look at."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeAlias

from connectors.sandbox import text
from connectors.sandbox.catalog import PRODUCTS, Product
from connectors.sandbox.people import Person
from connectors.sandbox.posts import Channel, Intent, Post
from connectors.sandbox.world import World

OWNER_INTENTS: dict[Intent, float] = {"praise": 0.34, "recommend": 0.3, "complain": 0.14, "compare": 0.14, "ask": 0.08}
OUTSIDER_INTENTS: dict[Intent, float] = {"ask": 0.55, "compare": 0.3, "complain": 0.15}

Later: TypeAlias = tuple[int, Callable[[], Post | None]]
"""A moment, and what makes the post that somebody publishes then; None where they let it be."""


class Life:
    """The people of a world as they are at the moment that is being lived. `rng` is the one stream that all of it draws from."""

    def __init__(self, world: World, rng: Random) -> None:
        self.world = world
        self.rng = rng
        self.owned: list[dict[str, None]] = [dict.fromkeys(person.owned_before) for person in world.people]
        self.board_members = [person for person in world.residents if person.board_name]

    def talk(self, person: Person, channel: Channel, at: int, item: Product | None = None) -> Post:
        """What a person says of a product now: by whether they own it."""
        item = item or self.favourite(person)
        intent = self.intent_toward(person, item)
        rival = text.rival_of(self.rng, item) if intent in ("compare", "ask") else None
        words = (
            text.note(self.rng, intent, item, person.language, rival)
            if channel == "microblog"
            else text.capitalised(text.sentence(self.rng, intent, item, "en", rival))
        )
        return about_products(
            Post(-1, channel, person.id, at, intent, words, person.language if channel == "microblog" else "en"), item, rival
        )

    def favourite(self, person: Person) -> Product:
        """The product that a person would talk of now."""
        return self.rng.choices(PRODUCTS, [person.taste[item.id] * (6 if item.id in self.owned[person.id] else 1) for item in PRODUCTS])[0]

    def intent_toward(self, person: Person, item: Product) -> Intent:
        """What a person would say of a product."""
        weights = OWNER_INTENTS if item.id in self.owned[person.id] else OUTSIDER_INTENTS
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def of_interest(self, person: Person, category: str) -> Product:
        """The product of a category that a person would talk of now."""
        items = [item for item in PRODUCTS if item.category == category]
        return self.rng.choices(items, [person.taste[item.id] * (4 if item.id in self.owned[person.id] else 1) for item in items])[0]


def about_products(post: Post, *items: Product | None) -> Post:
    """The post, marked with those of the items that its words name; a hashtag names the brand alone."""
    words = f"{post.title} {post.text}"
    named = [item for item in items if item is not None and item.name in words]
    tagged = [item for item in items if item is not None and f"#{item.brand}" in words]
    post.products = tuple(dict.fromkeys(item.id for item in named))
    post.brands = tuple(dict.fromkeys(item.brand for item in (*named, *tagged)))
    return post
