"""What is left of a text, a JSON value or a cell when a person is taken out of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from orchestration.privacy.identifiers import MARK, Identifiers
from orchestration.privacy.matching import Index, Matcher
from orchestration.privacy.unnaming import Unnaming, of_both, past
from orchestration.privacy.walk import ACCOUNT_KEY, POST_KEY, Walk, without_ids
from orchestration.publishing.report.texts import NAMED, QUOTED, shown

REQUEST = "request_url"
"""The column of raw tables with the address that was asked."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Short or shared ids: as they are, also as a column, and how they stand in JSON, of ASCII and beyond; `longest`: bytes of one."""

    values: Set[str]
    column: pl.Series
    longest: int
    forms: Index
    beyond_ascii: Sequence[str]


def may_be_id(column: str) -> bool:
    """Whether a column may hold the id of an account or a post alone."""
    named = column.lower()
    return bool(ACCOUNT_KEY.search(named) or POST_KEY.search(named)) or named in ("native_id", "lookup_key")


class Redactor:
    """Takes a person out of cells. `certain` are looked for everywhere, the rest where the platform's accounts and posts are named.

    `past`: the same for tables of past nights; `pages`: for reports, which shorten names and sentences.
    """

    def __init__(self, identifiers: Identifiers, *, is_past: bool = False) -> None:
        self.identifiers = identifiers
        self._shared: dict[str | None, Shared] = {}
        self._of_all = {id(ids): frozenset().union(*ids.values()) for ids in (identifiers.accounts, identifiers.posts)}
        self._known = {text.lower() for text in identifiers.replacements}
        self._known_accounts = {text.lower() for text in identifiers.instead if identifiers.natives.get(text) != "post"}
        self.certain = Matcher(identifiers.replacements)
        self.past = Redactor(past(identifiers), is_past=True) if identifiers.node and not is_past else self

    @cached_property
    def marked(self) -> Matcher:
        """The same with one mark for all, but for nodes."""
        return self.certain if self.identifiers.node else self.certain.with_mark(MARK)

    @cached_property
    def pages(self) -> Matcher:
        """What pages show, which shorten names and sentences."""
        told = {text: MARK for text in self.identifiers.names if len(text) >= 3} | dict(self.identifiers.replacements)
        return Matcher({shown(text, length): instead for text, instead in told.items() for length in (NAMED, *QUOTED)} | told)

    @cached_property
    def known_ids(self) -> pl.DataFrame:
        """Their ids: accounts, persons and posts."""
        ids = [*self.identifiers.authors, *self.identifiers.persons, *self.identifiers.post_ids]
        return pl.DataFrame({"id": ids}, schema={"id": pl.String()}).unique()

    @cached_property
    def owned_rows(self) -> pl.DataFrame:
        """The same as platforms know them."""
        parts = pl.col("id").str.splitn(":", 2)
        return self.known_ids.select(parts.struct[0].alias("platform"), parts.struct[1].fill_null("").alias("id")).unique()

    def shared(self, platform: str | None) -> Shared:
        """The short or shared ids of a platform, or of all, to look for whatever may hold one."""
        if platform in self._shared:
            return self._shared[platform]
        forms, values = list[str](), self._ids(platform, self.identifiers.accounts) | self._ids(platform, self.identifiers.posts)
        for value in values:
            forms.append(f'"{value}"')
            if value.isdigit():
                forms += [f"{before}{value}{after}" for before in ":[, " for after in ",}] "]
        beyond_ascii = [form for form in forms if not form.isascii()]
        column, longest = pl.Series(sorted(values), dtype=pl.String()), max((len(value.encode()) for value in values), default=0)
        self._shared[platform] = Shared(values, column, longest, Index(form for form in forms if form.isascii()), beyond_ascii)
        return self._shared[platform]

    def json(self, text: str, platform: str | None, words: Sequence[bytes], *, is_node: bool = False) -> str:
        """JSON text without them; what is no JSON is text. `words`: which of the certain ones may be in it; `is_node`: it is a node's."""
        try:
            value = json.loads(text)
        except ValueError:
            return self.marked.replaced(text, words)
        if not isinstance(value, dict | list):
            return self.marked.replaced(text, words)
        walk = self._walk(words, platform)
        redacted = walk.unnamed(value) if is_node and isinstance(walk, Unnaming) and isinstance(value, dict) else walk.value(value)
        return text if redacted == value else json.dumps(redacted, ensure_ascii=False, separators=(",", ":"))

    def natives(self, platform: str | None) -> list[str]:
        """What platforms know nodes by, in lower case; none where accounts are erased."""
        return [*self._ids(platform, self.identifiers.accounts), *self._known_accounts] if self.identifiers.node else []

    def owns(self, payload: str, platform: str | None) -> bool:
        """Whether a payload is of theirs as a whole."""
        value = json.loads(payload)
        return isinstance(value, dict) and self._walk((), platform).owns(value)

    def cell(self, text: str, column: str, platform: str | None, words: Sequence[bytes], *, is_raw: bool) -> str:
        """A cell without them: JSON is walked through; an id alone is one where its column names an account or a post."""
        if text[:1] in "{[":
            return self.json(text, platform, words)
        named, plain = column.lower(), text.lower().removeprefix("@")
        accounts, posts = self._ids(platform, self.identifiers.accounts), self._ids(platform, self.identifiers.posts)
        if (ACCOUNT_KEY.search(named) and plain in accounts) or (POST_KEY.search(named) and plain in posts):
            return self.identifiers.node or MARK
        if named in ("native_id", "lookup_key") and platform:
            if plain in accounts or plain in posts:
                return self.identifiers.node or MARK
            if self.identifiers.node:
                text = of_both(text, lambda part: self.identifiers.node if part.lower() in accounts else None)
        if named == REQUEST and is_raw:
            text = without_ids(text, self._walk(words, platform))
        return (self.marked if is_raw else self.certain).replaced(text, words)

    def _walk(self, words: Sequence[bytes], platform: str | None) -> Walk:
        """The walk through one JSON text that a platform answered."""
        accounts, posts = self._ids(platform, self.identifiers.accounts), self._ids(platform, self.identifiers.posts)
        if node := self.identifiers.node:
            return Unnaming(
                lambda value: node if value.lower().removeprefix("@") in accounts else None,
                lambda value: node if value.lower() in self._known_accounts else None,
                lambda value: self.marked.replaced(value, words or None),
            )
        return Walk(
            lambda value: value.lower().removeprefix("@") in accounts or value.lower() in self._known,
            lambda value: value.lower() in posts or value.lower() in self._known,
            (lambda value: self.marked.replaced(value, words)) if words else lambda value: value,
        )

    def _ids(self, platform: str | None, ids: Mapping[str, set[str]]) -> Set[str]:
        return ids.get(platform, frozenset()) if platform else self._of_all[id(ids)]
