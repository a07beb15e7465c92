"""What several commands take, and how they end."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

Brand = Annotated[str | None, typer.Option(help="A brand's id or name; over all by default.")]
Since = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Only what was said on this day or later.")
]
Until = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="As of the last night until this day, as it stood then.")
]
BeforeSince = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="The first day of the period before.")
]
BeforeUntil = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="The last day of the period before.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]

PARTLY_DONE = 3
"""The exit code where something is published, but a source or a copy failed."""
