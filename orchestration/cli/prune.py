"""`groundswell prune`: what is older than the settings keep."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from orchestration.cli.options import AsJson
from orchestration.cli.terminal import out, say, table
from orchestration.nightly.retention import prune
from orchestration.settings import Settings
from orchestration.warehouse.lock import only_refresh


def prune_command(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False, as_json: AsJson = False
) -> None:
    """Removes what is older than the settings GROUNDSWELL_KEEP_… keep, as every night does at its end."""
    settings = Settings()
    settings.export()
    from dagster import DagsterInstance  # it takes seconds to import

    with only_refresh(settings), DagsterInstance.get() as instance:
        pruned = prune(settings, instance, settings.clock(), dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps([asdict(item) for item in pruned]))
        return
    rows = [[item.what, item.kept, f"{item.count:,}", f"{item.size / 1e6:,.1f} MB"] for item in pruned]
    out.print(table(["what", "kept", "count", "size"], rows, right=("count", "size")))
    say("nothing was removed: without --dry-run this goes" if dry_run else "removed; space inside the databases is used again")
