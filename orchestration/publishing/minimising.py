"""What is published of people where less is wanted: keyed hashes in place of ids, names and handles, no addresses, no contacts in texts.

A column says in its description's file what of people it holds (`config: {meta: {personal: …}}`, one of KINDS). Everything that is
published goes through the published file, which is written through here. Hashes are HMAC-SHA256 under a key of the home and the same
every night; whoever has the home can tell whose one is, a reader of what is published cannot.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
from duckdb.func import PythonUDFType

from orchestration.publishing.contacts import masked
from orchestration.settings import NotDone, Settings
from orchestration.warehouse.catalog import Entry
from orchestration.warehouse.secret_keys import secret_key

KEY = ".pseudonym_key"
LENGTH = 20
"""Signs of a hash: 80 bits, of a billion two are equal with a chance of one in two million."""
KINDS = ("id", "name", "address", "text", "withheld", "none")
"""Of an account, person, post or what is made of them; how somebody is called; where on the web; words; what holds all that; nothing."""
LINK = "[link]"
WORTH_READING = r"'@|\d|://|www\.'"
"""Texts without any of these hold nothing that is taken out."""
HOSTS = """
select distinct lower(regexp_extract(url, '^https?://(?:www\\.)?([^/:?#]+)', 1)) from (
    select url from marts.dim_authors union all select url from marts.fct_posts
) where url is not null
"""
"""Where accounts and posts are."""
_LINK = re.compile(r"(?:https?://(?:www\.)?|(?<![\w.@/-])www\.)([^\s/:?#\"'<>()\[\]]+)[^\s\"'<>()\[\]]*")
_HANDLE = re.compile(r"(?<![\w@/.])@(\w(?:[\w.-]*\w)?(?:@(?:[\w-]+\.)+\w+)?)")


class PseudonymKeyLost(NotDone):
    """The key of the home is not one."""


class Minimising:
    """How the columns of one night's published file are written."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key
        self._hosts = frozenset[str]()

    @contextmanager
    def prepared(self, connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
        """Makes the functions that `value` writes, for as long as it is entered."""
        if self._key:
            define_pseudonym(connection, self._key)
            self._hosts = frozenset(host for (host,) in connection.execute(HOSTS).fetchall() if host)
        connection.create_function("minimised", self._texts, ["VARCHAR"], "VARCHAR", type=PythonUDFType.ARROW)
        try:
            yield hashlib.sha256(repr((self._key and self._pseudonym(""), sorted(self._hosts))).encode()).hexdigest()
        finally:
            connection.remove_function("minimised")

    def value(self, entry: Entry | None, column: str, sql_type: str, written: str) -> str:
        """What is written in a column, as SQL. A column with text of which nothing is said is withheld."""
        kind = (entry.personal.get(column) if entry else None) or "withheld"
        if "VARCHAR" not in sql_type and "JSON" not in sql_type:
            return written
        if self._key and kind in ("id", "name"):
            each = f"array_to_string(list_transform(\"{column}\", lambda one: pseudonym_of(one)), '; ')"
            return each if sql_type.endswith("[]") else f"pseudonym_of({written})"
        if self._key and kind in ("address", "withheld"):
            return f"null::{'VARCHAR' if sql_type.endswith('[]') else sql_type}"
        if kind in ("text", "withheld"):
            return f"case when regexp_matches({written}, {WORTH_READING}) then minimised({written}) else {written} end"
        return written

    def text(self, text: str) -> str:
        """A text without contacts and, where pseudonyms are wanted, without handles and links to accounts and posts."""
        text = masked(text)
        if self._key is None:
            return text
        text = _LINK.sub(self._linked, text)
        return _HANDLE.sub(lambda one: f"@{self._pseudonym(one.group(1))}", text)

    def _texts(self, texts: pa.ChunkedArray) -> pa.Array:
        return pa.array([None if text is None else self.text(text) for text in texts.to_pylist()], type=pa.string())

    def _linked(self, found: re.Match[str]) -> str:
        link = found.group()
        return LINK + link[len(link.rstrip(".,;:!?")) :] if found.group(1).lower() in self._hosts else link

    def _pseudonym(self, text: str) -> str:
        assert self._key
        return pseudonym(self._key, text)


def minimising(settings: Settings) -> Minimising | None:
    """As the settings want it; None where all is published as it is. Pseudonyms mask contacts, too, for those would name people."""
    if not settings.pseudonyms and not settings.mask_contacts:
        return None
    return Minimising(pseudonym_key(settings.home) if settings.pseudonyms else None)


def pseudonym(key: bytes, text: str) -> str:
    """What stands for an id, name or handle in what is published."""
    return hmac.digest(key, text.encode(), "sha256").hex()[:LENGTH]


def define_pseudonym(connection: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Makes `pseudonym_of(text)` in SQL: HMAC by its definition (RFC 2104), for DuckDB has SHA-256 alone; NULL of NULL."""
    padded = key.ljust(64, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in padded).hex() for pad in (0x36, 0x5C))
    hashed = f"sha256(unhex('{outer}') || unhex(sha256(unhex('{inner}') || encode(word))))"
    connection.execute(f"create or replace temp macro pseudonym_of(word) as left({hashed}, {LENGTH})")


def pseudonym_key(home: Path, *, make: bool = True) -> bytes:
    """The key of a home, made where there is none; empty where there is none and none is to be made.

    Raises:
        PseudonymKeyLost: the file holds no key.
    """
    path = home / KEY
    try:
        return secret_key(path, make=make)
    except ValueError:
        raise PseudonymKeyLost(f"{path} holds no key: bring it back from a backup, or delete it for new pseudonyms") from None
