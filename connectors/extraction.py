"""What a connector is handed for a night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from connectors.http import Http
from connectors.settings import SourceSettings
from connectors.source import Cursor, Known, Source, Window


@dataclass(frozen=True, slots=True)
class Extraction:
    """All that one night's fetch of one configured source is given. `cursor` is empty on its first night."""

    settings: SourceSettings
    http: Http
    window: Window
    cursor: Cursor = field(default_factory=dict)
    young: Sequence[Known] = ()


Platform: TypeAlias = Source[Extraction]
"""A platform's connector, as whoever runs it sees it."""
