"""`groundswell rank` and `why`: who is ahead, and what a rank is made of."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from orchestration.cli.options import AsJson, Brand
from orchestration.cli.ranking_pages import show_ranking, show_why
from orchestration.publishing.rankings import person_page, ranking, sureness
from orchestration.settings import Settings
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
    limit: Annotated[int, typer.Option(min=1, help="How many people.")] = 10,
    safe: Annotated[bool, typer.Option("--safe", help="Order by what is exceeded with 90 % certainty.")] = False,
    rate: Annotated[bool, typer.Option("--rate", help="Order by adoptions per person reached.")] = False,
    population: Annotated[Population, typer.Option(help="public, or who is ranked apart.")] = Population.PUBLIC,
    as_json: AsJson = False,
) -> None:
    """Shows whose words move most peers, and how sure that is, from the published file."""
    if safe and rate:
        raise ValueError("--safe and --rate are two orders: choose one")
    order = "safe_rank" if safe else "rate_rank" if rate else "rank"
    with open_published(Settings().published) as connection:
        frame = ranking(connection, brand, limit, order, population.value)
        sure = sureness(connection, frame)
    if as_json:
        typer.echo(json.dumps(frame.to_dicts(), default=str))
    else:
        show_ranking(frame, brand, sure, order, population.value)


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
