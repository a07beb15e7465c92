"""What the explorer asks of the published file: each figure is one query, which can be shown and run anywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from textwrap import dedent
from threading import Lock
from typing import Any

import duckdb
import polars as pl

from orchestration.publishing.names import person_id
from orchestration.publishing.persons import QUERIES
from orchestration.publishing.rankings import COMPONENTS, EVIDENCE
from orchestration.publishing.scopes import ALL, Only, Scope
from orchestration.publishing.superset.bundle import dataset_sql
from orchestration.warehouse.warehouse import literal, open_published

DAYS = 180
"""Of the period that is shown first: what a ranking looks back on."""
ROWS = 1000
"""Of a ranking and of mentions, so that a table is there at once; `groundswell sql` has all."""
LISTED = "person_id in (select person_id from mart_list_members where list = $list)"
_one_at_a_time = Lock()  # all sessions are threads of one process, in which a file that is open for one cannot be set up for another
_NAME = re.compile(r"\$(\w+)")


@dataclass(frozen=True, slots=True)
class Figure:
    """One query and its parameters by name; more may be given than it takes."""

    query: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def frame(self, connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
        """What it answers."""
        return connection.execute(self.query, {name: self.values[name] for name in _NAME.findall(self.query)} or None).pl()

    @property
    def sql(self) -> str:
        """With the values in place, as `groundswell sql` runs it."""
        return _NAME.sub(lambda found: _written(self.values[found[1]]), dedent(self.query).strip())


@dataclass(frozen=True, slots=True)
class Known:
    """What the controls offer: names by id in the order shown, and the days that mentions are of."""

    brands: Mapping[str, str]
    channels: Mapping[str, str]
    lists: Sequence[str]
    first: date
    last: date
    night: date | None
    """Of the newest ranking."""
    version: str | None


@dataclass(frozen=True, slots=True)
class Choice:
    """What the controls say: ids of a brand and a channel, the first and the last day, the name of a list."""

    since: date
    until: date
    brand: str | None = None
    channel: str | None = None
    members_of: str | None = None

    @property
    def values(self) -> Mapping[str, Any]:
        """As parameters."""
        return {"since": self.since, "until": self.until, "brand": self.brand, "channel": self.channel, "list": self.members_of}

    def mentions(self, alias: str) -> str:
        """The condition of mentions_enriched but for the brand."""
        conditions = [f"{alias}.said_at >= $since", f"{alias}.said_at < $until::date + 1"]
        conditions += [f"{alias}.channel = $channel"] if self.channel else []
        conditions += [f"{alias}.{LISTED}"] if self.members_of else []
        return " and ".join(conditions)


def answers(published: Path, *figures: Figure) -> list[pl.DataFrame]:
    """A frame for each figure, all of one night; the file is closed again, so that nobody reads a night that was replaced or erased.

    Raises:
        NotPublished: no night was published yet.
    """
    with _one_at_a_time, open_published(published) as connection:
        return [figure.frame(connection) for figure in figures]


def check(published: Path) -> None:
    """Looks whether the file has all that the figures ask for.

    Raises:
        NotPublished: no night was published yet.
        duckdb.Error: it has not, since another version made it.
    """
    there = known(published)
    choice = first_choice(there)
    asked = [ranking(choice, ALL), voice(choice), topics(choice), campaigns(choice), mentions(choice), *person("", ALL, there).values()]
    answers(published, *(Figure(f"explain {figure.query}", figure.values) for figure in asked))


def known(published: Path) -> Known:
    """What there is to choose from.

    Raises:
        NotPublished: no night was published yet.
    """
    with _one_at_a_time, open_published(published) as connection:

        def names(query: str) -> dict[str, str]:
            return dict(connection.execute(query).fetchall())

        ((first, last),) = connection.execute("select min(said_at)::date, max(said_at)::date from mentions_enriched").fetchall()
        nights = connection.execute("select last_as_of_date, score_version from dim_score_versions where is_current").fetchall()
        night, version = nights[0] if nights else (None, None)
        last = max(filter(None, (last, night)), default=date.today())
        has_lists = connection.execute("select 1 from duckdb_tables() where table_name = 'mart_list_members'").fetchall()
        return Known(
            names("select brand_id, brand_name from dim_brands order by not is_ours, brand_name"),
            names(
                "select channel_id, channel_name from dim_channels where channel_id in (select channel from mentions_enriched) order by 2"
            ),
            [name for (name,) in connection.execute("select distinct list from mart_list_members order by 1").fetchall()]
            if has_lists
            else [],
            min(first or last, last),
            last,
            night,
            version,
        )


def first_choice(there: Known) -> Choice:
    """All brands and channels, in as many days as a ranking looks back on."""
    return Choice(max(there.first, there.last - timedelta(days=DAYS - 1)), there.last)


def scope_of(choice: Choice, there: Known) -> Scope:
    """What the ranking is of: the brand, else the channel, else all."""
    if choice.brand:
        return Scope("brand", choice.brand, there.brands[choice.brand])
    if choice.channel:
        return Scope("channel", choice.channel, there.channels[choice.channel])
    return ALL


def ranking(choice: Choice, of: Scope) -> Figure:
    """Who is ranked and spoke of it in the period: of a brand on the channel, too, where one is chosen."""
    conditions, values = Only(choice.since, choice.until, channel=choice.channel).conditions(of)
    listed = f" and rankings.{LISTED}" if choice.members_of else ""
    return Figure(
        f"""
        select rank, person, impact, impact_low, impact_high, rank_low, rank_high, evidence_count, evidence_class, handle, platform,
            audience, mention_count, earned_mention_count, paid_mention_count, best_quote, best_quote_url, is_contacted,
            last_said_at, person_id
        from rankings_newest as rankings
        where scope_kind = $kind and scope_id = $scope {conditions}{listed}
        order by rank, person_id limit {ROWS}
        """,
        {**choice.values, **values, "kind": of.kind, "scope": of.id},
    )


def voice(choice: Choice) -> Figure:
    """Brands by week: those of the brand's category, on the channel or on all together."""
    where = "channel in (select channel_name from dim_channels where channel_id = $channel)" if choice.channel else "is_every_channel"
    rivals = " and category in (select category from dim_brands where brand_id = $brand)" if choice.brand else ""
    return Figure(
        f"""
        select * exclude (is_every_channel, is_drawn)
        from (
{dataset_sql("voice")}
        ) as voice
        where {where}{rivals} and week_start_date + 6 >= $since and week_start_date <= $until
        order by week_start_date desc, mention_count desc, brand
        """,
        choice.values,
    )


