"""What several commands take, and how they end."""

from __future__ import annotations

from typing import Annotated

import typer

Brand = Annotated[str | None, typer.Option(help="A brand's id or name; over all by default.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]

PARTLY_DONE = 3
"""The exit code where something is published, but a source or a copy failed."""
