"""How a page writes what comes from outside, and numbers, days and money."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal

NAMED = 60
"""How many characters are shown of a name."""
QUOTED = (300, 200)
"""How many characters are shown of a sentence, and of one by which somebody adopts."""
UNKNOWN = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"


def shown(text: object, longest: int = 200) -> str:
    """Outside text, on one line and of bounded length, without the characters that turn or hide what follows them."""
    kept = "".join(sign for sign in str(text or "") if unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co"} or sign in "\n\t\u200d")
    line = " ".join(kept.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def link(url: str | None) -> str | None:
    """The address, where a browser may follow it."""
    return url if url and url.lower().startswith(("https://", "http://")) else None


def number(value: float | None, digits: int = 0) -> str:
    """With thousands parted; a dash for what is not known."""
    return UNKNOWN if value is None else f"{value:,.{digits}f}".replace("-", MINUS)


def signed(value: float | None, digits: int = 0) -> str:
    """With its sign, where it is not nought as shown."""
    if value is None:
        return UNKNOWN
    written = f"{value:+,.{digits}f}"
    return written[1:] if not float(written.replace(",", "")) else written.replace("-", MINUS)


def percent(value: float | None) -> str:
    """A share of 1 in percent."""
    return UNKNOWN if value is None else f"{number(value * 100)}\N{NO-BREAK SPACE}%"


def amount(value: Decimal, currency: str) -> str:
    """Money and its currency, on one line."""
    return f"{number(float(value), 2)}\N{NO-BREAK SPACE}{currency}"


def day(value: date | None, *, year: bool = False) -> str:
    """A day as `2 October`, or `2 October 2026`."""
    return UNKNOWN if value is None else f"{value.day} {value:%B}{f' {value.year}' if year else ''}"
