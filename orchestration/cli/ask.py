"""`groundswell ask`: the analysts' questions, with parameters."""

from __future__ import annotations

import json
from typing import Annotated, Any

import polars as pl
import typer
from rich.markup import escape
from rich.padding import Padding

from orchestration.cli.answers import Csv, Parquet, Xlsx, answer, show_frame
from orchestration.cli.options import AsJson, BeforeSince, BeforeUntil, Since, Until
from orchestration.cli.terminal import err, out, say
from orchestration.publishing.names import person_id, told_apart
from orchestration.publishing.periods import in_order, within_held
from orchestration.publishing.questions import Question, ask, caveats, how_many, option, question, questions, why_empty
from orchestration.publishing.scopes import scope
from orchestration.settings import Settings
from orchestration.warehouse.warehouse import open_published


def ask_command(
    name: Annotated[str | None, typer.Argument(metavar="QUESTION", help="Its name or number, as --list shows them.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the questions and what each takes.")] = False,
    brand: Annotated[str | None, typer.Option(help="A brand's id or name.")] = None,
    topic: Annotated[str | None, typer.Option(help="A topic's id or name.")] = None,
    competitors: Annotated[bool | None, typer.Option("--competitors", help="Other brands, too.")] = None,
    each_brand: Annotated[bool | None, typer.Option("--each-brand", help="Each brand beside over all.")] = None,
    channel: Annotated[str | None, typer.Option(help="A channel's id, such as blogs.")] = None,
    each_channel: Annotated[bool | None, typer.Option("--each-channel", help="Each channel beside all together.")] = None,
    campaign: Annotated[str | None, typer.Option(help="A campaign's id or name.")] = None,
    person: Annotated[str | None, typer.Option(help="A person's or account's id, handle or name.")] = None,
    other: Annotated[str | None, typer.Option(help="Another person.")] = None,
    since: Since = None,
    until: Until = None,
    before_since: BeforeSince = None,
    before_until: BeforeUntil = None,
    audience: Annotated[int | None, typer.Option(min=0, help="Fewer followers than this.")] = None,
    people: Annotated[int | None, typer.Option(min=1, help="How many people.")] = None,
    posts: Annotated[int | None, typer.Option(min=1, help="How many posts.")] = None,
    places: Annotated[int | None, typer.Option(min=1, help="How many first places.")] = None,
    budget: Annotated[float | None, typer.Option(min=0, help="What all together may cost.")] = None,
    currency: Annotated[str | None, typer.Option(help="Its currency, such as EUR.")] = None,
    certainty: Annotated[float | None, typer.Option(min=0, max=1, help="How far from neutral a sentiment has to be.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="How many rows at most.")] = None,
    csv: Csv = None,
    xlsx: Xlsx = None,
    parquet: Parquet = None,
    as_json: AsJson = False,
) -> None:
    """Answers a question that analysts ask, from the published file; --list shows which there are."""
    if listed or name is None:
        show_questions(name, as_json=as_json)
        return
    asked = question(name)
    named = {"brand": brand, "topic": topic, "channel": channel, "campaign": campaign, "person": person, "other": other}
    counted = {
        "audience": audience,
        "people": people,
        "posts": posts,
        "places": places,
        "budget": budget,
        "currency": currency,
        "certainty": certainty,
    }
    wanted = {"competitors": competitors, "each_brand": each_brand, "each_channel": each_channel}
    days = {"since": since, "until": until, "before_since": before_since, "before_until": before_until}
    dates = {key: day and day.date() for key, day in days.items()}
    in_order(dates["since"], dates["until"])
    in_order(dates["before_since"], dates["before_until"], ("--before-since", "--before-until"))
    values = {key: value for key, value in {**named, **dates, **counted, **wanted}.items() if value is not None}
    with open_published(Settings().published) as connection:
        for key in values.keys() & {"person", "other"}:
            values[key] = person_id(connection, str(values[key]))
        for kind in values.keys() & {"brand", "channel", "campaign"}:
            values[kind] = scope(connection, kind, str(values[kind])).id
        frame = ask(connection, asked, values, limit)
        if frame.is_empty():
            within_held(connection, dates["since"], dates["until"])
        reason = why_empty(connection, asked) if frame.is_empty() else ""
        total = how_many(connection, asked, values) if frame.height == (limit or asked.limit) else frame.height
        shown = told_apart(connection, frame)
        beside = [] if frame.is_empty() else caveats(connection, asked)
    if reason and not as_json:
        say(f"no answer: {escape(reason)}")
    if not reason or as_json or csv or xlsx or parquet:
        answer(frame, csv=csv, xlsx=xlsx, parquet=parquet, as_json=as_json, show=lambda: show_answer(asked, shown), total=total)
    for caveat in beside:
        err.print(f"note: {caveat}", markup=False, highlight=False, soft_wrap=True)


def show_answer(asked: Question, frame: pl.DataFrame) -> None:
    """The question, and below it the answer."""
    say(f"[bold]{escape(asked.about)}[/]")
    show_frame(frame)


def told_of(one: Question) -> dict[str, Any]:
    """A question as JSON has it."""
    parameters = [{"option": option(each.name), "type": each.kind, "meaning": each.meaning} for each in one.parameters.values()]
    return {
        "number": one.path.stem.partition("_")[0],
        "name": one.name,
        "question": one.about,
        "parameters": parameters,
        "sql": str(one.path),
    }


def show_questions(name: str | None, *, as_json: bool = False) -> None:
    """All questions with what they take; of one each parameter's meaning."""
    if as_json:
        asked = questions().values() if name is None else [question(name)]
        typer.echo(json.dumps([told_of(one) for one in asked]))
        return
    if name is None:
        for one in questions().values():
            say(f"{one.path.stem.partition('_')[0]} [bold]{escape(one.name)}[/]  [dim]{' '.join(map(option, one.parameters))}[/]")
            out.print(Padding(escape(one.about), (0, 0, 0, 2)), highlight=False)
        return
    one = question(name)
    say(f"[bold]{escape(one.name)}[/]  {escape(one.about)}")
    for parameter in one.parameters.values():
        say(f"  {option(parameter.name)}  {escape(parameter.meaning)}")
    say(f"  its SQL: {escape(str(one.path))}")
