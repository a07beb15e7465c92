"""Three who follow an author on Bluesky buy within three days of a post: the night credited the author with it."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
import httpx
import pytest

from orchestration.settings import ROOT
from tests.connectors.microblogs.bluesky.fake_bluesky import FakeBluesky, did
from tests.homes import make_sandbox_home

pytestmark = pytest.mark.slow

FOLLOWERS = ("bo", "cy", "dee")
ORDERS = [
    ["order_id", "brand_id", "customer_key", "customer_author_id", "ordered_at", "quantity", "revenue", "currency"],
    *(
        [f"o{day}", "morrowbean", f"{who}@mail.example", f"bluesky:{did(who)}", f"2026-09-0{day}T18:00:00Z", "1", "30", "EUR"]
        for day, who in zip((6, 7, 8), FOLLOWERS, strict=True)
    ),
]


def sky() -> FakeBluesky:
    made = FakeBluesky()
    made.add("ada", "2026-09-05T09:00", "The Morrowbean Press is the best thing on my desk, get one!")
    for who in FOLLOWERS:
        made.follow(who, "ada", "2026-03-01T12:00")
    made.follow("ada", "bo", "2026-03-01T12:00")
    return made


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    """The AppView, on loopback."""
    app_view = sky()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = app_view(httpx.Request("GET", f"http://sky.test{self.path}"))
            self.send_response(answer.status_code)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def published(web: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    exports = home / "exports"
    exports.mkdir()
    with (exports / "orders.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(ORDERS)
    make_sandbox_home(
        home,
        "sources:\n"
        f"  - {{name: sky, platform: bluesky, base_url: '{web}', accounts: [ada.sky.test], limits: {{requests_per_second: 500}}, "
        "allow_private: true}\n"
        f"  - {{name: shop, platform: files, path: '{exports}', secrets: {{hash_key: SHOP_KEY}}}}\n",
    )
    environment = {
        **os.environ,
        "GROUNDSWELL_HOME": str(home),
        "GROUNDSWELL_NOW": "2026-09-11T02:00:00Z",
        "SHOP_KEY": "a key of thirty-two letters or so",
    }
    command = [sys.executable, "-W", "ignore", "-c", "from orchestration.cli.app import main; main()", "refresh"]
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    return home / "data" / "published" / "groundswell.duckdb"


def test_they_are_the_authors_audience_and_credit_the_post(published: Path) -> None:
    with duckdb.connect(published, read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        edges = connection.execute(
            "select audience_person_id, first_at::date::varchar, is_first_at_estimated from marts.fct_influence_edges "
            "where author_id = ? and edge_class = 'follows' order by all",
            [f"bluesky:{did('ada')}"],
        ).fetchall()
        adopters = connection.execute("select person_id from marts.fct_adoptions where adoption_kind = 'ordered' order by all").fetchall()
        credited = connection.execute(
            "select person_id, credit from marts.influencer_rankings where scope_kind = 'brand' and scope_id = 'morrowbean' and credit > 0"
        ).fetchall()
    assert edges == [(f"bluesky:{did(who)}", "2026-03-01", False) for who in FOLLOWERS], "since when the follow records say"
    assert adopters == [(f"bluesky:{did(who)}",) for who in FOLLOWERS]
    assert [person for person, _ in credited] == [f"bluesky:{did('ada')}"]
    assert 0 < credited[0][1] <= 3
