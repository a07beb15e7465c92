"""Who lives in the sandbox: people in communities, the brands' own accounts, and a farm of accounts that sells followers and likes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from typing import Literal

from connectors.sandbox.catalog import BRANDS, COMMUNITIES, MICROBLOG, OTHER_MICROBLOGS, PRODUCTS

BUYERS = 0.06
NEAR = 0.75
DAY = 86_400

FIRST_NAMES = (
    "Ada", "Amir", "Anouk", "Bela", "Bruno", "Carys", "Chidi", "Dalia", "Demir", "Edda", "Elio", "Esme", "Farid", "Fenna", "Gita", "Goran",
    "Hana", "Hugo", "Ilse", "Imani", "Ines", "Ivo", "Jonas", "Juno", "Kaia", "Kofi", "Lars", "Leila", "Lucia", "Mael", "Malik", "Mira",
    "Nadia", "Nils", "Noor", "Odile", "Omar", "Otis", "Paola", "Petra", "Quin", "Rafa", "Rosa", "Rune", "Sana", "Selim", "Signe", "Soren",
    "Tara", "Teo", "Thea", "Uma", "Vera", "Viggo", "Wanda", "Wim", "Xenia", "Yara", "Yusuf", "Zora",
)  # fmt: skip
LAST_NAMES = (
    "Abara", "Almeda", "Ashby", "Barrow", "Belmonte", "Birch", "Calloway", "Castell", "Cho", "Dahl", "Darzi", "Delacroix", "Eklund",
    "Farrow", "Ferro", "Galvan", "Greave", "Haddad", "Hallam", "Holt", "Ibarra", "Ito", "Jansen", "Kalu", "Karim", "Keller", "Lindqvist",
    "Lowell", "Lund", "Marchetti", "Mbeki", "Meadow", "Mori", "Nakata", "Novak", "Okafor", "Oduya", "Pell", "Quill", "Ramires", "Reyes",
    "Rowan", "Sato", "Sauer", "Sterne", "Tanaka", "Thorne", "Ueda", "Vance", "Vidal", "Wren", "Yilmaz", "Zander",
)  # fmt: skip
NATIVE_NAMES = {
    "ja": ("青木 はな", "森田 りく", "小川 ゆい", "石井 そら", "原 みお", "上野 けん"),
    "ar": ("ليلى حداد", "سامر قاسم", "نور الدين", "هدى منصور", "يوسف كريم", "مها سعيد"),
}


@dataclass(slots=True)
class Person:
    """Somebody with accounts.

    `persuasiveness` and `susceptibility` multiply to the chance that a mention wins an exposed person; `activity` is posts a day.
    """

    id: int
    name: str
    role: Literal["person", "brand", "farm"]
    community: int
    language: str
    persuasiveness: float = 0.0
    susceptibility: float = 0.0
    activity: float = 0.0
    charm: float = 1.0
    popularity: float = 1.0
    is_buyer: bool = False
    taste: dict[str, float] = field(default_factory=dict)
    owned_before: list[str] = field(default_factory=list)
    handle: str | None = None
    domain: str = MICROBLOG
    board_name: str | None = None
    wiki_name: str | None = None
    joined_at: int = 0


@dataclass(slots=True)
class Follows:
    """Who follows whom on the microblog since when. Lists are in order of time."""

    followers: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    following: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    def add(self, at: int, follower: int, followed: int) -> None:
        """Notes that somebody follows somebody since `at`."""
        self.followers.setdefault(followed, []).append((at, follower))
        self.following.setdefault(follower, []).append((at, followed))

    def sort(self) -> None:
        """Puts every list in order of time."""
        for side in (self.followers, self.following):
            for edges in side.values():
                edges.sort()


def up_to(events: Sequence[tuple[int, int]], now: int) -> int:
    """How many of the events, sorted by time, happened by then."""
    return bisect_right(events, (now, 1 << 60))


def population(rng: Random, size: int, start: int) -> list[Person]:
    """The people, then one account for each brand, then the farm. Ids are positions in the list."""
    people = [_person(rng, number, start) for number in range(size)]
    _name_accounts(rng, people)
    for brand, name in BRANDS.items():
        people.append(
            Person(
                len(people),
                name,
                "brand",
                -1,
                "en",
                activity=0.7,
                popularity=25.0,
                handle=brand,
                board_name=None,
                joined_at=start - 900 * DAY,
            )
        )
    for number in range(max(40, size // 6)):
        handle = f"user{rng.randrange(10**7, 10**8)}x{number}"
        people.append(
            Person(
                len(people),
                handle,
                "farm",
                -1,
                "en",
                handle=handle,
                domain=rng.choice(OTHER_MICROBLOGS),
                joined_at=start - rng.randrange(5, 60) * DAY,
            )
        )
    return people


def _person(rng: Random, number: int, start: int) -> Person:
    community = number % len(COMMUNITIES)
    at_home = COMMUNITIES[community]
    language = at_home.language if rng.random() < 0.85 else "en"
    name = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
    taste = {item.id: at_home.taste[item.category] * rng.lognormvariate(-0.18, 0.6) for item in PRODUCTS}
    return Person(
        number,
        name,
        "person",
        community,
        language,
        persuasiveness=rng.lognormvariate(-0.72, 1.2),
        susceptibility=rng.betavariate(2, 4) * 3,
        activity=rng.lognormvariate(-2.4, 1.0),
        charm=rng.lognormvariate(-0.32, 0.8),
        popularity=rng.paretovariate(1.3),
        is_buyer=rng.random() < BUYERS,
        taste=taste,
        owned_before=[item.id for item in PRODUCTS if rng.random() < 0.03 * taste[item.id]],
        joined_at=start - rng.randrange(40, 2000) * DAY,
    )


def _name_accounts(rng: Random, people: Sequence[Person]) -> None:
    """Gives each person the accounts that they have; a person's names differ from channel to channel."""
    taken: set[str] = set()

    def free(wanted: str) -> str:
        name, tries = wanted, 1
        while name in taken:
            tries += 1
            name = f"{wanted}{tries}"
        taken.add(name)
        return name

    for person in people:
        first, last = person.name.lower().split(" ")
        if rng.random() < 0.8 or person.is_buyer:
            person.handle = free(rng.choice((f"{first}{last}", f"{first}_{last}", f"{first[0]}{last}", f"{last}{first[0]}")))
            person.domain = rng.choice(OTHER_MICROBLOGS) if rng.random() < 0.25 else MICROBLOG
        if rng.random() < 0.2:
            person.board_name = free(
                rng.choice((f"{first[0]}{last}", f"{last}{rng.randrange(10, 99)}", f"{first}{rng.randrange(100, 999)}"))
            )
        if rng.random() < 0.06:
            person.wiki_name = free(
                rng.choice((f"{first.title()} {last.title()}", f"{first.title()}{last[0].upper()}", f"{last.title()}Edits"))
            )
        if person.language in NATIVE_NAMES and rng.random() < 0.6:
            person.name = rng.choice(NATIVE_NAMES[person.language])


