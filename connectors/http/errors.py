"""What can go wrong when a source is read over HTTP."""

from __future__ import annotations

from connectors.source import SourceError


class HttpError(SourceError):
    """A request without a usable answer. `is_passing`: the same request may succeed when it is sent again."""

    is_passing = False


class Unreachable(HttpError):
    """No connection, or no whole answer in time."""

    is_passing = True


class BrokenBody(HttpError):
    """The body is not what it says it is: cut, in an unknown encoding, or not the JSON that was promised."""

    is_passing = True


class TooLarge(HttpError):
    """The body is larger than limits.max_body_mb once it is decompressed."""


class Refused(HttpError):
    """A request that is not sent: wrong scheme, private address, too many redirects, a secret on its way to another host."""


class RateLimited(HttpError):
    """The server asks for a longer wait than a night can give, or went on refusing until the attempts were spent."""


class Rejection(HttpError):
    """The server answered with a status that is no success. `body_excerpt` is the beginning of its body, redacted."""

    def __init__(self, message: str, status: int, body_excerpt: str) -> None:
        super().__init__(message)
        self.status = status
        self.body_excerpt = body_excerpt
        self.is_passing = status in PASSING


class Unauthorized(Rejection):
    """401: the secret is missing, wrong or expired."""


class Forbidden(Rejection):
    """403: this client may not read this."""


class NotFound(Rejection):
    """404: nothing is there, or nothing that may be seen."""


class Gone(Rejection):
    """410: it was there and will not come back."""


PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request is worth another attempt."""

_KINDS = {401: Unauthorized, 403: Forbidden, 404: NotFound, 410: Gone}
_ADVICE = {
    401: "Check the environment variable named under `secrets` of this source.",
    403: "The server does not let this client read it: check the source's terms, its secrets and GROUNDSWELL_CONTACT.",
    404: "Check the address in sources.yaml.",
    410: "It is gone for good: take it out of sources.yaml.",
}


def rejection(where: str, status: int, reason: str, excerpt: str) -> HttpError:
    """The error for an answer of `status`; `where` and `excerpt` are redacted already."""
    if status == 429:
        limited = RateLimited(f"{where} answered 429 {reason}: lower limits.requests_per_second, or run again later.")
        limited.is_passing = True
        return limited
    advice = _ADVICE.get(status, "Run again later." if status in PASSING else "Check the address and what the source follows.")
    answered = f"{where} answered {status} {reason}".rstrip()
    return _KINDS.get(status, Rejection)(f"{answered}{f' ({excerpt})' if excerpt else ''}. {advice}", status, excerpt)
