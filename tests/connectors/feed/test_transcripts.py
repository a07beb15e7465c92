"""Transcripts of every kind as plain text, and what is none."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.feed.transcripts import MOST_BYTES, MOST_LETTERS, Kind, NotATranscript, kind_of, read_transcript
from connectors.http.errors import BrokenBody

VTT = """WEBVTT - Lap one
Kind: captions

NOTE made by hand

STYLE
::cue { color: teal }

intro
00:00.000 --> 00:02.000 align:start position:0%
<v.loud Ada Stride>My new <i>Kestrel</i>

00:00:02.000 --> 00:00:04.000
<v Ada Stride>Glide &amp; I</v>
<v Bo>ran <00:00:03.000>far</v>

00:04.000 --> 00:05.000
ran far
"""
SRT = (
    "1\r\n00:00:00,000 --> 00:00:01,500\r\nAda: my <b>Kestrel</b>\r\n\r\n2\r\n00:00:01,500 --> 00:00:03,000\r\n{\\an8}Glide\r\nis light\r\n"
)
SEGMENTS: list[Any] = [
    {"speaker": "Ada", "startTime": 0, "body": "My Kestrel"},
    {"speaker": "Ada", "startTime": 1.5, "endTime": 2, "body": "Glide\n is light"},
    {"speaker": "Bo", "body": "Mine   too"},
    {"body": "really"},
]


def text_of(body: str | bytes, announced: Kind = "plain", charset: str | None = None) -> str:
    return read_transcript(body if isinstance(body, bytes) else body.encode(), announced, "https://pods.example/t", charset).text


def test_web_vtt_keeps_its_speakers_and_joins_what_cues_break() -> None:
    assert text_of(VTT, "vtt") == "Ada Stride: My new Kestrel Glide & I\nBo: ran far"


def test_a_cue_without_a_speaker_goes_on_with_the_last() -> None:
    assert text_of("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Bo>one\n\n00:02.000 --> 00:03.000\ntwo", "vtt") == "Bo: one two"


def test_a_cue_that_is_shown_on_is_said_once() -> None:
    cues = "".join(f"0{second}:00.000 --> 0{second + 1}:00.000\nlap\n\n" for second in range(3))
    assert text_of(f"WEBVTT\n\n{cues}", "vtt") == "lap"


def test_subrip_is_read_with_its_markup_gone() -> None:
    assert text_of(SRT, "srt") == "Ada: my Kestrel Glide is light"


def test_the_namespace_s_json_is_a_paragraph_a_turn() -> None:
    assert text_of(json.dumps({"version": "1.0.0", "segments": SEGMENTS}), "json") == "Ada: My Kestrel Glide is light\nBo: Mine too really"


def test_segments_of_a_wrong_type_are_passed_over() -> None:
    segments = [None, 3, "x", {"body": 7}, {"speaker": ["Ada"], "body": "fine"}, {"text": " so it is"}]
    assert text_of(json.dumps({"segments": segments}), "json") == "fine so it is"


def test_html_is_read_without_times_scripts_and_menus() -> None:
    ada = "<!-- made --><cite>Ada:</cite> <time>0:00</time>\n<p>My Kestrel&nbsp;Glide &lt;3</p>"
    page = f"{ada}<cite>Bo</cite><time>0:53</time><p>Mine<br>too</p>"
    assert text_of(page, "html") == "Ada: My Kestrel Glide <3\nBo: Mine\ntoo"
    whole = f"<!DOCTYPE html><html><head><title>T</title></head><body><nav>Home</nav><script>x()</script>{page}</body></html>"
    assert text_of(whole, "html") == text_of(page, "html")


def test_plain_text_is_tidied() -> None:
    assert text_of("Ada:  hello\r\n\r\n\r\nBo: \t hi\n") == "Ada: hello\nBo: hi"


def cued(*cues: str, form: Kind = "srt") -> str:
    mark, head = (".", "WEBVTT\n\n") if form == "vtt" else (",", "")
    return head + "\n\n".join(f"{at}\n00:00:0{at}{mark}000 --> 00:00:0{at + 1}{mark}000\n{cue}" for at, cue in enumerate(cues))


@pytest.mark.parametrize("form", ["srt", "vtt"])
@pytest.mark.parametrize(
    ("cues", "text"),
    [
        (["Ada: I love the Kestrel", "Glide.", "Bo: I hate it"], "Ada: I love the Kestrel Glide.\nBo: I hate it"),
        (["[music]", "ADA: yes\nDR. BO DE VRIES: no", "so"], "[music]\nADA: yes\nDR. BO DE VRIES: no so"),
        ([">> Ada: one", ">> two", ">> BO: three\nfour"], "Ada: one\ntwo\nBO: three four"),
        (["- yes\n- no", "maybe"], "yes\nno maybe"),
        (["Speaker 1: yes", "Speaker 2: no"], "Speaker 1: yes\nSpeaker 2: no"),
        (["Жанна: да", "Йын: нет"], "Жанна: да\nЙын: нет"),
        (["[Ada]: yes", "(Bo): no"], "Ada: yes\nBo: no"),
        (["Ada: yes", "Remember: buy it", "Note: light"], "Ada: yes Remember: buy it Note: light"),
        (["and this: fine", "it is 10:30 now"], "and this: fine it is 10:30 now"),
        (["we said", "Best part: none"], "we said Best part: none"),
    ],
)
def test_turns_that_lines_begin_with_a_name_stay_apart(form: Kind, cues: list[str], text: str) -> None:
    assert text_of(cued(*cues, form=form), form) == text


def test_a_voice_is_told_before_a_name_in_the_words() -> None:
    assert text_of(cued("<v.loud Ada>Bo: is here</v>", "<v Bo>yes", form="vtt"), "vtt") == "Ada: Bo: is here\nBo: yes"


@pytest.mark.parametrize(
    ("segments", "text"),
    [
        ([{"speaker": 0, "body": "yes"}, {"speaker": 1, "body": "no"}], "Speaker 0: yes\nSpeaker 1: no"),
        ([{"speaker": {"name": "Ada"}, "text": "yes"}, {"speaker": "", "text": "so"}], "Ada: yes so"),
        ([{"body": "Ada: yes"}, {"body": "so"}, {"body": "Bo: no"}], "Ada: yes so\nBo: no"),
    ],
)
def test_segments_keep_whoever_speaks(segments: list[object], text: str) -> None:
    assert text_of(json.dumps({"segments": segments}), "json") == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("Ada Stride (00:12):\nMy Kestrel\nGlide\n\nBo 1:02\nMine too", "Ada Stride: My Kestrel Glide\nBo: Mine too"),
        ("Lap 3\nwith friends\n\n[00:01] Ada: my Kestrel\nGlide\n[00:02] Bo: no", "Lap 3\nwith friends\nAda: my Kestrel Glide\nBo: no"),
        ("**Ada:** yes\n**Bo:** no\nnever", "Ada: yes\nBo: no never"),
        ("Prose that says: this\nand that", "Prose that says: this\nand that"),
    ],
)
def test_plain_text_is_a_line_a_turn_where_names_are_told(body: str, text: str) -> None:
    assert text_of(body) == text


@given(st.lists(st.sampled_from(["Ada", "Bo", "Speaker 1"]), min_size=1, max_size=8), st.sampled_from(["srt", "vtt", "plain"]))
def test_every_word_keeps_its_speaker(speakers: list[str], form: Kind) -> None:
    lines = [f"{speaker}: word{number} of {speaker[0]}\ngoes on" for number, speaker in enumerate(speakers)]
    text = text_of("\n".join(lines) if form == "plain" else cued(*lines, form=form), form)
    told = {word: line.partition(":")[0] for line in text.splitlines() for word in line.split() if word.startswith("word")}
    assert told == {f"word{number}": speaker for number, speaker in enumerate(speakers)}


@pytest.mark.parametrize(
    ("body", "announced", "kind"),
    [
        (SRT, "plain", "srt"),
        (SRT, "vtt", "srt"),
        (VTT, "srt", "vtt"),
        ("00:00:01.000 --> 00:00:02.000\nhello", "vtt", "vtt"),
        ("\n\n 1\n00:00:01,000 --> 00:00:02,000\nhello", "srt", "srt"),
        (json.dumps({"segments": SEGMENTS}), "plain", "json"),
        ("<p>hello</p>", "plain", "html"),
        ("hello", "html", "html"),
    ],
)
def test_the_body_tells_its_kind_better_than_the_feed(body: str, announced: Kind, kind: Kind) -> None:
    transcript = read_transcript(body.encode(), announced, "here")
    assert transcript.kind == kind
    assert "hello" in transcript.text or "Kestrel" in transcript.text


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        ("café".encode("utf-8-sig"), None, "café"),
        ("café".encode("utf-16"), None, "café"),
        ("café".encode("latin-1"), "iso-8859-1", "café"),
        ("café € ok".encode("cp1252"), None, "café € ok"),
        ("café".encode("latin-1"), "no-such-charset", "café"),
        (b"a\x00b\x81", None, "ab\ufffd"),
    ],
)
def test_bytes_become_text_that_can_be_stored(body: bytes, charset: str | None, text: str) -> None:
    assert text_of(body, charset=charset) == text


@pytest.mark.parametrize(
    ("body", "announced", "why"),
    [
        ("<!DOCTYPE html><html><body>Verify you are human</body></html>", "vtt", "is a web page, not the text/vtt that the feed announces"),
        ("\ufeff<HTML><body>Sign in</body></HTML>", "plain", "is a web page"),
        ("", "plain", "holds no words"),
        ("WEBVTT\n", "vtt", "holds no words"),
        ("no cues here", "srt", "is no application/x-subrip"),
        ('{"error": "x"}', "json", "without a list of segments"),
        ("[]", "json", "without a list of segments"),
        ('{"segments": {}}', "json", "without a list of segments"),
        ('{"segments": []}', "json", "holds no words"),
        ("", "html", "holds no words"),
    ],
)
def test_what_is_no_transcript_says_what_it_is(body: str, announced: Kind, why: str) -> None:
    with pytest.raises(NotATranscript, match=why):
        text_of(body, announced)


def test_json_that_is_none_is_a_broken_body() -> None:
    with pytest.raises(BrokenBody, match=r"pods\.example/t"):
        text_of('{"segments": [', "json")


def test_sizes_are_bounded() -> None:
    with pytest.raises(NotATranscript, match="larger than 8 MB"):
        text_of(b"a" * (MOST_BYTES + 1))
    transcript = read_transcript(b"a" * (MOST_LETTERS + 1), "plain", "here")
    assert (len(transcript.text), transcript.is_cut) == (MOST_LETTERS, True)


@pytest.mark.parametrize(
    "body",
    [
        "<" * 200_000,
        "1\n" * 200_000,
        "<v " * 100_000,
        "-->\n" * 100_000,
        "WEBVTT\n\n" + "00:00.000 --> " * 50_000,
        "<p>" * 100_000,
        "{\\" * 100_000,
    ],
)
@pytest.mark.parametrize("announced", ["vtt", "srt", "json", "html", "plain"])
def test_a_hostile_body_ends_in_text_or_a_reason(body: str, announced: Kind) -> None:
    with suppress(NotATranscript, BrokenBody):
        assert text_of(body, announced)


@pytest.mark.parametrize(
    ("media_type", "url", "kind"),
    [
        ("text/vtt", "https://p.example/1", "vtt"),
        ("Text/VTT; charset=utf-8", "https://p.example/1", "vtt"),
        ("application/srt", "https://p.example/1", "srt"),
        ("application/x-subrip", "https://p.example/1", "srt"),
        ("application/octet-stream", "https://p.example/1.SRT?x=1.vtt", "srt"),
        (None, "https://p.example/1.json", "json"),
        ("application/pdf", "https://p.example/1.pdf", None),
        (None, "https://[", None),
    ],
)
def test_a_kind_is_told_by_type_else_by_ending(media_type: str | None, url: str, kind: str | None) -> None:
    assert kind_of(media_type, url) == kind
