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
from dataclasses import astuple, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from connectors.source import Page, Record
from orchestration.privacy.identifiers import AT, MARK, Identifiers
from orchestration.privacy.others import plain_address
from orchestration.privacy.persons import Account
from orchestration.privacy.unnaming import Unnaming, composite, of_both
from orchestration.privacy.walk import LONG_ID, Walk, without_ids
from orchestration.settings import NotDone
from orchestration.warehouse.landing import atomic
from orchestration.warehouse.score_tables import UNNAMED
from orchestration.warehouse.secret_keys import secret_key

LIST, KEY = "suppressed.csv", ".suppression_key"
COLUMNS = ("hash", "suppressed_on", "kind", "entry", "right")
RIGHTS = ("erase", "object")
LONGEST = 300
_IN_TEXT = re.compile(
    r"https?://[^\s\"'<>()\\]+|@(?:<span>)?[\w\-]+(?:\.[\w\-]+)*(?:@[\w.\-]+(?::\d+)?)?"
    r"|(?<![\w.@/-])(?=[\w.-]*[\d_.-])\w[\w.-]{6,62}\w(?![\w@-])"
)
"""Addresses, handles with @, and words that are hardly anything else than an id or a handle."""
_IN_ADDRESS = re.compile(r"(?:@|%40)[\w\-]+(?:\.[\w\-]+)*")


class KeyLost(NotDone):
    """Who is suppressed cannot be told without the key that the list was written with."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One hash. `kind`: of an account, or of a post that they had. `right`: whether they are erased, or kept as a node without a name."""

    hash: str
    suppressed_on: str
    kind: str
    entry: str
    right: str = RIGHTS[0]


