"""Quoted words in BBCode, Markdown and mail: they go, whoever nests or breaks them, and the author's own stay."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.markup.bbcode import bbcode_text, stored_text
from connectors.markup.quotes import own_markdown, own_words

BEGINNINGS = [
    "[quote]", "[QUOTE]", '[quote="Tom"]', "[quote=Tom post_id=3 time=1600000000 user_id=2]", "[quote=&quot;Tom&quot;:2x7]", "[quote:2x7]",
    "[QUOTE=Ada;10]", "[quote='Tom' pid='3' dateline='1600000000']", "[quote author=Tom link=topic=1.msg2#msg2 date=1600000000]",
    '[QUOTE="Tom, post: 1, member: 2"]', '[quote="[Admin] Tom"]', '[quote="tom, post:1, topic:2"]', "[blockquote]",
]  # fmt: skip
WORDS = st.text("abc xyz.,!\n", max_size=20)


def ended(beginning: str) -> str:
    return "[/blockquote]" if beginning == "[blockquote]" else "[/quote:2x7]" if beginning.endswith(":2x7]") else "[/quote]"


@st.composite
def quotes(draw: st.DrawFn, depth: int = 0) -> str:
    """Quotes within quotes, in every spelling, all of them about Ohmline."""
    beginning = draw(st.sampled_from(BEGINNINGS))
    inner = draw(st.lists(quotes(depth + 1), max_size=2)) if depth < 4 else []
    return f"{beginning}Ohmline{draw(WORDS)}{''.join(inner)} Ohmline{ended(beginning)}"


@given(st.lists(st.tuples(st.sampled_from(["I have no opinion. ", "sic ", "[sic] ", "[Morrowbean] ", "a[0] "]), quotes()), max_size=4))
def test_however_deep_the_quotes_the_own_words_stay(parts: list[tuple[str, str]]) -> None:
    told = "".join(own + quoted for own, quoted in parts)
    for read in (own_words, bbcode_text):
        assert "Ohmline" not in read(told)
        assert read(told).split() == "".join(own for own, _ in parts).split()


@pytest.mark.parametrize("beginning", BEGINNINGS)
@pytest.mark.parametrize(
    "told",
    [
        "{0}Ohmline is bad\n\nI have no opinion.",
        "{0}Ohmline is bad\nI have no opinion.",
        "{0}He said {0}Ohmline{1} is bad\nand Ohmline\nI have no opinion.",
        "{0}{0}Ohmline{1}\nI have no opinion.",
        "{0}Ohmline{1} Ohmline is bad{1}\nI have no opinion.",
        "I have no opinion.{0}Ohmline",
        "{1}I have no opinion.",
    ],
)
def test_what_is_not_closed_or_not_opened_does_not_spoil_the_rest(beginning: str, told: str) -> None:
    text = told.format(beginning, ended(beginning))
    assert own_words(text) == bbcode_text(text) == "I have no opinion."


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("[sic] and [Morrowbean] and [Note: x] and [i] and a[b]", "[sic] and [Morrowbean] and [Note: x] and [i] and a[b]"),
        ("[b]bold[/b] [url=https://a.example/x]here[/url] [color=#fff:2x]c[/color:2x]", "bold here c"),
        ("[list][*]one[*]two[/list]", "one\ntwo"),
        ("[quotes] and [quote-unquote]", "[quotes] and [quote-unquote]"),
        ("before[quote]x[/quote]after", "before\nafter"),
    ],
)
def test_brackets_that_are_no_code_stay(markup: str, text: str) -> None:
    assert bbcode_text(markup) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (
            '<r><QUOTE author="Tom"><s>[quote=Tom post_id=3]</s>He said <QUOTE author="Al"><s>[quote=Al]</s>Ohmline<e>[/quote]</e></QUOTE>'
            "is bad<e>[/quote]</e></QUOTE>I have <B><s>[b]</s>no<e>[/b]</e></B> opinion [sic] &amp; so</r>",
            "I have no opinion [sic] & so",
        ),
        ('<t>[quote="Tom"]Ohmline is bad<br/>\n<br/>\nI have no opinion &lt;3</t>', "I have no opinion <3"),
        ("<r><QUOTE><i>&gt; </i><p>Ohmline</p></QUOTE><p>mine</p></r>", "mine"),
        ("<t>broken <b & more", "broken  more"),
        ("plain", None),
    ],
)
def test_stored_xml_is_read_without_its_quotes(markup: str, text: str | None) -> None:
    assert stored_text(markup) == text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("> Ohmline is bad\n\nmine", "mine"),
        ("> Ohmline is\nbad, a lazy line\n\nmine", "mine"),
        ("mine\n> > deep\n> Ohmline\n\nmore", "mine\n\nmore"),
        ("- > in a list\n\nmine", "mine"),
        (">!a spoiler of mine!<", ">!a spoiler of mine!<"),
        ("```\n> code\n```", "```\n> code\n```"),
        ("a > b\n5 > 4", "a > b\n5 > 4"),
    ],
)
def test_markdown_s_block_quotes_are_those_of_commonmark(markdown: str, text: str) -> None:
    assert own_markdown(markdown) == text


@pytest.mark.parametrize(
    ("told", "own"),
    [
        ("> Ohmline\n>> deeper\nmine", "mine"),
        ("mine\n\nOn Tue, 1 Sep 2026 at 10:00, Tom <tom@a.example> wrote:\n> Ohmline\n>\n> bad", "mine"),
        ("mine\nOn Tue, 1 Sep 2026 at 10:00, Tom\n<tom@a.example> wrote:\n\nOhmline is bad", "mine"),
        ("Am 01.09.2026 um 10:00 schrieb Tom <tom@a.example>:\n> Ohmline\nmeins", "meins"),
        ("Le 1 sept. 2026 à 10:00, Tom <tom@a.example> a écrit :\n> Ohmline\nà moi", "à moi"),
        ("Tom wrote:\n> Ohmline\nmine", "mine"),
        ("@tom said in Morrowbean Press:\n> Ohmline\n\nmine", "mine"),
        ("mine\n-----Original Message-----\nFrom: Tom\nOhmline", "mine"),
        ("> nothing of mine", ""),
    ],
)
def test_what_a_mail_program_quotes_goes(told: str, own: str) -> None:
    assert own_words(told) == own


@pytest.mark.parametrize(
    "told",
    [
        "On day 3 I wrote:\nMorrowbean is fine",
        ">:( the press leaks", ">.<", ">5 years of Morrowbean", "5 > 4\na -> b", "I bought it: Tom said:\nfine",
        "On Sunday I wrote:\nMorrowbean is fine", "Pros:\n- light\nCons:\n- none", "the [sic] press", "--- mine ---", "",
    ],
)  # fmt: skip
def test_own_words_stay_as_they_are(told: str) -> None:
    assert own_words(told) == told


@given(st.text("[]/quote=\"'&;:> \n\tOnwrte:<@."))
def test_nothing_makes_it_fail_and_nothing_is_added(text: str) -> None:
    for read in (own_words, bbcode_text, own_markdown):
        assert set(read(text)) <= set(text) | {"\n"}


@pytest.mark.parametrize("part", ["[quote", '[quote="', "[quote]", "[/quote]", '"', "> ", "On 1 wrote", "[b", "[a=", "&quot;"])
def test_time_grows_with_the_text_alone(part: str) -> None:
    began = time.perf_counter()
    own_words(part * 20_000)
    bbcode_text(part * 20_000)
    assert time.perf_counter() - began < 20
