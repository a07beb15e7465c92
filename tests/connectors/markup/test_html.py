"""HTML without what it quotes, and as plain text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.markup.exported import exported_text, own_export
from connectors.markup.html import html_text, own_html

QUOTES = {
    "nested": "<blockquote><p>Ohmline</p><blockquote>Ohmline</blockquote> Ohmline</blockquote>",
    "unclosed inside": "<blockquote><p>Ohmline <b>is bad</blockquote>",
    "Discourse": '<aside class="quote no-group" data-topic="1"><div class="title">Tom:</div><blockquote>Ohmline</blockquote></aside>',
    "NodeBB": '<p dir="auto"><a href="/user/tom">@tom</a> said in <a href="/post/3">Ohmline</a>:</p><blockquote>Ohmline</blockquote>',
    "XenForo": '<div class="bbCodeBlock bbCodeBlock--quote"><a>Tom said:</a><div>Ohmline</div></div>',
    "MyBB": '<blockquote class="mycode_quote"><cite>Tom wrote:</cite>Ohmline</blockquote>',
    "vBulletin": '<div class="bbcode_container"><div class="bbcode_quote">Ohmline</div></div>',
    "SMF": '<div class="quoteheader">Quote from: Ohmline</div><blockquote class="bbc_standard_quote">Ohmline</blockquote>',
    "Gmail": '<div class="gmail_quote">On Tue, Tom wrote:<blockquote>Ohmline</blockquote></div>',
    "an embedded post": '<blockquote class="twitter-tweet"><p>Ohmline</p></blockquote>',
    "capitals": "<BLOCKQUOTE>Ohmline</BLOCKQUOTE>",
}

PIECES = [*QUOTES.values(), "<p>mine</p>", "<div>", "</div>", "</p>", "<b", "&", "\x00", "<!--", "\N{GRINNING FACE}", "<![CDATA["]


@pytest.mark.parametrize("quote", QUOTES.values(), ids=QUOTES)
def test_quoted_elements_go_and_the_own_words_stay(quote: str) -> None:
    told = f"<p>I said</p>{quote}<p>no &amp;lt; opinion</p>"
    assert html_text(told).split() == ["I", "said", "no", "&lt;", "opinion"]
    assert "Ohmline" not in own_html(told)
    assert "no &amp;lt; opinion" in own_html(told)
    assert "Ohmline" in html_text(told, is_whole=True)


def test_the_links_of_an_embedded_post_and_of_a_source_are_the_author_s() -> None:
    tweet = '<blockquote class="twitter-tweet">x<a href="https://a.example/">a</a><a href="https://x.com/t/status/1">b</a></blockquote>'
    assert own_html(tweet) == '<a href="https://x.com/t/status/1"></a><br>'
    assert (
        own_html('<blockquote cite="https://a.example/?a=1&amp;b=2">x</blockquote>y')
        == '<a href="https://a.example/?a=1&amp;b=2"></a><br>y'
    )
    onebox = '<aside class="onebox" data-onebox-src="https://a.example/"><a href="https://b.example/">Ohmline</a></aside>'
    assert own_html(onebox) == '<a href="https://a.example/"></a><br>'
    assert own_html('<blockquote><a href="https://ohmline.example/">x</a></blockquote>y') == "<br>y"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("caf&eacute; &rsquor; it&#146;s", "café \u2019 it\u2019s"),
        ("<p>5 &lt; 6</p>one<br>two<script>x()</script><!-- y -->", "5 < 6\none\ntwo"),
        ("a < b & c", "a < b & c"),
        ("I said: <blockquote>x</blockquote>", "I said:"),
        ("", ""),
        ("<", "<"),
    ],
)
def test_html_becomes_plain_text(html: str, text: str) -> None:
    assert html_text(html) == text


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ("a plain text", "a plain text"),
        ("caf&eacute; &amp; <3", "café & <3"),
        ("<p>mine</p><blockquote>Ohmline</blockquote>", "mine"),
        ("[quote=Tom]Ohmline[/quote]mine [sic]", "mine [sic]"),
        ("&gt; Ohmline\n&gt;&gt; Ohmline\nmine", "mine"),
        ("a <b> c", "a <b> c"),
    ],
)
def test_an_export_is_read_as_what_it_looks_like(told: str, text: str) -> None:
    assert exported_text(own_export(told)) == text


@given(st.lists(st.sampled_from(PIECES)))
def test_broken_html_is_read_all_the_same(parts: list[str]) -> None:
    told = "".join(parts)
    assert isinstance(own_html(told), str)
    assert isinstance(html_text(told), str)
    if not {"<b", "<!--", "<![CDATA["} & set(parts):
        assert "Ohmline" not in html_text(told)


def test_a_hostile_depth_ends() -> None:
    assert "x" in html_text("<div>" * 1_000 + "x")
    assert "Ohmline" not in own_html("<blockquote>" * 200 + "Ohmline")
