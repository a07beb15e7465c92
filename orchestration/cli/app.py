"""The `groundswell` command. Exit codes: 0 all well, 1 not done, 2 wrong use, 3 published, but a source or a copy failed, 143 ended."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import traceback
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from pydantic import ValidationError
from rich.markup import escape

from connectors.source import SourceError
from orchestration.cli.ask import ask_command
from orchestration.cli.backup import backup_command, restore_command
from orchestration.cli.compare import compare_command
from orchestration.cli.demo import demo_command
from orchestration.cli.dev import dev_command
from orchestration.cli.doctor import doctor_command
from orchestration.cli.examples import example
from orchestration.cli.explore import explore_command
from orchestration.cli.export import export_command
from orchestration.cli.files import files_command
from orchestration.cli.forget import forget_command
from orchestration.cli.init import init_command
from orchestration.cli.lists import list_app
from orchestration.cli.people import people_command
from orchestration.cli.person import person_command
from orchestration.cli.prune import prune_command
from orchestration.cli.published import dashboard_command, report_command, sql_command
from orchestration.cli.rankings import rank_command, why_command
from orchestration.cli.refresh import refresh_command
from orchestration.cli.schedule import schedule_command
from orchestration.cli.shortlists import shortlist_command
from orchestration.cli.sources import sources_command
from orchestration.cli.status import status_command
from orchestration.cli.terminal import err
from orchestration.cli.upgrade import upgrade_command
from orchestration.nightly.stopping import Stopped, stop
from orchestration.settings import ROOT, NotDone, Settings, WrongUse
from orchestration.warehouse.faults import explained

WRONG_USE = 2
OWNER_ALONE = 0o077
"""The umask: what is made is for its owner alone, but for what is published to a group."""
traceback_wanted = ContextVar("traceback_wanted", default=False)

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Who moves their peers, how sure we are, and why."
)
app.command("init", epilog=example("init"))(init_command)
app.command("demo", epilog=example("demo"))(demo_command)
app.command("refresh", epilog=example("refresh"))(refresh_command)
app.command("status", epilog=example("status"))(status_command)
app.command("rank", epilog=example("rank"))(rank_command)
app.command("why", epilog=example("why"))(why_command)
app.command("person", epilog=example("person"))(person_command)
app.command("ask", epilog=example("ask"))(ask_command)
app.command("compare", epilog=example("compare"))(compare_command)
app.command("shortlist", epilog=example("shortlist"))(shortlist_command)
app.command("sql", epilog=example("sql"), context_settings={"ignore_unknown_options": True})(
    sql_command
)  # a query may begin with a comment
app.command("explore", epilog=example("explore"))(explore_command)
app.command("dashboard", epilog=example("dashboard"))(dashboard_command)
app.command("report", epilog=example("report"))(report_command)
app.command("people", epilog=example("people"))(people_command)
app.add_typer(list_app, name="list")
app.command("forget", epilog=example("forget"))(forget_command)
app.command("export", epilog=example("export"))(export_command)
app.command("sources", epilog=example("sources"))(sources_command)
app.command("doctor", epilog=example("doctor"))(doctor_command)
app.command("files", epilog=example("files"))(files_command)
app.command("schedule", epilog=example("schedule"))(schedule_command)
app.command("backup", epilog=example("backup"))(backup_command)
app.command("restore", epilog=example("restore"))(restore_command)
app.command("prune", epilog=example("prune"))(prune_command)
app.command("upgrade", epilog=example("upgrade"))(upgrade_command)
app.command("dev", epilog=example("dev"))(dev_command)


@app.callback()
def at_home(
    home: Annotated[
        Path | None, typer.Option("-C", "--home", metavar="FOLDER", help="The home to work in: where you stand by default.")
    ] = None,
    with_traceback: Annotated[bool, typer.Option("--traceback", help="Show where in the program an error arose.")] = False,
) -> None:
    """Names the home for whatever the command reads."""
    traceback_wanted.set(with_traceback)
    if home:
        os.environ["GROUNDSWELL_HOME"] = str(home)


def main() -> None:
    """Runs the command; what goes wrong is said in a line, without a traceback."""
    os.umask(OWNER_ALONE)
    atexit.register(gc.freeze)  # else Python looks through all that Dagster and dbt have made before it ends: 1.5 s of a night
    signal.signal(signal.SIGTERM, stop)
    try:
        app()
    except (Exception, Stopped) as error:
        if traceback_wanted.get():
            traceback.print_exception(error)
        for line in _sentences(error):
            err.print(f"[red]error:[/] {escape(line)}", highlight=False, soft_wrap=True)
        raise SystemExit(_exit_code(error)) from None


def _exit_code(error: BaseException) -> int:
    if isinstance(error, Stopped):
        return error.exit_code
    return WRONG_USE if isinstance(error, WrongUse) else 1


def _sentences(error: BaseException) -> list[str]:
    """What a person is told of an error: what it says itself, or what it is known to mean, or where the program broke off."""
    if isinstance(error, ValidationError):
        return [f"GROUNDSWELL_{str(detail['loc'][0]).upper()}: {detail['msg']}" for detail in error.errors()]
    if isinstance(error, NotDone | WrongUse | SourceError | Stopped):
        return str(error).splitlines()
    if told := explained(error, _place()):
        return [told]
    if isinstance(error, duckdb.CatalogException | duckdb.BinderException):
        told = " ".join(str(error).split())[:200]
        return [f"the file was made by another version of groundswell: `groundswell refresh` makes it anew ({told})"]
    if isinstance(error, ValueError):
        return str(error).splitlines() or [type(error).__name__]
    if isinstance(error, OSError) and error.filename is not None:
        return [f"{error.filename}: {(error.strerror or type(error).__name__).lower()}"]
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(ROOT)]
    where = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    said = " ".join(str(error).split())[:300]
    return [f"a defect of groundswell: {type(error).__name__}: {said}{where}: run it again with `groundswell --traceback …` and report it"]


def _place() -> Path:
    """The folder that is at work where an error does not say which."""
    try:
        return Settings().folder
    except (NotDone, ValueError, OSError):
        return Path.cwd()
