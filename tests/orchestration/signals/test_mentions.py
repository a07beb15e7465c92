from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestration.signals import mentions
from orchestration.signals.mentions import EXTRACTOR_VERSION, MENTIONS, find_mentions
from orchestration.signals.terms import TERMS
from tests.orchestration.signals.reference import Term, matches, pattern_of

POSTS = {"post_id": pl.String(), "text": pl.String(), "urls": pl.List(pl.String())}
Post = tuple[str, str | None, list[str | None] | None]


def found(posts: Sequence[Post], terms: Sequence[Term]) -> pl.DataFrame:
    return find_mentions(pl.DataFrame(posts, schema=POSTS, orient="row"), pl.DataFrame(terms, schema=TERMS, orient="row"))


def matched(text: str, term: str, kind: str = "word", exclusions: str | None = None, contexts: str | None = None) -> list[str]:
    """What one term matches in a text; each match has to be what stands at its span."""
    frame = found([("1", text, None)], [Term("b", None, term, kind, exclusions, contexts)])
    assert [text[start:end] for start, end in frame.select("span_start", "span_end").iter_rows()] == frame["matched_text"].to_list()
    return frame["matched_text"].to_list()


FRAGMENTS = [
    *("kestrel", "Kestrel", "glide", "GLIDE", "pro", "ad", "a", "b", "ss", "i", "2"),
    *("#", "\uff03", "@", "\uff20", ".", ".example", "/", "//", "https://", ":", "-", "_", "'", "\u2019", "&"),
    *(" ", "  ", "\n", "\u00a0", "\u200d", "\u200f", "\u0301", "\u0323", "\u0345", "\ufe0f", "\u20e3", "\u2764"),
    *("\u00e9", "\u0130", "\u0131", "\u00df", "\u1e9e", "\u212a", "\u03c2", "\u03a3", "\u1fb3", "\u043a", "\u05d0", "\u0628"),
    *("\u65e5", "\u672c", "\u30ab", "\u30fc", "\ud55c", "\u0e19", "\u0e35", "\U0001f98a", "\U00020bb7"),
]
phrases = st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=3).map("".join).map(str.strip)


def is_term(term: Term) -> bool:
    pattern = pattern_of(term.kind, term.term)
    name = pattern.strip("#@")
    return bool(name) and not unicodedata.category(name[0]).startswith("M") and (term.kind == "word" or " " not in pattern)


terms_of = st.lists(
    st.builds(
        Term,
        brand_id=st.sampled_from("xy"),
        product_id=st.none() | st.just("p"),
        term=phrases,
        kind=st.sampled_from(["word", "hashtag", "handle", "domain"]),
        exclusions=st.none() | st.lists(phrases, max_size=2).map("|".join),
        contexts=st.none() | st.lists(phrases, max_size=2).map("|".join),
    ).filter(is_term)
    | st.builds(Term, st.none(), st.none(), phrases, st.just("word"), topic_id=st.just("t")).filter(is_term),
    min_size=1,
    max_size=5,
    unique_by=lambda term: (term.kind, pattern_of(term.kind, term.term)),
)


@st.composite
def texts_and_terms(draw: st.DrawFn) -> tuple[list[str], list[Term]]:
    """Texts in which the terms, and the phrases that void them, do come up."""
    terms = draw(terms_of)
    named = [form for term in terms for form in (term.term, term.term.upper(), pattern_of(term.kind, term.term))]
    named += [phrase for term in terms for listed in (term.exclusions, term.contexts) for phrase in (listed or "").split("|")]
    text = st.lists(st.sampled_from(named) | st.sampled_from(FRAGMENTS), max_size=10).map("".join)
    return draw(st.lists(text, max_size=4)), terms


