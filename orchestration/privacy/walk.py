"""Somebody taken out of JSON values, by what the names of fields tell of what stands in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from orchestration.privacy.identifiers import MARK, OWN_IDS, WRITERS, letters

ACCOUNT_KEY = re.compile(
    r"author|account|user|actor|owner|creator|profile|member|mention|person|speaker|sender|acct|login|nick|handle|screen|follow"
    r"|broadcaster|uploader|artist|curator|^podcast_?id$|^by$|^from$|^to$|^uid$|^did$|^who$|customer|host",
    re.MULTILINE,
)
POST_KEY = re.compile(
    r"post|status|repl|parent|quot|blog|repost|root|thread|conversation|tweet|comment|item|media|video|story|link|message|subject|target"
    r"|object|reference|kids|answer|question|entry|guid|topic"
)
KEPT = frozenset({"type", "kind", "object", "visibility", "language", "lang", "channel"})
_ENVELOPES = frozenset({"snippet"})
"""What a platform wraps a thing's own author in."""
_ALONE = frozenset({"value", "url"})
"""What else an account is told by, inside of what names its author."""
TIME = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?")
ID_KEY = re.compile(r"id(_str|s)?$")
LONG_ID = 7
"""From so many signs on an id is theirs whatever it is called: shorter ones number other things, too."""


_PART = re.compile(r"[^/?&=,;:+%#\s]+")


class Walk:
    """Takes somebody out of JSON values. `is_account`, `is_post`: whether a value under a key that names one is theirs; `text`: of texts.

    An object that is theirs, as its own id or author says, loses all its texts and ids; its numbers, times and kinds stay.
    """

    def __init__(self, is_account: Callable[[str], bool], is_post: Callable[[str], bool], text: Callable[[str], str]) -> None:
        self.is_account, self.is_post, self.text = is_account, is_post, text

    def value(self, value: Any, key: str = "", parent: str = "") -> Any:
        """The value without them; the same object where nothing is theirs."""
        if isinstance(value, str):
            return MARK if self._is_theirs(value, key, parent) else self.text(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return None if self._is_theirs(str(value), key, parent) else value
        if isinstance(value, list):
            return [self.value(item, key, parent) for item in value]
        if isinstance(value, dict):
            if self.owns(value, key):
                return self._blank(value, "")
            told = self.told_of(value, key)
            return {
                self.text(name): self._blank(item, name) if name.lower().startswith(told) else self.value(item, name, key)
                for name, item in value.items()
            }
        return value

    def told_of(self, value: dict[str, Any], key: str) -> tuple[str, ...]:
        """How the names of fields begin that tell of them in an object of another's: of `broadcaster_id` comes `broadcaster_name`."""
        named = ((re.fullmatch(r"(.{3,}?)_?id(?:_str)?", name.lower()), name, item) for name, item in value.items())
        return tuple(
            found.group(1)
            for found, name, item in named
            if found and isinstance(item, str | int) and not isinstance(item, bool) and self._is_theirs(str(item), name, key)
        )

    def owns(self, value: dict[str, Any], key: str = "") -> bool:
        """Whether an object is theirs: an account or a post of theirs, or what they did."""
        for name, item in value.items():
            plain = letters(name)
            if plain in _ENVELOPES and isinstance(item, dict) and self.owns(item):
                return True
            if plain in _ALONE and ACCOUNT_KEY.search(key.lower()) and isinstance(item, str) and self.is_account(item):
                return True
            if plain in OWN_IDS and isinstance(item, str | int) and not isinstance(item, bool) and self._is_theirs(str(item), name, key):
                return True
            if plain == "authorids" and isinstance(item, list) and item and self._is_theirs(str(item[0]), name, key):
                return True
            if plain == "channelid" and "authorChannelId" in value:  # of a comment it is the video's
                continue
            if (plain in WRITERS or plain == "site") and (
                self.owns(item, name) if isinstance(item, dict) else isinstance(item, str | int) and self._is_theirs(str(item), name, key)
            ):
                return True
        return False

    def _is_theirs(self, value: str, key: str, parent: str) -> bool:
        if not value or len(value) > 300:
            return False
        named = key.lower()
        around = f"{named}\n{parent.lower()}"
        names_any = (not parent and named == "id") or (len(value) >= LONG_ID and ID_KEY.search(named) is not None)
        is_account = names_any or ACCOUNT_KEY.search(around) is not None
        is_post = names_any or POST_KEY.search(around) is not None
        return (is_account and self.is_account(value)) or (is_post and self.is_post(value))

    def _blank(self, value: Any, key: str) -> Any:
        named = key.lower()
        if isinstance(value, str):
            return value if not value or value == MARK or named.strip("$") in KEPT or TIME.fullmatch(value) else MARK
        if isinstance(value, int) and not isinstance(value, bool):
            return None if named.endswith(("id", "ids", "pk")) else value
        if isinstance(value, list):
            return [self._blank(item, key) for item in value]
        if isinstance(value, dict):
            return {self.text(name): self._blank(item, name) for name, item in value.items()}
        return value


def without_ids(address: str, walk: Walk) -> str:
    """The address of a request without their ids, of LONG_ID signs or more: several accounts are asked for at once."""
    return _PART.sub(
        lambda part: MARK if len(part[0]) >= LONG_ID and (walk.is_account(part[0]) or walk.is_post(part[0])) else part[0], address
    )
