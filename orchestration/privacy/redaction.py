"""What is left of a text, a JSON value or a cell when a person is taken out of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orchestration.privacy.identifiers import MARK, OWN_IDS, WRITERS, Identifiers
from orchestration.privacy.matching import Matcher

ACCOUNT_KEY = re.compile(
    r"author|account|user|actor|owner|creator|profile|member|mention|person|speaker|sender|acct|login|nick|handle|screen|follow"
    r"|^by$|^from$|^to$|^uid$|^did$|^who$|customer|host"
)
_POST_KEY = re.compile(
    r"post|status|repl|parent|quot|blog|repost|root|thread|conversation|tweet|comment|item|media|video|story|link|message|subject|target"
    r"|object|reference|kids|answer|question|entry|guid|topic"
)
_KEPT = frozenset({"type", "kind", "object", "visibility", "language", "lang", "channel"})
TIME = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?")


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
            return {self.text(name): self.value(item, name, key) for name, item in value.items()}
        return value

    def owns(self, value: dict[str, Any], key: str = "") -> bool:
        """Whether an object is theirs: an account or a post of theirs, or what they did."""
        for name, item in value.items():
            plain = re.sub(r"[^a-z]", "", name.lower())
            if plain in OWN_IDS and isinstance(item, str | int) and not isinstance(item, bool) and self._is_theirs(str(item), name, key):
                return True
            if plain in WRITERS and (
                self.owns(item, name) if isinstance(item, dict) else isinstance(item, str | int) and self._is_theirs(str(item), name, key)
            ):
                return True
        return False

    def _is_theirs(self, value: str, key: str, parent: str) -> bool:
        if not value or len(value) > 300:
            return False
        named = key.lower()
        around = f"{named} {parent.lower()}"
        names_any = not parent and named == "id"
        is_account = names_any or ACCOUNT_KEY.search(around) is not None
        is_post = names_any or _POST_KEY.search(around) is not None
        return (is_account and self.is_account(value)) or (is_post and self.is_post(value))

    def _blank(self, value: Any, key: str) -> Any:
        named = key.lower()
        if isinstance(value, str):
            return value if not value or value == MARK or named.strip("$") in _KEPT or TIME.fullmatch(value) else MARK
        if isinstance(value, int) and not isinstance(value, bool):
            return None if named.endswith(("id", "ids", "pk")) else value
        if isinstance(value, list):
            return [self._blank(item, key) for item in value]
        if isinstance(value, dict):
            return {self.text(name): self._blank(item, name) for name, item in value.items()}
        return value


class Redactor:
    """Takes a person out of cells. `certain` are looked for everywhere, the rest where the platform's accounts and posts are named."""

    def __init__(self, identifiers: Identifiers) -> None:
        self.identifiers = identifiers
        self._known = {text.lower() for text in identifiers.replacements}
        self.certain = Matcher(identifiers.replacements)
        self.marked = Matcher(dict.fromkeys(identifiers.replacements, MARK))
        self.pages = Matcher({text: MARK for text in identifiers.names if len(text) >= 3} | dict(identifiers.replacements))

    def shared(self, platform: str | None) -> list[str]:
        """How the short or shared ids stand in JSON, to look for whatever may hold one."""
        forms = list[str]()
        for value in self._ids(platform, self.identifiers.accounts) | self._ids(platform, self.identifiers.posts):
            forms.append(f'"{value}"')
            if value.isdigit():
                forms += [f"{before}{value}{after}" for before in ":[, " for after in ",}] "]
        return forms

    def json(self, text: str, platform: str | None, words: Sequence[bytes]) -> str:
        """JSON text without them; what is no JSON is text. `words`: which of the certain ones may be in it."""
        try:
            value = json.loads(text)
        except ValueError:
            return self.marked.replaced(text, words)
        if not isinstance(value, dict | list):
            return self.marked.replaced(text, words)
        redacted = self._walk(words, platform).value(value)
        return text if redacted == value else json.dumps(redacted, ensure_ascii=False, separators=(",", ":"))

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
        if (ACCOUNT_KEY.search(named) and plain in accounts) or (_POST_KEY.search(named) and plain in posts):
            return MARK
        if named in ("native_id", "lookup_key") and platform and plain in accounts | posts:
            return MARK
        return (self.marked if is_raw else self.certain).replaced(text, words)

    def _walk(self, words: Sequence[bytes], platform: str | None) -> Walk:
        """The walk through one JSON text that a platform answered."""
        accounts, posts = self._ids(platform, self.identifiers.accounts), self._ids(platform, self.identifiers.posts)
        return Walk(
            lambda value: value.lower().removeprefix("@") in accounts or value.lower() in self._known,
            lambda value: value.lower() in posts or value.lower() in self._known,
            (lambda value: self.marked.replaced(value, words)) if words else lambda value: value,
        )

    @staticmethod
    def _ids(platform: str | None, ids: Mapping[str, set[str]]) -> set[str]:
        return ids.get(platform, set()) if platform else set().union(*ids.values())
