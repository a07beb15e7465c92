from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.signals.disclosure import CLASSES, DISCLOSURES, FOLD, read_disclosures

CASES = Path(__file__).with_name("disclosure_cases.csv")
POSTS = {
    "post_id": pl.String(),
    "text": pl.String(),
    "urls": pl.List(pl.String()),
    "is_paid_partnership": pl.Boolean(),
    "media_type": pl.String(),
}
BRANDS = ("Kestrel", "@stay.haven", "Oak & Iron")
Post = tuple[str, str | None, list[str | None] | None, bool | None, str | None]

KNOWN_MISSES = {
    "\U0001d5d4\U0001d5d7 | three ways to wear the Harlow cardigan": "letters of the mathematical alphabets are not folded",
    "These knives were paid for by @oakandiron and so was this video": "a confession in free words",
    "My friends at Greenfork will give you fifteen percent off if you tell them Robin sent you": "a code in free words",
    "This tweet is sponsored by three hours of sleep and a cold pasty": "a pun needs to be understood",
}


def read(posts: Sequence[Post]) -> pl.DataFrame:
    return read_disclosures(pl.DataFrame(posts, schema=POSTS, orient="row"), BRANDS)


def row_of(
    text: str | None, urls: list[str | None] | None = None, flag: bool | None = None, media: str | None = None
) -> tuple[object, ...]:
    return read([("1", text, urls, flag, media)]).row(0)[1:]


def class_of(text: str) -> str:
    return str(row_of(text)[0])


def cue_of(text: str) -> str | None:
    cue = row_of(text)[2]
    return None if cue is None else str(cue)


def cases() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_hand_written_cases() -> None:
    """Labelled from the rules before there was code; a case that the code cannot get right keeps its true label, as a known miss."""
    rows = cases()
    assert len(rows) == 200
    flags = {"": None, "true": True, "false": False}
    posts: list[Post] = [
        (str(number), row["text"], list(row["urls"].split()), flags[row["is_paid_partnership"]], "post") for number, row in enumerate(rows)
    ]
    found = read(posts).select("disclosure_class", "disclosure_placement").rows()
    pairs = [(row["expected_class"], got[0]) for row, got in zip(rows, found, strict=True)]
    scores = {}
    print(f"\n{'class':<10} {'cases':>5} {'precision':>9} {'recall':>6}")
    for name in CLASSES:
        right = sum(pair == (name, name) for pair in pairs)
        given_, expected = (sum(pair[side] == name for pair in pairs) for side in (1, 0))
        scores[name] = (right / given_, right / expected)
        print(f"{name:<10} {expected:>5} {scores[name][0]:>9.3f} {scores[name][1]:>6.3f}")
    misses = {
        row["text"] for row, got in zip(rows, found, strict=True) if (row["expected_class"], row["expected_placement"] or None) != got
    }
    assert misses == set(KNOWN_MISSES)
    assert min(scores["clear"]) >= 0.95


FRAGMENTS = [
    *("#ad", "#AD", "\uff03ad", "#sponsored", "#sp", "#gifted", "#publicit\u00e9", "#publicite\u0301", "#\uff30\uff32", "#\u5e83\u544a"),
    *("ad", "Ad:", "[ad]", "Werbung |", "sponsored by", "This video is", "paid partnership with", "brought to you by", "gifted by"),
    *("affiliate links", "use my code MIA10 for 10% off", "I may earn a commission", "thanks to Acme for sending"),
    *("not", "no", "isn\u2019t", "hide", "unbezahlt", "jk", "#one", "#two", "#three", "word " * 30),
    *(" ", "\n", ".", "-", "_", "&", "/", "@", "'", "\u2019", "x", "\u200b", "\u200d", "\ufe0f", "\u0301", "\u00ad", "\u200f"),
    *("\u00e9", "\u00df", "\u0130", "\u65e5", "\u3042", "\ud55c", "\u0e19", "\u05d0", "\u0628", "\u2764\ufe0f", "\U0001f98a"),
]
texts = st.none() | st.text() | st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join)
links = st.none() | st.lists(
    st.none() | st.sampled_from(["https://amzn.to/1", "https://a.example/?ref=x", "\n", ""]) | st.text(), max_size=3
)
posts_of = st.lists(st.tuples(st.just("p"), texts, links, st.none() | st.booleans(), st.sampled_from([None, "audio", "post"])), max_size=8)


