"""Finding many strings at once in text, whole words alone, whatever way the text is escaped."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Self
from unicodedata import normalize
from urllib.parse import quote

import polars as pl
from markupsafe import escape

_ESCAPE = re.compile(rb"(?:\\u[0-9a-fA-F]{4}|\\[nrtbf]|%[0-9a-fA-F]{2})$")
CHUNK, LARGE_CHUNK = 8 * 2**20, 128 * 2**20
LINES = 200_000
"""Of a long text, whose words are told apart at once."""
LONGEST_NAME = 100
ENDING = 32
"""Signs of the end of a string that are looked for first: what is searched for costs by its length, once a call."""
_PLAIN = bytes(letter if letter < 128 else 0 for letter in range(256)).lower()
"""Bytes as ASCII in lower case, which is searched in a third of the time that others take."""


MANY = 100_000
"""Strings from which on those are chosen that a batch of texts may hold: with more, each call takes seconds to begin."""
_WORD = r"\\u[0-9a-fA-F]{4}|\\[nrtbf]|%[0-9a-fA-F]{2}|[0-9A-Za-z_]+"
"""A word, or an escape, after which one begins."""
_READ_AS_ESCAPES = (re.compile(r"[nrtbf]"), re.compile(r"u[0-9a-f]{4}"), re.compile(r"[0-9a-f]{2}"))


_SAME_EVERYWHERE = re.compile(r"[0-9A-Za-z_.~-]+")
"""What JSON, HTML and addresses write as it is."""


class Index:
    """Strings by their last words, to tell which of very many some texts may hold: as whole words alone they are looked for."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.patterns = list(patterns)
        self._by_word: pl.DataFrame | None = None
        if len(self.patterns) >= MANY:
            rows, self._wordless = list[tuple[str, str]](), list[str]()
            for pattern in self.patterns:
                words = [word for word in re.findall(_WORD, pattern.lower()) if word[0] not in "\\%"]
                # after a stroke or a per cent sign the beginning of a word may read as an escape
                ends = (
                    [words[-1], *(words[-1][cut.end() :] for escape in _READ_AS_ESCAPES if (cut := escape.match(words[-1])))]
                    if words
                    else []
                )
                if all(ends) and ends:
                    rows += [(word, pattern) for word in ends]
                else:
                    self._wordless.append(pattern)
            self._by_word = pl.DataFrame(rows, schema={"word": pl.String(), "pattern": pl.String()}, orient="row")

    def within(self, texts: pl.Series) -> list[str]:
        """Those that one of the texts may hold: all of them where they are not many."""
        if self._by_word is None:
            return self.patterns
        if (texts.str.len_bytes() > CHUNK).any():  # of a file as one text there are tens of millions
            texts = texts.str.split("\n").explode()
        found = [texts.slice(first, LINES).str.extract_all(_WORD).explode().unique() for first in range(0, len(texts), LINES)]
        words = pl.concat([texts.clear(), *found]).str.to_lowercase().alias("word").unique().to_frame()
        return [*self._by_word.join(words, on="word", how="semi")["pattern"].unique(maintain_order=True), *self._wordless]


