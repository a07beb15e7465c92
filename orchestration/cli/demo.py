"""`groundswell demo`: thirty nights of a simulated social web, then two more, end to end."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Annotated

import httpx
import typer
from rich.console import Console

from orchestration.cli.ranking_pages import show_ranking
from orchestration.cli.refresh import end, nightly_job, show_outcomes
from orchestration.cli.terminal import out, path_text
from orchestration.nightly.refresh import SourceOutcome, refresh
from orchestration.publishing.rankings import ranking, sureness
from orchestration.publishing.scopes import scope
from orchestration.settings import ROOT, Night, NotDone, Settings
from orchestration.warehouse.warehouse import open_published

BRAND = "Morrowbean"
HOME = ROOT / "connectors" / "sandbox" / "home"
SANDBOX = "http://127.0.0.1:8765"
START_SECONDS = 60
NIGHTS = (date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 2))
"""The first catches up on thirty nights; the others are nightly refreshes."""


class DemoRefused(NotDone):
    """The demo would touch what is not its own, or its port is taken."""


def demo_command(
    folder: Annotated[Path, typer.Argument(help="The demo's own home, made or made anew.")] = Path("groundswell_demo"),
) -> None:
    """Runs thirty nights of a simulated social web and two more, then shows who is ahead."""
    settings = demo_home(folder.resolve())
    outcomes = run_demo(settings, out)
    show_outcomes(outcomes)
    with open_published(settings.published) as connection:
        shown = ranking(connection, scope(connection, "brand", BRAND), 10)
        show_ranking(shown, BRAND, sureness(connection, shown))
    first = shown["person_id"][0] if shown.height else "PERSON"
    out.print(
        f"\n[bold]Where it is[/]\n  people read    {path_text(settings.reports / 'latest.html')}"
        f"\n  BI tools open  {path_text(settings.published)}\n  Parquet        {path_text(settings.parquet / 'latest')}"
        f"\n  planted truth  {path_text(settings.folder / 'sandbox' / 'truth.ndjson')}"
        f"\n\n[bold]Try next[/]\n  cd {shlex.quote(path_text(settings.home))}"
        "\n  groundswell rank --brand Kestrel --limit 20"
        f"\n  groundswell why --brand {BRAND} --person {shlex.quote(first)}"
        f"\n  groundswell shortlist --brand {BRAND} --budget 5"
        '\n  groundswell sql "select channel_id, count(*) from fct_mentions join fct_posts using (post_id) group by 1"'
        "\n  groundswell sources",
        highlight=False,
        soft_wrap=True,
    )
    end(outcomes)


def demo_home(folder: Path) -> Settings:
    """Makes the home of the simulated web: its sources, brands and campaigns.

    Raises:
        DemoRefused: the folder holds something else.
    """
    os.environ["GROUNDSWELL_HOME"] = str(folder)
    if folder.exists() and any(folder.iterdir()) and not Settings().folder.joinpath("sandbox").exists():
        raise DemoRefused(f"{folder} is not the demo's: name another folder, `groundswell demo FOLDER`")
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(HOME.iterdir()):
        shutil.copyfile(file, folder / file.name)
    return Settings()


def run_demo(settings: Settings, console: Console) -> list[SourceOutcome]:
    """Starts the sandbox, refreshes three times, leaves a published warehouse; returns the last night's outcomes.

    Raises:
        DemoRefused: the sandbox cannot start.
    """
    sandbox = settings.folder / "sandbox"
    for leftover in ("warehouse.duckdb", "warehouse.duckdb.wal"):
        (settings.folder / leftover).unlink(missing_ok=True)
    for leftover in ("landing", "published", "reports", "dagster", "sandbox"):
        shutil.rmtree(settings.folder / leftover, ignore_errors=True)
    sandbox.mkdir(parents=True)
    with running_sandbox(settings):
        for night in NIGHTS:
            now = datetime.combine(night, time(2), UTC) + timedelta(days=1)
            set_clock(now)
            os.environ["GROUNDSWELL_NOW"] = now.isoformat()
            outcomes = refresh(Settings(), Night(night, now), nightly_job, console)
    return outcomes


@contextmanager
def running_sandbox(settings: Settings) -> Iterator[None]:
    """The sandbox in a process of its own, answering at SANDBOX."""
    log = settings.folder / "sandbox" / "server.log"
    truth = settings.folder / "sandbox" / "truth.ndjson"
    url = httpx.URL(SANDBOX)
    command = [
        sys.executable,
        "-m",
        "connectors.sandbox",
        "--port",
        str(url.port),
        "--truth",
        str(truth),
        "--shop",
        str(settings.folder / "sandbox" / "shop"),
        "--date",
        str(NIGHTS[0]),
    ]
    with contextlib.suppress(OSError), socket.create_connection((url.host, url.port or 80), timeout=1):
        raise DemoRefused(f"another program answers at {SANDBOX}, perhaps another demo: end it first")
    with log.open("w") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream, cwd=ROOT)  # noqa: S603
    try:
        _await_answer(process, log)
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def set_clock(now: datetime) -> None:
    """Moves the sandbox to another time."""
    httpx.put(f"{SANDBOX}/clock", json={"now": now.isoformat()}).raise_for_status()


def _await_answer(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = monotonic() + START_SECONDS
    while monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{SANDBOX}/clock").raise_for_status()
        except httpx.TransportError:
            sleep(0.1)
        else:
            if process.poll() is None:
                return
    last = log.read_text(encoding="utf-8").strip().rpartition("\n")[2]
    raise DemoRefused(f"the sandbox does not answer at {SANDBOX}: {last or 'no reason given'} (is another program using this port?)")