@settings(max_examples=200)
@given(texts_and_terms())
@example((["kestrel a\x1f l"], [Term("k", None, "kestrel", "word", None, "a l"), Term("k", None, "a\x1f l", "word")]))
@example((["glideª ªglide"], [Term(None, None, "glide", "word", topic_id="t")]))
def test_equals_the_definition(drawn: tuple[list[str], list[Term]]) -> None:
    texts, terms = drawn
    posts: list[Post] = [(str(number), text, None) for number, text in enumerate(texts)]
    expected = [
        (str(number), *match.term[:4], match.start, match.end, text[match.start : match.end], match.term.topic_id)
        for number, text in enumerate(texts)
        for match in matches(text, terms)
    ]
    assert found(posts, terms).select(*list(MENTIONS)[:8], "topic_id").rows() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My Kestrel's soles; KESTREL! kestrel-grey", ["Kestrel", "KESTREL", "kestrel"]),
        ("Kestrels, kestrel2, kestrel_fan, okestrel, Kestrel\u00e9, Kestrele\u0301, \u00e9kestrel", []),
        ("\u05d1kestrel \u65e5\u672ckestrel\u3092 kestrel\ud55c", ["kestrel"] * 3),
        ("\u2764\ufe0fkestrel 1\ufe0f\u20e3kestrel\u200f 2\u20e3kestrel \U0001f98akestrel\U0001f98a", ["kestrel"] * 4),
        ("\u212aestrel", ["\u212aestrel"]),
    ],
)
def test_a_word_stands_alone_in_its_script(text: str, expected: list[str]) -> None:
    assert matched(text, "Kestrel") == expected


def test_a_name_in_a_script_without_spaces_is_found_inside_a_text_of_it() -> None:
    assert matched("\u65b0\u3057\u3044\u8d64\u9df9\u3092\u8cb7\u3063\u305f", "\u8d64\u9df9") == ["\u8d64\u9df9"]


@pytest.mark.parametrize(
    ("text", "term", "expected"),
    [
        ("\u0130\u0130 stra\u00dfe", "STRASSE", "stra\u00dfe"),
        ("\u00df\u00df caf\u00e9", "cafe\u0301", "caf\u00e9"),
        ("\u00df\u00df cafe\u0301.", "CAF\u00c9", "cafe\u0301"),
        ("\u0130stanbul Roast", "\u0130STANBUL roast", "\u0130stanbul Roast"),
        ("\u039f\u03b4\u03bf\u03c2 \u03c4\u03bf\u03c5", "\u039f\u0394\u039f\u03a3", "\u039f\u03b4\u03bf\u03c2"),
        ("Kestrel\u00a0\n Glide", "kestrel glide", "Kestrel\u00a0\n Glide"),
        ("O\u2019Hara", "o'hara", "O\u2019Hara"),
    ],
)
def test_spelling_and_length_may_differ(text: str, term: str, expected: str) -> None:
    assert matched(text, term) == [expected]


def test_half_of_a_folded_character_is_no_match() -> None:
    assert matched("cafe\u0301 caf\u00e9 \u00df", "cafe") == matched("\u00df", "s") == []
    assert matched("\u304c", "\u304b") == matched("\ud55c", "\u1161\u11ab") == []


def test_a_mark_that_opens_a_post_does_not_belong_to_the_post_before() -> None:
    assert found([("1", "e", None), ("2", "\u0301kestrel", None)], [Term("b", None, "kestrel", "word", None)])["post_id"].to_list() == ["2"]


def test_a_tag_matches_whole() -> None:
    text = "#adidas x#ad #ad_ #ad\u65e5 page/#ad &#ad #AD, \uff03ad \u65e5#ad #ad\u2764\ufe0f"
    assert matched(text, "ad", "hashtag") == matched(text, "#ad", "hashtag") == ["#AD", "\uff03ad", "#ad", "#ad"]


