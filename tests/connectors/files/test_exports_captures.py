"""Posts that were captured in a browser, and archives of one's own account."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import libipld
import pytest

from connectors.extraction import Extraction
from connectors.settings import TableDialect
from tests.connectors.files.test_exports import night_of, payloads

Make = Callable[..., Extraction]


async def test_zeeschuimer(extraction: Make, tmp_path: Path) -> None:
    night = await night_of(extraction, tmp_path, "zeeschuimer.ndjson", dialect=TableDialect())
    posts = payloads(night, "posts")
    assert posts[0] == {
        "id": "x:1967000000000000001",
        "channel": "microblogs",
        "author_id": "x:777000000000000001",
        "published_at": "2026-09-07T08:00:00Z",
        "url": "https://x.com/ada/status/1967000000000000001",
        "text": "@bo the Morrowbean Press",
        "language": "en",
        "in_reply_to_id": "x:1966999999999999999",
        "views": 900,
        "likes": 14,
        "comments": 2,
        "shares": 3,
        "saves": 1,
    }
    assert [(post["id"], post["published_at"], post.get("text"), post.get("likes"), post.get("comments")) for post in posts[1:]] == [
        ("instagram:CxA1", "2026-09-06T06:00:00Z", "Morning with the Morrowbean Press #coffee", None, 4),
        ("instagram:CxA2", "2026-09-06T07:00:00Z", None, None, None),
        ("tiktok:7400000000000000001", "2026-09-06T08:00:00Z", "Press test", 500, 30),
        ("linkedin:7502578794496000000", "2026-09-07T04:09:35.781Z", "We bought the Morrowbean Press for the office.", 9, 1),
    ]
    assert [(author["id"], author["handle"], author.get("bio"), author.get("followers")) for author in payloads(night, "authors")] == [
        ("x:777000000000000001", "ada", None, 1200),
        ("instagram:ada.pours", "ada.pours", None, None),
        ("instagram:bo.pours", "bo.pours", None, None),
        ("tiktok:66", "slowpour", None, 3100),
        ("linkedin:in/cy-roast", "in/cy-roast", None, None),
    ]
    assert [reason.split(": ")[0] for reason in night.reasons] == ["zeeschuimer.ndjson line 8", "zeeschuimer.ndjson line 9"]
    assert night.notes[1:] == [
        "zeeschuimer.ndjson: 1 reposts of another's words are left out",
        "zeeschuimer.ndjson: 1 items of platforms that are not read are left out",
    ]


async def test_a_mastodon_archive(extraction: Make, tmp_path: Path) -> None:
    night = await night_of(extraction, tmp_path, "outbox.json", dialect=TableDialect())
    (post,) = payloads(night, "posts")
    assert post == {
        "id": "https://social.example/users/ada/statuses/1",
        "channel": "microblogs",
        "author_id": "https://social.example/users/ada",
        "published_at": "2026-09-02T08:00:00Z",
        "edited_at": "2026-09-02T09:00:00Z",
        "url": "https://social.example/@ada/1",
        "text": "The #Morrowbean Press & I,\nevery day\n\nStill quiet",
        "language": "en",
        "in_reply_to_id": "https://other.example/users/bo/statuses/9",
    }
    assert payloads(night, "authors")[0]["handle"] == "ada"
    assert [reason.split(": ")[0] for reason in night.reasons] == ["outbox.json item 4", "outbox.json item 5"]
    assert night.notes[1:] == [
        "outbox.json: 1 posts that are not public are left out",
        "outbox.json: 1 reposts of another's words are left out",
    ]


DID = "did:plc:abcdefghijklmnopqrstuvwx"
WRITTEN: dict[str, dict[str, Any]] = {
    "app.bsky.actor.profile/self": {"displayName": "Ada", "description": "write to ada@home.example"},
    "app.bsky.feed.like/3kaaaaaaaaa22": {"subject": {"uri": "at://x/y/z", "cid": "c"}, "createdAt": "2026-09-01T08:00:00Z"},
    "app.bsky.feed.post/3kaaaaaaaaa23": {"text": "The Morrowbean Press", "createdAt": "2026-09-02T08:00:00.250Z", "langs": ["en"]},
    "app.bsky.feed.post/3kaaaaaaaaa24": {
        "text": "Still quiet",
        "createdAt": "2026-09-03T10:00:00+02:00",
        "reply": {"parent": {"uri": f"at://{DID}/app.bsky.feed.post/3kaaaaaaaaa23", "cid": "c"}},
    },
    "app.bsky.feed.post/3kaaaaaaaaa25": {"text": "no time"},
}


def uvarint(number: int) -> bytes:
    return bytes([number]) if number < 0x80 else bytes([number & 0x7F | 0x80]) + uvarint(number >> 7)


def repository() -> bytes:
    """An account's repository as a CAR file: a tree of two nodes over its records."""
    blocks: list[bytes] = []

    def add(value: object) -> bytes:
        encoded = libipld.encode_dag_cbor(value)
        cid = b"\x01\x71\x12\x20" + hashlib.sha256(encoded).digest()
        blocks.append(uvarint(len(cid) + len(encoded)) + cid + encoded)
        return cid

    def node(keys: list[str], left: bytes | None) -> bytes:
        entries, before = [], b""
        for key in keys:
            told = key.encode()
            shared = next((n for n, pair in enumerate(zip(before, told, strict=False)) if len(set(pair)) > 1), len(before))
            entries.append({"p": shared, "k": told[shared:], "v": add(WRITTEN[key]), "t": None})
            before = told
        return add({"l": left, "e": entries})

    keys = sorted(WRITTEN)
    tree = node(keys[2:], node(keys[:2], None))
    root = add({"did": DID, "version": 3, "data": tree, "rev": "3kaaaaaaaaa2a", "prev": None, "sig": b"x"})
    header = libipld.encode_dag_cbor({"roots": [root], "version": 1})
    return uvarint(len(header)) + header + b"".join(blocks)


