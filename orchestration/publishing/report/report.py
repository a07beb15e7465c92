"""The night as one HTML file that needs nothing else: no network, no script."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb
import jinja2
from markupsafe import Markup

from orchestration.publishing.rankings import person_page, ranking, what_controls_leave
from orchestration.publishing.report import charts
from orchestration.publishing.scopes import scope
from orchestration.publishing.superset.bundle import FILES
from orchestration.warehouse.warehouse import NotPublished, point, sync

TEMPLATE = Path(__file__).with_name("report.html")
PEOPLE = 10
"""Shown of each brand."""
OPENED = 3
"""Of these, the ones whose evidence is quoted."""
QUOTED = (300, 200)
"""How many characters are of a sentence, and of one by which somebody adopts."""
QUOTES = 3
MOVERS = 5
THREADS = 10
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BrandPart:
    """What the report says of one brand."""

    name: str
    people: list[dict[str, Any]]
    controls: str
    intervals: Markup | None
    opened: list[dict[str, Any]]
    risen: list[dict[str, Any]]
    fallen: list[dict[str, Any]]
    voice: list[dict[str, Any]]
    mentions: Markup | None
    stance: Markup | None
    reach: list[dict[str, Any]]
    campaigns: list[list[dict[str, Any]]]
    """The newest first, each with a row per currency."""
    threads: list[dict[str, Any]]


def write_report(folder: Path, connection: duckdb.DuckDBPyConnection, night: date, *, is_past: bool = False) -> Path:
    """Writes the night's page from the published file and points `latest.html` at it, unless a later page is there; returns its path.

    is_past: the connection shows the night as a later one knows it (`open_as_of`).
    """
    folder.mkdir(parents=True, exist_ok=True)
    page, fresh = folder / f"{night}.html", folder / f".{night}.new"
    fresh.write_text(render(connection, night, is_past=is_past), encoding="utf-8")
    sync(fresh)
    fresh.replace(page)
    if page == max(folder.glob("????-??-??.html")):
        point(folder / "latest.html", page.name)
    return page


def newest_night(connection: duckdb.DuckDBPyConnection) -> date:
    """The night that the published file was made in.

    Raises:
        NotPublished: it holds no night.
    """
    ((night,),) = connection.execute("select max(observed_date) from ops_source_runs").fetchall()
    if night is None:
        raise NotPublished("the published file holds no night")
    return date.fromisoformat(str(night))


def has_later(connection: duckdb.DuckDBPyConnection, night: date) -> bool:
    """Whether the published file knows a later night."""
    ((later,),) = connection.execute("select coalesce(bool_or(observed_date > ?), false) from ops_source_runs", [night]).fetchall()
    return bool(later)


def render(connection: duckdb.DuckDBPyConnection, night: date, *, is_past: bool = False) -> str:
    """The page."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.globals["QUOTED"] = QUOTED
    environment.filters |= {"shown": shown, "link": link, "number": number, "amount": amount}
    brands = [name for (name,) in connection.execute("select brand_name from dim_brands order by not is_ours, 1").fetchall()]
    ((ranked,),) = connection.execute("select max(as_of_date) from influencer_rankings where as_of_date <= ?", [night]).fetchall()
    voice = [row | {"brand": shown(row["brand"], 40)} for row in _dataset(connection, "voice", "is_every_channel")]
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        night=night,
        is_past=is_past,
        older_ranking=ranked if ranked and ranked < night else None,
        has_evidence=bool(_rows(connection, f"select 1 from ranking_components where as_of_date = date '{night}' limit 1")),
        brands=[_brand(connection, brand) for brand in brands],
        share=charts.weeks(voice, value="mention_share", by="brand", title="share of voice", form=".0%") if voice else None,
        sources=_dataset(connection, "source_health", "true order by status, source_name"),
        backtest=_rows(connection, "select * from score_backtests where ranker = 'score' order by as_of_date desc, outcome limit 2"),
    )


def _brand(connection: duckdb.DuckDBPyConnection, brand: str) -> BrandPart:
    people = ranking(connection, scope(connection, "brand", brand), PEOPLE).to_dicts()
    for place, person in enumerate(people, 1):
        person["label"] = f"{place}. {shown(person['person'], 24)}"
    opened = [
        {"person": person["person"], "evidence": person_page(connection, person["person_id"], brand)["evidence"][:QUOTES]}
        for person in people[:OPENED]
    ]
    newest = [(row["as_of_date"], row["score_version"]) for row in people[:1]]
    here, each = f"brand = {_literal(brand)}", f"brand = {_literal(brand)} and not is_every_channel"
    channels = _dataset(connection, "voice", f"{each} order by week_start_date, channel")
    for row in channels:
        read = row["positive_mention_count"] + row["neutral_mention_count"] + row["negative_mention_count"]
        row["net_sentiment"] = (row["positive_mention_count"] - row["negative_mention_count"]) / read if read else None
    stance = [row for row in channels if row["net_sentiment"] is not None]
    results = _dataset(connection, "campaign_results", f"{here} order by starts_on desc nulls last, campaign_id, spend desc, currency")
    return BrandPart(
        brand,
        people,
        what_controls_leave(connection, *newest[0], "brand") if newest else "",
        charts.intervals(people, name="label", value="impact", low="impact_low", high="impact_high", title="adoptions in 28 days")
        if people
        else None,
        opened,
        _dataset(connection, "rank_movers", f"{here} and impact_gained > 0 order by impact_gained desc limit {MOVERS}"),
        _dataset(connection, "rank_movers", f"{here} and impact_gained < 0 order by impact_gained limit {MOVERS}"),
        channels,
        charts.stacked_weeks(channels, value="mention_count", by="channel", title="mentions") if channels else None,
        charts.weeks(stance, value="net_sentiment", by="channel", title="net sentiment", form=".1f") if stance else None,
        _rows(connection, f"{REACH.format(_sql('brand_reach'))} where {here} group by channel, method order by channel, method desc"),
        [list(rows) for _, rows in groupby(results, key=itemgetter("campaign_id"))],
        _dataset(connection, "advice_threads", f"{here} and not is_answered order by asked_at desc limit {THREADS}"),
    )


REACH = """
select channel, method, count(*) as post_count, sum(reach_mid) as people, sum(reach_low) as people_low, sum(reach_high) as people_high
from ({}) as reached
"""


def _sql(dataset: str) -> str:
    return (FILES / "datasets" / f"{dataset}.sql").read_text(encoding="utf-8")


def _dataset(connection: duckdb.DuckDBPyConnection, dataset: str, where: str) -> list[dict[str, Any]]:
    """Rows of the question that the dashboard asks, too."""
    return _rows(connection, f"select * from ({_sql(dataset)}) as dataset where {where}")


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    return connection.execute(query).pl().to_dicts()


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def shown(text: object, longest: int = 200) -> str:
    """Outside text, on one line and of bounded length, without the characters that turn or hide what follows them."""
    kept = "".join(sign for sign in str(text or "") if unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co"} or sign in "\n\t\u200d")
    line = " ".join(kept.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def link(url: str | None) -> str | None:
    """The address, where a browser may follow it."""
    return url if url and url.lower().startswith(("https://", "http://")) else None


def number(value: float | None, digits: int = 0) -> str:
    """With thousands parted; a dash for what is not known."""
    return "\N{EN DASH}" if value is None else f"{value:,.{digits}f}"


def amount(value: Decimal, currency: str) -> str:
    """Money and its currency, on one line."""
    return f"{value:,.2f}\N{NO-BREAK SPACE}{currency}"
