"""The YouTube connector on answers that the Data API and a channel's feed gave."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.source import Known, Page, Window
from connectors.vlogs.youtube.source import SOURCE
from tests.conftest import collect
from tests.connectors.reading import notes, records, tombstones, until_failure

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2023, 7, 1, tzinfo=UTC), datetime(2023, 8, 1, tzinfo=UTC))
GOOGLE, DEVELOPERS, SECDSM = "UCK8sQmJBp8GCxrOtXWBpyEA", "UC_x5XG1OV2P6uZZ5FSM9Ttw", "UCoTLdfNePDQzvdEgIToLIUg"
VIDEOS = ("joostlek_video_response_2", "videos_info_single", "videos_chart_paged_1", "videos_chart_paged_2", "videos_myrating_paged_1")
UPLOADS = "joostlek_playlist_item_response_snippet_content_details"


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "youtube"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


class Replay:
    """The recorded answers, and of lists of ids the rows that were recorded; `refused` answers one path with a recorded refusal."""

    def __init__(self, folder: Path, **refused: tuple[int, str]) -> None:
        self.folder = folder
        self.refused = refused
        self.asked: list[httpx.URL] = []

    def rows(self, *names: str) -> dict[str, dict[str, Any]]:
        return {row["id"]: row for name in names for row in json.loads((self.folder / f"{name}.json").read_bytes())["items"]}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        path, query = request.url.path.rpartition("/")[2], request.url.params
        if path in self.refused:
            status, name = self.refused[path]
            return httpx.Response(status, content=(self.folder / f"{name}.json").read_bytes())
        whole = {"playlistItems": UPLOADS, "search": "search_by_keywords_p1", "commentThreads": "comment_threads_by_video_paged_1"}
        if "parentId" in query:
            whole["comments"] = "comments_by_parent_paged_2"
        if path in whole:
            answer = json.loads((self.folder / f"{whole[path]}.json").read_bytes())
            return httpx.Response(200, json={key: value for key, value in answer.items() if key != "nextPageToken"})
        known = {"channels": ("info_multiple",), "videos": VIDEOS, "comments": ("comments_multi",)}[path]
        wanted = query["id"].split(",")
        return httpx.Response(
            200, json={"kind": f"youtube#{path}", "items": [row for key, row in self.rows(*known).items() if key in wanted]}
        )


def job(extraction: Make, answer: Callable[[httpx.Request], httpx.Response], **settings: Any) -> Extraction:
    usual = {"accounts": (DEVELOPERS,), "terms": (), "window": WINDOW, "secret_values": {"key": SecretStr("hush-hush")}}
    return extraction(SOURCE, answer, **usual | settings)


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of all recorded videos, comments and channels: those asked for again, and what belongs to them."""
    replay = Replay(payloads / "youtube")
    young = [Known("videos", video, video) for video in replay.rows(*VIDEOS)]
    young += [Known("comments", comment, f"Vxxxxxxxxxx {comment}") for comment in replay.rows("comments_multi")]
    return await collect(SOURCE.fetch(job(extraction, replay, accounts=(DEVELOPERS, GOOGLE), young=young)))


async def test_recorded_videos_comments_and_channels_become_records(folder: Path, extraction: Make) -> None:
    pages = await read(folder.parent, extraction)
    assert len(records(pages, "videos")) == 12
    assert len(records(pages, "comments")) == 5 + 1 + 2, "of a video, an answer that was not shown with it, and two asked for by id"
    assert set(records(pages, "channels")) == {GOOGLE, DEVELOPERS}
    assert not [rejected for page in pages for rejected in page.rejected]
    assert not tombstones(pages)
    assert "YouTube tells nothing of" in notes(pages), "the authors' channels were not recorded"


async def test_recorded_uploads_are_read_to_the_window(folder: Path, extraction: Make) -> None:
    replay = Replay(folder)
    await collect(SOURCE.fetch(job(extraction, replay, window=Window(datetime(2023, 7, 20, 16, tzinfo=UTC), WINDOW.end))))
    (asked,) = [url.params["id"] for url in replay.asked if url.path.endswith("/videos")]
    assert asked == "UZ4n1n13crI,gwA0TqSN6lg,bbWUwPHnBTc"


async def test_a_recorded_search_leads_to_its_videos(folder: Path, extraction: Make) -> None:
    replay = Replay(folder)
    await collect(SOURCE.fetch(job(extraction, replay, accounts=(), terms=("surfing",))))
    (asked,) = [url.params["id"].split(",") for url in replay.asked if url.path.endswith("/videos")]
    assert len(asked) == 25
    assert asked[:2] == ["gQ_1zX-F_No", "i2hewkFijuY"]