def test_a_handle_is_no_part_of_an_address_or_of_a_longer_handle() -> None:
    text = "info@kestrel.example @kestrel.example @kestrels @kestrel-uk .@Kestrel. (@kestrel@social.example) @kestrel\u3055\u3093"
    assert matched(text, "@kestrel", "handle") == ["@Kestrel", "@kestrel", "@kestrel"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("https://kestrel.example", 1),
        ("see WWW.Kestrel.Example/run, or (kestrel.example).", 2),
        ("https://me:pw@shop.kestrel.example:8080/?a=b //kestrel.example", 2),
        ("\u898b\u3066https://kestrel.example\u3067", 1),
        ("https://notkestrel.example https://my-kestrel.example", 0),
        ("https://kestrel.example.phish.example https://kestrel.example@phish.example https://kestrel.example:a@phish.example", 0),
        ("https://other.example/kestrel.example https://other.example/?u=https://kestrel.example", 0),
        ("info@kestrel.example kestrel.examples kestrel.example-x", 0),
    ],
)
def test_a_domain_is_the_end_of_a_host(text: str, count: int) -> None:
    assert len(matched(text, "kestrel.example", "domain")) == count


def test_an_exclusion_voids_the_matches_of_its_own_term_that_it_overlaps() -> None:
    text = "The high  Tide table: Tide pods at high tide. Strip tide, high tides of Tide"
    assert matched(text, "tide", exclusions="high tide| rip tide||tide table") == ["Tide", "tide", "Tide"]
    assert matched("big high tide", "tide", exclusions="big high tide|high") == []
    terms = [Term("t", None, "tide", "word", "high tide"), Term("h", None, "high", "word", None)]
    assert found([("1", "high tide", None)], terms)["brand_id"].to_list() == ["h"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("An apple a day", []),
        ("Apple again. My IPHONE broke, apple!", ["Apple", "apple"]),
        ("apple, and the app\u00a0store", ["apple"]),
        ("apple, iphones", []),
        ("apple and #iphone", ["apple"]),
    ],
)
def test_a_term_with_contexts_needs_one_of_them_in_the_text(text: str, expected: list[str]) -> None:
    assert matched(text, "apple", contexts="iphone| app store|") == expected


def test_a_context_counts_in_its_own_post_and_for_its_own_term_only() -> None:
    terms = [Term("apple", None, "apple", "word", None, "iphone"), Term("tide", None, "tide", "word", None, "laundry")]
    posts: list[Post] = [("1", "apple and tide", None), ("2", "tide by iphone", None), ("3", "laundry: tide or apple", None)]
    assert found(posts, terms).select("post_id", "brand_id").rows() == [("3", "tide")]


def test_terms_may_share_contexts_and_be_one_themselves() -> None:
    terms = [Term(name, None, name, "word", None, "shoe|kestrel") for name in ("kestrel", "fernway", "stoat")]
    posts: list[Post] = [("1", "kestrel, fernway", None), ("2", "fernway, stoat", None), ("3", "stoat shoe", None)]
    assert found(posts, terms).select("post_id", "brand_id").rows() == [("1", "kestrel"), ("1", "fernway"), ("3", "stoat")]


def test_a_domain_that_needs_a_context_is_found_in_a_link_beside_a_text_that_has_it() -> None:
    terms = [Term("square", None, "square.example", "domain", None, "payments")]
    posts: list[Post] = [("1", "payments here", ["https://square.example/x"]), ("2", "paintings here", ["https://square.example/payments"])]
    assert found(posts, terms)["post_id"].to_list() == ["1"]


def test_a_topic_is_mentioned_where_no_brand_takes_its_words() -> None:
    terms = [
        Term(None, None, "trail shoes", "word", topic_id="trail"),
        Term("f", None, "fernway trail shoes", "word"),
        Term("k", None, "shoes", "word"),
    ]
    assert found([("1", "Fernway trail shoes or other trail shoes?", None)], terms).select("brand_id", "topic_id", "span_start").rows() == [
        ("f", None, 0),
        (None, "trail", 29),
    ]


