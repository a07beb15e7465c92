"""`groundswell upgrade`: the warehouse of an older version, brought to this one."""

from __future__ import annotations

import json

import typer

from orchestration.cli.options import AsJson
from orchestration.cli.terminal import say
from orchestration.settings import NotDone, Settings
from orchestration.warehouse.lock import only_refresh
from orchestration.warehouse.manifest import prepared_manifest
from orchestration.warehouse.migrations import VERSION, upgrade
from orchestration.warehouse.warehouse import Warehouse


def upgrade_command(as_json: AsJson = False) -> None:
    """Brings the warehouse to this program's version, as every night does before anything else; says what was changed."""
    settings = Settings()
    if not settings.warehouse.exists():
        raise NotDone(f"there is no warehouse at {settings.warehouse} yet: `groundswell refresh` makes one")
    with only_refresh(settings):
        done = upgrade(Warehouse(settings.warehouse), prepared_manifest(settings), settings.clock())
    if as_json:
        applied = [{"number": migration.number, "purpose": migration.purpose} for migration in done.applied]
        typer.echo(json.dumps({"version": VERSION, "applied": applied, "rebuilt": list(done.rebuilt)}))
        return
    for migration in done.applied:
        say(f"  {migration.number}: {migration.purpose}")
    if done.rebuilt:
        say(f"  {len(done.rebuilt)} staging models are built anew from the raw tables by the next night")
    say(f"the warehouse is of version {VERSION}")
