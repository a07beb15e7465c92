"""The X connector on answers that the real servers gave."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.microblogs.x.source import SOURCE
from connectors.source import Known, Page, SourceError, Tombstone, Window
from tests.conftest import collect
from tests.connectors.reading import records, tombstones, until_failure

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2006, 3, 21, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
USERS = "tweepy_test_client_get_users__00.json"
LISTS = (
    "pytwitter_search_tweets_query", "pytwitter_timeline_mentions", "pytwitter_timeline_tweets", "pytwitter_tweet_quote_tweets_resp",
    "pytwitter_tweet_retweet_tweets_resp", "pytwitter_user_liked_tweets_resp", "tweepy_test_client_get_home_timeline__00",
    "tweepy_test_client_get_list_tweets__00", "tweepy_test_client_get_quote_tweets__00", "tweepy_test_client_get_users_tweets__00",
    "tweepy_test_client_search_all_tweets__00", "tweepy_test_client_search_recent_tweets__00",
)  # fmt: skip
"""Lists of posts; all have the shape of what the search answers."""


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "x"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


def lookups(folder: Path) -> dict[str, list[str]]:
    """The recorded lookups of posts by id, and the ids that each asked for."""
    index = [json.loads(line) for line in (folder / "INDEX.jsonl").read_text().splitlines()]
    urls = {entry["file"]: urlsplit(entry["url"]) for entry in index if "url" in entry}
    asked = {file: parse_qs(url.query)["ids"][0].split(",") for file, url in urls.items() if url.path == "/2/tweets"}
    return {file: ids for file, ids in sorted(asked.items()) if file.endswith(".json")}


def job(extraction: Make, answers: dict[str, httpx.Response], **settings: Any) -> Extraction:
    """A night whose every list has one page; `answers` are by path."""

    def replay(request: httpx.Request) -> httpx.Response:
        is_first = not {"next_token", "pagination_token"} & set(request.url.params)
        return answers[request.url.path] if is_first else httpx.Response(200, json={"meta": {"result_count": 0}})

    return extraction(SOURCE, replay, window=WINDOW, secret_values={"token": SecretStr("bearer")}, **{"terms": (), **settings})


def recorded(folder: Path, name: str, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=(folder / name).read_bytes())


async def lookup(folder: Path, extraction: Make, file: str, ids: list[str]) -> list[Page]:
    young = [Known("posts", post_id, post_id) for post_id in ids]
    return await collect(SOURCE.fetch(job(extraction, {"/2/tweets": recorded(folder, file)}, young=young)))


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of all recorded lookups, lists and accounts."""
    folder, pages = payloads / "x", list[Page]()
    for name in LISTS:
        answers = {"/2/tweets/search/recent": recorded(folder, f"{name}.json")}
        pages += await collect(SOURCE.fetch(job(extraction, answers, terms=("tidewell",))))
    for file, ids in lookups(folder).items():
        pages += await lookup(folder, extraction, file, ids)
    answers = {"/2/users/by": recorded(folder, USERS), "/2/users/783214/tweets": recorded(folder, f"{LISTS[9]}.json")}
    answers["/2/users/2244994945/tweets"] = httpx.Response(200, json={"meta": {"result_count": 0}})
    return pages + await collect(SOURCE.fetch(job(extraction, answers, accounts=("twitter", "TwitterDev"))))


async def test_every_recorded_post_and_account_is_a_record(folder: Path, extraction: Make) -> None:
    pages = await read(folder.parent, extraction)
    posts, accounts = dict[str, Any](), dict[str, Any]()
    for name in [f"{name}.json" for name in LISTS] + list(lookups(folder)):
        answer = json.loads((folder / name).read_bytes())
        includes = answer.get("includes", {})
        posts |= {
            post.get("edit_history_tweet_ids", [post["id"]])[0]: post for post in (*answer.get("data", ()), *includes.get("tweets", ()))
        }
        accounts |= {user["id"]: user for user in includes.get("users", ())}
    accounts |= {user["id"]: user for user in json.loads((folder / USERS).read_bytes())["data"]}
    assert set(records(pages, "posts")) == set(posts)
    assert set(records(pages, "accounts")) == set(accounts)
    assert (len(posts), len(accounts)) == (344, 106)
    assert not [rejected for page in pages for rejected in page.rejected]