def follow_graph(rng: Random, people: Sequence[Person], start: int, days: int) -> Follows:
    """Most follows stay in the community and go to the popular; buyers' followers arrive at once, on one or two days of the world."""
    follows = Follows()
    members = [person for person in people if person.handle and person.role != "farm"]
    groups = {community: [person for person in members if person.community == community] for community in range(-1, len(COMMUNITIES))}
    weights = {community: list(accumulate(person.popularity for person in group)) for community, group in groups.items()}
    all_weights = list(accumulate(person.popularity for person in members))
    for person in members:
        wanted = min(len(members) // 4, 3 + int(rng.lognormvariate(2.7, 0.7))) if person.role == "person" else 3
        inside = (groups[person.community], weights[person.community])
        chosen: dict[int, None] = {}
        for _ in range(wanted):
            group, cumulative = inside if rng.random() < NEAR else (members, all_weights)
            chosen[rng.choices(group, cum_weights=cumulative)[0].id] = None
        chosen.pop(person.id, None)
        for followed in chosen:
            since = person.joined_at + int((start - person.joined_at) * rng.random())
            if rng.random() < 0.06:
                since = start + int(days * DAY * rng.random())
            follows.add(since, person.id, followed)
    _buy_followers(rng, people, follows, start, days)
    follows.sort()
    return follows


def _buy_followers(rng: Random, people: Sequence[Person], follows: Follows, start: int, days: int) -> None:
    farm = [person.id for person in people if person.role == "farm"]
    for person in people:
        if not person.is_buyer:
            continue
        delivered = [start + int(rng.random() * days * DAY) for _ in range(rng.randint(1, 2))]
        if rng.random() < 0.6:
            delivered[0] = start - rng.randrange(2, 20) * DAY
        for follower in rng.sample(farm, int(len(farm) * rng.uniform(0.12, 0.6))):
            follows.add(rng.choice(delivered) + rng.randrange(6 * 3600), follower, person.id)
