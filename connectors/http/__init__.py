"""The one way to the web: a polite client, what it answers, and what can go wrong."""

from connectors.http.answers import Answer, Validators
from connectors.http.client import Http
from connectors.http.errors import (
    BrokenBody,
    Forbidden,
    Gone,
    HttpError,
    NotFound,
    RateLimited,
    Refused,
    Rejection,
    TooLarge,
    Unauthorized,
    Unreachable,
)

__all__ = [
    "Answer",
    "BrokenBody",
    "Forbidden",
    "Gone",
    "Http",
    "HttpError",
    "NotFound",
    "RateLimited",
    "Refused",
    "Rejection",
    "TooLarge",
    "Unauthorized",
    "Unreachable",
    "Validators",
]
