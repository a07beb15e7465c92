"""What a request gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx

from connectors.http.bodies import read_json


@dataclass(frozen=True, slots=True)
class Validators:
    """What a conditional request needs: kept with the cursor, given back the next night."""

    etag: str | None = None
    last_modified: str | None = None

    @classmethod
    def from_cursor(cls, cursor: Mapping[str, Any] | None) -> Validators:
        """The validators that `to_cursor` stored; empty ones for anything else."""
        return cls(*(sendable(value) if isinstance(value := (cursor or {}).get(key), str) else None for key in ("etag", "last_modified")))

    def to_cursor(self) -> dict[str, str | None]:
        """As JSON."""
        return {"etag": self.etag, "last_modified": self.last_modified}

    def to_headers(self) -> dict[str, str]:
        """As the headers of a request."""
        headers = {"if-none-match": self.etag, "if-modified-since": self.last_modified}
        return {name: value for name, value in headers.items() if value}


@dataclass(frozen=True)
class Answer:
    """An answer that was asked for. `url` is the last one asked, redacted; `body` is decompressed.

    `permanent_url` is where permanent redirects alone led, None if there were none or if it holds a secret, for it is to be stored.
    """

    status: int
    url: str
    headers: httpx.Headers
    body: bytes
    permanent_url: str | None = None
    validators: Validators = field(default_factory=Validators)

    def json(self) -> Any:
        """The body as one JSON document, the same object at each call; NUL and lone surrogates become U+FFFD. Raises BrokenBody."""
        return self._document

    @cached_property
    def _document(self) -> Any:
        return read_json(self.body, self.url)

    @property
    def not_modified(self) -> bool:
        """Whether nothing changed since the validators were given."""
        return self.status == httpx.codes.NOT_MODIFIED


def sendable(value: str | None) -> str | None:
    """The value where it can be sent back."""
    return value if value and value.isascii() and value.isprintable() else None
