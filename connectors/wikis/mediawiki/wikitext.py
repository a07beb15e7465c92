"""What an edit added to a wiki page."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher

MOST_WORDS = 1_000
"""On each side of a word by word comparison, whose time grows with their product: 0.5 s at worst."""

LARGEST = 1_000_000
"""Characters of wikitext that are still compared."""

LONGEST_ADDITION = 100_000
"""Characters of added text that are kept."""

_LINK = re.compile(r"https?://[^\s\[\]<>\"|{}]+", re.IGNORECASE)


def addition(text: str, before: str) -> tuple[str | None, list[str] | None, str | None]:
    """Text and outside links that stand in `text` and not in `before`, and a remark where they are cut or (None) not looked for."""
    if max(len(text), len(before)) > LARGEST:
        return None, None, f"longer than {LARGEST} characters, so what it added is unknown"
    added, known = added_text(text, before), _links(before)
    remark = f"added {len(added)} characters, of which the first {LONGEST_ADDITION} are kept" if len(added) > LONGEST_ADDITION else None
    return added[:LONGEST_ADDITION], [link for link in _links(text) if link not in known], remark


def added_text(text: str, before: str) -> str:
    """The words of `text` that are new against `before`, one unbroken run of them a line.

    Lines that only moved are not new. Where more than MOST_WORDS words changed, the changed lines count as new whole.
    """
    old = Counter(before.splitlines())
    lines: list[str] = []
    for line in text.splitlines():
        if old[line]:
            old[line] -= 1
        else:
            lines.append(line)
    gone = [word for line in old.elements() for word in (*line.split(), "\n")]
    here = [word for line in lines for word in (*line.split(), "\n")]
    if not gone or max(len(gone), len(here)) > MOST_WORDS:
        return "\n".join(lines)
    changes = SequenceMatcher(None, gone, here).get_opcodes()
    runs = (" ".join(here[start:end]).strip() for kind, _, _, start, end in changes if kind in {"insert", "replace"})
    return "\n".join(run for run in runs if run)


def _links(text: str) -> dict[str, None]:
    return dict.fromkeys(match.group().rstrip(".,;:!?)'") for match in _LINK.finditer(text))
