"""What was said of each brand in a period and before: how much, by how many, how warmly, where, paid or not, of what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl
import polars.selectors as cs

from orchestration.publishing.report.figures import Change, Estimate, Series, difference, growth, ratio
from orchestration.publishing.report.mentions import Listening
from orchestration.publishing.report.periods import WINDOWS

Row = dict[str, Any]
MEDIA = ("earned", "paid", "owned")
COUNTS = """
select
    brand_id, channel, back,
    count(*) as mentions,
    count(*) filter (where stance = 'positive') as positive,
    count(*) filter (where stance = 'neutral') as neutral,
    count(*) filter (where stance = 'negative') as negative
from said where brand_id is not null and is_voice group by all
"""
PEOPLE = """
with spoken as (
    select
        said.brand_id, brands.category, said.back, said.speaker_id,
        count(*) as mentions,
        count(*) filter (where stance = 'positive') - count(*) filter (where stance = 'negative') as balance,
        count(stance) as read
    from said inner join dim_brands as brands on said.brand_id = brands.brand_id
    where said.is_voice and said.back < 2 group by all
),
of_category as (
    select category, back, speaker_id, sum(mentions) as mentions from spoken group by all
),
categories as (
    select category, back, sum(mentions) as mentions, sum(mentions * mentions) as squares, count(*) as people from of_category group by all
)
select
    spoken.brand_id, spoken.back, count(*) as people,
    sum(spoken.mentions) as mentions, sum(spoken.mentions * spoken.mentions) as squares,
    sum(balance) as balance, sum(read) as read, sum(balance * balance) as balance_squares, sum(balance * read) as balance_read,
    sum(read * read) as read_squares, count(*) filter (where read > 0) as read_people,
    sum(spoken.mentions * of_category.mentions) as of_category,
    any_value(categories.mentions) as category_mentions, any_value(categories.squares) as category_squares,
    any_value(categories.people) as category_people
from spoken
inner join of_category using (category, back, speaker_id)
inner join categories on spoken.category = categories.category and spoken.back = categories.back
group by all
"""
MEDIA_KINDS = """
with posts as (
    select
        brand_id, media_kind, back, post_id,
        count(*) as mentions,
        count(*) filter (where stance = 'positive') - count(*) filter (where stance = 'negative') as balance,
        count(stance) as read,
        any_value(reach) as reach,
        any_value(coalesce(like_count, comment_count, share_count)) is not null as is_counted,
        any_value(coalesce(like_count, 0) + coalesce(comment_count, 0) + coalesce(share_count, 0)) as engagement
    from said where brand_id is not null and back < 2 group by all
)
select
    brand_id, media_kind, back, sum(mentions) as mentions, sum(balance) / nullif(sum(read), 0) as net_sentiment, sum(reach) as reach,
    sum(engagement) filter (where is_counted) / nullif(count(*) filter (where is_counted), 0) as engagement
from posts group by all
"""
SUBJECTS = """
select topics.category as object, 'topic' as kind, topics.topic_name as name, said.back, count(distinct said.speaker_id) as people
from said inner join dim_topics as topics on said.topic_id = topics.topic_id
where said.is_voice group by all
union all
select said.brand_id as object, 'product' as kind, products.product_name as name, said.back, count(distinct said.speaker_id) as people
from said inner join dim_products as products on said.product_id = products.product_id
where said.is_voice group by all
"""


@dataclass(frozen=True, slots=True)
class Channel:
    """What was said of a brand in one."""

    name: str
    mentions: Change
    stance: Change


@dataclass(frozen=True, slots=True)
class Media:
    """What was said of a brand for pay, without or by itself. `reach`: of its posts; `engagement`: of a post."""

    kind: str
    mentions: Change
    stance: Change
    reach: Change
    engagement: Change


@dataclass(frozen=True, slots=True)
class Voice:
    """What was said of one brand."""

    mentions: Change
    people: Change
    share: Change
    stance: Change
    channels: Sequence[Channel] = ()
    media: Sequence[Media] = ()


SILENCE = Voice(Change(0, None), Change(0, None), Change(None, None), Change(None, None))


@dataclass(frozen=True, slots=True)
class Subject:
    """A topic or a product, and how many people spoke of it."""

    kind: str
    name: str
    people: Change


def voices(connection: duckdb.DuckDBPyConnection, known: Listening) -> dict[str, Voice]:
    """By brand_id; brands of which nothing was said are missing."""
    counts, people, media = (_asked(connection, query) for query in (COUNTS, PEOPLE, MEDIA_KINDS))
    categories = dict(connection.execute("select brand_id, category from dim_brands").fetchall())
    names = dict(connection.execute("select channel_id, channel_name from dim_channels").fetchall())
    spoken = {(row["brand_id"], row["back"]): row for row in people}
    mentions, stances = _mentions(counts, lambda row: row["brand_id"], known), _stances(counts, lambda row: row["brand_id"], known)
    of_category = _mentions(counts, lambda row: categories[row["brand_id"]], known)
    places = lambda row: (row["brand_id"], row["channel"])  # noqa: E731
    in_channels, warmth = _mentions(counts, places, known), _stances(counts, places, known)
    found = {}
    for brand, series in mentions.items():
        now, before = spoken.get((brand, 0)), spoken.get((brand, 1))
        shares = [
            part / whole if whole and part is not None else None for part, whole in zip(series, of_category[categories[brand]], strict=True)
        ]
        pairs = [(place, in_channels[place], warmth[place]) for place in in_channels if place[0] == brand]
        pairs.sort(key=lambda pair: (-sum(value or 0 for value in pair[1]), pair[0]))
        found[brand] = Voice(
            _count(now, before, "mentions", "squares", known, series),
            _count(now, before, "people", "people", known),
            _difference(_share(now, shares[0]), _share(before, shares[1]), known, shares),
            _difference(_stance(now), _stance(before), known, stances[brand]),
            [
                Channel(
                    names.get(channel, channel),
                    growth(said[0] or 0, said[1] if known.is_comparable else None, series=said),
                    _plain(warm, known),
                )
                for (_, channel), said, warm in pairs
            ],
            _media([row for row in media if row["brand_id"] == brand], known),
        )
    return found


def subjects(connection: duckdb.DuckDBPyConnection, known: Listening) -> dict[str, list[Subject]]:
    """Topics by their category and products by their brand's id."""
    rows = _asked(connection, SUBJECTS)
    series = _series(rows, lambda row: (row["object"], row["kind"], row["name"]), lambda row: row["people"], known)
    found: dict[str, list[Subject]] = {}
    for (of, kind, name), people in series.items():
        if people[0] or people[1]:
            change = growth(people[0] or 0, people[1] if known.is_comparable else None, series=people)
            found.setdefault(of, []).append(Subject(kind, name, change))
    return found


