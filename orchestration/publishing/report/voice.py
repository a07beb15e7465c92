"""What was said of each brand in a period and before: how much, by how many, how warmly, where, paid or not, of what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import polars as pl
import polars.selectors as cs

from orchestration.publishing.metrics import metrics
from orchestration.publishing.questions import ask, question
from orchestration.publishing.report.figures import Change, growth
from orchestration.publishing.report.mentions import Listening
from orchestration.publishing.report.periods import WINDOWS, Period

Row = dict[str, Any]
ALL = "all"
"""Instead of a channel: all of them together."""
MEDIA = ("earned", "paid", "owned")
RESULTS = {"adoptions told": 0, "conversions": 0, "influenced conversions": 1, "net revenue": 2}
"""What the question two-periods calls what came of it, and digits after the point."""
BY_WINDOW = f"""
with said as (
    select voice.*, windows.back
    from mart_voice_daily as voice inner join windows on voice.said_on between windows.first_day and windows.last_day
    where voice.is_voice
),
placed as (
    select * from said union all select * replace ('{ALL}' as channel_id) from said
),
counted as (
    select
        brand_id, channel_id, back, count(distinct coalesce(person_id, post_id)) as people, sum(mention_count) as mention_count,
        sum(more_positive_mention_count) as more_positive_mention_count, sum(read_mention_count) as read_mention_count
    from placed group by all
),
every as (
    select brands.brand_id, places.channel_id, windows.back, counted.* exclude (brand_id, channel_id, back),
        sum(counted.mention_count) over (partition by brands.category, places.channel_id, windows.back) as category_mention_count
    from dim_brands as brands cross join windows cross join (select distinct channel_id from counted) as places
    left join counted on
        brands.brand_id = counted.brand_id and places.channel_id = counted.channel_id and windows.back = counted.back
)
select
    brand_id, channel_id, back, coalesce(any_value(people), 0) as people, coalesce({metrics()["mentions"].sql}, 0) as mentions,
    {metrics()["share_of_voice"].sql} as share, {metrics()["net_sentiment"].sql} as stance
from (select * replace (coalesce(mention_count, 0) as mention_count) from every) as cells
group by all
"""
BY_MEDIA = f"""
select
    voice.brand_id, voice.media_kind, windows.back, {metrics()["mentions"].sql} as mentions, {metrics()["net_sentiment"].sql} as stance,
    {metrics()["reach"].sql} as reach, {metrics()["engagement_per_post"].sql} as engagement
from mart_voice_daily as voice inner join windows on voice.said_on between windows.first_day and windows.last_day
where windows.back < 2 group by all
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
class Result:
    """What came of it: adoptions that are told, conversions, revenue. `digits`: so many are shown after the point."""

    figure: str
    change: Change
    digits: int


@dataclass(frozen=True, slots=True)
class Voice:
    """What was said of one brand."""

    mentions: Change
    people: Change
    share: Change
    stance: Change
    channels: Sequence[Channel] = ()
    media: Sequence[Media] = ()
    results: Sequence[Result] = ()


SILENCE = Voice(Change(0, None), Change(0, None), Change(None, None), Change(None, None))


@dataclass(frozen=True, slots=True)
class Subject:
    """A topic or a product, and how many people spoke of it."""

    kind: str
    name: str
    people: Change


