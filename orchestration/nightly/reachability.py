"""Whether the sources answer: one cheap request to each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from connectors import platforms
from connectors.extraction import Extraction
from connectors.http import Http
from connectors.settings import SourceSettings
from connectors.source import SourceError, Window
from orchestration.settings import Settings


async def ask_all(sources: Sequence[SourceSettings], settings: Settings) -> dict[str, tuple[bool, str]]:
    """By source: whether it answered, and what, or why not."""
    settings.introduce()
    now = settings.clock()

    async def one(source: SourceSettings) -> tuple[bool, str]:
        platform = platforms()[source.platform]
        rate = source.limits.requests_per_second or platform.requests_per_second
        async with Http(source, requests_per_second=rate) as http:
            try:
                return True, await platform.check(Extraction(source, http, Window(now - timedelta(days=1), now)))
            except SourceError as error:
                return False, str(error)

    return dict(zip((source.name for source in sources), await asyncio.gather(*map(one, sources)), strict=True))
