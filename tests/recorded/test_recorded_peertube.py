"""The PeerTube connector on answers that real instances gave."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.source import Page, Tombstone, Window
from connectors.vlogs.peertube import SOURCE
from tests.conftest import collect
from tests.connectors.reading import records, tombstones

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2005, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
SHOWN = "9c9de5e8-0a1e-484a-b099-e80766180a6d"
WITH_DELETED = "217eefeb-883d-45be-b7fc-a788ad8507d3"


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "peertube"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


class Replay:
    """The recorded answers by path, whatever the instance; a list has its recorded pages one after the other."""

    def __init__(self, folder: Path) -> None:
        self.answers: dict[str, list[Any]] = {}
        for line in (folder / "INDEX.jsonl").read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            path, file = urlsplit(entry["url"]).path, folder / entry["file"]
            if file.is_file() and "sepiasearch" not in entry["url"]:
                self.answers.setdefault(path, []).append(json.loads(file.read_bytes()))
        self.videos = {answer["uuid"]: answer for answers in self.answers.values() for answer in answers if "uuid" in answer}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        recorded = self.answers.get(path) or self.answers.get(path.replace(SHOWN, "kkGMgK9ZtnKfYAgnEtQxbv"), [])
        if path.endswith(("/videos", "/comment-threads")) and recorded:
            rows = [row for answer in recorded for row in answer["data"]] if request.url.params["start"] == "0" else []
            return httpx.Response(200, json={"total": len(rows), "data": rows})
        name = path.rsplit("/", 1)[-1]
        if name in self.videos or recorded:
            return httpx.Response(200, json=self.videos.get(name) or recorded[0])
        return httpx.Response(404, json={"status": 404, "detail": "Video not found"})


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of the recorded videos, comments and accounts."""
    replay = Replay(payloads / "peertube")
    rows = [{"uuid": uuid, "publishedAt": video["publishedAt"]} for uuid, video in replay.videos.items()]
    replay.answers["/api/v1/video-channels/all/videos"] = [{"data": rows}]
    replay.answers["/api/v1/video-channels/all"] = [{}]
    job = extraction(SOURCE, replay, base_url="https://framatube.org", accounts=("all",), terms=(), window=WINDOW)
    return await collect(SOURCE.fetch(job))


async def test_every_recorded_video_becomes_a_record(folder: Path, extraction: Make) -> None:
    pages = await read(folder.parent, extraction)
    videos = Replay(folder).videos
    assert len(videos) >= 5
    assert set(records(pages, "videos")) == {video["url"] for video in videos.values()}
    assert not [rejected for page in pages for rejected in page.rejected]


async def test_a_recorded_channel_lists_its_videos(folder: Path, extraction: Make) -> None:
    replay = Replay(folder)
    channel = "lqdn_channel@video.lqdn.fr"
    job = extraction(SOURCE, replay, base_url="https://framatube.org", accounts=(channel,), terms=(), window=WINDOW)
    replay.answers[f"/api/v1/video-channels/{channel}"] = [{}]
    await collect(SOURCE.fetch(job))
    listed = replay.answers[f"/api/v1/video-channels/{channel}/videos"][0]["data"]
    assert len(listed) == 12


async def test_recorded_deleted_comments_are_gone(folder: Path, extraction: Make) -> None:
    replay = Replay(folder)
    video = {**replay.videos[SHOWN], "uuid": WITH_DELETED}
    replay.videos[WITH_DELETED] = video
    replay.answers["/api/v1/video-channels/one/videos"] = [{"data": [{"uuid": WITH_DELETED, "publishedAt": video["publishedAt"]}]}]
    replay.answers["/api/v1/video-channels/one"] = [{}]
    job = extraction(SOURCE, replay, base_url="https://framatube.org", accounts=("one",), terms=(), window=WINDOW)
    pages = await collect(SOURCE.fetch(job))
    [recorded] = replay.answers[f"/api/v1/videos/{WITH_DELETED}/comment-threads"]
    deleted = {Tombstone("comments", row["url"]) for row in recorded["data"] if row["isDeleted"]}
    assert deleted
    assert set(tombstones(pages)) == deleted
    assert len(records(pages, "comments")) == recorded["totalNotDeletedComments"]


STAGED = {
    "videos": {
        "https://framatube.org/videos/watch/9c9de5e8-0a1e-484a-b099-e80766180a6d": {
            "author_id": "peertube:https://framatube.org/video-channels/joinpeertube",
            "title": "What is PeerTube?",
            "language": "en",
            "views": 143684,
            "likes": 31,
            "comments": 10,
            "duration_seconds": 113,
            "tags": ["framasoft", "peertube"],
            "published_at": datetime(2018, 10, 1, 10, 52, 46, 396000, tzinfo=UTC),
        },
    },
    "accounts": {
        "https://framatube.org/video-channels/joinpeertube": {
            "handle": "joinpeertube@framatube.org",
            "display_name": "A propos de PeerTube",
            "followers_count": 216,
            "owner_author_id": "peertube:https://framatube.org/accounts/framasoft",
            "verified_websites": ["https://framatube.org/accounts/framasoft"],
        },
        "https://framatube.org/accounts/framasoft": {"followers_count": 980, "verified_websites": []},
    },
}
