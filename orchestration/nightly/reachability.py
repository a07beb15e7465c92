"""Whether the sources answer: one cheap request to each, none to those whose secrets are missing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from connectors import platforms
from connectors.extraction import Extraction
from connectors.http import Http
from connectors.settings import SourceSettings, unset_secrets
from connectors.source import SourceError, Window
from orchestration.settings import Settings


@dataclass(frozen=True, slots=True)
class Asked:
    """Whether a source answered, and what, or why not. `clock_ahead`: seconds by which its server's clock is ahead of ours, where told."""

    has_answered: bool
    told: str
    clock_ahead: float | None = None


async def ask_all(sources: Sequence[SourceSettings], settings: Settings) -> dict[str, Asked]:
    """What each source says, by name."""
    settings.introduce()
    now = settings.clock()

    async def one(source: SourceSettings) -> Asked:
        if unset := unset_secrets(source, settings.environment):
            return Asked(False, f"not asked: {', '.join(unset.values())} not set; write it into .env in the home, or export it")
        platform = platforms()[source.platform]
        rate = source.limits.requests_per_second or platform.requests_per_second
        async with Http(source, requests_per_second=rate) as http:
            try:
                told = await platform.check(Extraction(source, http, Window(now - timedelta(days=1), now)))
                return Asked(True, told, http.clock_ahead)
            except SourceError as error:
                return Asked(False, str(error), http.clock_ahead)

    return dict(zip((source.name for source in sources), await asyncio.gather(*map(one, sources)), strict=True))
