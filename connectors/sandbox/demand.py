"""Why people adopt a product: of themselves (taste, season, sales) or because somebody whom they follow or read won them over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, log
from random import Random

from connectors.sandbox.catalog import COMMUNITIES, PRODUCTS, PROMOTIONS, Product
from connectors.sandbox.people import DAY, Person
from connectors.sandbox.posts import Post

HALF_LIFE = 3 * DAY
MEMORY = 14 * DAY
ORGANIC_PER_WEEK = 0.011
PERSUASION = {"microblog": 0.03, "board": 0.025, "blog": 0.08, "podcast": 0.12, "venue": 0.03}
WAKING = tuple(1 + min(hour, 24 - hour) for hour in range(24))


@dataclass(frozen=True, slots=True)
class Adoption:
    """The first time that somebody takes to a product. `cause` is the post that did it, None if nobody's words did."""

    person: int
    product: str
    at: int
    cause: Post | None


def poisson(rng: Random, mean: float) -> int:
    """A Poisson draw; the normal approximation from 30 on."""
    if mean > 30:
        return max(0, round(rng.gauss(mean, mean**0.5)))
    limit, product, count = exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def waking_moment(rng: Random, midnight: int) -> int:
    """A second of that day, rarely at night."""
    return midnight + rng.choices(range(24), WAKING)[0] * 3600 + rng.randrange(3600)


def lag(rng: Random, half_life: float) -> int:
    """How long until something happens that gets half as likely with each half-life; at least a minute."""
    return 60 + int(rng.expovariate(log(2) / half_life))


def lift(item: Product, day: int) -> float:
    """How much sales raise the demand for a product on a day of the world."""
    return max(
        (sale.lift for sale in PROMOTIONS if sale.brand == item.brand and sale.first_day <= day < sale.first_day + sale.days), default=1.0
    )


def organic(rng: Random, people: list[Person], start: int, days: int) -> Iterator[Adoption]:
    """What people would adopt if nobody said anything: by community, product and week, and by their own taste."""
    weeks = [range(first, min(first + 7, days)) for first in range(0, days, 7)]
    lifts = {item.id: [lift(item, day) for day in range(days)] for item in PRODUCTS}
    demand = {
        (community, item.id, week): rng.lognormvariate(-0.05, 0.3) * item.season[week % len(item.season)]
        for community in range(len(COMMUNITIES))
        for item in PRODUCTS
        for week in range(len(weeks))
    }
    for person in people:
        for item in PRODUCTS:
            for week, span in enumerate(weeks):
                shares = lifts[item.id][span.start : span.stop]
                hazard = ORGANIC_PER_WEEK * person.taste[item.id] * demand[person.community, item.id, week] * sum(shares) / 7
                if rng.random() < hazard:
                    day = rng.choices(span, shares)[0]
                    yield Adoption(person.id, item.id, waking_moment(rng, start + day * DAY), None)
                    break


def won_over(rng: Random, post: Post, author: Person, audience: list[Person], strength: float) -> Iterator[Adoption]:
    """Whom a post wins over, and when they act on it: soon or within two weeks."""
    base = PERSUASION[post.channel] * author.persuasiveness * strength
    for person in audience:
        for product in post.products:
            if rng.random() < min(base * person.susceptibility * min(person.taste[product], 3.0), 0.7):
                after = lag(rng, HALF_LIFE)
                if after <= MEMORY:
                    yield Adoption(person.id, product, post.at + after, post)
