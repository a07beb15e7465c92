"""The definition of a mention, slow and obvious: every stretch of a text, character by character."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

KINDS = ["word", "hashtag", "handle", "domain"]
SPACED = {"LATIN", "GREEK", "CYRILLIC", "HEBREW", "ARABIC"}  # as far as the tests' alphabet goes


class Term(NamedTuple):
    """A row of brand_terms, or with a topic and no brand of topic_terms."""

    brand_id: str | None
    product_id: str | None
    term: str
    kind: str
    exclusions: str | None = None
    contexts: str | None = None
    topic_id: str | None = None


class Match(NamedTuple):
    """A span of a text, and the term that it matches."""

    start: int
    end: int
    term: Term


def fold(text: str) -> str:
    for typed, plain in {"\uff03": "#", "\uff20": "@", "\u2019": "'"}.items():
        text = text.replace(typed, plain)
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())


def is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def units(text: str) -> list[tuple[str, int, int]]:
    """What a match takes whole, folded: one ASCII character, a run of white space, another character with its marks."""
    found: list[tuple[str, int, int]] = []
    start = 0
    while start < len(text):
        end = start + 1
        if text[start].isspace():
            while text[end : end + 1].isspace():
                end += 1
            found.append((" ", start, end))
        else:
            while not text[start].isascii() and end < len(text) and is_mark(text[end]):
                end += 1
            found.append((fold(text[start:end]), start, end))
        start = end
    return found


def script(character: str) -> str:
    """A spaced script, "any" for what belongs to the word beside it, or nothing."""
    if character.isdecimal() or character in "_\u200c\u200d":
        return "any"
    # Unicode has both ordinal indicators among the Latin letters, whatever their names begin with
    name = "LATIN" if character in "ªº" else unicodedata.name(unicodedata.normalize("NFD", character)[0], "").split(" ")[0]
    return name if character.isalpha() and name in SPACED else ""


def is_letters_mark(character: str) -> bool:
    return is_mark(character) and character != "\u20e3" and not "\ufe00" <= character <= "\ufe0f"


def last_script(text: str) -> str:
    while text and is_letters_mark(text[-1]):
        text = text[:-1]
    return script(text[-1]) if text else ""


def are_joined(one: str, other: str) -> bool:
    return bool(one and other) and (one == other or "any" in (one, other))


def begins_host(before: str) -> bool:
    label = "abcdefghijklmnopqrstuvwxyz0123456789_-"
    while before.endswith(".") and before[-2:-1] and before[-2] in label:
        before = before[:-1].rstrip(label)
    if before.endswith("@") and "//" in before:
        user = before[before.rindex("//") + 2 : -1]
        if not any(character in "/?#@" or character.isspace() for character in user):
            before = before[: before.rindex("//") + 2]
    if before.endswith("//"):
        before = before[:-2]
        if before.endswith(":"):
            scheme = before[:-1]
            while scheme and scheme[-1].isascii() and (scheme[-1].isalnum() or scheme[-1] in "+.-"):
                scheme = scheme[:-1]
            letters = before[len(scheme) : -1]
            if not letters[:1].isalpha():
                return False
            before = scheme
    return not before or not before[-1].isascii() or not (before[-1].isalnum() or before[-1] in "_/?#=&%@.~+-")


def ends_host(after: str) -> bool:
    if after.startswith(":"):
        user = after[1:].split("@")[0]
        return "@" not in after or any(character in "/?#" or character.isspace() for character in user)
    return not after.startswith(("-", "@")) and not (
        after.startswith(".") and after[1:2].isascii() and (after[1:2].isalnum() or after[1:2] in tuple("_-"))
    )


def lowered(text: str) -> str:
    return "".join(character.lower() if character.isascii() else character for character in text)


def stands_alone(kind: str, pattern: str, before: str, after: str) -> bool:
    begins = not are_joined(last_script(before), script(pattern[0]))
    ends = not are_joined(last_script(pattern), script(after[:1]) if after else "")
    if after and is_letters_mark(after[0]) and last_script(pattern):
        ends = False
    if kind == "word":
        return begins and ends
    if kind == "hashtag":
        goes_on = after and (after[0].isalnum() or script(after[0]) or is_letters_mark(after[0]))
        return not last_script(before) and not before.endswith(("&", "/")) and not goes_on
    if kind == "handle":
        goes_on = after[:1] in tuple(".-") and after[1:2].isascii() and (after[1:2].isalnum() or after[1:2] == "_")
        return not last_script(before) and ends and not goes_on
    since = max((place for place, character in enumerate(before, 1) if not character.isascii()), default=0)
    until = min((place for place, character in enumerate(after) if not character.isascii()), default=len(after))
    return begins and ends and begins_host(before[since:]) and ends_host(after[:until])


def pattern_of(kind: str, term: str) -> str:
    sign = {"hashtag": "#", "handle": "@"}.get(kind, "")
    folded = fold(" ".join(term.split()))
    return sign + folded.lstrip(sign) if sign else folded


def places(text: str, kind: str, term: str) -> Iterator[tuple[int, int]]:
    pattern, parts = pattern_of(kind, term), units(text)
    for first in range(len(parts)):
        for last in range(first, len(parts)):
            start, end = parts[first][1], parts[last][2]
            is_pattern = "".join(part[0] for part in parts[first : last + 1]) == pattern
            if is_pattern and stands_alone(kind, pattern, lowered(text[:start]), lowered(text[end:])):
                yield start, end


def matches(text: str, terms: list[Term]) -> list[Match]:
    found = []
    for term in terms:
        phrases = [phrase for phrase in (term.exclusions or "").split("|") if phrase.strip()]
        void = [place for phrase in phrases for place in places(text, "word", phrase)]
        contexts = [phrase for phrase in (term.contexts or "").split("|") if phrase.strip()]
        if contexts and not any(list(places(text, "word", phrase)) for phrase in contexts):
            continue
        for start, end in places(text, term.kind, term.term):
            if not any(since < end and start < until for since, until in void):
                found.append(Match(start, end, term))
    found.sort(
        key=lambda match: (
            *(match.start - match.end, match.start, match.term.brand_id is None, match.term.product_id is None),
            *(
                KINDS.index(match.term.kind),
                match.term.brand_id or "",
                match.term.product_id or "",
                match.term.topic_id or "",
                match.term.term,
            ),
        )
    )
    kept: list[Match] = []
    for match in found:
        if all(match.end <= other.start or other.end <= match.start for other in kept):
            kept.append(match)
    return sorted(kept, key=lambda match: match.start)