class Suppression:
    """The list of a home, as a night asks it.

    Raises:
        KeyLost: there is a list and no key, so that what is forgotten would come back.
    """

    def __init__(self, home: Path) -> None:
        listed = entries(home)
        self._erased = {entry.hash: entry for entry in listed if entry.right != "object"}
        self._objecting = {entry.hash: entry for entry in listed if entry.right == "object"}
        self._key = _key(home) if listed else b""
        self._asked: dict[str, str] = {}

    def sifted(self, page: Page, platform: str, counts: Counter[str]) -> Page:
        """A page without what is of theirs, and without them in what is of others; counts what is `left out` and `redacted`."""
        if self._objecting:
            page = self._unnamed(page, platform, counts)
        if not self._erased:
            return page
        walk = Walk(lambda text: self._is_known("account", platform, text), lambda text: self._is_known("post", platform, text), self._text)
        records = []
        for record in page.records:
            payload = dict(record.payload)
            if walk.owns(payload) or self._is_named(platform, record.native_id):
                counts["left out"] += 1
                continue
            without = walk.value(payload)
            counts["redacted"] += without != payload
            records.append(record if without == payload else replace(record, payload=without))
        tombstones = [item for item in page.tombstones if not self._is_known("post", platform, item.native_id)]
        return self._around(replace(page, records=records, tombstones=tombstones), walk, counts)

    def _around(self, page: Page, walk: Walk, counts: Counter[str]) -> Page:
        """The page with its address, its notes and what was rejected as they are without them."""
        rejected = []
        for item in page.rejected:
            if isinstance(item.payload, dict) and walk.owns(item.payload):
                counts["left out"] += 1
            else:
                rejected.append(replace(item, payload=walk.value(item.payload), reason=self._text(item.reason)))
        return replace(
            page, url=without_ids(self._text(page.url), walk), rejected=rejected, notes=[self._text(note) for note in page.notes]
        )

    def _is_named(self, platform: str, native_id: str) -> bool:
        """Whether a record is a post of theirs, or an account: where ids are short, posts and accounts may have the same."""
        return self._is_known("post", platform, native_id) or (len(native_id) >= LONG_ID and self._is_known("account", platform, native_id))

    def _unnamed(self, page: Page, platform: str, counts: Counter[str]) -> Page:
        """A page in which those who object are nodes; counts what is `unnamed`. What is theirs and cannot be read is left out."""
        walk = Unnaming(
            lambda text: self._node(f"account {platform} {_plain(text)}"), lambda text: self._node(f"any {_plain(text)}"), self._text
        )
        records = [self._as_node(record, walk) for record in page.records]
        counts["unnamed"] += sum(before is not after for before, after in zip(page.records, records, strict=True))
        tombstones = [replace(item, native_id=self._native(item.native_id, walk)) for item in page.tombstones]
        return self._around(replace(page, records=records, tombstones=tombstones), walk, counts)

    def _as_node(self, record: Record, walk: Unnaming) -> Record:
        payload = dict(record.payload)
        native = self._native(record.native_id, walk)
        is_theirs = walk.owns(payload) or bool(walk.node_of(record.native_id) or walk.sure(record.native_id))
        without = walk.unnamed(payload) if is_theirs else walk.value(payload)
        if without == payload and native == record.native_id:
            return record
        asked = record.lookup_key
        if asked and ((is_theirs and (walk.node_of(asked) or walk.sure(asked))) or composite(asked, walk.sure) != asked):
            asked = None
        return replace(record, native_id=native, payload=without, lookup_key=asked)

    @staticmethod
    def _native(native: str, walk: Unnaming) -> str:
        if walk.node_of(native) or walk.sure(native):
            return walk.named(native)
        return of_both(composite(native, walk.sure), lambda part: walk.node_of(part) or walk.sure(part))

    def _node(self, told: str) -> str | None:
        entry = self._objecting.get(self._hash(told)) if len(told) <= LONGEST else None
        return f"{UNNAMED}{entry.entry}" if entry and entry.kind == "account" else None

    def _text(self, text: str) -> str:
        return _IN_TEXT.sub(self._instead, text)

    def _instead(self, found: re.Match[str]) -> str:
        plain = found.group().rstrip(".,;:!?")
        if self._has(f"any {_plain(plain.replace(AT, '@', 1))}", is_text=True):
            return MARK + found.group()[len(plain) :]
        if "://" in plain:  # a page of a site or account of theirs
            parts = plain.split("/")
            for count in range(len(parts) - 1, 2, -1):
                above = "/".join(parts[:count])
                if self._has(f"any {_plain(above)}", is_text=True):
                    return MARK + found.group()[len(above) :]
        # an address of theirs that others give as theirs, too, still tells the handle
        return _IN_ADDRESS.sub(self._instead, found.group()) if "://" in plain else found.group()

    def _is_known(self, kind: str, platform: str, text: str) -> bool:
        if not text or len(text) > LONGEST:
            return False
        plain = _plain(text)
        return self._has(f"any {plain}") or self._has(f"{kind} {platform} {plain}")

    def _has(self, told: str, *, is_text: bool = False) -> bool:
        digest = self._hash(told)
        return digest in self._erased or (is_text and digest in self._objecting)

    def _hash(self, told: str) -> str:
        if told not in self._asked:
            if len(self._asked) > 1_000_000:
                self._asked.clear()
            self._asked[told] = _hashed(self._key, told)
        return self._asked[told]


def note(counts: Counter[str]) -> str | None:
    """What a night says of it: how many, never who."""
    if not +counts:
        return None
    told = f"of people who are to be forgotten {counts['left out']} records were left out, and {counts['redacted']} of others redacted"
    return f"{told}; in {counts['unnamed']} those who object to being ranked have no name" if counts["unnamed"] else told


