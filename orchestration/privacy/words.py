"""A post's payload without its words: what it says, what it is called, how it is tagged. Ids, times, counts, kinds and accounts stay."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from orchestration.privacy.walk import ACCOUNT_KEY, TIME

_WORDS = frozenset((
    "added_text", "alt", "alt_text", "alttext", "body", "body_html", "caption", "comment", "comment_plain", "commentary", "content",
    "content_html", "cooked", "description", "description_html", "excerpt", "extended", "full_text", "hashtag_names", "hashtags",
    "headline", "html", "keywords", "message", "note", "notes", "raw", "selftext", "selftext_html", "shortdescription", "spoiler_text",
    "subject", "subtitle", "summary", "tag_names", "tags", "text", "textdisplay", "textoriginal", "title", "trackname", "transcript",
    "video_description", "voice_to_text", "website_description", "website_title",
))  # fmt: skip
"""Keys whose texts are words, however short; any other text is one where white space stands in it."""
_ALSO: Mapping[tuple[str, str], frozenset[str]] = {
    ("lemmy", "posts"): frozenset({"name"}),
    ("peertube", "videos"): frozenset({"name"}),
    ("pinboard", "bookmarks"): frozenset({"d", "n", "t"}),
    ("reddit", "posts"): frozenset({"domain"}),
}
_OF_CONTAINERS = frozenset((
    "collectionname", "feedtitle", "primarygenrename", "genres", "category", "category_name", "categories", "container",
    "content_license", "instance", "software", "group",
))  # fmt: skip
"""What a post's payload tells of where it stands: names with white space in them that are not its own."""
_ID = re.compile(r"(?:^|_)(?:id|ids|uri|urn|guid|key|did|cid)$|(?:Id|Ids|Uri|Urn|Guid)$|(?:^|_)fullname$")
_PERMALINK = re.compile(r"(/r/[^/]+/comments/[^/]+/)[^/]*/(.*)")  # Reddit's, with the title in it
_EMBEDDED = re.compile(r"(?is)<(?:img|audio|video|source|iframe)\b[^>]*>")
_LINK = re.compile(r"(?i)\bhttps?://[^\s<>\"'\\^`{|}]*[^\s<>\"'\\^`{|}.,;:!?)*\]]")
_TRACKING = re.compile(r"(?i)(?<=[?&;])(?:utm_[a-z]+|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|ref_src)=[^&#]*(?:&(?:amp;)?|$)")
_HASHTAG = re.compile(r"/tags?/[^/]+/?$")
_NAMED: Mapping[str, re.Pattern[str]] = {
    "mediawiki": re.compile(r"\[\[\s*[Uu]ser(?:[ _][Tt]alk)?\s*:[^\]\[]*\]\]"),
    "nodebb": re.compile(r"<a\b[^>]*\bplugin-mentions[^>]*/uid/[1-9][0-9]*\"[^>]*>"),
    "threads": re.compile(r"(?<![\w@./])@[A-Za-z0-9._]*[A-Za-z0-9_]"),
}
"""Whom a text names, where its platform tells that in the text alone: staging reads it from there."""
INDENTED = re.compile(r"(?m)^\s*[:*]")
"""By which a talk page tells that somebody answers."""


def without_words(platform: str, entity: str, payload: str, *, is_deleted: bool) -> str:
    """The payload with nothing for each of its words; JSON in and out.

    What is only kept no longer keeps the addresses that it links to, without what they track by, so that who pointed where stays known.
    What is deleted keeps no address at all, for those may tell the title.
    """
    value = json.loads(payload)
    redacted = _Redaction(platform, _WORDS | _ALSO.get((platform, entity), frozenset()), is_deleted=is_deleted).value(value)
    return json.dumps(redacted, ensure_ascii=False, separators=(",", ":"))


def without_embedded(platform: str, entity: str, payload: str, native_ids: Collection[str]) -> str:
    """The payload with nothing for the words of posts that are embedded in it and have one of these ids; itself where none is."""
    value = json.loads(payload)
    redaction = _Redaction(platform, _WORDS | _ALSO.get((platform, entity), frozenset()), is_deleted=True)
    redacted = _walked(value, frozenset(native_ids), redaction, is_top=True)
    return payload if redacted == value else json.dumps(redacted, ensure_ascii=False, separators=(",", ":"))


def _walked(value: Any, native_ids: frozenset[str], redaction: _Redaction, *, is_top: bool = False) -> Any:
    if isinstance(value, list):
        return [_walked(item, native_ids, redaction) for item in value]
    if not isinstance(value, dict):
        return value
    if not is_top and any(str(value.get(key)) in native_ids for key in ("id", "name", "uri")):
        return redaction.value(value)
    return {name: _walked(item, native_ids, redaction) for name, item in value.items()}


class _Redaction:
    def __init__(self, platform: str, words: frozenset[str], *, is_deleted: bool) -> None:
        self.platform, self.words, self.is_deleted = platform, words, is_deleted

    def value(self, value: Any, key: str = "", *, is_word: bool = False) -> Any:
        if isinstance(value, str):
            return self._text(value, key, is_word=is_word)
        if isinstance(value, list):
            return [self.value(item, key, is_word=is_word) for item in value]
        if isinstance(value, dict):
            return {name: self._member(name, item, is_word=is_word) for name, item in value.items()}
        return value

    def _member(self, name: str, item: Any, *, is_word: bool) -> Any:
        named = name.lower()
        if named in self.words and not (named == "title" and self.platform == "mediawiki"):  # which is the page's
            return self.value(item, name, is_word=True)
        return item if (ACCOUNT_KEY.search(named) or named in _OF_CONTAINERS) and not is_word else self.value(item, name, is_word=is_word)

    def _text(self, text: str, key: str, *, is_word: bool) -> str:
        if not text or TIME.fullmatch(text):
            return text
        if is_word or not (_ID.search(key) or text.split() == [text]):  # an id may hold white space, too
            return self._kept(text)
        if self.is_deleted and ("://" in text or text.startswith("/")) and not _ID.search(key):
            named = _PERMALINK.fullmatch(text) if self.platform == "reddit" else None
            return f"{named[1]}_/{named[2]}" if named else ""
        return text

    def _kept(self, text: str) -> str:
        if self.is_deleted:
            return ""
        links = [_TRACKING.sub("", link).rstrip("?&") for link in _LINK.findall(_EMBEDDED.sub("", text)) if not _HASHTAG.search(link)]
        named = _NAMED[self.platform].findall(text) if self.platform in _NAMED else []
        if self.platform == "mediawiki" and INDENTED.search(text):
            named.insert(0, ":")
        return " ".join(named + links)