@settings(max_examples=200)
@given(posts_of)
def test_a_row_per_post_whose_cue_is_where_it_says(posts: list[Post]) -> None:
    found = read(posts)
    assert found.schema == DISCLOSURES
    assert found["post_id"].to_list() == [post[0] for post in posts]
    for post, (_, name, placement, cue, start, end) in zip(posts, found.iter_rows(), strict=True):
        _, text, urls, flag, _ = post
        assert name in CLASSES
        if start is not None:
            assert text is not None
            assert text[start:end] == cue != ""
            assert placement in ("buried", "opening" if end <= FOLD else "after_fold")
        elif cue is not None:
            assert (name, placement, end) == ("affiliate", None, None)
            assert cue in (urls or [])
        else:
            assert (name, placement, end) == (("clear", "platform", None) if flag else ("none", None, None))


@given(posts_of)
@settings(max_examples=50)
def test_posts_do_not_touch_each_other(posts: list[Post]) -> None:
    assert read(posts).equals(read(posts[::-1]).reverse())


def test_nothing_in_gives_a_table_of_the_same_types() -> None:
    nothing = read_disclosures(pl.DataFrame({name: [] for name in POSTS}).cast({"post_id": pl.String}))
    nulls = pl.DataFrame({"post_id": ["1"]}).with_columns(pl.lit(None).alias(name) for name in list(POSTS)[1:])
    assert nothing.schema == read_disclosures(nulls).schema == DISCLOSURES
    assert read_disclosures(nulls).rows() == [("1", "none", None, None, None, None)]


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("so good #ad, really", "#ad"),
        ("\u65b0\u4f5c\uff03\uff30\uff32 \u3067\u3059", "\uff03\uff30\uff32"),
        ("#s\u200bponsored\u200b post", "#s\u200bponsored"),
        ("\u2764\ufe0f#AD\u2764\ufe0f", "#AD"),
        ("I\u2019m sponsored by Acme", "I\u2019m sponsored by"),
        ("paid\u00a0 partnership\nwith Acme", "paid\u00a0 partnership\nwith"),
        ("#publicite\u0301.", "#publicite\u0301"),
        ("#nails#ad#gel", "#ad"),
        ("\u0646\u0635 #ad\u200f", "#ad"),
        ("ad: mine", "ad"),
        ("@ad &#ad https://x.example/#ad x#ad #ad-free #ad's #ad\u00e9 #a #d", None),
    ],
)
def test_edges_and_spellings(text: str, cue: str | None) -> None:
    assert cue_of(text) == cue


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don\u2019t do affiliate links", "none"),
        ("Remember: never hide #sponsored tags", "none"),
        ("none of this is paid promotion", "none"),
        ("#sponsored posts are everywhere", "none"),
        ("not #gifted. #gifted", "ambiguous"),
        ("no #ad here, but #gifted and an affiliate link", "affiliate"),
        ("No, really: #ad", "clear"),
    ],
)
def test_a_negated_cue_leaves_the_others(text: str, expected: str) -> None:
    assert class_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("New 5k #PR!", "none"),
        ("\u4eca\u65e5\u306e\u30e9\u30f3\u30c1 #PR", "clear"),
        ("quiz night #pub", "none"),
        ("avec les filles #pub", "clear"),
        ("gravel #adv", "none"),
        ("questo siero #adv", "clear"),
        ("#sp @acme", "ambiguous"),
        ("chuva em #SP", "none"),
    ],
)
def test_some_tags_mean_it_in_their_language_only(text: str, expected: str) -> None:
    assert class_of(text) == expected


@pytest.mark.parametrize(("media", "expected"), [("audio", "clear"), ("video", "clear"), ("image", "none"), (None, "none")])
def test_hosts_say_what_others_tag(media: str | None, expected: str) -> None:
    assert row_of("and now back to the show, brought to you by Acme", media=media)[0] == expected
    assert row_of("so yes, hashtag ad, you know the drill", media=media)[0] == expected