@pytest.mark.parametrize(
    ("status", "name", "message"),
    [
        (400, "error_response", "YouTube does not accept the key (keyInvalid: Bad Request)"),
        (403, "error_permission_resp", "YouTube answered 403 (SERVICE_UNAVAILABLE: The caller does not have permission)"),
        (400, "error_response_simple", "YouTube answered 400 (400: error message)"),
    ],
)
async def test_recorded_refusals_are_told(folder: Path, extraction: Make, status: int, name: str, message: str) -> None:
    _, error = await until_failure(SOURCE.fetch(job(extraction, Replay(folder, channels=(status, name)))))
    assert message in error
    assert "hush-hush" not in error


async def test_a_recorded_feed_is_read_without_a_key(folder: Path, extraction: Make) -> None:
    feed = (folder / "channel_feed_atom.xml").read_bytes()
    window = Window(datetime(2017, 6, 1, tzinfo=UTC), datetime(2017, 7, 1, tzinfo=UTC))
    answer = httpx.Response(200, content=feed, headers={"content-type": "text/xml; charset=UTF-8"})
    pages = await collect(SOURCE.fetch(job(extraction, lambda _: answer, accounts=(SECDSM,), secret_values={}, window=window)))
    videos = records(pages, "videos")
    assert videos["OCs1E0vP7Oc"].payload == {
        "is_from_feed": True,
        "id": "OCs1E0vP7Oc",
        "snippet": {
            "publishedAt": "2017-06-15T02:36:17+00:00",
            "channelId": SECDSM,
            "channelTitle": "SecDSM",
            "title": "SecDSM 2017 March - Talk 01",
            "description": None,
        },
        "statistics": {"viewCount": "36"},
    }
    assert records(pages, "channels")[SECDSM].payload["snippet"] == {"title": "SecDSM", "publishedAt": "2016-07-28T18:46:21+00:00"}


STAGED = {
    "videos": {
        "V4DDt30Aat4": {
            "post_id": "youtube:V4DDt30Aat4",
            "author_id": "youtube:UCvceBgMIpKb4zK1ss-Sh90w",
            "url": "https://www.youtube.com/watch?v=V4DDt30Aat4",
            "title": "Mark Lesek: A New/Old Prosthetic",
            "language": "en",
            "is_paid_partnership": None,
            "duration_seconds": 159,
            "view_count": 3603770,
            "like_count": 1827,
            "comment_count": 358,
            "published_at": datetime(2011, 11, 21, 19, 11, 41, tzinfo=UTC),
        },
        "D-lhorsDlUQ": {
            "author_id": "youtube:UC_x5XG1OV2P6uZZ5FSM9Ttw",
            "title": "What are Actions on Google (Assistant on Air)",
            "links": ["http://bit.ly/2YabdS5", "https://goo.gle/2X0nBqG", "https://bit.ly/googledevs"],
            "duration_seconds": None,
            "view_count": None,
        },
    },
    "comments": {
        "UgwI_ylXVnzPS8Q-oAV4AaABAg": {
            "parent_post_id": "youtube:F1UP7wRCPH8",
            "published_at": datetime(2019, 11, 14, 23, 31, 33, tzinfo=UTC),
            "edited_at": None,
        },
        "Ugw5zYU6n9pmIgAZWvN4AaABAg.91zT3cYb5B291za3E-eR-l": {
            "post_id": "youtube:Ugw5zYU6n9pmIgAZWvN4AaABAg.91zT3cYb5B291za3E-eR-l",
            "author_id": "youtube:UCNvMBmCASzTNNX8lW3JRMbw",
            "parent_post_id": "youtube:Ugw5zYU6n9pmIgAZWvN4AaABAg",
            "body": "hey, this is the replay",
            "like_count": 0,
        },
        "UgyUBI0HsgL9emxcZpR4AaABAg": {
            "author_id": "youtube:UCTWlvHQQXUs-4IVfdnGOUbw",
            "parent_post_id": "youtube:Vxxxxxxxxxx",
            "body": "Hello",
            "url": "https://www.youtube.com/watch?v=Vxxxxxxxxxx&lc=UgyUBI0HsgL9emxcZpR4AaABAg",
        },
    },
    "channels": {
        "UC_x5XG1OV2P6uZZ5FSM9Ttw": {
            "author_id": "youtube:UC_x5XG1OV2P6uZZ5FSM9Ttw",
            "handle": "@googledevelopers",
            "display_name": "Google Developers",
            "url": "https://www.youtube.com/channel/UC_x5XG1OV2P6uZZ5FSM9Ttw",
            "websites": ["https://goo.gle/developers"],
            "subscriber_count": 2260000,
            "video_count": 5652,
            "registered_at": datetime(2007, 8, 23, 0, 34, 43, tzinfo=UTC),
        },
    },
}
