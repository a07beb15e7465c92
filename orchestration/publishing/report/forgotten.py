"""What a written page tells of whoever was forgotten: their place in a ranking, and the numbers of the score."""

from __future__ import annotations

import re

_PLACE = re.compile(r"<li><details>(?P<row>.*?)</details></li>", re.DOTALL)
_NAME = re.compile(r'(<span class="who"><bdi>forgotten(?::[0-9a-f]{16})?</bdi>)[^\n]*(</span>)')
_FACT = re.compile(r"<div><dt>(?!Rank between<|Impact on )[^<]*</dt>.*?</div>", re.DOTALL)
_BELOW = re.compile(r"(?<=</dl>\n).*(?=</div>)", re.DOTALL)
"""What speaks for somebody, below the facts: words of theirs, whom they moved and when."""


def without_details(page: str) -> str:
    """The page with rank and numbers of the score alone where the ranked person's name is `forgotten`."""
    return _PLACE.sub(_reduced, page)


def _reduced(place: re.Match[str]) -> str:
    row, count = _NAME.subn(r"\1\2", place["row"])
    return f"<li><details>{_BELOW.sub('', _FACT.sub('', row))}</details></li>" if count else place[0]
