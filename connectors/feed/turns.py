"""The turns of a transcript: who speaks when, where the file tells it in the words themselves ("Ada: …", ">> Bo: …", "Ada 0:12")."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

Turn = tuple[str | None, str]
"""A speaker and words; None goes on with the last speaker, ANOTHER is somebody else whose name is not told."""

ANOTHER = ">>"
_TIME = r"[\[(]?\d{1,2}(?::\d\d){1,2}(?:[.,]\d{1,3})?[\])]?"
_LABEL = re.compile(
    rf"\s*(?:{_TIME}\s*[-\u2013]?\s*)?(?P<another>>>\s*)?[*_]{{0,2}}[\[(]?(?P<name>[^\s\[\]():*_>][^\n\[\]():*]{{0,39}}?)[\])]?\s*"
    rf"(?:[*_]{{0,2}}\s*{_TIME})?[*_]{{0,2}}[:\uff1a][*_]{{0,2}}(?:\s+(?P<words>.*))?$"
)
_HEADER = re.compile(rf"\s*[*_]{{0,2}}(?P<name>[^\W\d_][^\n\[\]():*]{{0,39}}?)[*_]{{0,2}}\s+{_TIME}\s*:?\s*$")
_ANOTHER = re.compile(r"\s*>>+\s*")
_DIALOGUE = re.compile(r"\s*[-\u2013]\s*(?=\S)")
_SOUND = re.compile(r"\s*[\[(\u266a][^\n]*[\])\u266a]?\s*$")
_JOINING = frozenset({"de", "del", "da", "di", "van", "von", "der", "den", "la", "le", "of", "the", "and", "und", "&", "bin", "al"})
_NO_NAMES = frozenset({
    "note", "remember", "warning", "tip", "tips", "question", "example", "ps", "p.s", "update", "so", "and", "but", "because", "first",
    "second", "third", "now", "today", "here", "fact", "spoiler", "disclaimer", "edit", "plus", "also", "again", "then", "anyway", "http",
    "https", "transcript", "translation", "date", "title", "episode", "recorded", "published", "subject", "re", "links", "credits",
})  # fmt: skip


def told_turns(turns: Iterable[Turn]) -> list[Turn]:
    """Turns with those whose speaker is not told parted where their lines begin with a name.

    A word before a colon is a name where it opens the transcript, comes again, or another one does so too: "Remember: …" is none.
    """
    cues = list(turns)
    names = _names(cues)
    return [part for speaker, words in cues for part in (_parts(words, names) if speaker is None else [(speaker, words)])]


def labelled_lines(lines: Iterable[str]) -> list[Turn] | None:
    """The turns of plain text; None where no line begins with a name. What stands above the first is a turn a line."""
    cues: list[Turn] = [(None, line) for line in lines if line.strip()]
    if not _names(cues):
        return None
    turns, is_told = list[Turn](), False
    for speaker, words in told_turns(cues):
        is_told = is_told or speaker is not None
        turns.append((speaker if is_told else ANOTHER, words))
    return turns


def _names(cues: Iterable[Turn]) -> set[str]:
    lines = [line for speaker, words in cues if speaker is None for line in words.splitlines() if line.strip()]
    labels = [(name, line) for line in lines if (name := _name(line))]
    counts = Counter(name for name, _ in labels)
    opening = next((line for line in lines if not _SOUND.match(line)), None)
    is_labelled = len(counts) > 1 or any(count > 1 for count in counts.values()) or (bool(labels) and labels[0][1] == opening)
    return set(counts) if is_labelled else set()


def _name(line: str) -> str | None:
    found = _LABEL.match(line) or _HEADER.match(line)
    if not found:
        return None
    name = " ".join(found["name"].split())
    words = name.split()
    is_name = (
        0 < len(words) <= 4
        and name.casefold() not in _NO_NAMES
        and words[0][0].isalpha()
        and all(word[0].isdigit() or not word[0].islower() or word in _JOINING for word in words)
        and not words[0][0].islower()
    )
    return name if is_name else None


def _parts(words: str, names: set[str]) -> Iterator[Turn]:
    lines = words.splitlines()
    is_dialogue = sum(bool(_DIALOGUE.match(line)) for line in lines) > 1
    speaker, spoken = None, list[str]()
    for line in lines:
        name = _name(line)
        if name in names:
            told = _LABEL.match(line)
            begun: Turn | None = (name, (told["words"] or "") if told else "")
        elif _ANOTHER.match(line):
            begun = (ANOTHER, _ANOTHER.sub("", line, count=1))
        elif is_dialogue and _DIALOGUE.match(line):
            begun = (ANOTHER, _DIALOGUE.sub("", line, count=1))
        else:
            begun = None
        if begun is None:
            spoken.append(line)
            continue
        if speaker is not None or any(spoken):
            yield speaker, "\n".join(spoken)
        speaker, spoken = begun[0], [begun[1]]
    yield speaker, "\n".join(spoken)
