from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.podcasts.podcast_feeds.source import SOURCE, duration_seconds
from connectors.source import Page, Tombstone
from tests.conftest import collect

Extract = Callable[..., Extraction]
URL = "https://pods.example/show.xml"
GUID = "5b1c9c3e-0000-5000-8000-000000000001"

SHOW = f"""<?xml version="1.0"?>
<rss version="2.0" xmlns:i="http://www.itunes.com/DTDs/PodCast-1.0.dtd" xmlns:p="https://podcastindex.org/namespace/1.0"
     xmlns:old="https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md" xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:at="http://purl.org/atompub/tombstones/1.0"><channel>
<title>Laps and Lattes</title><link>https://pods.example/</link><description>Running, then coffee</description><language>en-GB</language>
<i:author>Studio Lap</i:author><i:owner><i:name>Noor Lap</i:name><i:email>noor@pods.example</i:email></i:owner><i:image href="https://pods.example/art.png"/>
<i:category text="Sports"><i:category text="Running"/></i:category><i:category text="Food"/>
<p:guid>{GUID}</p:guid><p:medium>podcast</p:medium><p:funding url="https://pods.example/give">Buy us a lap</p:funding>
<p:person href="https://noor.example/">Noor Lap</p:person>
<at:deleted-entry ref="lap-0"/>
<item><guid isPermaLink="false">lap-2</guid><link>https://pods.example/2</link><title>Kestrel Glide, tested</title>
<pubDate>Wed, 09 Sep 2026 05:00:00 GMT</pubDate><description>Plain words</description>
<content:encoded>&lt;p&gt;Rich words&lt;/p&gt;</content:encoded>
<enclosure url="https://cdn.example/2.mp3" type="audio/mpeg" length="0"/>
<i:duration>1:02:03</i:duration><i:season>2</i:season><i:episode>5</i:episode><i:episodeType>bonus</i:episodeType><i:explicit>Yes</i:explicit>
<i:keywords>running, shoes</i:keywords>
<p:person role="Guest" group="Cast" img="https://ada.example/a.png">Ada Stride</p:person><old:person>Bo Pace</old:person>
<p:transcript url="https://pods.example/2.vtt" type="text/vtt" language="en" rel="captions"/>
<old:transcript url="https://pods.example/2.txt" type="text/plain"/>
<p:chapters url="https://pods.example/2.json" type="application/json+chapters"/>
<p:socialInteract protocol="disabled"/>
<p:socialInteract protocol="activitypub" uri="https://m.example/@lap/2" accountId="@lap"/></item>
<item><guid isPermaLink="false">lap-1</guid><title>Warm-up</title><pubDate>Tue, 08 Sep 2026 05:00:00 GMT</pubDate>
<enclosure url="https://cdn.example/1.mp3" type="audio/mpeg" length="123"/>
<p:season>1</p:season><p:episode>4</p:episode><i:explicit>clean</i:explicit></item>
</channel></rss>"""


async def night(extraction: Extract, answers: dict[str, str], **more: Any) -> list[Page]:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=answers[str(request.url)]) if str(request.url) in answers else httpx.Response(404)

    return await collect(SOURCE.fetch(extraction(SOURCE, handler, feeds=(URL,), **more)))


def payloads_of(pages: list[Page], entity: str) -> dict[str, Any]:
    return {record.native_id: record.payload for page in pages for record in page.records if record.entity == entity}


async def test_a_podcast_says_who_makes_it(extraction: Extract) -> None:
    assert payloads_of(await night(extraction, {URL: SHOW}), "podcasts") == {
        GUID: {
            "feed_url": URL,
            "podcast_id": GUID,
            "guid": GUID,
            "title": "Laps and Lattes",
            "link": "https://pods.example/",
            "description": "Running, then coffee",
            "language": "en-GB",
            "author": "Studio Lap",
            "owner_name": "Noor Lap",
            "categories": ["Sports", "Running", "Food"],
            "medium": "podcast",
            "persons": [{"name": "Noor Lap", "role": "host", "group": "cast", "href": "https://noor.example/", "img": None}],
            "funding": [{"url": "https://pods.example/give", "text": "Buy us a lap"}],
            "image": "https://pods.example/art.png",
        }
    }


