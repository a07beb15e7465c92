"""Accounts that are kept as nodes without a name: who objects to being ranked is counted, and neither named, quoted nor shown.

Of what is theirs stay numbers, times, kinds, ids of posts and ids of others; their own ids become the node's, all words go. The same is
done to what is held and to what sources still bring, so that every night tells of the same node.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from orchestration.privacy.identifiers import MARK, OWN_IDS, WRITERS, Identifiers, letters, pseudonym
from orchestration.privacy.others import plain_address
from orchestration.privacy.persons import Account
from orchestration.privacy.walk import ACCOUNT_KEY, ID_KEY, KEPT, POST_KEY, TIME, Walk
from orchestration.privacy.words import INDENTED
from orchestration.warehouse.score_tables import IS_UNNAMED, UNNAMED

LEAST_PART = 8
"""Characters of a part of an id that may be an account's id of its own."""
KINDS = KEPT | frozenset(
    {
        "instance", "baseurl", "site", "wiki", "host", "state", "status", "mediatype", "mediaproducttype", "posttype", "posthint",
        "statustype", "subreddit", "subreddittype", "category", "categoryname", "format", "country", "currency", "langs", "locale",
        "episodetype", "accounttype", "verifiedtype", "broadcastertype", "usertype", "regioncode", "duration", "defaultlanguage",
        "defaultaudiolanguage", "agent", "access", "brandid", "productid", "medium", "role", "software",
    }
)  # fmt: skip
"""Names, without case and signs, of fields that tell of what kind a thing is, and where."""
NAMES = frozenset({"acct", "username", "handle", "login", "screenname", "author", "by", "user", "creator", "owner", "from"})
"""Names of fields that may hold a name where no id of theirs is known: a handle that is new."""
_OTHERS = re.compile(r"mention|repl|quot|reblog|repost|parent|target|follow")
_ID = re.compile(r"ids?$|uri$|urn$|key$|ref$|guid$|fullname$|^pid$|^tid$|^cid$|^pk$|parent|reply")
NodeOf = Callable[[str], str | None]


class Unnaming(Walk):
    """The walk that leaves nodes. `node_of`: the node of an account's id, handle or address.

    `sure`: the same, of those that are nobody else's; `text`: what is left of texts of others.
    """

    def __init__(self, node_of: NodeOf, sure: NodeOf, text: Callable[[str], str]) -> None:
        super().__init__(lambda value: bool(node_of(value) or sure(value)), lambda _: False, text)
        self.node_of, self.sure = node_of, sure

    def value(self, value: Any, key: str = "", parent: str = "") -> Any:
        """The value with nodes in their place; the same object where nothing is theirs."""
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, str | int):
            if self._is_theirs(str(value), key, parent):
                return self.named(str(value))
            if not isinstance(value, str):
                return value
            named = f"{key} {parent}".lower()
            is_id = not re.search(r"\s", value) and (ACCOUNT_KEY.search(named) or POST_KEY.search(named) or key.lower() in ("id", "uri"))
            return changed if is_id and (changed := composite(value, self.sure)) != value else self.text(value)
        if isinstance(value, list):
            return [self.value(item, key, parent) for item in value]
        if isinstance(value, dict):
            if self.owns(value, key):
                return self.unnamed(value)
            told = self.told_of(value, key)
            return {
                self.text(name): self._reduced(item, name)
                if name.lower().startswith(told) and not ID_KEY.search(name.lower())
                else self.value(item, name, key)
                for name, item in value.items()
            }
        return value

    def named(self, value: str) -> str:
        """An id, handle or address of theirs as the node's."""
        found = self.node_of(value) or self.sure(value)
        return composite(as_node(value, found), self.sure) if found else value

    def unnamed(self, value: dict[str, Any]) -> dict[str, Any]:
        """An object of theirs with ids, numbers, times and kinds alone."""
        return {self.text(name): self._reduced(item, name) for name, item in value.items()}

    def _reduced(self, value: Any, key: str) -> Any:
        plain = letters(key)
        if isinstance(value, dict):
            is_others = bool(_OTHERS.search(key.lower())) and not self.owns(value, key)
            return self.value(value, key) if is_others else self.unnamed(value)
        if isinstance(value, list):
            return [self._reduced(item, key) for item in value]
        if isinstance(value, str):
            return self._reduced_text(value, key, plain)
        if isinstance(value, int) and not isinstance(value, bool) and (plain in OWN_IDS or ACCOUNT_KEY.search(key.lower())):
            return self.node_of(str(value)) or value
        return value

    def _reduced_text(self, value: str, key: str, plain: str) -> str | None:
        if not value or TIME.fullmatch(value):
            return value
        if plain == "addedtext" and INDENTED.search(value):  # MediaWiki's
            return ":"
        if len(value) > 300 or re.search(r"\s", value):
            return None
        names_account = plain in OWN_IDS or plain in WRITERS or ACCOUNT_KEY.search(key.lower()) is not None
        if self.sure(value) or (names_account and self.node_of(value)):
            return self.named(value)
        if plain in NAMES:
            return value if UNNAMED in value else MARK
        if plain in OWN_IDS or _ID.search(key.lower()):
            return self.text(composite(value, self.sure))
        return value if plain in KINDS and len(value) <= 64 else None