class Matcher:
    """Strings, each with what stands in for it; letters of ASCII are equal in both cases.

    The strings that a text holds are found for many texts in one call (polars makes its automaton anew in each), their places by Python.
    """

    def __init__(self, replacements: Mapping[str, str]) -> None:
        self._instead: dict[bytes, bytes] = {}
        self._forms: dict[bytes, list[bytes]] = {}
        for text, instead in replacements.items():
            forms = [form.encode().lower() for form in _forms(text)]
            for form in forms:
                self._instead[form] = instead.encode()
                self._forms[form] = forms
        self.patterns = [pattern.decode() for pattern in self._instead]
        self._index = Index(self.patterns)

    def with_mark(self, mark: str) -> Self:
        """The same strings, all with one stand-in."""
        same = copy(self)
        same._instead = dict.fromkeys(self._instead, mark.encode())
        return same

    def endings(self, texts: pl.Series) -> list[str]:
        """The ends of those that the texts may hold."""
        return list(dict.fromkeys(pattern[-ENDING:] for pattern in self._index.within(texts)))

    def words(self, texts: pl.Series) -> list[list[bytes]]:
        """The strings that each text may hold, in every form that they have."""
        patterns = self._index.within(texts)
        if not patterns:
            return [[] for _ in texts]
        found = texts.to_frame("text").select(pl.col("text").str.extract_many(patterns, ascii_case_insensitive=True, overlapping=True))
        return [
            list({form for word in words or () for form in self._forms[word.encode().lower()]}) for words in found.to_series().to_list()
        ]

    def spans(self, text: str, words: Iterable[bytes] | None = None) -> list[tuple[int, int, bytes]]:
        """Begin, end and stand-in of each, in bytes of UTF-8, none within another; `words`: which of them may be in the text."""
        data = text.encode()
        plain = data.lower()
        found = self._placed(text) if words is None else [span for word in words for span in _places(word, plain)]
        chosen: list[tuple[int, int, bytes]] = []
        end = 0
        for begin, stop, word in sorted(found, key=lambda span: (span[0], -span[1])):
            if begin >= end and _is_whole(data, begin, stop):
                chosen.append((begin, stop, self._instead[word]))
                end = stop
        return chosen

    def _placed(self, text: str) -> list[tuple[int, int, bytes]]:
        """Begin, end and string of each, in one pass: of a long text that holds many, looking for each alone would take for ever."""
        texts = pl.Series("text", [text])
        patterns, column = self._index.within(texts), pl.col("text")
        if not patterns:
            return []
        found = texts.to_frame().select(
            words=column.str.extract_many(patterns, ascii_case_insensitive=True, overlapping=True),
            begins=column.str.find_many(patterns, ascii_case_insensitive=True, overlapping=True),
        )
        words = (word.encode().lower() for word in found["words"].item())
        return [(begin, begin + len(word), word) for begin, word in zip(found["begins"].item(), words, strict=True)]

    def replaced(self, text: str, words: Iterable[bytes] | None = None) -> str:
        """The text with the stand-ins."""
        spans = self.spans(text, words)
        if not spans:
            return text
        data, parts, last = text.encode(), list[bytes](), 0
        for begin, end, instead in spans:
            parts += [data[last:begin], instead]
            last = end
        return b"".join((*parts, data[last:])).decode()

    def within(self, text: str, words: Iterable[bytes]) -> set[bytes]:
        """Those of the words that a text holds, also as a part of longer ones."""
        data = text.encode().lower()
        return {word for word in words if word in data}

    def in_file(self, path: Path, but: Container[bytes] = (), least: int = 12) -> int:
        """How many of the strings, of `least` bytes or more, lie in a file of whatever kind, without asking what stands around them.

        `but`: those that are parts of longer ones there (p29 of p299), which bytes without bounds do not tell apart.
        """
        patterns = [pattern for pattern in self._instead if len(pattern) >= least and pattern not in but]
        if not patterns:
            return 0
        longest = max(map(len, patterns))
        plain: dict[str, list[bytes]] = {}
        for pattern in patterns:
            plain.setdefault(pattern.translate(_PLAIN).decode(), []).append(pattern)
        found: set[bytes] = set()
        with path.open("rb") as file:
            before = b""
            while part := file.read(CHUNK if len(patterns) < MANY else LARGE_CHUNK):
                data = before + part
                hits = pl.DataFrame({"text": [data.translate(_PLAIN).decode()]}).select(
                    pl.col("text").str.extract_many(list(plain), overlapping=True)
                )
                candidates = {pattern for word in set(hits.item()) for pattern in plain[word]} - found
                if candidates:
                    lowered = data.lower()
                    found.update(pattern for pattern in candidates if pattern in lowered)
                before = part[-longest:]
        return len(found)


def any_of(patterns: Sequence[str], texts: pl.Series, *, ignores_case: bool = False) -> pl.Series:
    """Whether each text holds one of the patterns as they are."""
    if not patterns:
        return pl.repeat(False, len(texts), dtype=pl.Boolean(), eager=True)
    found = texts.to_frame("text").select(pl.col("text").str.contains_any(list(patterns), ascii_case_insensitive=ignores_case))
    return found.to_series().fill_null(value=False)


def _forms(text: str) -> Iterator[str]:
    """The text as it is, as JSON, HTML and addresses write it; short ones beyond ASCII in both cases and both of Unicode's forms."""
    if _SAME_EVERYWHERE.fullmatch(text):
        yield text
        return
    cases = (text, text.lower(), text.upper(), text.title()) if not text.isascii() and len(text) <= LONGEST_NAME else (text,)
    for one in dict.fromkeys(form for case in cases for form in (case, normalize("NFC", case), normalize("NFD", case))):
        yield from dict.fromkeys(
            (
                one,
                json.dumps(one, ensure_ascii=False)[1:-1],
                json.dumps(one)[1:-1],
                html.escape(one),
                html.escape(one, quote=False),
                str(escape(one)),
                quote(one, safe=""),
                quote(one, safe="/:"),
            )
        )


def _places(word: bytes, data: bytes) -> Iterator[tuple[int, int, bytes]]:
    begin = data.find(word)
    while begin >= 0:
        yield begin, begin + len(word), word
        begin = data.find(word, begin + 1)


def _is_word(letter: int) -> bool:
    return letter == 95 or 48 <= letter <= 57 or 65 <= letter <= 90 or 97 <= letter <= 122


def _is_whole(data: bytes, begin: int, end: int) -> bool:
    """Whether no letter or digit of ASCII goes on where the string ends; of an escape before it, none counts."""
    if end < len(data) and _is_word(data[end - 1]) and _is_word(data[end]):
        return False
    if begin == 0 or not _is_word(data[begin]) or not _is_word(data[begin - 1]):
        return True
    return _ESCAPE.search(data[max(begin - 6, 0) : begin]) is not None
