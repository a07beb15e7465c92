"""What one wrote oneself on Bluesky: the repository that an account hands out (a CAR), or its records as `listRecords` answers them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import libipld

from connectors.files.formats import FileError, ItemFormat, LeftOut, Made
from connectors.files.values import harmless, moment

_LARGEST = 128 * 2**20  # bytes
_URI = re.compile(r"at://(did:[a-z]+:[A-Za-z0-9.:%_-]+)/([A-Za-z0-9.-]+)/([A-Za-z0-9.:_~-]+)")


def records(path: Path) -> Sequence[Mapping[str, Any]]:
    """The records of a repository in a CAR file, each with its address. Raises FileError."""
    if path.stat().st_size > _LARGEST:
        raise FileError(f"{path.name} is larger than {_LARGEST} bytes")
    try:
        header, blocks = libipld.decode_car(path.read_bytes())
        commit = blocks[header["roots"][0]]
        return [{"uri": f"at://{commit['did']}/{key}", "value": blocks.get(cid)} for key, cid in _leaves(blocks, commit["data"])]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise FileError(f"{path.name} is not the repository of an account: {type(error).__name__}: {str(error)[:200]}") from None


def _leaves(blocks: Mapping[Any, Any], root: Any) -> Iterator[tuple[str, Any]]:
    """The keys of the tree of a repository and what they point at: a key is told as what it shares with the one before, and the rest."""
    waiting, seen = [root], set()
    while waiting:
        cid = waiting.pop()
        if cid is None or cid in seen or cid not in blocks:
            continue
        seen.add(cid)
        node, key = blocks[cid], b""
        waiting.append(node.get("l"))
        for entry in node["e"]:
            key = key[: entry["p"]] + entry["k"]
            yield key.decode("ascii"), entry["v"]
            waiting.append(entry.get("t"))


def _listed(value: Any) -> Sequence[Any] | None:
    items = value.get("records") if isinstance(value, dict) else None
    is_known = isinstance(items, list) and all(isinstance(item, dict) and _URI.fullmatch(str(item.get("uri"))) for item in items)
    return items if is_known else None


def _record(item: Mapping[str, Any]) -> Made:
    found, value = _URI.fullmatch(item["uri"]), item["value"]
    if found is None or not isinstance(value, dict):
        raise ValueError("is a record without an address or a value")
    did, collection, key = found.groups()
    author = {"id": did, "channel": "microblogs", "url": f"https://bsky.app/profile/{did}"}
    if collection == "app.bsky.actor.profile":
        return [("authors", {**author, "name": harmless(value.get("displayName")), "bio": harmless(value.get("description"))})]
    if collection != "app.bsky.feed.post":
        raise LeftOut("records that are no post")
    post = {
        "id": item["uri"],
        "channel": "microblogs",
        "author_id": did,
        "published_at": moment(value["createdAt"], "UTC"),
        "url": f"https://bsky.app/profile/{did}/post/{key}",
        "text": value.get("text") or None,
        "language": next(iter(value.get("langs") or ()), None),
        "in_reply_to_id": ((value.get("reply") or {}).get("parent") or {}).get("uri"),
    }
    return [("posts", post)]


FORMAT = ItemFormat("a Bluesky account's records", "posts", _listed, _record, marks=("at://did:",))
