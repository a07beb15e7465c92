"""What of a text is its author's own words, and what is quoted: BBCode, lines that begin with >, Markdown."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("commonmark").disable("inline")
_SPOILER = re.compile(r"^( {0,3})>!", re.MULTILINE)

VALUE = r"""(?:&quot;[^\n]{0,200}?&quot;|"[^"\n]{0,200}"|[^\]\n]){0,400}+"""
"""What stands in a BBCode tag behind its name, brackets in quotation marks too: [quote="[Admin] Tom"]. Possessive: it is read once."""
_QUOTE_TAG = re.compile(rf"\[(/?)(?:block)?quote(?::[\w:]{{1,20}})?(?:[=\s]{VALUE})?\]", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")

_FACE = r"[:;]['\u2019-]?[()\[\]{}DPp3oO|/\\cC<>@]|[._-]{1,2}[<>]|="
_QUOTED_LINE = re.compile(rf"[ \t]{{0,3}}>(?!{_FACE}|!|\d)")
_WROTE = r"wrote|writes|schrieb|a écrit|escribió|ha scritto|escreveu|schreef|skrev|napisał(?:\(a\)|a)?|kirjoitti|написала?"
_SAID = re.compile(rf"@?\S{{1,60}}(?: \S{{1,60}}){{0,3}} (?:(?:{_WROTE}|said)|said in [^\n]{{1,300}})\s?:", re.IGNORECASE)
_DATED = r"(?:on|am|le|el|il|em|op|den|dnia|w dniu)\b(?=[^\n]*\d)[^\n]{5,300}"
_MAIL = re.compile(rf"{_DATED}\b(?:{_WROTE})(?:[^\n:]{{0,120}}:|[^\n]{{0,120}}>:)", re.IGNORECASE)
_SENT = re.compile(r"\S@\S|\d:\d\d")
_MAIL_BELOW = re.compile(r"-{3,}\s?(?:original message|ursprüngliche nachricht|message d.origine|mensaje original)\s?-{3,}", re.IGNORECASE)


def own_markdown(text: str) -> str:
    """Markdown without its block quotes, lazy lines included, as CommonMark reads them; a spoiler of Reddit's (>!) is none."""
    if ">" not in text:
        return text
    lines = text.splitlines(keepends=True)
    for token in _MARKDOWN.parse(_SPOILER.sub(r"\1?!", text)):
        if token.type == "blockquote_open" and token.map:
            lines[token.map[0] : token.map[1]] = ["\n"] * (token.map[1] - token.map[0])
    return _tidy("".join(lines))


def own_words(text: str) -> str:
    """A text without what it quotes: quotes of BBCode, lines that begin with >, and the line that says who wrote them.

    Under "On … wrote:", with a time or address and without any such line, all that follows is quoted. A post's faces (>:(), spoilers (>!)
    and numbers (>5 years) are its own.
    """
    has_lines, has_codes = ">" in text or ":" in text or "---" in text, "[" in text
    own = own_bbcode(text) if has_codes else text
    if has_lines:
        own = "\n".join(_own_lines(own.split("\n")))
    return text if own == text else _tidy(own)


def own_bbcode(text: str) -> str:
    """A text without BBCode's quotes, however deep.

    One that is not closed reaches to the next blank line, or else leaves the last line. What stands between an end that closes nothing
    and the quote before it was quoted too: boards cut the outer of nested quotes.
    """
    cuts, opened, after = list[tuple[int, int]](), list[re.Match[str]](), 0
    for tag in _QUOTE_TAG.finditer(text):
        if not tag[1]:
            opened.append(tag)
        elif opened:
            cuts.append((opened.pop().start(), tag.end()))
            after = tag.end()
        else:
            cuts.append((after or tag.start(), tag.end()))
            after = tag.end()
    covered, paired = 0, sorted(cuts)
    for tag in opened:
        if tag.start() >= covered:
            covered = _end_of_unclosed(text, tag.end(), paired)
            cuts.append((tag.start(), covered))
    return _without(text, cuts)


def is_attribution(line: str) -> bool:
    """Whether a line only says who wrote what is quoted below it."""
    told = " ".join(line.split())
    return bool(_SAID.fullmatch(told) or _MAIL.fullmatch(told))


def _end_of_unclosed(text: str, begun: int, quotes: Sequence[tuple[int, int]]) -> int:
    """Behind the quotes that stand in its own paragraph."""
    start = begun
    while True:
        words = len(text) - len(text[begun:].lstrip()) if start == begun else start
        inner = bisect_left(quotes, (start, 0))
        until = quotes[inner][0] if inner < len(quotes) else len(text)
        blank = _BLANK_LINE.search(text, words, until)
        if blank:
            return blank.start()
        if inner == len(quotes):
            last = text.rstrip().rfind("\n", words)
            return len(text) if last < 0 else last
        start = quotes[inner][1]


def _without(text: str, cuts: Iterable[tuple[int, int]]) -> str:
    kept, at = list[str](), 0
    for start, end in sorted(cuts):
        if end > at:
            kept.append(text[at : max(start, at)])
            at = end
    return "\n".join([*kept, text[at:]]) if at else text


def _own_lines(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if _QUOTED_LINE.match(line):
            at += 1
            continue
        if _MAIL_BELOW.fullmatch(line.strip()):
            return
        size = next((size for size in (1, 2) if is_attribution(" ".join(lines[at : at + size]))), 0) if _may_attribute(lines, at) else 0
        if size:
            below = next((other for other in lines[at + size :] if other.strip()), None)
            if below is not None and _QUOTED_LINE.match(below):
                at += size
                continue
            told = " ".join(" ".join(lines[at : at + size]).split())
            if below is not None and _MAIL.fullmatch(told) and _SENT.search(told):
                return
        yield line
        at += 1


def _may_attribute(lines: list[str], at: int) -> bool:
    return bool(lines[at].strip()) and any(line.rstrip().endswith(":") for line in lines[at : at + 2])


def _tidy(text: str) -> str:
    return re.sub(r"\n[ \t\r]*\n\s*\n", "\n\n", text).strip()
