"""Homes of one `files` source for `make bench-nights`: what people post of six products in 120 days, and what each further night adds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from tests.homes import make_sandbox_home

END = date(2026, 9, 28)
"""The first night. Nights after it each hold one day more."""
DAYS = 120
TAILS = ("heavy", "log-normal")
MENTIONING = 0.25
CHANNEL = "microblogs"
SOURCES = """\
sources:
  - {name: listening, platform: files, path: posts}
"""
PRODUCTS = ("Morrowbean Press", "Morrowbean Press Go", "Kestrel Glide", "Kestrel Glide Pro", "Ohmline One", "Quietude Buds")
SHARES = (0.5, 0.1, 0.1, 0.1, 0.1, 0.1)
"""Of all mentions: a product has half of them."""
SAID = (
    "I bought the {} last week and it is great", "Just got my new {}, love it so far", "Anyone here who has tried the {}?",
    "The {} broke after two days, avoid it", "You should get the {}, best thing I own", "Saw an advertisement for the {} again",
    "My {} arrived today!", "Thinking about the {}, what do you all think?", "Finally ordered the {}, thanks for the tip",
    "I have had the {} for years", "The {} is on sale at the corner shop", "Gave up on the {} and returned it",
)  # fmt: skip
ELSE = (
    "What a morning by the river, number {}", "Reading chapter {} tonight, no spoilers please", "Train {} is late again",
    "Baked {} rolls and none are left", "Trip photo {} from the hills", "Meeting number {} this week, send help",
    "The cat knocked over {} plants", "Run {} of the year done, legs are tired",
)  # fmt: skip


def make_home(folder: Path, posts: int, tail: str) -> Path:
    """A home whose source tells of so many posts, a third of them by one author and 2 % in one thread where the tail is heavy."""
    make_sandbox_home(folder, SOURCES)
    (folder / "posts").mkdir()
    people = max(posts // 12, 50)
    random = np.random.default_rng(7)
    everyone = np.arange(people)
    audience = random.lognormal(4.5, 1.2, people).astype(int)
    pl.DataFrame(
        {"id": _names("a", everyone), "handle": _names("handle", everyone), "channel": [CHANNEL] * people, "followers": audience}
    ).write_ndjson(folder / "posts" / "authors.ndjson")
    followed = np.minimum((people * random.random(3 * people) ** 2).astype(int), people - 1)
    follows = {"follower_id": _names("a", random.integers(0, people, 3 * people)), "followed_id": _names("a", followed)}
    pl.DataFrame(follows).filter(pl.col("follower_id") != pl.col("followed_id")).unique(maintain_order=True).write_ndjson(
        folder / "posts" / "follows.ndjson"
    )
    _write_posts(folder / "posts" / "posts-0.ndjson", np.arange(posts), people, tail, END - timedelta(days=DAYS - 1), DAYS)
    return folder


def add_night(folder: Path, number: int, held: int, added: int, tail: str) -> None:
    """A file more: what was posted on the day of the `number`-th night after the first, by the same people."""
    people = max(held // 12, 50)
    day = END + timedelta(days=number)
    _write_posts(folder / "posts" / f"posts-{number}.ndjson", held + (number - 1) * added + np.arange(added), people, tail, day, 1)


def _write_posts(path: Path, numbers: np.ndarray, people: int, tail: str, first: date, days: int) -> None:
    random = np.random.default_rng(int(numbers[0]) + 11)
    count = len(numbers)
    if tail == "heavy":
        speaker = np.where(random.random(count) < 1 / 3, 0, (people * random.random(count) ** 2).astype(int))
    else:
        weight = np.random.default_rng(3).lognormal(0, 1, people)
        speaker = np.searchsorted(np.cumsum(weight) / weight.sum(), random.random(count)).clip(0, people - 1)
    is_mention = random.random(count) < MENTIONING
    product = pl.lit(pl.Series(PRODUCTS).gather(random.choice(len(PRODUCTS), count, p=SHARES)))
    fill = pl.lit(pl.Series(numbers % 5000).cast(pl.String))
    text = pl.select(
        pl.when(pl.Series(is_mention))
        .then(pl.lit(pl.Series(SAID).gather(random.integers(0, len(SAID), count))).str.replace("{}", product, literal=True))
        .otherwise(pl.lit(pl.Series(ELSE).gather(random.integers(0, len(ELSE), count))).str.replace("{}", fill, literal=True))
    ).to_series()
    moment = np.sort(random.random(count)) * days * 86_400
    begins = datetime(first.year, first.month, first.day, tzinfo=UTC)
    answered = numbers - 1 - (random.random(count) ** 3 * np.minimum(numbers, 3000)).astype(int)
    if tail == "heavy":
        answered = np.where(random.random(count) < 0.05, 0, answered)
    is_answer = (random.random(count) < 0.4) & (answered >= 0)
    pl.DataFrame(
        {
            "id": _names("p", numbers), "channel": [CHANNEL] * count, "author_id": _names("a", speaker), "text": text,
            "published_at": pl.Series(np.datetime64(begins.replace(tzinfo=None), "us") + (moment * 1e6).astype("timedelta64[us]"))
            .dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ"),
            "in_reply_to_id": pl.select(pl.when(pl.Series(is_answer)).then(_names("p", answered))).to_series(),
            "likes": random.poisson(3, count), "comments": random.poisson(1, count), "shares": random.poisson(0.5, count),
        }
    ).write_ndjson(path)  # fmt: skip


def _names(letter: str, numbers: np.ndarray) -> pl.Series:
    return pl.select(letter + pl.Series(numbers).cast(pl.String)).to_series()
