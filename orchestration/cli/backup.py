"""`groundswell backup` and `groundswell restore`: a home and its warehouse in one archive, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from orchestration.cli.terminal import err, markup, path_text, say
from orchestration.nightly.stopping import stopped_by_signals
from orchestration.settings import Settings
from orchestration.warehouse.backup import Backup, back_up, restore


def backup_command(
    file: Annotated[Path, typer.Argument(help="The archive (.tar.gz), which must not be there yet.")],
    without_secrets: Annotated[bool, typer.Option("--without-secrets", help="Leave the home's .env out.")] = False,
) -> None:
    """Packs the home and its warehouse into one archive and opens it to see that it is whole; waits while a night runs."""
    settings, file = Settings(), file.expanduser().resolve()

    def waiting() -> None:
        err.print("a refresh is running: waiting for its end")

    with stopped_by_signals():
        made = back_up(settings, file, settings.clock(), with_secrets=not without_secrets, waiting=waiting)
    say(f"{escape(path_text(file))}: {_whole(made)}, {file.stat().st_size / 1e6:,.1f} MB")
    if "home/.env" in made.files:
        say("it holds the secrets of .env: keep it to yourself (its mode is 600), or use --without-secrets")


def restore_command(
    file: Annotated[Path, typer.Argument(help="An archive of `groundswell backup`.")],
    folder: Annotated[Path, typer.Argument(help="The home to make, which must not be there yet or be empty.")],
) -> None:
    """Makes a home of a backup, whole or not at all; the next night goes on from where the backup was made."""
    folder = folder.expanduser().resolve()
    with stopped_by_signals():
        found = restore(file.expanduser().resolve(), folder)
    say(f"{escape(path_text(folder))}: {_whole(found)}, as of {markup(found.made_at)}")
    if not (folder / ".env").exists():
        say("it came without .env: set its secrets before the next night")
    say(f"next: groundswell -C {escape(str(folder))} refresh")


def _whole(backup: Backup) -> str:
    return f"{len(backup.files)} files, {len(backup.rows)} tables with {sum(backup.rows.values()):,} rows, all compared"
