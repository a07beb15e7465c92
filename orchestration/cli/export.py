"""`groundswell export`: all that is held of a person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from orchestration.cli.forget import accounts_table, whom
from orchestration.cli.terminal import out, path_text, say
from orchestration.privacy.access import DATA, PAGE, export
from orchestration.privacy.identifiers import collect
from orchestration.privacy.redaction import Redactor
from orchestration.settings import Settings
from orchestration.warehouse.warehouse import Warehouse


def export_command(
    person: Annotated[str, typer.Argument(help="A name, handle, address, author id or person id.")],
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
) -> None:
    """Writes all that the warehouse holds of a person, where it is from and what was derived, as JSON and as a page to read."""
    settings, folder = Settings(), folder.expanduser().resolve()
    found = whom(settings, person)
    out.print(accounts_table(found))
    with Warehouse(settings.warehouse).connect() as connection:
        identifiers = collect(connection, [account.author_id for account in found], found[0].person_id, is_whole=True)
        counts = export(connection, found, Redactor(identifiers), folder, settings.home, settings.clock())
    say(
        f"{sum(counts.values()):,} rows of {len(counts)} tables: {escape(path_text(folder / PAGE))} to read, {escape(DATA)} beside it whole"
    )
    say("look through it before you hand it over: rows of others in which the person is named are in it, too")
