"""A night with a dead, a slow, a lying source and a dead database: the file is published, the four are named with reasons."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import ROOT
from tests.homes import make_sandbox_home

pytestmark = pytest.mark.slow

FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Press notes</title><link>https://notes.example/</link>
<item><guid>n1</guid><title>The Morrowbean Press, a week in</title><pubDate>Thu, 10 Sep 2026 08:00:00 GMT</pubDate></item>
</channel></rss>"""


class Web(BaseHTTPRequestHandler):
    """A sound feed; below /slow nothing ever comes, and all else is a friendly page with status 200."""

    never = threading.Event()

    def do_GET(self) -> None:
        if self.path.startswith("/slow"):
            self.never.wait(60)
            return
        body = FEED if self.path == "/feed.xml" else b"<html><body>Welcome! Please log in.</body></html>"
        self.send_response(200)
        self.send_header("content-type", "application/xml" if self.path == "/feed.xml" else "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        return


@pytest.fixture
def web() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    Web.never.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_others_are_published_and_the_three_are_named(web: str, tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{unused.getsockname()[1]}"
        limits = "limits: {attempts: 2, requests_per_second: 100, read_seconds: 0.5, total_seconds: 1}, allow_private: true"
        make_sandbox_home(
            tmp_path,
            "sources:\n"
            f"  - {{name: sound, platform: feeds, feeds: ['{web}/feed.xml'], {limits}}}\n"
            f"  - {{name: dead, platform: feeds, feeds: ['{dead}/feed.xml'], {limits}}}\n"
            f"  - {{name: slow, platform: mediawiki, base_url: '{web}/slow', terms: [Morrowbean], {limits}}}\n"
            f"  - {{name: lying, platform: hacker_news, base_url: '{web}/lying', terms: [Morrowbean], {limits}}}\n",
        )
        environment = {
            **os.environ,
            "GROUNDSWELL_HOME": str(tmp_path),
            "GROUNDSWELL_NOW": "2026-09-11T02:00:00Z",
            "GROUNDSWELL_DATABASE_URL": f"postgresql://groundswell:hidden@{dead.removeprefix('http://')}/analytics",
            "GROUNDSWELL_ALERT_URLS": f"{dead}/hidden",
            "GROUNDSWELL_ALERT_COMMAND": shlex.join([sys.executable, "-c", "open('told.txt', 'a').write(open(0).read())"]),
        }
        command = [sys.executable, "-W", "ignore", "-c", "from orchestration.cli.app import main; main()", "refresh", "--json"]
        told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 3, told.stderr
    assert "the file is published, but: published_database: " in told.stderr
    assert "hidden" not in told.stderr
    assert "Traceback" not in told.stderr
    assert "warning: alert 1 of GROUNDSWELL_ALERT_URLS (http) was not sent: no answer (ConnectError)" in told.stderr
    title, *lines, _ = (tmp_path / "told.txt").read_text().splitlines()
    assert title == "Groundswell: 4 things need a person"
    assert [line.partition(":")[0] for line in lines] == [
        "- the night of 2026-09-10 is published, but not every copy of it", "- dead failed", "- lying failed", "- slow failed",
    ]  # fmt: skip
    assert "hidden" not in "".join(lines)
    outcomes = {outcome["source_name"]: outcome for outcome in json.loads(told.stdout.splitlines()[-1])}
    assert {name: outcome["status"] for name, outcome in outcomes.items()} == {
        "sound": "succeeded",
        "dead": "failed",
        "slow": "failed",
        "lying": "failed",
    }
    assert "cannot be read" in outcomes["dead"]["error"]
    assert "did not answer in time" in outcomes["slow"]["error"]
    assert "JSON" in outcomes["lying"]["error"]
    with duckdb.connect(tmp_path / "data" / "published" / "groundswell.duckdb", read_only=True) as connection:
        assert connection.execute("select title from marts.fct_posts").fetchall() == [("The Morrowbean Press, a week in",)]
        failed = connection.execute("select source_name from ops.ops_source_runs where status = 'failed' order by 1").fetchall()
    assert failed == [("dead",), ("lying",), ("slow",)]
