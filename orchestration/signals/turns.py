"""The turn of a transcript in which a mention stands, so that nobody is read by another speaker's words."""

from __future__ import annotations

import re

SPEAKS = re.compile(r"(?m)^(?P<name>[^\W\d_][^\n:.!?]{0,47}): (?=\S)")
"""How a transcript begins a speaker's turn."""
SPOKEN = ("audio", "video")
"""The media types whose texts are read by turns."""
LOOKED_BACK = 20_000
"""Characters: twenty minutes of one voice."""


def turn_of(text: str, start: int, end: int) -> tuple[int, int, str | None]:
    """Where the turn around a span begins and ends, and who speaks; (0, the text's length, None) where nobody is told.

    A turn ends where another begins, and at a blank line: above a transcript stands what was written of the episode.
    """
    since = max(start - LOOKED_BACK, 0)
    blank = text.rfind("\n\n", since, start)
    begun = None
    for found in SPEAKS.finditer(text, since if blank < 0 else blank + 2, end):
        begun = found
    if begun is None:
        return 0, len(text), None
    following = SPEAKS.search(text, end)
    ends = (text.find("\n\n", end), following.start() if following else -1)
    return begun.start(), min((place for place in ends if place >= 0), default=len(text)), begun["name"]
