"""The simulated social web whole: one seed, one set of people on every channel, and the truth about who moved whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from connectors.sandbox.campaigns import Partner, choose_partners
from connectors.sandbox.shop import Shop, open_shop
from connectors.sandbox.simulation import Simulation
from connectors.sandbox.world import DEFAULT_PEOPLE, START, World

FIRST_BOARD_ITEM = 49_500_001
FIRST_VENUE_ITEM = 1_000_001


class Economy(NamedTuple):
    """A world, whom its brands wrote to, and what is sold in it."""

    world: World
    partners: Sequence[Partner]
    shop: Shop


def build(seed: int = 1, people: int = DEFAULT_PEOPLE, start: date = START, days: int = 40, persuasion: float = 1.0) -> Economy:
    """A world that has lived, and its trade. The same seed gives the same, anywhere; see `build_world`."""
    world = build_world(seed, people, start, days, persuasion)
    partners = choose_partners(world.random("partners"), world)
    return Economy(world, partners, open_shop(world.random("shop"), world, partners))


def build_world(seed: int = 1, people: int = DEFAULT_PEOPLE, start: date = START, days: int = 40, persuasion: float = 1.0) -> World:
    """A world in which all was said. `persuasion` scales what mentions do to those who see them; at 0 nobody moves anybody."""
    world = World(seed, people, start, days)
    Simulation(world, world.random("life"), persuasion).run()
    _name_posts(world)
    return world


def _name_posts(world: World) -> None:
    """Ids as the platforms give them: growing with time."""
    board = FIRST_BOARD_ITEM
    for number, post in enumerate(sorted(world.posts, key=lambda post: (post.at, post.id))):
        if post.channel == "microblog":
            post.native_id = str((post.at * 1000 << 16) + number)
        elif post.channel == "board":
            post.native_id = str(board)
            board += 1
        elif post.channel == "venue":
            post.native_id = str(FIRST_VENUE_ITEM + number)
        else:
            post.native_id = f"https://{post.home}.example/{post.id}"
