"""The Stack Exchange connector on answers that the real API gave."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.communities.stack_exchange.source import SOURCE
from connectors.extraction import Extraction
from connectors.source import Page, Window
from tests.conftest import collect
from tests.connectors.reading import notes, records

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2008, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "stackexchange"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of the recorded questions and of one account's profiles on several sites."""
    folder = payloads / "stackexchange"
    questions, users = (json.loads((folder / name).read_bytes()) for name in ("questions_votes_page.json", "test_users_associated.json"))

    def answer(request: httpx.Request) -> httpx.Response:
        body: dict[str, Any] = {"items": [], "has_more": False}
        if request.url.path == "/2.3/questions":
            body = questions | {"has_more": False}
        if request.url.path.startswith("/2.3/users/"):
            body = users
        return httpx.Response(200, json=body)

    job = extraction(SOURCE, answer, window=WINDOW, communities=("stackoverflow",), terms=(), tags=())
    return await collect(SOURCE.fetch(job))


async def test_every_recorded_question_and_owner(folder: Path, payloads: Path, extraction: Make) -> None:
    pages = await read(payloads, extraction)
    items = json.loads((folder / "questions_votes_page.json").read_bytes())["items"]
    assert set(records(pages, "questions")) == {f"stackoverflow:question:{item['question_id']}" for item in items}
    assert {native_id.rpartition(":")[2] for native_id in records(pages, "users")} == {
        str(item["owner"]["user_id"]) for item in items if "user_id" in item["owner"]
    }
    assert all(record.published_at for record in records(pages, "questions").values())
    assert not [rejected for page in pages for rejected in page.rejected]
    assert not notes(pages)


async def test_a_recorded_list_of_sites_is_no_list_of_questions(folder: Path, extraction: Make) -> None:
    body = (folder / "test_stackoverflow_exists.json").read_bytes()

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=body if request.url.path == "/2.3/questions" else b'{"items": []}')

    pages = await collect(SOURCE.fetch(extraction(SOURCE, answer, window=WINDOW, communities=("stackoverflow",), terms=(), tags=())))
    assert len([rejected for page in pages for rejected in page.rejected]) == len(json.loads(body)["items"])


STAGED = {
    "questions": {
        "stackoverflow:question:11227809": {
            "post_id": "stack_exchange:stackoverflow:question:11227809",
            "author_id": "stack_exchange:stackoverflow:user:87234",
            "accepted_post_id": "stack_exchange:stackoverflow:answer:11227902",
            "url": "https://stackoverflow.com/questions/11227809/why-is-it-faster-to-process-a-sorted-array-than-an-unsorted-array",
            "tags": ["java", "c++", "performance", "optimization", "branch-prediction"],
            "body": None,
            "score": 21619,
            "view_count": 1223408,
            "answer_count": 21,
            "is_answered": True,
            "published_at": datetime(2012, 6, 27, 13, 51, 36, tzinfo=UTC),
            "edited_at": datetime(2018, 3, 26, 17, 5, 10, tzinfo=UTC),
        },
        "stackoverflow:question:292357": {"title": "What is the difference between 'git pull' and 'git fetch'?", "score": 10111},
    },
    "users": {
        "stackoverflow:user:87234": {
            "author_id": "stack_exchange:stackoverflow:user:87234",
            "display_name": "GManNickG",
            "handle": "GManNickG",
            "url": "https://stackoverflow.com/users/87234/gmannickg",
            "reputation": 287481,
            "registered_at": None,
        },
    },
}
