"""Worlds whose truth is planted: who caused which adoption is known, and only a part of the traces is shown to the score.

3,000 people, 60 objects, 180 days, four channels of which a crawler sees 60, 40, 20 and 0 % of the edges, 25 % of caused adoptions point
at their cause, 6 % of accounts bought followers and likes. People of a community share tastes, seasons and each other's posts, so that
friends adopt the same things without moving each other. How strong words are and how unequal people, was set once by three figures of
the truth (a third of the adoptions caused, the ceiling's NDCG .87 and capture .40, podcasts .36 of the true first hundred), not by what
the score makes of the worlds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from orchestration.scoring.inputs import Flags, Floats, Ints

Texts = npt.NDArray[np.str_]

CHANNELS = ("forum", "microblog", "podcast", "video")
CHANNEL_SHARE = np.array([0.25, 0.55, 0.08, 0.12])
CHANNEL_EFFECT = np.array([0.8, 1.0, 1.5, 1.2])
AUDIENCE_MEDIAN = np.array([12.0, 18.0, 45.0, 25.0])
HALF_LIFE = 3.0
MEMORY = 14.0


@dataclass(frozen=True)
class Plan:
    """How a world is made. `persuasion` 0 is a world in which nobody moves anybody."""

    seed: int = 1
    people: int = 3000
    objects: int = 60
    communities: int = 10
    days: int = 180
    persuasion: float = 0.0035
    organic: float = 0.0006  # adoptions per person, object and day
    seen_edges: tuple[float, ...] = (0.4, 0.6, 0.0, 0.2)
    pointing: float = 0.25
    activity_spread: float = 0.8  # of the logarithm of how often accounts speak
    is_hard: bool = False  # repeat exposure needed, heavy-tailed lags, bursts hidden from the model


HARD = Plan(is_hard=True, persuasion=0.005)
NULL = Plan(persuasion=0.0, organic=0.0009)
INTERACTIONS_ONLY = Plan(seen_edges=(0.0, 0.0, 0.0, 0.0), pointing=0.1)
NINE_IN_TEN_HIDDEN = Plan(seen_edges=(0.1, 0.1, 0.0, 0.1))
A_FEW_WRITE_MOST = Plan(activity_spread=2.0)  # the first hundredth of the accounts writes a third of all posts
RARE_OBJECTS = Plan(objects=1500, persuasion=0.0, organic=2e-5)  # strong taste, eleven adoptions an object, nobody moves anybody
RARE_AND_MOVED = Plan(objects=1500, persuasion=0.0005, organic=2e-5)


@dataclass(frozen=True)
class World:
    """Frames that a crawler would have, times in days, and the truth: who caused an adoption, and how many an account was to cause."""

    plan: Plan
    people: pl.DataFrame  # person_id, community_id
    accounts: pl.DataFrame  # author_id, person_id, channel_id, proxies, signals; is_bought and persuasiveness are truth
    edges: pl.DataFrame  # author_id, person_id, edge_class, first_at
    mentions: pl.DataFrame  # mention_id, author_id, person_id, object_id, mentioned_at, hidden_audience
    adoptions: pl.DataFrame  # adoption_id, person_id, object_id, adopted_at, community_id; truth: caused_by (a person), caused_by_author
    pointers: pl.DataFrame  # adoption_id, mention_id
    true_audiences: Floats  # truth: per mention, how many people are in its author's audience
    expected: pl.DataFrame  # truth: author_id, day, adoptions that the mentions of the day cause in the mean


def make_world(plan: Plan) -> World:
    """A world by its plan; the same plan gives the same world."""
    return _Life(plan).live()


class _Life:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.rng = rng = np.random.default_rng([plan.seed, 2026])
        n, objects = plan.people, plan.objects
        self.community = rng.integers(0, plan.communities, n)
        self.taste = rng.lognormal(-0.32, 0.8, (plan.communities, objects))
        weeks = plan.days // 7 + 1
        self.season = rng.lognormal(-0.125, 0.5, (plan.communities, objects, weeks)) * rng.lognormal(-0.045, 0.3, (objects, weeks))
        self.burst = np.ones((plan.communities, objects, plan.days))
        if plan.is_hard:
            for _ in range(3):
                first = rng.integers(0, plan.days, (plan.communities, objects))
                inside = np.abs(np.arange(plan.days) - first[:, :, None] - 1.5) < 2
                self.burst = np.where(inside, 6.0, self.burst)
        self.susceptibility = rng.gamma(2.0, 0.5, n)
        self.persuasiveness = rng.lognormal(-0.32, 0.8, n)
        self._settle()
        self._follow()

    def _settle(self) -> None:
        """Accounts: everybody has one, a quarter two."""
        plan, rng = self.plan, self.rng
        first = rng.choice(4, plan.people, p=CHANNEL_SHARE)
        second = rng.choice(4, plan.people, p=CHANNEL_SHARE)
        more = np.flatnonzero((rng.random(plan.people) < 0.25) & (second != first))
        self.person = np.concatenate([np.arange(plan.people), more])
        self.channel = np.concatenate([first, second[more]])
        count = len(self.person)
        self.activity = rng.lognormal(np.log(0.07), plan.activity_spread, count)
        self.is_bought = rng.random(count) < 0.06
        self.size = np.minimum(AUDIENCE_MEDIAN[self.channel] * rng.lognormal(0.0, 0.9, count), plan.people / 4).astype(int) + 1

    def _follow(self) -> None:
        """True audiences: three of four from the author's community, each with a strength of tie."""
        plan, rng = self.plan, self.rng
        author = np.repeat(np.arange(len(self.person)), self.size)
        by_community = np.argsort(self.community, kind="stable")
        starts = np.searchsorted(self.community[by_community], np.arange(plan.communities + 1))
        group = self.community[self.person[author]]
        neighbour = by_community[(starts[group] + rng.random(len(author)) * (starts[group + 1] - starts[group])).astype(int)]
        member = np.where(rng.random(len(author)) < 0.75, neighbour, rng.integers(0, plan.people, len(author)))
        pairs = np.unique(np.column_stack([author, member])[member != self.person[author]], axis=0)
        self.edge_author, self.edge_person = pairs[:, 0], pairs[:, 1]
        self.strength = rng.gamma(1.5, 1 / 1.5, len(pairs))
        self.first_edge = np.searchsorted(self.edge_author, np.arange(len(self.person) + 1))
        self.is_seen = rng.random(len(pairs)) < np.array(plan.seen_edges)[self.channel[self.edge_author]]

    def live(self) -> World:
        """Day by day: who speaks, who sees it, who adopts, who answers."""
        plan, rng = self.plan, self.rng
        owned = rng.random((plan.people, plan.objects)) < 0.03
        exposed: Ints = np.zeros((plan.people, plan.objects), dtype=np.int64)
        pending: list[list[Floats]] = [[] for _ in range(plan.days + 1)]  # columns: time, person, object, mention
        shares: list[list[tuple[float, int, int]]] = [[] for _ in range(plan.days + 1)]
        mentions: list[Floats] = []  # columns: time, author, object
        adoptions: list[Floats] = []  # columns: time, person, object, mention or -1
        talks: list[Floats] = []  # columns: time, edge
        expected: list[Floats] = []
        said = 0
        for day in range(plan.days):
            spoken = np.concatenate([self._speak(day), np.array(shares[day], dtype=float).reshape(-1, 3)])
            number = said + np.arange(len(spoken))
            said += len(spoken)
            mentions.append(spoken)
            author, item = spoken[:, 1].astype(int), spoken[:, 2].astype(int)
            first, count = self.first_edge[author], np.diff(self.first_edge)[author]
            row = np.repeat(np.arange(len(spoken)), count)
            edge = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + first[row]
            member = self.edge_person[edge]
            talking = rng.random(len(edge)) < 0.012 * self.strength[edge] * (self.channel[author[row]] != 2)
            talks.append(np.column_stack([spoken[row[talking], 0] + rng.random(talking.sum()), edge[talking]]))
            at_risk = ~owned[member, item[row]]
            row, edge, member = row[at_risk], edge[at_risk], member[at_risk]
            chance = self._chance(author[row], edge, member, item[row], exposed)
            np.add.at(exposed, (member, item[row]), 1)
            expected.append(np.bincount(author[row], weights=chance, minlength=len(self.person)).astype(np.float64))
            won = rng.random(len(row)) < chance
            lag = self._lags(won.sum())
            when = spoken[row[won], 0] + lag
            for due in np.unique(when.astype(int)[when < plan.days]):
                now = when.astype(int) == due
                columns = [when[now], member[won][now], item[row[won]][now], number[row[won]][now]]
                pending[due].append(np.column_stack(columns))
            pending[day].append(self._organic(day, owned))
            for adoption in self._first(np.concatenate(pending[day]), owned):
                adoptions.append(adoption)
                if rng.random() < 0.6 and day + 1 < plan.days:
                    accounts = np.flatnonzero(self.person == adoption[1])
                    shares[day + 1].append((day + 1 + rng.random(), int(rng.choice(accounts)), int(adoption[2])))
        return self._show(np.concatenate(mentions), np.array(adoptions).reshape(-1, 4), np.concatenate(talks), np.array(expected))

    def _speak(self, day: int) -> Floats:
        rng = self.rng
        author = np.repeat(np.arange(len(self.person)), rng.poisson(self.activity))
        group = self.community[self.person[author]]
        interest = np.cumsum((self.taste * self.season[:, :, day // 7] * self.burst[:, :, day]) ** 0.8, axis=1)
        draw = rng.random(len(author)) * interest[group, -1]
        item = (interest[group] < draw[:, None]).sum(axis=1)
        return np.column_stack([day + rng.random(len(author)), author, item])

    def _chance(self, author: Ints, edge: Ints, member: Ints, item: Ints, exposed: Ints) -> Floats:
        person = self.person[author]
        openness = self.susceptibility[member] * np.minimum(self.taste[self.community[member], item], 3.0) * self.strength[edge]
        chance = self.plan.persuasion * self.persuasiveness[person] * CHANNEL_EFFECT[self.channel[author]] * openness
        if self.plan.is_hard:
            chance = chance * np.where(exposed[member, item] == 0, 0.15, 1.3)
        return np.asarray(np.minimum(chance, 0.7))

    def _lags(self, count: int) -> Floats:
        if self.plan.is_hard:
            return np.asarray(self.rng.lognormal(np.log(2.5), 1.3, count))
        lag = self.rng.exponential(HALF_LIFE / np.log(2), count)
        return np.where(lag < MEMORY, lag, 1e6)

    def _organic(self, day: int, owned: Flags) -> Floats:
        hazard = self.plan.organic * self.taste * self.season[:, :, day // 7] * self.burst[:, :, day]
        person, item = np.nonzero(~owned & (self.rng.random(owned.shape) < hazard[self.community]))
        return np.column_stack([day + self.rng.random(len(person)), person, item, np.full(len(person), -1)])

    def _first(self, due: Floats, owned: Flags) -> list[Floats]:
        adopted = []
        for row in due[np.lexsort(due.T[::-1])]:
            if not owned[int(row[1]), int(row[2])]:
                owned[int(row[1]), int(row[2])] = True
                adopted.append(row)
        return adopted

    def _show(self, mentions: Floats, adoptions: Floats, talks: Floats, expected: Floats) -> World:
        """What a crawler sees of it."""
        person_ids = _ids("p", self.plan.people)
        author_ids = _ids("a", len(self.person))
        object_ids = _ids("o", self.plan.objects)
        mention_ids, adoption_ids = _ids("m", len(mentions)), _ids("d", len(adoptions))
        author, cause = mentions[:, 1].astype(int), adoptions[:, 3].astype(int)
        adopter = adoptions[:, 1].astype(int)
        is_caused = cause >= 0
        by_author = author[np.maximum(cause, 0)]
        points = is_caused & (self.rng.random(len(cause)) < self.plan.pointing)
        seen = np.flatnonzero(self.is_seen)
        follows = _edges(author_ids, person_ids, self.edge_author[seen], self.edge_person[seen], "follows", np.full(len(seen), -1.0))
        talked = talks[:, 1].astype(int)
        interacted = _edges(author_ids, person_ids, self.edge_author[talked], self.edge_person[talked], "interacted", talks[:, 0])
        interacted = interacted.group_by("author_id", "person_id", "edge_class").agg(pl.col("first_at").min())
        return World(
            self.plan,
            pl.DataFrame({"person_id": person_ids, "community_id": [f"c{group}" for group in self.community]}),
            self._accounts(author_ids, person_ids),
            pl.concat([follows, interacted]),
            pl.DataFrame({
                "mention_id": mention_ids, "author_id": author_ids[author], "person_id": person_ids[self.person[author]],
                "object_id": object_ids[mentions[:, 2].astype(int)], "mentioned_at": mentions[:, 0],
            }),
            pl.DataFrame({
                "adoption_id": adoption_ids, "person_id": person_ids[adopter], "object_id": object_ids[adoptions[:, 2].astype(int)],
                "adopted_at": adoptions[:, 0], "community_id": [f"c{group}" for group in self.community[adopter]],
                "caused_by": person_ids[self.person[by_author]], "caused_by_author": author_ids[by_author],
            }).with_columns(pl.when(pl.Series(is_caused)).then(pl.col("caused_by", "caused_by_author"))),
            pl.DataFrame({"adoption_id": adoption_ids[points], "mention_id": mention_ids[cause[points]]}),
            np.diff(self.first_edge)[author].astype(np.float64),
            pl.DataFrame({
                "author_id": np.tile(author_ids, self.plan.days), "day": np.repeat(np.arange(self.plan.days), len(author_ids)),
                "adoptions": expected.ravel(),
            }),
        )  # fmt: skip

    def _accounts(self, author_ids: Texts, person_ids: Texts) -> pl.DataFrame:
        """Public figures: sizes with noise, engagement that tells a little of persuasiveness, and the marks that buying leaves."""
        rng, count = self.rng, len(self.person)
        size = np.maximum(np.diff(self.first_edge), 1)
        bought = np.where(self.is_bought, size * rng.uniform(2, 10, count) + 20, 0).astype(int)
        reported = np.maximum(1, size * rng.lognormal(0, 0.15, count)).astype(int) + bought
        appeal = 0.05 * self.persuasiveness[self.person] ** 0.4 * rng.lognormal(0, 0.9, count)
        likes = size * appeal + np.where(self.is_bought, bought * rng.uniform(0.05, 0.3, count), 0)
        ghosts = np.clip((bought * rng.uniform(0.7, 1, count) + size * rng.beta(2, 12, count)) / (bought + size), 0, 1)
        ratio = rng.lognormal(0, 0.5, count) * np.where(self.is_bought, rng.uniform(3, 12, count), 1)
        spike = np.where(self.is_bought, bought / (bought + size), np.where(rng.random(count) < 0.02, rng.uniform(0, 0.3, count), 0))
        return pl.DataFrame({
            "author_id": author_ids, "person_id": person_ids[self.person], "channel_id": [CHANNELS[code] for code in self.channel],
            "followers": reported.astype(float), "engagement_rate": likes / reported, "likes": likes,
            "ghost_share": [None if hidden else share for hidden, share in zip(rng.random(count) < 0.3, ghosts, strict=True)],
            "unexplained_growth_share": [None if hidden else share for hidden, share in zip(rng.random(count) < 0.4, spike, strict=True)],
            "likes_per_comment_to_peers": ratio, "is_bought": self.is_bought, "persuasiveness": self.persuasiveness[self.person],
        })  # fmt: skip


def _ids(letter: str, count: int) -> Texts:
    return np.array([f"{letter}{number:07d}" for number in range(count)], dtype=np.str_)


def _edges(authors: Texts, people: Texts, author: Ints, person: Ints, edge_class: str, first_at: Floats) -> pl.DataFrame:
    columns = {"author_id": authors[author], "person_id": people[person]}
    return pl.DataFrame(columns).with_columns(edge_class=pl.lit(edge_class), first_at=pl.Series(first_at))