def suppress(home: Path, accounts: Sequence[Account], identifiers: Identifiers, day: date, right: str = RIGHTS[0]) -> str:
    """Adds a person's ids, handles and addresses, and those of their posts, to the list; texts and names are not in it.

    `right`: one of RIGHTS; whoever objects has no posts on it. Returns the person's number on it. A node's earlier entries become those
    of a person who is erased where the node is.
    """
    key = _key(home, make=True)
    is_node = re.compile(rf"{UNNAMED}([0-9a-f]{{8}})")
    nodes = {found for one in accounts for found in is_node.findall(one.author_id)}
    known = [replace(entry, right=right) if entry.entry in nodes else entry for entry in entries(home)]
    by_hash = {entry.hash: entry for entry in known}
    told = dict(_told(accounts, identifiers))
    natives = {_plain(text) for text, kind in identifiers.natives.items() if kind == "post"}
    own = set(told)
    if right == "object":
        told = {text: kind for text, kind in told.items() if kind == "account" or (text.startswith("any ") and text[4:] not in natives)}
        ids = [one.author_id.partition(":") for one in accounts]
        own = {text for platform, _, native in ids for text in (f"any {_plain(native)}", f"account {platform} {_plain(native)}")}
    wanted = {_hashed(key, text): kind for text, kind in told.items()}
    number = next((by_hash[digest].entry for text in sorted(own) if (digest := _hashed(key, text)) in by_hash), secrets.token_hex(4))
    added = [Entry(digest, str(day), kind, number, right) for digest, kind in sorted(wanted.items()) if digest not in by_hash]
    _write(home, [*(replace(entry, right=right) if entry.entry == number else entry for entry in known), *added])
    return number


def lift(home: Path, name: str, platforms: Iterable[str]) -> int:
    """Takes the person off the list whose id, handle or address this is; returns how many entries went, 0 where it is nobody's."""
    known, lifted = entries(home), numbers_of(home, name, platforms)
    kept = [entry for entry in known if entry.entry not in lifted]
    if lifted:
        _write(home, kept)
    return len(known) - len(kept)


def numbers_of(home: Path, name: str, platforms: Iterable[str]) -> set[str]:
    """The numbers on the list of whoever has this id, handle or address, or is this node."""
    known = entries(home)
    if not known:
        return set()
    key = _key(home)
    plain = _plain(name)
    native = plain.partition(":")[2] or plain
    asked = {f"any {text}" for text in (plain, native)}
    asked |= {f"account {platform} {text}" for platform in platforms for text in (plain, native)}
    hashes = {_hashed(key, told) for told in asked}
    return {entry.entry for entry in known if entry.hash in hashes or plain.endswith(f"{UNNAMED}{entry.entry}")}


def entries(home: Path) -> list[Entry]:
    """The list."""
    path = home / LIST
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [Entry(*(row.get(name) or RIGHTS[0] for name in COLUMNS)) for row in csv.DictReader(file)]


def _told(accounts: Sequence[Account], identifiers: Identifiers) -> Iterator[tuple[str, str]]:
    """What is hashed, and of what it is: strings that are theirs alone for every platform, short ones for their own."""
    of_accounts = {_plain(text) for one in accounts for text in (one.author_id.partition(":")[2], one.handle or "", one.url or "")}
    of_accounts |= {_plain(text) for text, kind in identifiers.natives.items() if kind == "account"}
    for text in (*identifiers.certain, *identifiers.keys):
        if not re.search(r"\s", text) and len(text) <= LONGEST and not text.startswith(AT):
            plain = _plain(text)
            yield f"any {plain}", "account" if plain in of_accounts else "post"
    for kind, ids in (("account", identifiers.accounts), ("post", identifiers.posts)):
        for platform, texts in ids.items():
            yield from ((f"{kind} {platform} {_plain(text)}", kind) for text in texts)


def _plain(text: str) -> str:
    return plain_address(unquote(text.strip()).lower()).removeprefix("@")


def _hashed(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode("utf-8", "replace"), "sha256").hex()


def _key(home: Path, *, make: bool = False) -> bytes:
    path = home / KEY
    try:
        key = secret_key(path, make=make and not entries(home))
    except ValueError:
        key = b""
    if not key:
        raise KeyLost(f"{home / LIST} says of whom nothing may be written, and its key {path} is gone: bring it back from a backup")
    return key


def _write(home: Path, listed: Sequence[Entry]) -> None:
    text = io.StringIO()
    writer: Any = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(astuple(entry) for entry in listed)
    with atomic(home / LIST) as fresh:
        fresh.touch(mode=0o600)
        fresh.write_text(text.getvalue(), encoding="utf-8")
