"""`groundswell explore`: the published file in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.cli.terminal import out
from orchestration.publishing.explorer.figures import check
from orchestration.settings import Settings


def explore_command(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the browser finds it; 0: any that is free.")] = 3001,
) -> None:
    """Shows rankings, people, voice, topics and campaigns in a browser of this machine, until Ctrl-C ends it; nothing is changed."""
    from orchestration.publishing.explorer.server import serve  # 0.1 s, which only this command has to cost

    settings = Settings()
    check(settings.published)  # says here, and not on a page, what is wrong with the file

    def ready(address: str) -> None:
        out.print(f"open {address}", markup=False, highlight=False, soft_wrap=True)
        out.print("It is for you alone: who has this address sees all that is published. Ctrl-C ends it.", markup=False, highlight=False)

    serve(port, ready)
