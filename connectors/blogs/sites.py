"""What the connectors of blogs on sites of their own share: the site's name and its times."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


def site_name(address: str) -> str:
    """The host and folder of an address, in one spelling."""
    parts = urlsplit(address)
    port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    return f"{(parts.hostname or '').removeprefix('www.')}{port}{parts.path.rstrip('/')}"


def stamp(moment: datetime) -> str:
    """A time as the API takes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(value: object) -> datetime | None:
    """A time of the site; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else EARLIEST
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment > EARLIEST else None
