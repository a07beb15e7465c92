"""The platforms beside the microblog, the board, blogs and podcasts, and who has an account there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from typing import Literal

from connectors.sandbox.people import Person


@dataclass(frozen=True, slots=True)
class Venue:
    """A platform. `share` of the residents are there, each of whom starts `rate` posts a day.

    A `stream` shows short posts to followers, `videos` titled ones; `threads` and `articles` have a title and are found by whoever comes
    by, `episodes` are such that nobody can answer, `bookmarks` are links to what others wrote, with a note.
    """

    platform: str
    shape: Literal["stream", "videos", "threads", "articles", "episodes", "bookmarks"]
    share: float
    rate: float = 0.06

    @property
    def is_answered(self) -> bool:
        """Whether its posts can be answered there."""
        return self.shape not in ("episodes", "bookmarks")


VENUES: tuple[Venue, ...] = (
    Venue("wordpress", "articles", 0.012, 0.1),
    Venue("ghost", "articles", 0.01, 0.1),
    Venue("discourse", "threads", 0.04),
    Venue("nodebb", "threads", 0.03),
    Venue("podcast_index", "episodes", 0.006, 0.1),
    Venue("bluesky", "stream", 0.08, 0.1),
    Venue("x", "stream", 0.06, 0.1),
    Venue("pinboard", "bookmarks", 0.02, 0.1),
    Venue("raindrop", "bookmarks", 0.01, 0.1),
    Venue("lobsters", "threads", 0.03),
    Venue("linkding", "bookmarks", 0.008, 0.1),
    Venue("shaarli", "bookmarks", 0.005, 0.1),
    Venue("pinterest", "bookmarks", 0.02, 0.1),
    Venue("facebook", "threads", 0.03),
    Venue("instagram", "stream", 0.04),
    Venue("threads", "stream", 0.03),
    Venue("linkedin", "threads", 0.015),
    Venue("reddit", "threads", 0.05),
    Venue("stack_exchange", "threads", 0.03),
    Venue("lemmy", "threads", 0.03),
    Venue("youtube", "videos", 0.05),
    Venue("peertube", "videos", 0.02),
    Venue("tiktok", "videos", 0.03),
    Venue("twitch", "videos", 0.02),
)


WELL_KNOWN = ("ana_brews", "kit_and_miles", "quiet_desk", "first_crack", "long_loop", "left_ear", "slow_sunday", "hill_and_sea")
"""The first members of every venue go by these names, whatever the seed: sources.yaml may follow them."""


@dataclass(slots=True)
class Members:
    """A venue's accounts by person, their followers (persons, the farm too), and since when they are there."""

    venue: Venue
    accounts: dict[int, str] = field(default_factory=dict)
    followers: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def person(self, account: str) -> int | None:
        """Whose account it is."""
        return next((number for number, name in self.accounts.items() if name == account), None)


def settle(rng: Random, residents: Sequence[Person]) -> dict[str, Members]:
    """Gives each venue its accounts; names differ from venue to venue, and the popular have more followers."""
    settled = {}
    for venue in VENUES:
        members = Members(venue)
        there = sorted(rng.sample(residents, max(4, round(venue.share * len(residents)))), key=lambda person: person.id)
        for person, name in zip(there, WELL_KNOWN, strict=False):
            members.accounts[person.id] = name
        for person in there[len(WELL_KNOWN) :]:
            first, last = person.name.lower().split(" ")[0], str(person.id)
            wanted = person.handle or f"{first}{last}"
            members.accounts[person.id] = wanted if rng.random() < 0.5 else f"{wanted}{rng.randrange(2, 99)}"
        weights = list(accumulate(person.popularity for person in there))
        followed: dict[int, dict[int, None]] = {person.id: {} for person in there}
        for person in there:
            for _ in range(min(len(there) // 2, 3 + int(rng.lognormvariate(2.0, 0.6)))):
                followed[rng.choices(there, cum_weights=weights)[0].id][person.id] = None
        members.followers = {number: tuple(one for one in who if one != number) for number, who in followed.items()}
        settled[venue.platform] = members
    return settled
