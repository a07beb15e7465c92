"""`groundswell rank` and `why`: who is ahead, and what a rank is made of."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from orchestration.cli.answers import Csv, Parquet, Xlsx, answer
from orchestration.cli.options import AsJson, Brand, Until
from orchestration.cli.ranking_pages import show_ranking, show_why
from orchestration.publishing.names import told_apart
from orchestration.publishing.periods import in_order
from orchestration.publishing.rankings import how_many, person_page, ranking, sureness, within_ranked
from orchestration.publishing.scopes import ALL, EVERYBODY, Only, scope_asked
from orchestration.settings import Settings, WrongUse
from orchestration.warehouse.warehouse import open_published


class Population(StrEnum):
    """Who is ranked among themselves."""

    PUBLIC = "public"
    BRAND = "brand"
    MEDIA = "media"
    BOT = "bot"
    EMPLOYEE = "employee"
    SERVER = "server"
    FEED = "feed"
    COLLECTION = "collection"
    GROUP = "group"


def rank_command(
    brand: Brand = None,
    product: Annotated[str | None, typer.Option(help="A product's id or name, instead of a brand.")] = None,
    topic: Annotated[str | None, typer.Option(help="A topic's id or name, instead of a brand.")] = None,
    channel: Annotated[str | None, typer.Option(help="A channel's id or name, instead of a brand.")] = None,
    language: Annotated[str | None, typer.Option(help="Only who mostly posts in it, such as de.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            help="Leave out who said nothing of it on this day or later; ranks and figures stay those of all.",
        ),
    ] = None,
    until: Until = None,
    min_evidence: Annotated[int, typer.Option(min=0, help="Only who has so many adoptions as evidence.")] = 0,
    limit: Annotated[int, typer.Option(min=1, help="How many people.")] = 10,
    safe: Annotated[bool, typer.Option("--safe", help="Order by what is exceeded with 90 % certainty.")] = False,
    rate: Annotated[bool, typer.Option("--rate", help="Order by adoptions per person reached.")] = False,
    population: Annotated[Population, typer.Option(help="public, or who is ranked apart.")] = Population.PUBLIC,
    csv: Csv = None,
    xlsx: Xlsx = None,
    parquet: Parquet = None,
    as_json: AsJson = False,
) -> None:
    """Shows whose words move most peers, and how sure that is, from the published file."""
    if safe and rate:
        raise WrongUse("--safe and --rate are two orders: choose one")
    only = Only(since and since.date(), until and until.date(), language, min_evidence)
    in_order(only.since, only.until)
    order = "safe_rank" if safe else "rate_rank" if rate else "rank"
    with open_published(Settings().published) as connection:
        of = scope_asked(connection, {"brand": brand, "product": product, "topic": topic, "channel": channel})
        frame = ranking(connection, of, limit, order, population.value, only)
        if frame.is_empty():
            within_ranked(connection, only)
        sure = sureness(connection, frame)
        named = told_apart(connection, frame)
        total = how_many(connection, of, population.value, only)
    shown = of.name if of != ALL else None

    def show() -> None:
        show_ranking(named, shown, sure, order, population.value, is_some=replace(only, until=None) != EVERYBODY)

    answer(frame, csv=csv, xlsx=xlsx, parquet=parquet, as_json=as_json, show=show, total=total)


def why_command(
    person: Annotated[str, typer.Option(help="A person's or account's id, handle or name.")], brand: Brand = None, as_json: AsJson = False
) -> None:
    """Shows what a person's rank is made of: parts, what is expected of peers, and the adoptions behind it."""
    with open_published(Settings().published) as connection:
        page = person_page(connection, person, brand)
    if as_json:
        typer.echo(json.dumps(page, default=str))
    else:
        show_why(page, brand)