def topics(choice: Choice) -> Figure:
    """Topics by how many posts are of them, and as many days before, where that much is held; of a brand: of posts that speak of it."""
    of_brand = " and said.post_id in (select post_id from mentions_enriched where brand_id = $brand)" if choice.brand else ""
    before = {"before": choice.since - (choice.until - choice.since) - timedelta(days=1)}
    reaching = choice.mentions("said").replace("$since", "$before")
    return Figure(
        f"""
        select topic, count(distinct post_id) filter (where said_at >= $since) as post_count,
            case when (select min(said_at) < $before::date + 1 from mentions_enriched)
                then count(distinct post_id) filter (where said_at < $since) end as post_count_before,
            count(distinct person_id) filter (where said_at >= $since) as person_count,
            count(*) filter (where said_at >= $since and stance = 'positive') as positive_mention_count,
            count(*) filter (where said_at >= $since and stance = 'negative') as negative_mention_count
        from mentions_enriched as said
        where topic is not null and {reaching}{of_brand}
        group by topic
        order by post_count desc, topic
        """,
        {**choice.values, **before},
    )


def campaigns(choice: Choice) -> Figure:
    """Campaigns of the brand, or of all, that run in the period."""
    of_brand = " and brand in (select brand_name from dim_brands where brand_id = $brand)" if choice.brand else ""
    return Figure(
        f"""
        select *
        from (
{dataset_sql("campaign_results")}
        ) as results
        where coalesce(starts_on <= $until, true) and coalesce(ends_on >= $since, true){of_brand}
        order by starts_on desc nulls last, campaign, spend desc, currency
        """,
        choice.values,
    )


def mentions(choice: Choice) -> Figure:
    """What is said of the brand, or of any, the newest first."""
    of_brand = "said.brand_id = $brand" if choice.brand else "said.brand_id is not null"
    return Figure(
        f"""
        select said_at, brand, product, person, handle, channel, platform, stance, intent, media_kind, disclosure_class, sentence, reach,
            reach_method, like_count, comment_count, share_count, url, person_id
        from mentions_enriched as said
        where {of_brand} and {choice.mentions("said")}
        order by said_at desc, mention_id limit {ROWS}
        """,
        choice.values,
    )


def found_person(published: Path, name: str) -> str:
    """The id of whom a name, handle or id is of.

    Raises:
        UnknownName: nobody is called that, or several are.
    """
    with _one_at_a_time, open_published(published) as connection:
        return person_id(connection, name)


def person(known_id: str, of: Scope, there: Known) -> Mapping[str, Figure]:
    """All that is known of a person, by what it is: as `groundswell person` and `groundswell why` read it."""
    place = {"person": known_id, "kind": of.kind, "scope": of.id, "night": there.night, "version": there.version, "population": "public"}
    parts = {"overview": "select * from persons_overview where person_id = $person", "evidence": EVIDENCE, "score": COMPONENTS}
    return {part: Figure(query, place) for part, query in {**parts, **QUERIES}.items()}


def _written(value: Any) -> str:
    if value is None:
        return "null"
    return f"date '{value}'" if isinstance(value, date) else literal(str(value))