def gained_least_last(one: Subject) -> tuple[float, str, str]:
    """What subjects are sorted by."""
    return (one.people.before or 0) - (one.people.now or 0), one.kind, one.name


def _asked(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    return connection.execute(query).pl().with_columns(cs.decimal().cast(pl.Float64)).to_dicts()


def _series(
    rows: Sequence[Row], key: Callable[[Row], Any], value: Callable[[Row], float], known: Listening
) -> dict[Any, list[float | None]]:
    """The sums of each key, window by window, the newest first; nought where nothing was said, None where nobody listened."""
    found: dict[Any, list[float | None]] = {}
    for row in rows:
        sums = found.setdefault(key(row), [0 if back < max(known.windows, 1) else None for back in range(WINDOWS)])
        so_far = sums[row["back"]]
        if so_far is not None:
            sums[row["back"]] = so_far + value(row)
    return found


def _mentions(rows: Sequence[Row], key: Callable[[Row], Any], known: Listening) -> dict[Any, list[float | None]]:
    return _series(rows, key, lambda row: row["mentions"], known)


def _stances(rows: Sequence[Row], key: Callable[[Row], Any], known: Listening) -> dict[Any, list[float | None]]:
    balance = _series(rows, key, lambda row: row["positive"] - row["negative"], known)
    read = _series(rows, key, lambda row: row["positive"] + row["neutral"] + row["negative"], known)
    return {
        name: [part / whole if part is not None and whole else None for part, whole in zip(parts, read[name], strict=True)]
        for name, parts in balance.items()
    }


def _count(now: Row | None, before: Row | None, counted: str, squares: str, known: Listening, series: Series = ()) -> Change:
    of = [(row[counted], row[squares]) if row else (0, 0) for row in (now, before)]
    if not known.is_comparable:
        return Change(of[0][0], None, series=series)
    return growth(of[0][0], of[1][0], (of[0][1], of[1][1]), series)


def _share(row: Row | None, otherwise: float | None) -> Estimate:
    if row is None:
        return Estimate(otherwise)
    return ratio(
        row["mentions"], row["category_mentions"], row["squares"], row["of_category"], row["category_squares"], row["category_people"]
    )


def _stance(row: Row | None) -> Estimate:
    if row is None:
        return Estimate(None)
    return ratio(row["balance"], row["read"], row["balance_squares"], row["balance_read"], row["read_squares"], row["read_people"])


def _difference(now: Estimate, before: Estimate, known: Listening, series: Series) -> Change:
    return difference(now, before if known.is_comparable else Estimate(None), series)


def _plain(series: Sequence[float | None], known: Listening) -> Change:
    """Without an interval."""
    return _difference(Estimate(series[0]), Estimate(series[1]), known, series)


def _media(rows: Sequence[Row], known: Listening) -> list[Media]:
    by_kind = {(row["media_kind"], row["back"]): row for row in rows}
    found = []
    for kind in MEDIA:
        now, before = by_kind.get((kind, 0)), by_kind.get((kind, 1))
        if now or before:
            of = [row or {"mentions": 0, "net_sentiment": None, "reach": None, "engagement": None} for row in (now, before)]
            mentions, stance, reach, engagement = (
                Change(of[0][name], of[1][name] if known.is_comparable else None)
                for name in ("mentions", "net_sentiment", "reach", "engagement")
            )
            found.append(Media(kind, mentions, stance, reach, engagement))
    return found
