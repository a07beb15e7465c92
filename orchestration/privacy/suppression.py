"""Of whom nothing may be written again: keyed hashes of ids, handles and addresses, asked before what a source brings lands.

`suppressed.csv` in the home holds the hashes and the day on which each was written; `.suppression_key` the key, for its owner alone.
Without the key nobody can try out names against the list. Entries of one person share a random number that leads back to nobody.
"""

from __future__ import annotations

import csv
import hmac
import io
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from connectors.source import Page
from orchestration.privacy.identifiers import MARK, Identifiers
from orchestration.privacy.persons import Account
from orchestration.privacy.redaction import Walk
from orchestration.settings import NotDone
from orchestration.warehouse.landing import atomic

LIST, KEY = "suppressed.csv", ".suppression_key"
COLUMNS = ("hash", "suppressed_on", "kind", "entry")
LONGEST = 300
_IN_TEXT = re.compile(r"https?://[^\s\"'<>()\\]+|@[\w\-]+(?:\.[\w\-]+)*(?:@[\w.\-]+(?::\d+)?)?")


class KeyLost(NotDone):
    """Who is suppressed cannot be told without the key that the list was written with."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One hash. `kind`: of an account, or of a post that they had."""

    hash: str
    suppressed_on: str
    kind: str
    entry: str


class Suppression:
    """The list of a home, as a night asks it.

    Raises:
        KeyLost: there is a list and no key, so that what is forgotten would come back.
    """

    def __init__(self, home: Path) -> None:
        self._hashes = {entry.hash for entry in entries(home)}
        self._key = _key(home) if self._hashes else b""
        self._asked: dict[str, bool] = {}

    def sifted(self, page: Page, platform: str, counts: Counter[str]) -> Page:
        """A page without what is of theirs, and without them in what is of others; counts what is `left out` and `redacted`."""
        if not self._hashes:
            return page
        walk = Walk(lambda text: self._is_known("account", platform, text), lambda text: self._is_known("post", platform, text), self._text)
        records, rejected = [], []
        for record in page.records:
            payload = dict(record.payload)
            if walk.owns(payload) or self._is_known("post", platform, record.native_id):
                counts["left out"] += 1
                continue
            without = walk.value(payload)
            counts["redacted"] += without != payload
            records.append(record if without == payload else replace(record, payload=without))
        for item in page.rejected:
            if isinstance(item.payload, dict) and walk.owns(item.payload):
                counts["left out"] += 1
            else:
                rejected.append(replace(item, payload=walk.value(item.payload), reason=self._text(item.reason)))
        return replace(
            page,
            url=self._text(page.url),
            records=records,
            rejected=rejected,
            tombstones=[item for item in page.tombstones if not self._is_known("post", platform, item.native_id)],
            notes=[self._text(note) for note in page.notes],
        )

    def _text(self, text: str) -> str:
        return _IN_TEXT.sub(self._instead, text)

    def _instead(self, found: re.Match[str]) -> str:
        plain = found.group().rstrip(".,;:!?")
        return MARK + found.group()[len(plain) :] if self._has(f"any {_plain(plain)}") else found.group()

    def _is_known(self, kind: str, platform: str, text: str) -> bool:
        if not text or len(text) > LONGEST:
            return False
        plain = _plain(text)
        return self._has(f"any {plain}") or self._has(f"{kind} {platform} {plain}")

    def _has(self, told: str) -> bool:
        if told not in self._asked:
            if len(self._asked) > 1_000_000:
                self._asked.clear()
            self._asked[told] = _hashed(self._key, told) in self._hashes
        return self._asked[told]


def note(counts: Counter[str]) -> str | None:
    """What a night says of it: how many, never who."""
    if not +counts:
        return None
    return f"of people who are to be forgotten {counts['left out']} records were left out, and {counts['redacted']} of others redacted"


def suppress(home: Path, accounts: Sequence[Account], identifiers: Identifiers, day: date) -> None:
    """Adds a person's ids, handles and addresses, and those of their posts, to the list; texts and names are not in it."""
    key = _key(home, make=True)
    known = entries(home)
    by_hash = {entry.hash: entry for entry in known}
    wanted = {_hashed(key, told): kind for told, kind in _told(accounts, identifiers)}
    number = next((by_hash[digest].entry for digest in wanted if digest in by_hash), secrets.token_hex(4))
    _write(home, [*known, *(Entry(digest, str(day), kind, number) for digest, kind in sorted(wanted.items()) if digest not in by_hash)])


def lift(home: Path, name: str, platforms: Iterable[str]) -> int:
    """Takes the person off the list whose id, handle or address this is; returns how many entries went, 0 where it is nobody's."""
    known = entries(home)
    if not known:
        return 0
    key = _key(home)
    plain = _plain(name)
    native = plain.partition(":")[2] or plain
    asked = {f"any {text}" for text in (plain, native)}
    asked |= {f"account {platform} {text}" for platform in platforms for text in (plain, native)}
    hashes = {_hashed(key, told) for told in asked}
    lifted = {entry.entry for entry in known if entry.hash in hashes}
    kept = [entry for entry in known if entry.entry not in lifted]
    _write(home, kept)
    return len(known) - len(kept)


def entries(home: Path) -> list[Entry]:
    """The list."""
    path = home / LIST
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [Entry(*(row[name] for name in COLUMNS)) for row in csv.DictReader(file)]


def _told(accounts: Sequence[Account], identifiers: Identifiers) -> Iterator[tuple[str, str]]:
    """What is hashed, and of what it is: strings that are theirs alone for every platform, short ones for their own."""
    of_accounts = {_plain(text) for one in accounts for text in (one.author_id.partition(":")[2], one.handle or "", one.url or "")}
    for text in (*identifiers.certain, *identifiers.keys):
        if not re.search(r"\s", text) and len(text) <= LONGEST:
            plain = _plain(text)
            yield f"any {plain}", "account" if plain in of_accounts else "post"
    for kind, ids in (("account", identifiers.accounts), ("post", identifiers.posts)):
        for platform, texts in ids.items():
            yield from ((f"{kind} {platform} {_plain(text)}", kind) for text in texts)


def _plain(text: str) -> str:
    return re.sub(r"^https?://(www\.)?", "", text.strip().lower()).rstrip("/").removeprefix("@")


def _hashed(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode("utf-8", "replace"), "sha256").hex()


def _key(home: Path, *, make: bool = False) -> bytes:
    path = home / KEY
    if path.exists():
        return bytes.fromhex(path.read_text(encoding="utf-8").strip())
    if not make or entries(home):
        raise KeyLost(f"{home / LIST} says of whom nothing may be written, and its key {path} is gone: bring it back from a backup")
    with atomic(path) as fresh:
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(32), encoding="utf-8")
    return _key(home)


def _write(home: Path, listed: Sequence[Entry]) -> None:
    text = io.StringIO()
    writer: Any = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((entry.hash, entry.suppressed_on, entry.kind, entry.entry) for entry in listed)
    with atomic(home / LIST) as fresh:
        fresh.touch(mode=0o600)
        fresh.write_text(text.getvalue(), encoding="utf-8")