@pytest.mark.parametrize("kind", ["car", "json"])
async def test_a_bluesky_account(extraction: Make, tmp_path: Path, kind: str) -> None:
    listed = {"records": [{"uri": f"at://{DID}/{key}", "cid": "c", "value": value} for key, value in WRITTEN.items()], "cursor": "x"}
    (tmp_path / f"repo.{kind}").write_bytes(repository() if kind == "car" else json.dumps(listed).encode())
    night = await night_of(extraction, tmp_path, dialect=TableDialect())
    first, reply = sorted(payloads(night, "posts"), key=lambda post: str(post["id"]))
    assert first == {
        "id": f"at://{DID}/app.bsky.feed.post/3kaaaaaaaaa23",
        "channel": "microblogs",
        "author_id": DID,
        "published_at": "2026-09-02T08:00:00.250Z",
        "url": f"https://bsky.app/profile/{DID}/post/3kaaaaaaaaa23",
        "text": "The Morrowbean Press",
        "language": "en",
    }
    assert (reply["published_at"], reply["in_reply_to_id"]) == ("2026-09-03T08:00:00Z", first["id"])
    assert payloads(night, "authors") == [
        {"id": DID, "channel": "microblogs", "name": "Ada", "url": f"https://bsky.app/profile/{DID}"},
    ]
    assert len(night.reasons) == 1
    assert "createdAt" in night.reasons[0]
    assert night.notes == [
        f"repo.{kind}: is read as a Bluesky account's records",
        f"repo.{kind}: 1 records that are no post are left out",
    ]


@pytest.mark.parametrize("content", [b"", b"\x01", repository()[:-3], repository()[:60], uvarint(2**40) + b"x", repository()[1:]])
async def test_a_broken_repository_is_named(extraction: Make, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "repo.car").write_bytes(content)
    night = await night_of(extraction, tmp_path)
    assert night.records == []
    assert night.error.startswith("repo.car is not the repository of an account: ")
