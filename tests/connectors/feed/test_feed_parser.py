from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.feed.document import FeedDocument, NotAFeed
from connectors.feed.parser import parse_feed

URL = "https://brews.example/feed.xml"

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://quiet.example/"><title>Quiet</title><link>https://quiet.example/</link><description>Hush</description></channel>
<item rdf:about="https://quiet.example/a"><title>Buds</title><link>https://quiet.example/a</link><dc:date>2026-09-04T12:00:00Z</dc:date></item></rdf:RDF>"""


def items(*titles: str) -> str:
    entries = "".join(f"<item><title>{title}</title><pubDate>Thu, 10 Sep 2026 08:00:00 GMT</pubDate></item>" for title in titles)
    return f'<rss version="2.0"><channel>{entries}</channel></rss>'


def read(body: str | bytes, content_type: str = "application/xml") -> FeedDocument:
    return parse_feed(body.encode() if isinstance(body, str) else body, content_type, URL)


def test_rss_1_0_takes_its_ids_from_rdf_about_and_its_dates_from_dublin_core() -> None:
    (entry,) = read(RDF).entries
    assert (entry.identity, entry.published) == ("https://quiet.example/a", datetime(2026, 9, 4, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("second", "identities"),
    [
        ("<item><guid>a</guid><link>https://x.example/2</link></item>", ["https://x.example/1", "https://x.example/2"]),
        ("<item><guid>a</guid><link>https://x.example/1</link></item>", ["a", "a"]),
        ("<item><guid>b</guid><link>https://x.example/1</link></item>", ["a", "b"]),
    ],
)
def test_a_guid_is_an_identity_unless_different_entries_share_it(second: str, identities: list[str]) -> None:
    feed = read(f"<rss><channel><item><guid>a</guid><link>https://x.example/1</link></item>{second}</channel></rss>")
    assert [entry.identity for entry in feed.entries] == identities


def test_entries_with_nothing_of_their_own_are_told_apart_by_what_they_say() -> None:
    link = "<link>https://x.example/</link>"
    feed = read(f"<rss><channel><item>{link}<title>one</title></item><item>{link}<title>two</title></item></channel></rss>")
    again = read(f"<rss><channel><item>{link}<title>two</title></item><item>{link}<title>one</title></item></channel></rss>")
    assert len({entry.identity for entry in feed.entries}) == 2
    assert {entry.identity for entry in feed.entries} == {entry.identity for entry in again.entries}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "is empty"),
        ("  \n ", "is empty"),
        ("<!DOCTYPE html><html><body>Feed <rss> here</body></html>", "HTML page"),
        ('{"error": "no"}', "no list `items`"),
        ('{"items": [', "does not parse"),
        ("[" * 200_000, "does not parse"),
        ("Not Found", "begins with 'Not Found'"),
        ('<rss><channel><item xmlns="http://search.yahoo.com/mrss/"><title>a</title></item></channel></rss>', "1 elements, 0 entries"),
        (
            "<rss " + " ".join(f'xmlns:p{n}="u:{n}"' for n in range(999)) + ">" + "".join(f"<p{n}:a/>" for n in range(999)) + "</rss>",
            "namespaces",
        ),
    ],
)
def test_what_is_no_feed_is_refused_with_the_reason(body: str, reason: str) -> None:
    with pytest.raises(NotAFeed, match=reason):
        read(body)


@pytest.mark.parametrize(
    ("body", "titles", "note"),
    [
        ("Warning: line 3 of index.php\n<?xml version='1.0'?>" + items("a", "b"), ["a", "b"], "text before the XML"),
        (items("a", "b")[:-60], ["a", "b"], "malformed"),
        (
            "<rss><channel><item><title>a</title><description>x<br>y</description></item><item><title>b</titel></item><item><title>c</title></item></channel></rss>",
            list("abc"),
            "malformed",
        ),
        ("<rss><channel><title>Cups</titel<item><title>a</title><item><title>b</title></channel></rss>", ["a", "b"], "malformed"),
        ("<rss><channel><item><title>a</title></p></item></item><item><title>b</title></item></channel></rss>", ["a", "b"], "malformed"),
        (
            "<rss><channel><item><http://x/><title>a</title></item><item><b:c:d/><title>b</title></item></channel></rss>",
            ["a", "b"],
            "malformed",
        ),
        (
            "<rss><channel><item><title>a</title><guid>1 < 2</guid></item><item><title>b</title></item></channel></rss>",
            ["a", "b"],
            "malformed",
        ),
        ("<rss><channel><item><title>Salt & pepper&nbsp;&amp; Ohmline</title></item></channel></rss>", ["Salt & pepper\xa0& Ohmline"], ""),
        ("<rss><channel><item><title><![CDATA[a & b &eacute; <i>]]></title></item></channel></rss>", ["a & b &eacute; <i>"], ""),
        ("<rss><channel><item><title>a\x00\x1bb</title></item></channel></rss>", ["ab"], ""),
        (
            "<rss><channel><item><title>\u05e9\u05dc\u05d5\u05dd \U0001f680</title></item></channel></rss>",
            ["\u05e9\u05dc\u05d5\u05dd \U0001f680"],
            "",
        ),
        ("<rss><channel><item><dc:creator>M</dc:creator><title>a</title></item></channel></rss>", ["a"], "malformed"),
        ('<rss xmlns:x=" urn:x "><channel><x:y/><item><title>a</title></item></channel></rss>', ["a"], ""),
        (items("a").replace("Thu, 10 Sep 2026 08:00:00 GMT", "one fine day"), ["a"], "a date that cannot be read"),
    ],
)
def test_a_broken_feed_gives_what_can_be_read_and_a_note(body: str, titles: list[str], note: str) -> None:
    feed = read(body)
    assert [entry.title for entry in feed.entries] == titles
    assert note in " ".join(feed.notes)
    assert feed.notes or not note


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<rss><channel><item><title>café</title></item></channel></rss>".encode(), "text/xml; charset=iso-8859-1"),
        ("<rss><channel><item><title>café</title></item></channel></rss>".encode("latin-1"), "text/xml"),
        (
            "<?xml version='1.0' encoding='utf-8'?><rss><channel><item><title>café</title></item></channel></rss>".encode("latin-1"),
            "text/plain",
        ),
        ("<rss><channel><item><title>café</title></item></channel></rss>".encode("utf-16"), "application/rss+xml"),
        ("\ufeff\n\n<rss><channel><item><title>café</title></item></channel></rss>".encode(), ""),
    ],
)
def test_the_encoding_is_found_whatever_is_claimed(body: bytes, content_type: str) -> None:
    assert read(body, content_type).entries[0].title == "café"


def test_entities_of_the_document_are_never_expanded() -> None:
    laughs = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 12))
    feed = read(
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}<!ENTITY f SYSTEM "file:///etc/hostname">]>'
        "<rss><channel><item><title>&l11;|&f;</title></item></channel></rss>"
    )
    assert feed.entries[0].title == "&l11;|&f;"
    assert feed.notes == ("entities of its own are not expanded",)


def test_what_would_take_quadratic_time_is_cut() -> None:
    many = "".join(f"<category>{number}</category>" for number in range(100_000))
    words = ",".join(map(str, range(100_000)))
    attributes = " ".join(f'a{number}=""' for number in range(100_000))
    (entry,) = read(
        f"<rss><channel><item><author>{'a' * 1_000_000}</author><x {attributes}/><title>a</title>{many}"
        f"<keywords>{words}</keywords></item></channel></rss>"
    ).entries
    assert len(entry.tags) == 500
    assert entry.author is not None
    assert len(entry.author.name or "") == 1000
