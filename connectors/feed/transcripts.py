"""Transcripts as they are published beside podcasts (JSON of the podcast namespace, WebVTT, SubRip, plain text, HTML), as plain text.

The text is one paragraph a speaker's turn, "Name: words" where the speaker is told: cues break in the middle of names and sentences.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Literal
from urllib.parse import urlsplit

import webvtt
from lxml import etree
from webvtt.errors import MalformedCaptionError, MalformedFileError

from connectors.feed.document import ILLEGAL
from connectors.feed.turns import ANOTHER, Turn, labelled_lines, told_turns
from connectors.http.bodies import read_json

Kind = Literal["json", "vtt", "srt", "plain", "html"]

MEDIA_TYPES: dict[Kind, str] = {
    "json": "application/json",
    "vtt": "text/vtt",
    "srt": "application/x-subrip",
    "plain": "text/plain",
    "html": "text/html",
}
"""The kinds that are read, best first: those that tell the speakers' words apart from all else."""
MOST_BYTES = 8_000_000
"""Three hours with a JSON segment a word take 2.4 MB."""
MOST_LETTERS = 2_000_000

_SPELLINGS: dict[str, Kind] = {
    **{media_type: kind for kind, media_type in MEDIA_TYPES.items()},
    "text/json": "json",
    "application/srt": "srt",
    "text/srt": "srt",
    "text/x-subrip": "srt",
    "application/vtt": "vtt",
    "text/webvtt": "vtt",
    "text/x-html": "html",
    "application/xhtml+xml": "html",
}
_ENDINGS: dict[str, Kind] = {"json": "json", "vtt": "vtt", "srt": "srt", "txt": "plain", "html": "html", "htm": "html"}
_TIMES = r"\d[\d:.,]*[ \t]*-->"
_NUMBERED_CUE = re.compile(rf"\d+[ \t]*\n[ \t]*{_TIMES}")
_BARE_CUE = re.compile(_TIMES)
_FRAGMENT = re.compile(r"<(?:cite|time|p|div|h[1-6]|span|br)\b", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype html|html)\b", re.IGNORECASE)
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]{1,200})>")
_MARKUP = re.compile(r"</?[a-z\d][^<>]*>|\{\\[^}]*\}", re.IGNORECASE)
_NO_SPEECH = ("script", "style", "head", "nav", "header", "footer", "aside", "form", "time")
_BLOCKS = frozenset({"p", "div", "li", "ul", "ol", "br", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table", "section", "blockquote", "pre"})
_SPEAKS = "\ue000"
_BEGINNING = 1_000


class NotATranscript(ValueError):
    """The body holds no transcript; the message says what it is instead."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said, and the kind it was read as. `is_cut`: it was longer than MOST_LETTERS."""

    text: str
    kind: Kind
    is_cut: bool = False


def kind_of(media_type: str | None, url: str) -> Kind | None:
    """The kind that a feed announces by media type, else by the address's ending; None for one that is not read."""
    announced = (media_type or "").partition(";")[0].strip().lower()
    try:
        ending = urlsplit(url).path.lower().rpartition(".")[2]
    except ValueError:
        return None
    return _SPELLINGS.get(announced) or _ENDINGS.get(ending)


def read_transcript(body: bytes, announced: Kind, where: str, charset: str | None = None) -> Transcript:
    """The transcript in an answer's body, by what it looks like before what it was announced as.

    Raises:
        NotATranscript: it is too large, a web page in the place of a file, or without a word.
        BrokenBody: it is no JSON where that was announced.
    """
    if len(body) > MOST_BYTES:
        raise NotATranscript(f"{where} is larger than {MOST_BYTES / 1e6:g} MB")
    text = _decoded(body, charset).strip()
    kind = _looks_like(text) or announced
    if kind == "html" and announced != "html" and _PAGE.search(text[:_BEGINNING]):
        raise NotATranscript(f"{where} is a web page, not the {MEDIA_TYPES[announced]} that the feed announces")
    try:
        spoken = _READERS[kind](text, where)
    except (MalformedFileError, MalformedCaptionError) as error:
        raise NotATranscript(f"{where} is no {MEDIA_TYPES[kind]}: {error}") from None
    spoken = ILLEGAL.sub("", spoken).strip()
    if not spoken:
        raise NotATranscript(f"{where} holds no words")
    return Transcript(spoken[:MOST_LETTERS], kind, len(spoken) > MOST_LETTERS)


def vtt_text(text: str, where: str = "") -> str:
    """The words of WebVTT, with or without its first line."""
    return _turns_text(_cue_turns(text if text.startswith("WEBVTT") else f"WEBVTT\n\n{text}", "vtt"))


def srt_text(text: str, where: str = "") -> str:
    """The words of SubRip."""
    return _turns_text(_cue_turns(text, "srt"))


def json_text(text: str, where: str = "") -> str:
    """The words of the podcast namespace's JSON: `segments` of `speaker` and `body` (or `text`, as speech recognisers write)."""
    document = read_json(text.encode("utf-8", "replace"), where)
    segments = document.get("segments") if isinstance(document, dict) else None
    if not isinstance(segments, list):
        raise NotATranscript(f"{where} is JSON without a list of segments")
    return _turns_text(_segment_turns(segments))


def plain_text(text: str, where: str = "") -> str:
    """Plain text, a line a turn where lines begin with the speaker's name; else as it is, its line ends and blanks tidied."""
    lines = text.splitlines()
    turns = labelled_lines(lines)
    return _tidy(lines) if turns is None else _turns_text(turns)


def html_text(text: str, where: str = "") -> str:
    """The words of a page or a fragment; the speaker in a <cite> opens what follows it."""
    tree = etree.fromstring(text.encode("utf-8", "replace"), etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True))
    if tree is None:
        return ""
    etree.strip_elements(tree, *_NO_SPEECH, with_tail=False)
    for element in tree.iter():
        if element.tag == "cite":
            element.text = f"\n{''.join(element.itertext()).strip().rstrip(':')}:{_SPEAKS}"
            del element[:]
        elif element.tag in _BLOCKS:
            element.text = f"\n{element.text or ''}"
            element.tail = f"\n{element.tail or ''}"
    spoken = re.sub(rf"{_SPEAKS}\s*", " ", "".join(tree.itertext()))
    return _tidy(spoken.splitlines())


_READERS = {"json": json_text, "vtt": vtt_text, "srt": srt_text, "plain": plain_text, "html": html_text}


def _decoded(body: bytes, charset: str | None) -> str:
    for encoding in ("utf-16" if body[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig", charset or "cp1252"):
        try:
            return body.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("cp1252", "replace").replace("\r\n", "\n").replace("\r", "\n")


def _looks_like(text: str) -> Kind | None:
    if text.startswith("WEBVTT") or _BARE_CUE.match(text):
        return "vtt"
    if _NUMBERED_CUE.match(text):
        return "srt"
    if text.startswith("{") and '"segments"' in text:
        return "json"
    return "html" if _FRAGMENT.match(text) or _PAGE.search(text[:_BEGINNING]) else None


def _cue_turns(text: str, form: Literal["vtt", "srt"]) -> Iterator[Turn]:
    for cue in webvtt.from_buffer(StringIO(text), format=form).captions:
        before, *spans = _VOICE.split(cue.raw_text)
        yield None, _words(before)
        for speaker, words in zip(spans[::2], spans[1::2], strict=True):
            yield _words(speaker), _words(words)


def _segment_turns(segments: Iterable[object]) -> Iterator[Turn]:
    for segment in segments:
        if isinstance(segment, dict):
            speaker = _speaker(segment.get("speaker"))
            words = segment.get("body", segment.get("text"))
            if isinstance(words, str):
                yield speaker, words


def _speaker(told: object) -> str | None:
    """A name as it stands, in an object, or the number that a recogniser gave to a voice."""
    told = told.get("name", told.get("id")) if isinstance(told, dict) else told
    if isinstance(told, int) and not isinstance(told, bool):
        return f"Speaker {told}"
    return told if isinstance(told, str) and told.strip() else None


def _words(text: str) -> str:
    return html.unescape(_MARKUP.sub("", text))


def _turns_text(turns: Iterable[Turn]) -> str:
    """A paragraph a turn: until another speaker is told. What is said twice in a row is a cue that was shown on."""
    paragraphs: list[list[str]] = []
    current, last, waiting = None, None, ""
    for speaker, words in told_turns(turns):
        spoken, name = " ".join(words.split()), " ".join((speaker or "").split()).rstrip(":")
        if not spoken:
            waiting = name or waiting
            continue
        name, waiting = name or waiting, ""
        if spoken == last and name in {"", current}:
            continue
        if not paragraphs or (name and name != current) or name == ANOTHER:
            paragraphs.append([f"{name}:"] if name not in {"", ANOTHER} else [])
            current = name
        paragraphs[-1].append(spoken)
        last = spoken
    return "\n".join(" ".join(words) for words in paragraphs)


def _tidy(lines: Iterable[str]) -> str:
    return "\n".join(tidied for line in lines if (tidied := " ".join(line.split())))