def voices(connection: duckdb.DuckDBPyConnection, period: Period, known: Listening) -> dict[str, Voice]:
    """By brand_id; brands of which nothing was said and of which nothing came are missing."""
    names = dict(connection.execute("select channel_id, channel_name from dim_channels").fetchall())
    windows, media, changes = _asked(connection, BY_WINDOW), _asked(connection, BY_MEDIA), _changes(connection, period, known)
    series = {
        name: _series(windows, lambda row: (row["brand_id"], row["channel_id"]), name, known) for name in ("mentions", "share", "stance")
    }
    people = {(row["brand_id"], row["back"]): row["people"] for row in windows if row["channel_id"] == ALL}

    def change(place: tuple[str, str], name: str, figure: str) -> Change:
        told = series[name][place]
        row = changes.get((*place, figure))
        if row is None or not known.is_comparable:
            return Change(told[0], told[1] if known.is_comparable else None, series=told)
        return Change(
            row["now"], row["before"], row["change"], row["change_low"], row["change_high"], row["standard_errors"] or 0.0, told
        )  # fmt: skip

    results: dict[str, list[Result]] = {}
    for row in changes.values():
        if row["figure"].startswith(tuple(RESULTS)):
            results.setdefault(row["brand_id"], []).append(_result(row, known))
    found = {}
    for (brand, place), mentions in series["mentions"].items():
        if place != ALL or not any(mentions):
            continue
        places = [other for other, said in series["mentions"].items() if other[0] == brand and other[1] != ALL and any(said)]
        places.sort(key=lambda other: (-sum(value or 0 for value in series["mentions"][other]), other))
        found[brand] = Voice(
            change((brand, ALL), "mentions", "mentions"),
            growth(people[brand, 0], people[brand, 1] if known.is_comparable else None),
            change((brand, ALL), "share", "share of voice"),
            change((brand, ALL), "stance", "net sentiment"),
            [
                Channel(names.get(other[1], other[1]), change(other, "mentions", "mentions"), change(other, "stance", "net sentiment"))
                for other in places
            ],
            _media([row for row in media if row["brand_id"] == brand], known),
            results.pop(brand, ()),
        )
    return found | {brand: replace(SILENCE, results=rows) for brand, rows in results.items()}


def _changes(connection: duckdb.DuckDBPyConnection, period: Period, known: Listening) -> dict[tuple[str, str, str], Row]:
    """What `groundswell compare` says of the period and the one before, by brand_id, channel_id and figure."""
    days = {"before_since": period.before.first, "before_until": period.before.last, "since": period.now.first, "until": period.now.last}
    answer = ask(connection, question("two-periods"), {"competitors": True, "each_channel": True, **days})
    return {(row["brand_id"], row["channel"], row["figure"]): row for row in answer.to_dicts()}


def _result(row: Row, known: Listening) -> Result:
    digits = next(digits for figure, digits in RESULTS.items() if row["figure"].startswith(figure))
    if not known.is_comparable:
        return Result(row["figure"], Change(row["now"], None), digits)
    return Result(row["figure"], Change(row["now"], row["before"], row["change"], row["change_low"], row["change_high"]), digits)


def subjects(connection: duckdb.DuckDBPyConnection, known: Listening) -> dict[str, list[Subject]]:
    """Topics by their category and products by their brand's id."""
    rows = _asked(connection, SUBJECTS)
    series = _series(rows, lambda row: (row["object"], row["kind"], row["name"]), "people", known)
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


def _series(rows: Sequence[Row], key: Callable[[Row], Any], name: str, known: Listening) -> dict[Any, list[float | None]]:
    """A figure of each key, window by window, the newest first; nought where nothing was said, None where nobody listened."""
    found: dict[Any, list[float | None]] = {}
    for row in rows:
        series = found.setdefault(key(row), [0 if back < max(known.windows, 1) else None for back in range(WINDOWS)])
        if series[row["back"]] is not None:
            series[row["back"]] = row[name]
    return found


def _media(rows: Sequence[Row], known: Listening) -> list[Media]:
    by_kind = {(row["media_kind"], row["back"]): row for row in rows}
    found = []
    for kind in MEDIA:
        now, before = by_kind.get((kind, 0)), by_kind.get((kind, 1))
        if now or before:
            of = [row or {"mentions": 0, "stance": None, "reach": None, "engagement": None} for row in (now, before)]
            mentions, stance, reach, engagement = (
                Change(of[0][name], of[1][name] if known.is_comparable else None) for name in ("mentions", "stance", "reach", "engagement")
            )
            found.append(Media(kind, mentions, stance, reach, engagement))
    return found