async def test_each_post_that_was_asked_for_is_there_or_gone(folder: Path, extraction: Make) -> None:
    lost = 0
    for file, ids in lookups(folder).items():
        pages = await lookup(folder, extraction, file, ids)
        gone = {tombstone.native_id for tombstone in tombstones(pages)}
        shown = {post["id"] for post in json.loads((folder / file).read_bytes()).get("data", ())}
        assert shown.isdisjoint(gone)
        assert shown | gone == set(ids)
        assert all(tombstone == Tombstone("posts", tombstone.native_id) for tombstone in tombstones(pages))
        lost += len(gone)
    assert lost == 147


async def test_the_recorded_refusals_are_told(folder: Path, extraction: Make) -> None:
    path = "/2/tweets/search/recent"
    with pytest.raises(SourceError, match="X refuses the bearer token"):
        await collect(SOURCE.fetch(job(extraction, {path: recorded(folder, "acad_tweets_search_all-90b063.json", 401)}, terms=("a",))))
    refusal = recorded(folder, "acad_tweets_search_all-92adbd.json", 400)
    _, failure = await until_failure(SOURCE.fetch(job(extraction, {path: refusal}, terms=("a",))))
    assert "'start_time' must be before 'end_time'" in failure
    page = recorded(folder, "acad_tweets_count_all-ef70a4.html", 404)
    _, failure = await until_failure(SOURCE.fetch(job(extraction, {path: page}, terms=("a",))))
    assert "answered 404 Not Found" in failure


async def test_the_recorded_usage(folder: Path, extraction: Make) -> None:
    answers = {"/2/usage/tweets": recorded(folder, "pytwitter_usage_tweets_resp.json")}
    assert await SOURCE.check(job(extraction, answers)) == "11174038 of 50000000 posts of this month read"


STAGED = {
    "posts": {
        "1266867327079002121": {
            "post_id": "x:1266867327079002121",
            "author_id": "x:3850413016",
            "parent_post_id": None,
            "reposted_post_id": None,
            "url": "https://x.com/i/status/1266867327079002121",
            "language": "de",
            "media_type": "image",
            "links": [],
            "reply_count": 1,
            "like_count": 5,
            "quote_count": 0,
            "bookmark_count": None,
            "published_at": datetime(2020, 5, 30, 23, 1, 22, tzinfo=UTC),
            "edited_at": None,
        },
        "1266852099163291650": {
            "reposted_post_id": "x:1266722835252129794",
            "mentioned_author_ids": ["x:67984352"],
            "retweet_count": None,
            "like_count": None,
        },
        "1266722835252129794": {
            "author_id": "x:67984352",
            "links": ["https://www.addn.me/soziales/fahrradprotest-fuer-sichere-karl-marx-strasse/"],
            "media_type": "text",
            "retweet_count": 2,
            "like_count": 4,
        },
        "1266853931247906816": {
            "parent_post_id": "x:1266831085582913538",
            "reply_to_author_id": "x:107357635",
            "thread_id": "x:1266677828801695744",
            "mentioned_author_ids": ["x:107357635", "x:989716693"],
        },
        "1266704570190790656": {
            "substr(body, 119, 14)": "geprügelt & m.",
            "retweet_count": 153,
            "reply_count": 15,
            "like_count": 486,
            "quote_count": 14,
        },
        "1577158996984987648": {
            "url": "https://x.com/i/status/1577162244978139137",
            "published_at": datetime(2022, 10, 4, 4, 49, 41, 735000, tzinfo=UTC),
            "edited_at": datetime(2022, 10, 4, 5, 2, 36, 117000, tzinfo=UTC),
            "like_count": None,
        },
    },
    "accounts": {
        "3850413016": {
            "author_id": "x:3850413016",
            "handle": "Mr_Twoflower",
            "display_name": "derWandersmann",
            "url": "https://x.com/i/user/3850413016",
            "author_kind": None,
            "websites": ["https://zwischenmenschliches.wordpress.com/2013/02/27/wie-mein-leben-zum-ersten-mal-verandert-wurde/"],
            "followers_count": 2168,
            "following_count": 449,
            "tweet_count": 76064,
            "listed_count": 37,
            "registered_at": datetime(2015, 10, 3, 7, 33, 16, tzinfo=UTC),
        },
        "1180995990284853248": {"handle": "ClaudiaP4F", "websites": [], "followers_count": 198},
    },
}