def test_terms_without_contexts_and_topics_are_terms_too() -> None:
    posts = pl.DataFrame([("1", "kestrel", None)], schema=POSTS, orient="row")
    terms = pl.DataFrame([Term("k", None, "kestrel", "word")], schema=TERMS, orient="row").drop("contexts", "topic_id")
    assert find_mentions(posts, terms)["brand_id"].to_list() == ["k"]


def test_of_overlapping_matches_the_longest_wins_whosever_it_is() -> None:
    terms = [
        Term("kestrel", None, "Kestrel", "word", None),
        Term("kestrel", "glide", "Kestrel Glide", "word", None),
        Term("kestrel", "glide-pro", "Kestrel Glide Pro", "word", "glide pro tools"),
        Term("other", None, "Pro Running Shop", "word", None),
        Term("other", "club", "Pro Running Shop Club", "word", None),
        Term("kestrel", None, "kestrel", "hashtag", None),
    ]
    text = "Kestrel Glide Pro, Kestrel Glide, Kestrel. Kestrel Glide Pro Running Shop Club #kestrel Kestrel Glide Pro Tools"
    rows = found([("1", text, None)], terms).select("brand_id", "product_id", "matched_text").rows()
    assert rows == [
        ("kestrel", "glide-pro", "Kestrel Glide Pro"),
        ("kestrel", "glide", "Kestrel Glide"),
        ("kestrel", None, "Kestrel"),
        ("kestrel", "glide", "Kestrel Glide"),
        ("other", "club", "Pro Running Shop Club"),
        ("kestrel", None, "#kestrel"),
        ("kestrel", "glide", "Kestrel Glide"),
    ]


def test_of_equals_that_overlap_the_first_wins_and_in_one_place_the_product() -> None:
    rows = found([("1", "a b a b a - a b a b a b a", None)], [Term("b", None, "a b a", "word", None)]).select("span_start").rows()
    assert rows == [(0,), (12,), (20,)]
    terms = [Term("b", None, "kestrel.example", "word", None), Term("b", "shop", "kestrel.example", "domain", None)]
    assert found([("1", "kestrel.example", None)], terms)["product_id"].to_list() == ["shop"]


def test_a_link_beside_the_text_has_no_span_and_counts_once() -> None:
    terms = [
        Term("kestrel", None, "kestrel.example", "domain", None),
        Term("kestrel", "shop", "shop.kestrel.example", "domain", None),
        Term("kestrel", None, "kestrel", "word", None),
    ]
    posts: list[Post] = [
        ("both", "on kestrel.example", ["https://kestrel.example/a"]),
        ("link", None, [None, "https://Kestrel.example/kestrel", "https://kestrel.example/b", "https://shop.kestrel.example"]),
        ("none", "", []),
    ]
    rows = found(posts, terms).drop("term", "term_kind", "extractor_version", "topic_id").rows()
    assert rows == [
        ("both", "kestrel", None, 3, 18, "kestrel.example", hashlib.sha256(b"on kestrel.example").hexdigest()),
        ("link", "kestrel", "shop", None, None, "shop.kestrel.example", None),
        ("link", "kestrel", None, None, None, "Kestrel.example", None),
    ]


@given(texts_and_terms())
def test_neither_batches_nor_the_order_of_posts_change_a_row(example: tuple[list[str], list[Term]]) -> None:
    texts, terms = example
    posts: list[Post] = [(str(number), text, [text]) for number, text in enumerate(texts)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mentions, "BATCH_BYTES", 1)
        one_by_one = found(posts[::-1], terms)
    assert one_by_one.equals(found(posts, terms))


def test_nothing_in_gives_an_empty_table_of_the_same_types() -> None:
    term, post = Term("b", None, "kestrel", "word", None), ("1", "kestrel", None)
    assert found([], [term]).schema == found([post], []).schema == found([post], [term]).schema == MENTIONS
    assert found([post], [term])["extractor_version"].to_list() == [EXTRACTOR_VERSION]