def as_node(text: str, node: str) -> str:
    """An id, handle or address as the node's: its last part, which tells who it is, is exchanged."""
    return re.sub(r"[^/:~]+(/?)$", lambda found: node + found.group(1), text)


def composite(text: str, sure: NodeOf) -> str:
    """An id with the ids of accounts in it exchanged: at its beginning, as a part between slashes, or one between underscores."""
    for _ in range(3):
        before = text
        parts = re.split(r"(/)", text)
        beginnings = ["".join(parts[:count]) for count in range(len(parts), 0, -2)]
        inside = [part for part in parts if len(part) >= LEAST_PART] if len(parts) > 1 else [*text.split(":"), *text.split("_")]
        for part in (*beginnings, *inside):
            if len(part) >= LEAST_PART and UNNAMED not in part and (node := sure(part)):
                text = text.replace(part, as_node(part, node), 1)
                break
        if text == before:
            break
    return text


def of_both(text: str, node_of: NodeOf) -> str:
    """The id of a relation, which names both sides with a space between, with nodes in it."""
    if " " not in text:
        return text
    return " ".join(as_node(part, node) if (node := node_of(part)) else part for part in text.split(" "))


def unnamed(found: Identifiers, accounts: Sequence[Account], number: str) -> Identifiers:
    """What is looked for and stands in for it where accounts stay as nodes; posts keep their ids but for what tells who wrote them."""
    node = f"{UNNAMED}{number}"
    told = {text.removeprefix("@") for one in accounts for text in (one.handle or "", one.url or "") if text}
    told |= {plain_address(text) for text in told}
    ours = {text for text in found.certain if found.natives.get(text) == "account" or text.removeprefix("@") in told}
    plain = {text.lower() for text in ours}
    sure: NodeOf = lambda text: node if text.lower() in plain else None  # noqa: E731
    kept = Identifiers(
        found.authors, found.persons, found.post_ids, names=found.names, accounts=found.accounts, natives=found.natives, node=node
    )
    of_posts = {plain_address(text) for text, kind in found.natives.items() if kind == "post"}
    for text in found.certain:
        if text not in found.natives and text in of_posts:
            continue
        if text in ours:
            kept.instead[text] = composite(as_node(text, node), sure)
        elif found.natives.get(text) == "post":
            if (changed := composite(text, sure)) != text:
                kept.instead[text] = changed
        else:
            kept.certain.add(text)
    for key in (*found.authors, *found.persons):
        platform, _, native = key.partition(":")
        kept.keys[key] = f"{platform}:{kept.instead.get(native) or as_node(native, node)}"
    for key in found.post_ids:
        platform, _, native = key.partition(":")
        if (changed := kept.instead.get(native, native)) != native:
            kept.keys[key] = f"{platform}:{changed}"
    kept.certain -= {text for text in kept.certain if text in kept.instead}
    return kept


def past(found: Identifiers) -> Identifiers:
    """The same for tables of past nights, whose numbers stay under a name that leads to no node either."""
    names = {key: pseudonym() for key in (*found.authors, *found.persons)}
    return replace(found, keys=found.keys | names)


def is_unnamed(text: str) -> bool:
    """Whether an id is a node's."""
    return re.search(IS_UNNAMED, text) is not None
