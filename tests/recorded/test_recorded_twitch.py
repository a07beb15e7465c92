"""The Twitch connector on answers that Helix gave; of videos only refusals were recorded."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.source import Page, Window
from connectors.vlogs.twitch.source import SOURCE
from tests.conftest import collect
from tests.connectors.reading import notes, records, until_failure

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2018, 1, 24, tzinfo=UTC), datetime(2018, 1, 26, tzinfo=UTC))
SECRETS = {"client_id": SecretStr("app"), "client_secret": SecretStr("hush-hush")}


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "twitch"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


class Replay:
    """The recorded answers; `files` name those that stand for a path instead of the usual ones."""

    def __init__(self, folder: Path, **files: str) -> None:
        self.folder = folder
        self.files = {"clips": "helix_00_200", "search/channels": "channels_00_200", "channels/followers": "channels_09_200"} | files

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/helix/")
        if request.url.host == "id.twitch.tv":
            return httpx.Response(200, json={"access_token": "one-token", "token_type": "bearer"})
        if path in self.files:
            name = self.files[path]
            return httpx.Response(int(name[-3:]), content=(self.folder / f"{name}.json").read_bytes())
        known = {"users": ("users_01_200", "helix_02_200"), "games": ("games_00_200", "games_01_200", "games_02_200")}.get(path, ())
        wanted = {value for key in ("id", "login", "name") for value in request.url.params.get_list(key)}
        return httpx.Response(
            200, json={"data": [row for row in self.rows(known) if {row.get("login"), row["id"], row.get("name")} & wanted]}
        )

    def rows(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """All that these answers list, of each id the first."""
        found: dict[str, dict[str, Any]] = {}
        for name in names:
            for row in json.loads((self.folder / f"{name}.json").read_bytes())["data"]:
                found.setdefault(row["id"], row)
        return list(found.values())


def job(extraction: Make, replay: Replay, **settings: Any) -> Extraction:
    settings = {"accounts": ("sodapoppin", "summit1g"), "terms": (), "window": WINDOW, "secret_values": SECRETS} | settings
    return extraction(SOURCE, replay, **settings)


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of the recorded clip and users."""
    return await collect(SOURCE.fetch(job(extraction, Replay(payloads / "twitch"))))


async def test_recorded_channels_and_their_clip_become_records(folder: Path, extraction: Make) -> None:
    pages = await read(folder.parent, extraction)
    assert set(records(pages, "clips")) == {"EncouragingPluckySlothSSSsss"}
    assert set(records(pages, "users")) == {"26301881", "26490481"}
    assert "Twitch tells nothing of 1 authors" in notes(pages), "who cut the clip was not recorded"
    assert not [rejected for page in pages for rejected in page.rejected]


async def test_recorded_categories_are_found_by_name(folder: Path, extraction: Make) -> None:
    names = ("Minecraft", "Sea of Thieves", "fortnite", "League of Legends", "Dota 2")
    replay = Replay(folder)
    everything = {row["name"] for row in replay.rows(("games_00_200", "games_01_200", "games_02_200"))}
    assert {name.lower() for name in names} == {name.lower() for name in everything}
    _, error = await until_failure(SOURCE.fetch(job(extraction, replay, accounts=(), communities=(*names, "Tea"))))
    assert error.startswith("Not read: fortnite: Twitch has no category of this name"), "Twitch takes the exact name"
    assert "Tea: " in error
    assert error.count("Twitch has no category") == 2


async def test_a_recorded_search_finds_channels_by_the_word(folder: Path, extraction: Make) -> None:
    pages = await collect(SOURCE.fetch(job(extraction, Replay(folder), accounts=(), terms=("DrDisrespect",))))
    assert "1 channels that the search found were left out" in notes(pages)
    assert len(records(pages, "clips")) == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("videos_00_400", "Twitch answered 400 (Must provide only one of the following query params"),
        ("videos_02_400", 'Twitch answered 400 (The parameter "id" was malformed'),
        ("streams_01_400", 'Twitch answered 400 (The parameter "first" was malformed'),
        ("games_04_400", "Twitch answered 400 (Invalid cursor.)"),
        ("streams_05_401", "Twitch accepts no token of this app"),
        ("chat_04_401", "OAuth token is missing"),
        ("clips_06_401", "only the token of a user may ask for it"),
        ("helix_01_429", "429 Too Many Requests"),
    ],
)
async def test_recorded_refusals_are_told(folder: Path, extraction: Make, name: str, message: str) -> None:
    _, error = await until_failure(SOURCE.fetch(job(extraction, Replay(folder, videos=name))))
    assert message in error
    assert "one-token" not in error


STAGED = {
    "clips": {
        "EncouragingPluckySlothSSSsss": {
            "post_id": "twitch:EncouragingPluckySlothSSSsss",
            "author_id": "twitch:143839181",
            "mentioned_author_ids": ["twitch:26490481"],
            "quoted_post_id": "twitch:222004532",
            "game_id": "490377",
            "url": "https://clips.twitch.tv/EncouragingPluckySlothSSSsss",
            "title": "summit and fat tim discover how to use maps",
            "language": "en",
            "view_count": 81808,
            "duration_seconds": None,
            "published_at": datetime(2018, 1, 25, 4, 4, 15, tzinfo=UTC),
        },
    },
    "users": {
        "26301881": {
            "author_id": "twitch:26301881",
            "handle": "sodapoppin",
            "display_name": "sodapoppin",
            "url": "https://www.twitch.tv/sodapoppin",
            "bio": "Wtf do i write here? Click my stream, or i scream.",
            "broadcaster_type": "partner",
            "websites": [],
            "follower_count": 8,
            "registered_at": datetime(2011, 11, 22, 4, 40, 56, 758830, tzinfo=UTC),
        },
    },
}