def test_the_fold_and_the_run_decide_the_placement() -> None:
    fits = "x" * (FOLD - 4) + " #ad"
    assert row_of(fits) == ("clear", "opening", "#ad", FOLD - 3, FOLD)
    assert row_of("\u00e9" + fits[:-3] + "#ad") == ("clear", "after_fold", "#ad", FOLD - 2, FOLD + 1)
    assert row_of("#ad day #a #b #c")[1] == "opening"
    assert row_of("\u00e9\u00e9\u00e9 #ad \U0001f98a #b, #c")[1] == "buried"
    assert row_of("#a #b\n#c\n\n\nwords. #ad")[1] == "buried"
    assert row_of("#1 #2 #3 #ad")[1] == "opening"
    assert row_of("#ad x #a #b #c #ad")[1] == "opening"


def test_flag_then_text_then_link() -> None:
    link: list[str | None] = [None, "https://news.example", "https://amzn.to/1", "https://amzn.to/2"]
    assert row_of("#ad", link, True) == ("clear", "platform", None, None, None)
    assert row_of("#ad", link, False) == ("clear", "opening", "#ad", 0, 3)
    assert row_of("affiliate links", link) == ("affiliate", "opening", "affiliate links", 0, 15)
    assert row_of("#gifted", link) == row_of(None, link) == ("affiliate", None, "https://amzn.to/1", None, None)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        *(
            (link, "affiliate")
            for link in ("amzn.to/x", "//user@amzn.to", "https://www.awin1.com:443/c", "https://x.example?a=1&irclickid=2")
        ),
        *((link, "affiliate") for link in ("https://smile.amazon.co.jp/dp/1?tag=a-22", "https://x.example/?utm_medium=affiliate#a")),
        *(
            (link, "none")
            for link in ("https://evilamzn.to/x", "https://x.example/?u=https://amzn.to/x", "https://amzn.eu/d/x", "amzn.to.example")
        ),
        *(
            (link, "none")
            for link in ("https://amazon.example.com/?tag=a", "https://x.example/?href=a&ref=", "https://x.example/?ref=nav_top")
        ),
        *((link, "none") for link in ("https://gitlab.com/a?ref=mia", "https://x.example/?utm_medium=affiliated")),
    ],
)
def test_affiliate_links(link: str, expected: str) -> None:
    assert row_of(None, [link])[0] == expected


@pytest.mark.parametrize("part", ["#", "#a", "\u200b", "\u65e5", "not a the ", "thanks to x ", "use code ABC ", "i may earn a ", "[ad "])
def test_a_megabyte_of_almost_cues_is_read(part: str) -> None:
    text = part * (1_000_000 // len(part)) + "\n...\n#ad"
    assert row_of(text)[0] == "clear"
    assert cue_of(text) == "#ad"


@pytest.mark.parametrize(
    "text",
    [
        "snow in april #thanksweather",
        "up at five for the gym #ThanksCoach",
        "the new #cityambassador starts on monday",
        "An ambassador spoke at our school",
        "Actor Brin Holm is the new brand ambassador of a tea company",
        "thank you so much for sending all those kind wishes",
        "Thanks to Grandma for sending this card",
        "thank you @lena for sending me the photos",
        "@lena thank you for sending the link",
    ],
)
def test_thanks_and_ambassadors_of_others_disclose_nothing(text: str) -> None:
    assert class_of(text) == "none"


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("ran straight out in them #ThanksKestrel", "#ThanksKestrel"),
        ("so happy #thankyouoakandiron", None),
        ("weekend away #thanksstayhaven", "#thanksstayhaven"),
        ("my third year #kestrelambassador", "#kestrelambassador"),
        ("thank you kestrel for sending the blue ones", "thank you kestrel for sending"),
        ("Thanks to @brewbarn for sending me their new roast", "Thanks to @brewbarn for sending me their"),
        ("As a brand ambassador I get them early", "As a brand ambassador"),
        ("I'm an ambassador for Brewbarn", "I'm an ambassador"),
        ("Proud #ambassador for @brewbarn", "Proud #ambassador"),
    ],
)
def test_thanks_to_a_brand_and_a_role_of_ones_own_are_told(text: str, cue: str | None) -> None:
    assert cue_of(text) == cue
