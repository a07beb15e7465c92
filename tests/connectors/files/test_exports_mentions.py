"""Mentions of listening tools, captures of researchers, own comments and lists of creators."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from connectors.extraction import Extraction
from connectors.settings import TableDialect
from tests.connectors.files.test_exports import BERLIN, EXPORTS, night_of, payloads

Make = Callable[..., Extraction]


async def test_brandwatch_whose_header_stands_under_its_report(extraction: Make, tmp_path: Path) -> None:
    night = await night_of(extraction, tmp_path, "brandwatch_mentions.csv", dialect=TableDialect())
    post, article = payloads(night, "posts")
    assert post == {
        "id": "brandwatch:r1",
        "channel": "microblogs",
        "author_id": "brandwatch:x.com:777000000000000001",
        "published_at": "2026-09-02T08:00:00Z",
        "url": "https://x.com/ada/status/91",
        "text": "The Morrowbean Press is quiet. Bought one.",
        "language": "en",
        "likes": 14,
        "comments": 2,
        "shares": 3,
        "reported_by": "brandwatch",
        "reported_reach": 1250,
        "reported_sentiment": "positive",
    }
    assert (article["author_id"], article["channel"], article["text"]) == ("brandwatch:coffee-news.example", "blogs", "Morrowbean wins")
    author, site = payloads(night, "authors")
    assert (author["handle"], author["name"], author["followers"], author["following"]) == ("ada", "Ada", 1200, 300)
    assert (site["name"], site["kind"]) == ("coffee-news.example", "media")
    assert night.reasons == [
        "brandwatch_mentions.csv line 10: is of no kind of channel that is known: 'pager'",
        "brandwatch_mentions.csv line 11: 'yesterday' is not a time such as 2026-09-01 10:00:00 +0200",
    ]


@pytest.mark.parametrize("author", ["", "Anonymous", "Guest"])
async def test_a_board_is_not_the_author_of_what_its_guests_say(extraction: Make, tmp_path: Path, author: str) -> None:
    header = (EXPORTS / "brandwatch_mentions.csv").read_text().split('"2001"')[0]
    names = header.strip().splitlines()[-1].strip('"').split('","')
    told = {
        "Query Id": "1",
        "Date": "2026-09-02 08:00:00.0",
        "Page Type": "forum",
        "Author": author,
        "Full Text": "Ohmline",
        "Resource Id": "r1",
    }
    cells = [(told | {"Url": "https://board.example/t/1"}).get(name, "") for name in names]
    (tmp_path / "mentions.csv").write_text(header + ",".join(f'"{cell}"' for cell in cells))
    night = await night_of(extraction, tmp_path, dialect=TableDialect())
    (post,) = payloads(night, "posts")
    assert (post["author_id"], post["channel"]) == ("guest", "message_boards")
    assert payloads(night, "authors") == []


async def test_brandwatch_whose_report_tells_no_zone_asks_for_it(extraction: Make, tmp_path: Path) -> None:
    text = (EXPORTS / "brandwatch_mentions.csv").read_text().replace(" UTC ", " CEST ")
    (tmp_path / "mentions.csv").write_text(text)
    night = await night_of(extraction, tmp_path, dialect=TableDialect())
    assert night.records == []
    assert "has no zone: add csv: {timezone: Europe/Berlin}, or the zone it is in, to the source" in night.reasons[0]
    again = await night_of(extraction, tmp_path)
    assert again.records[0].payload["published_at"] == "2026-09-02T06:00:00Z"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
async def test_meltwater_with_tabs_and_in_utf_16(extraction: Make, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "export.csv").write_text((EXPORTS / "meltwater_mentions.csv").read_text(), encoding)
    night = await night_of(extraction, tmp_path)
    article, post = payloads(night, "posts")
    assert (article["published_at"], article["channel"], article["title"]) == ("2026-09-15T20:00:00Z", "blogs", "Presses compared")
    assert (article["reported_reach"], article["reported_sentiment"], article["reported_by"]) == (54000, "Positive", "meltwater")
    assert (post["id"], post["published_at"], post["author_id"]) == (
        "meltwater:93", "2026-09-16T06:30:00Z", "meltwater:twitter.com:777000000000000001",
    )  # fmt: skip
    assert payloads(night, "authors")[1]["bio"] == "Cups and so on"
    assert (night.reasons, night.error) == ([], "")


async def test_talkwalker_with_semicolons_and_german_thousands(extraction: Make, tmp_path: Path) -> None:
    night = await night_of(extraction, tmp_path, "talkwalker_results.csv")
    post, thread = payloads(night, "posts")
    assert (post["published_at"], post["reported_reach"], post["reported_sentiment"], post["likes"]) == (
        "2026-09-05T08:00:00Z",
        1250,
        "5",
        14,
    )
    assert (thread["published_at"], thread["channel"]) == ("2026-09-05T10:00:00Z", "message_boards")
    assert payloads(night, "authors")[0]["followers"] == 1200


async def test_4cat(extraction: Make, tmp_path: Path) -> None:
    night = await night_of(extraction, tmp_path, "4cat_instagram.csv", "4cat_x.csv", dialect=TableDialect())
    picture, reply = payloads(night, "posts")
    assert picture == {
        "id": "instagram:CxA1",
        "channel": "social_networks",
        "author_id": "instagram:ada.pours",
        "published_at": "2026-09-06T06:00:00Z",
        "url": "https://www.instagram.com/p/CxA1",
        "text": "Morning with the Morrowbean Press #coffee",
        "comments": 4,
    }
    assert (reply["id"], reply["in_reply_to_id"]) == ("x:1967000000000000001", "x:1966999999999999999")
    assert (reply["views"], reply["likes"], reply["comments"], reply["shares"]) == (900, 14, 2, 3)
    assert [author["id"] for author in payloads(night, "authors")] == ["instagram:ada.pours", "x:777000000000000001"]
    assert night.reasons == ["4cat_instagram.csv line 3: names no author or is of a site that is not known: 'instagram.com'"]


async def test_youtubes_takeout(extraction: Make, tmp_path: Path) -> None:
    night = await night_of(extraction, tmp_path, "youtube_comments.csv", dialect=TableDialect())
    assert [(post["id"], post["text"], post["in_reply_to_id"]) for post in payloads(night, "posts")] == [
        ("youtube:UgA1", "The Morrowbean Press, third month", "youtube:vid1"),
        ("youtube:UgA1.b", "Still quiet", "youtube:UgA1"),
        ("youtube:UgA2", "plain, as before 2023", "youtube:vid2"),
    ]
    assert {author["id"] for author in payloads(night, "authors")} == {"youtube:UCada"}


CREATORS = [
    {
        "id": "instagram:ada.pours",
        "channel": "social_networks",
        "name": "Ada Pours",
        "handle": "Ada.Pours",
        "url": "https://www.instagram.com/ada.pours/",
        "followers": 12400,
    },
    {"id": "youtube:slowpour", "channel": "vlogs", "name": "Slow Pour", "handle": "slowpour", "followers": 3100},
]


async def test_a_list_of_creators(extraction: Make, tmp_path: Path) -> None:
    night = await night_of(extraction, tmp_path, "creators.csv", dialect=TableDialect())
    assert payloads(night, "authors") == CREATORS
    assert night.reasons == ["creators.csv line 5: is of no platform that is known: 'carrierpigeon'"]
    assert night.notes[-1] == "creators.csv: 1 rows without an account are left out"


async def test_a_list_of_creators_in_a_spreadsheet_is_the_same(extraction: Make, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["This sheet tells what the list is for"])  # type: ignore[union-attr]
    sheet = book.create_sheet("Creators")
    for row in (
        ["Our creators of the autumn"],
        [],
        ["Name", "Handle", "Platform", "Profile URL", "Followers", "E-mail"],
        ["Ada Pours", "@Ada.Pours", "Instagram", "https://www.instagram.com/ada.pours/", 12400, "ada@home.example"],
        ["Slow Pour", "slowpour", "YouTube", None, 3100.0, None],
    ):
        sheet.append(row)
    book.save(tmp_path / "list.xlsx")
    night = await night_of(extraction, tmp_path)
    assert payloads(night, "authors") == CREATORS
    assert (night.reasons, night.error, "home.example" in repr(night.pages)) == ([], "", False)


async def test_upfluence(extraction: Make, tmp_path: Path) -> None:
    night = await night_of(extraction, tmp_path, "upfluence_list.csv")
    assert [(author["id"], author["url"]) for author in payloads(night, "authors")] == [
        ("instagram:ada.pours", "https://www.instagram.com/ada.pours/"),
        ("youtube:slowpour", "https://www.youtube.com/@slowpour"),
    ]


async def test_google_analytics(extraction: Make, tmp_path: Path) -> None:
    night = await night_of(extraction, tmp_path, "google_analytics.csv", dialect=BERLIN)
    found = payloads(night, "reported_conversions")
    assert found[0] == {
        "id": "google_analytics:2026-09-01|2026-09-07|instagram|social|autumn",
        "reported_by": "google_analytics",
        "starts_at": "2026-08-31T22:00:00Z",
        "ends_at": "2026-09-07T22:00:00Z",
        "utm_source": "instagram",
        "utm_medium": "social",
        "utm_campaign": "autumn",
        "conversions": "3.5",
        "revenue": "264.45",
        "currency": "EUR",
    }
    assert [row["revenue"] for row in found] == ["264.45", "1012.00"]
    assert night.reasons == ["google_analytics.csv line 14: column Key events: 'many' is not a number"]
    assert night.notes[-1] == "google_analytics.csv: 1 rows of totals are left out"
