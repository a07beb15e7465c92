"""The `groundswell` command. Exit codes: 0 all well, 1 not done, 2 wrong use, 3 published, but a source or a copy failed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.markup import escape

from connectors.source import SourceError
from orchestration.cli.demo import demo_command
from orchestration.cli.dev import dev_command
from orchestration.cli.init import init_command
from orchestration.cli.people import people_command
from orchestration.cli.published import dashboard_command, report_command, sql_command
from orchestration.cli.rankings import rank_command, why_command
from orchestration.cli.refresh import refresh_command
from orchestration.cli.shortlists import shortlist_command
from orchestration.cli.sources import sources_command
from orchestration.cli.status import status_command
from orchestration.cli.terminal import err
from orchestration.settings import NotDone

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Who moves their peers, how sure we are, and why."
)
app.command("init")(init_command)
app.command("demo")(demo_command)
app.command("refresh")(refresh_command)
app.command("status")(status_command)
app.command("rank")(rank_command)
app.command("why")(why_command)
app.command("shortlist")(shortlist_command)
app.command("sql")(sql_command)
app.command("dashboard")(dashboard_command)
app.command("report")(report_command)
app.command("people")(people_command)
app.command("sources")(sources_command)
app.command("dev")(dev_command)


@app.callback()
def at_home(
    home: Annotated[
        Path | None, typer.Option("-C", "--home", metavar="FOLDER", help="The home to work in: where you stand by default.")
    ] = None,
) -> None:
    """Names the home for whatever the command reads."""
    if home:
        os.environ["GROUNDSWELL_HOME"] = str(home)


def main() -> None:
    """Runs the command; what goes wrong is said in a line, without a traceback."""
    try:
        app()
    except (NotDone, SourceError, ValueError) as error:
        for line in _sentences(error):
            err.print(f"[red]error:[/] {escape(line)}", highlight=False, soft_wrap=True)
        raise SystemExit(1) from None


def _sentences(error: Exception) -> list[str]:
    if isinstance(error, ValidationError):
        return [f"GROUNDSWELL_{str(detail['loc'][0]).upper()}: {detail['msg']}" for detail in error.errors()]
    return str(error).splitlines()
