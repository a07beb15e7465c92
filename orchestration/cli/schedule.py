"""`groundswell schedule`: what makes the machine run the night, without Dagster's daemon: a systemd timer, or a line of cron."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from dotenv import dotenv_values

from orchestration.cli.options import PARTLY_DONE
from orchestration.nightly.configuration import read_configuration
from orchestration.settings import NotDone, Settings

BUILD_HOURS = 6
"""How long the night may take after its sources; a night of millions of posts takes one. Then it hangs, and systemd ends it."""
WATCHDOG = ("status", "--max-age", "26h", "--alert")
"""Tells a person when the newest night is older than a day and two hours."""

SERVICE = """\
[Unit]
Description=Groundswell: the night of {home}
Wants=network-online.target
After=network-online.target
OnFailure={name}-failed.service

[Service]
Type=oneshot
ExecStart={refresh}
SuccessExitStatus={partly_done}
TimeoutStartSec={minutes}min
UMask=0077
"""
TIMER = """\
[Unit]
Description=Groundswell: every night at 02:00, {timezone}

[Timer]
OnCalendar=*-*-* 02:00:00 {timezone}
Persistent=true

[Install]
WantedBy=timers.target
"""
FAILED = """\
[Unit]
Description=Groundswell: tells that the night of {home} failed or is late

[Service]
Type=oneshot
ExecStart={watchdog}
UMask=0077
"""
CRON = """\
# CRON_TZ is read by cronie (Fedora, RHEL, Arch, SUSE). Debian's and Ubuntu's cron goes by the machine's own zone: take the timer there.
CRON_TZ={timezone}
0 2 * * * {refresh} || [ $? -eq {partly_done} ] || {watchdog}
"""


class NotScheduled(NotDone):
    """The units cannot be written; the message tells why."""


def schedule_command(
    install: Annotated[bool, typer.Option("--install", help="Write the systemd units, and say what switches them on.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where to write them; ~/.config/systemd/user by default.")] = None,
) -> None:
    """Prints a systemd timer, and a line for cron, that run the night of this home at 02:00 of its time zone; or installs the timer."""
    settings = Settings()
    read_configuration(settings, may_lack_secrets=True)
    program = Path(sys.argv[0]).resolve() if Path(sys.argv[0]).name == "groundswell" else Path(sys.executable).with_name("groundswell")
    files = units(settings, program)
    if not install:
        for name, content in files.items():
            typer.echo(f"# {name}\n{content}")
        typer.echo(f"# or, for cron (crontab -e)\n{cron_line(settings, program)}", nl=False)
    else:
        where = (folder or Path("~/.config/systemd/user")).expanduser().resolve()
        write_units(where, files, settings.home)
        timer = next(name for name in files if name.endswith(".timer"))
        for name in files:
            typer.echo(f"  wrote {where / name}")
        typer.echo("switch it on, and keep it running while you are logged out:")
        for command in ("systemctl --user daemon-reload", f"systemctl --user enable --now {timer}", "loginctl enable-linger"):
            typer.echo(f"  {command}")
    for name in set_here_alone(settings.home, os.environ):
        typer.echo(
            f"note: {name} is set in this shell alone: write it into {settings.home / '.env'}, or the timer will not know it", err=True
        )


def units(settings: Settings, program: Path) -> Mapping[str, str]:
    """The service, its timer and what is told when it fails, by file name."""
    slug = re.sub(r"[^a-z0-9]+", "-", settings.home.name.lower()).strip("-")
    name = f"groundswell-{slug}" if slug else "groundswell"
    command = [str(program), "-C", str(settings.home)]
    words = {
        "name": name,
        "home": _in_unit(str(settings.home)),
        "timezone": settings.timezone,
        "refresh": _unit_command([*command, "refresh"]),
        "watchdog": _unit_command([*command, *WATCHDOG]),
        "minutes": settings.night_minutes + 60 * BUILD_HOURS,
        "partly_done": PARTLY_DONE,
    }
    templates = {f"{name}.service": SERVICE, f"{name}.timer": TIMER, f"{name}-failed.service": FAILED}
    return {file: template.format(**words) for file, template in templates.items()}


def cron_line(settings: Settings, program: Path) -> str:
    """The same for cron, whose lines end at a per cent sign that nothing stands before."""
    command = [str(program), "-C", str(settings.home)]
    refresh, watchdog = (shlex.join([*command, *words]).replace("%", r"\%") for words in (["refresh"], WATCHDOG))
    return CRON.format(timezone=settings.timezone, refresh=refresh, watchdog=watchdog, partly_done=PARTLY_DONE)


def write_units(where: Path, files: Mapping[str, str], home: Path) -> None:
    """Writes them.

    Raises:
        NotScheduled: one of this name is another home's, or the folder takes none.
    """
    for name in files:
        there = where / name
        if there.is_file() and _in_unit(str(home)) not in there.read_text(encoding="utf-8"):
            raise NotScheduled(f"{there} is another home's: name this one's folder otherwise than {home.name}, or remove that file")
    try:
        where.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (where / name).write_text(content, encoding="utf-8")
    except OSError as error:
        raise NotScheduled(f"{where} cannot be written ({error.strerror}): name another folder with --folder") from None


def set_here_alone(home: Path, environment: Mapping[str, str]) -> list[str]:
    """Settings that a program without this shell's environment would not know."""
    settings = {f"GROUNDSWELL_{field.upper()}" for field in Settings.model_fields} - {"GROUNDSWELL_HOME"}
    return sorted(settings & environment.keys() - dotenv_values(home / ".env").keys())


def _unit_command(words: list[str]) -> str:
    """A command as ExecStart= reads it: each word in quotes, with nothing that systemd would replace."""
    quoted = (word.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$") for word in map(_in_unit, words))
    return " ".join(f'"{word}"' for word in quoted)


def _in_unit(text: str) -> str:
    return text.replace("%", "%%")