async def test_an_episode_keeps_every_repeated_tag_of_either_namespace(extraction: Extract) -> None:
    pages = await night(extraction, {URL: SHOW})
    assert payloads_of(pages, "episodes")[f"{GUID} lap-2"] == {
        "feed_url": URL,
        "podcast_id": GUID,
        "guid": "lap-2",
        "title": "Kestrel Glide, tested",
        "link": "https://pods.example/2",
        "description_html": "<p>Rich words</p>",
        "published": "2026-09-09T05:00:00Z",
        "duration_seconds": 3723,
        "enclosure_url": "https://cdn.example/2.mp3",
        "enclosure_type": "audio/mpeg",
        "enclosure_bytes": None,
        "season": 2,
        "episode": 5,
        "episode_type": "bonus",
        "explicit": True,
        "persons": [
            {"name": "Ada Stride", "role": "guest", "group": "cast", "href": None, "img": "https://ada.example/a.png"},
            {"name": "Bo Pace", "role": "host", "group": "cast", "href": None, "img": None},
        ],
        "transcripts": [
            {"url": "https://pods.example/2.vtt", "type": "text/vtt", "language": "en", "rel": "captions"},
            {"url": "https://pods.example/2.txt", "type": "text/plain", "language": None, "rel": None},
        ],
        "chapters_url": "https://pods.example/2.json",
        "social_interact": [{"uri": "https://m.example/@lap/2", "protocol": "activitypub", "account_id": "@lap"}],
        "keywords": ["running", "shoes"],
    }
    assert [record.published_at for record in pages[0].records if record.native_id.endswith("lap-2")] == [
        datetime(2026, 9, 9, 5, tzinfo=UTC)
    ]
    assert list(pages[0].tombstones) == [Tombstone("episodes", f"{GUID} lap-0")]


async def test_an_episode_without_persons_has_those_of_its_podcast(extraction: Extract) -> None:
    episode = payloads_of(await night(extraction, {URL: SHOW}), "episodes")[f"{GUID} lap-1"]
    assert [person["name"] for person in episode["persons"]] == ["Noor Lap"]
    assert (episode["season"], episode["episode"], episode["explicit"], episode["enclosure_bytes"], episode["duration_seconds"]) == (
        1,
        4,
        False,
        123,
        None,
    )


async def test_prefixes_that_are_never_declared_are_understood(extraction: Extract) -> None:
    show = (
        "<rss><channel><item><guid>a</guid><itunes:duration>61</itunes:duration><podcast:person>Ada</podcast:person></item></channel></rss>"
    )
    pages = await night(extraction, {URL: show})
    episode = payloads_of(pages, "episodes")[f"{URL} a"]
    assert (episode["duration_seconds"], [person["name"] for person in episode["persons"]]) == (61, ["Ada"])


async def test_a_json_feed_is_a_podcast_too(extraction: Extract) -> None:
    attachment = {"url": "/1.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 5, "duration_in_seconds": 90.0}
    pages = await night(extraction, {URL: json.dumps({"title": "Laps", "items": [{"id": 1, "title": "One", "attachments": [attachment]}]})})
    episode = payloads_of(pages, "episodes")[f"{URL} 1"]
    assert (episode["enclosure_url"], episode["enclosure_bytes"], episode["duration_seconds"]) == ("https://pods.example/1.mp3", 5, 90)


async def test_a_new_feed_url_is_noted_and_read_from_the_next_night_on_under_the_same_ids(extraction: Extract) -> None:
    plain = "<rss><channel><title>Laps</title>{}<item><guid>a</guid></item></channel></rss>"
    itunes = '<x:new-feed-url xmlns:x="http://www.itunes.com/dtds/podcast-1.0.dtd">https://new.example/show</x:new-feed-url>'
    first = await night(extraction, {URL: plain.format(itunes)})
    assert "moved for good to https://new.example/show" in first[0].notes[0]
    second = await night(extraction, {"https://new.example/show": plain.format("")}, cursor=first[-1].cursor)
    assert set(payloads_of(second, "episodes")) == set(payloads_of(first, "episodes")) == {f"{URL} a"}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("01:02:03", 3723),
        ("62:03", 3723),
        ("3723", 3723),
        (" 3723.9 ", 3723),
        ("1:2:3", 3723),
        ("", None),
        ("an hour", None),
        ("-5", None),
        ("1:2:3:4", None),
        (None, None),
    ],
)
def test_a_duration_is_seconds_however_it_is_written(text: str | None, seconds: int | None) -> None:
    assert duration_seconds(text) == seconds
