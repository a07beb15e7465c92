"""The clock, the directory, and the truth file next to what the server shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from connectors.sandbox.__main__ import main
from connectors.sandbox.shop import Shop, write_shop
from connectors.sandbox.truth import write_truth
from connectors.sandbox.world import World
from tests.connectors.sandbox.conftest import BASE, move


async def test_clock_is_moved_and_told(serve: Callable[..., Any]) -> None:
    async with serve() as client:
        moved = await client.put("/clock", json={"now": "2026-09-12T06:00:00+02:00"})
        assert moved.json() == (await client.get("/clock")).json() == {"now": "2026-09-12T04:00:00Z"}
        assert (await client.put("/clock", json={"then": 1})).status_code == 400
        assert (await client.put("/clock", content=b"{")).status_code == 400


async def test_all_that_the_directory_names_answers(serve: Callable[..., Any]) -> None:
    async with serve() as client:
        directory = (await client.get("/directory")).json()
        assert len(directory["blogs"]) == 40
        assert len(directory["podcasts"]) == 10
        for address in (*directory["blogs"], *directory["podcasts"]):
            assert address.startswith(BASE)
            assert (await client.get(address)).status_code == 200
        for account in directory["accounts"]:
            assert (await client.get("/mastodon/api/v1/accounts/lookup", params={"acct": account})).json()["acct"] == account
        for tag in directory["tags"]:
            assert (await client.get(f"/mastodon/api/v1/timelines/tag/{tag}")).json()


async def test_truth_names_accounts_and_posts_as_the_platforms_do(
    world: World, shop: Shop, serve: Callable[..., Any], tmp_path: Path
) -> None:
    write_truth(world, shop, tmp_path / "truth.ndjson", BASE)
    rows = [json.loads(line) for line in (tmp_path / "truth.ndjson").read_text().splitlines()]
    kinds = {kind: [row for row in rows if row["kind"] == kind] for kind in ("person", "account", "adoption", "post")}
    assert all(kinds.values())
    shown: dict[str, set[str]] = {"authors": set(), "posts": set()}
    async with serve() as client:
        statuses: list[dict[str, Any]] = []
        url: str | None = "/mastodon/api/v1/timelines/public?limit=40"
        while url:
            answer = await client.get(url)
            statuses += answer.json()
            url = answer.links.get("next", {}).get("url")
    for status in statuses:
        shown["authors"].add(f"mastodon:{status['account']['uri']}")
        shown["posts"].add(f"mastodon:{status['uri']}")
    assert shown["authors"] <= {row["author_id"] for row in kinds["account"]}
    named = {row["post_id"] for row in kinds["post"]}
    with_brand = {f"mastodon:{status['uri']}" for status in statuses if {tag["name"] for tag in status["tags"]} & set(BRAND_TAGS)}
    assert with_brand <= named
    assert {row["cause_post_id"] for row in kinds["adoption"] if row["cause"] == "person"} <= named
    assert all(row["caused_by"] is None for row in kinds["adoption"] if row["cause"] == "organic")


async def test_the_shops_exports_follow_the_clock(world: World, shop: Shop, serve: Callable[..., Any], tmp_path: Path) -> None:
    middle = (world.start + world.end) // 2
    async with serve(middle, keep=partial(write_shop, shop, tmp_path)) as client:
        before = (tmp_path / "orders.csv").read_text().splitlines()
        await move(client, world.end)
        after = (tmp_path / "orders.csv").read_text().splitlines()
    assert 1 < len(before) < len(after) == 1 + len(shop.orders)
    assert after[: len(before)] == before


async def test_command_serves_the_end_of_the_day_and_writes_the_truth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Any] = []
    truth = tmp_path / "truth.ndjson"
    monkeypatch.setattr(uvicorn, "run", lambda app, **options: served.append((app, options["port"])))
    monkeypatch.setattr("sys.argv", ["sandbox", "--people", "100", "--port", "9", "--truth", str(truth), "--date", "2026-09-05"])
    main()
    ((app, port),) = served
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        assert (await client.get("/clock")).json() == {"now": "2026-09-06T00:00:00Z"}
    assert port == 9
    assert truth.read_bytes().startswith(b'{"kind":"person"')


BRAND_TAGS = ("morrowbean", "tidewell", "kestrel", "fernway", "ohmline", "quietude")
