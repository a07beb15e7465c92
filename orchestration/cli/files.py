"""`groundswell files`: what a folder of exports would become, without loading it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from connectors.files.preview import Preview, previews, until
from connectors.settings import TableDialect
from orchestration.cli.terminal import markup, out, say, table, text
from orchestration.settings import NoHome, Settings, WrongUse


def files_command(
    folder: Annotated[Path, typer.Argument(help="A folder of exports, such as a shop's orders.")],
    delimiter: Annotated[str | None, typer.Option(help="What parts the cells, as csv: {delimiter} of the source.")] = None,
    decimal: Annotated[str | None, typer.Option(help="The decimal sign, as csv: {decimal}.")] = None,
    timezone: Annotated[str | None, typer.Option(help="The zone of times that tell none, as csv: {timezone}.")] = None,
    currency: Annotated[str | None, typer.Option(help="The currency of amounts that tell none, as csv: {currency}.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Says what it would make of a folder of exports, without loading them."""
    given = {"delimiter": delimiter, "decimal": decimal, "timezone": timezone, "currency": currency}
    try:
        dialect = TableDialect.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise WrongUse(
            "\n".join(f"--{detail['loc'][0]}: {detail['msg'].removeprefix('Value error, ')}" for detail in error.errors())
        ) from None
    found = previews(folder, dialect, until(_now()))
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found]))
        return
    counts = ("rows", "kept", "rejected", "left out", "waiting")
    out.print(table(("file", "recognised as", *counts, "records"), [_cells(each) for each in found], right=counts))
    for each in found:
        for problem in each.problems:
            say(f"  {markup(problem, 400)}")


def _now() -> datetime:
    """The home's clock, or where there is no home the machine's."""
    try:
        return Settings().clock()
    except NoHome:
        return datetime.now(UTC)


def _cells(found: Preview) -> Sequence[str]:
    numbers: Sequence[Any] = (found.rows, found.kept, found.rejected, found.left_out, found.waiting)
    records = ", ".join(f"{number} {entity}" for entity, number in found.records.items())
    return [text(found.file, 60), text(found.recognised or "not read"), *(str(number) for number in numbers), records]
