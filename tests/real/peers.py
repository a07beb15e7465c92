"""Real servers on loopback, started from nothing by the scripts in the peers folder, and their own APIs to ask and change them."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Peer:
    """One server: where its scripts are, where it keeps its files, where it listens."""

    scripts: Path
    home: Path
    port: int

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"PEER_HOME": str(self.home), "PEER_PORT": str(self.port), "PEER_BASE": self.base}

    def run(self, *command: str) -> str | None:
        """Runs one of its scripts; what it says where it fails, else None."""
        # Into a file: a server that a script leaves running would keep a pipe open.
        self.home.mkdir(exist_ok=True)
        told = self.home.with_suffix(".log")
        with told.open("w") as output:
            done = subprocess.run(
                [*command[:-1], str(self.scripts / command[-1])],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=900,
                check=False,
            )
        return told.read_text()[-2000:] if done.returncode else None

    def stop(self) -> None:
        """Ends it and removes its files."""
        subprocess.run(["bash", str(self.scripts / "down.sh"), "--purge"], env=self.environment, timeout=300, check=True)


def free_ports(count: int) -> list[int]:
    """Ports of loopback on which nobody listens."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Returns once it holds; servers do part of their work after they have answered."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the server did not do in time what it was asked"
        time.sleep(0.25)


class Wiki:
    """MediaWiki's action API, as the administrator."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.http = httpx.Client(base_url=peer.base, timeout=60, follow_redirects=True)
        login = {"username": "Admin", "password": "AdminPass-12345", "loginreturnurl": peer.base, "logintoken": self.token("login")}
        assert self.do("clientlogin", **login)["clientlogin"]["status"] == "PASS"

    def ask(self, **params: str | int) -> dict[str, Any]:
        return self._sound(self.http.get("/api.php", params={"action": "query", "format": "json", "formatversion": 2, **params}))

    def do(self, action: str, **params: str | int) -> dict[str, Any]:
        return self._sound(self.http.post("/api.php", data={"action": action, "format": "json", "formatversion": 2, **params}))

    def token(self, kind: str = "csrf") -> str:
        return str(self.ask(meta="tokens", type=kind)["query"]["tokens"][f"{kind}token"])

    def edit(self, title: str, text: str) -> int:
        """The id of the new revision."""
        return int(self.do("edit", title=title, text=text, token=self.token())["edit"]["newrevid"])

    def delete(self, title: str) -> None:
        self.do("delete", title=title, reason="no longer needed", token=self.token())

    def finish(self) -> None:
        """What it left to do after its answers."""
        subprocess.run(["php", str(self.peer.home / "w/maintenance/runJobs.php")], stdout=subprocess.DEVNULL, check=True)

    def revisions(self, **page: str) -> set[int]:
        """All that can be seen."""
        if page:
            (found,) = self.ask(prop="revisions", rvprop="ids", rvlimit=500, **page)["query"]["pages"]
            return {revision["revid"] for revision in found["revisions"]}
        answer = self.ask(list="allrevisions", arvprop="ids", arvlimit=500)
        assert "continue" not in answer
        return {revision["revid"] for page in answer["query"]["allrevisions"] for revision in page["revisions"]}

    def pages(self) -> dict[str, int]:
        """Their ids by title, over all namespaces."""
        spaces = self.ask(meta="siteinfo", siprop="namespaces")["query"]["namespaces"]
        found: dict[str, int] = {}
        for space in (int(key) for key in spaces if int(key) >= 0):
            answer = self.ask(list="allpages", apnamespace=space, aplimit=500)
            assert "continue" not in answer
            found |= {page["title"]: page["pageid"] for page in answer["query"]["allpages"]}
        return found

    def users(self) -> set[int]:
        return {user["userid"] for user in self.ask(list="allusers", aulimit=500)["query"]["allusers"]}

    def fed_changes(self) -> set[str]:
        """The ids in the feed of recent changes; two log entries about one page have the same."""
        answer = self.http.get("/index.php", params={"title": "Special:RecentChanges", "feed": "atom", "limit": 500})
        return set(re.findall("<entry>\\s*<id>([^<]+)</id>", answer.raise_for_status().text))

    @staticmethod
    def _sound(answer: httpx.Response) -> dict[str, Any]:
        body: dict[str, Any] = answer.raise_for_status().json()
        assert "error" not in body, body["error"]
        return body


class Blog:
    """WordPress's REST API, as the administrator."""

    def __init__(self, peer: Peer) -> None:
        password = (peer.home / "apppass").read_text()
        self.http = httpx.Client(base_url=f"{peer.base}/wp-json/wp/v2", auth=("admin", password), timeout=60)
        self.guest = httpx.Client(base_url=f"{peer.base}/wp-json/wp/v2", timeout=60)

    def newest(self, **which: str | int) -> tuple[list[dict[str, Any]], int]:
        """The newest posts that everyone may read, as many as a feed shows; and how many there are in all."""
        answer = self.guest.get("/posts", params={"per_page": 10, **which}).raise_for_status()
        return answer.json(), int(answer.headers["X-WP-Total"])

    def category(self, slug: str) -> int:
        return int(self.guest.get("/categories", params={"slug": slug}).raise_for_status().json()[0]["id"])

    def publish(self, **post: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.post("/posts", json={"status": "publish", **post}).raise_for_status().json()
        return answer

    def edit(self, post: int, **changes: Any) -> None:
        self.http.post(f"/posts/{post}", json=changes).raise_for_status()

    def delete(self, post: int) -> None:
        self.http.delete(f"/posts/{post}").raise_for_status()

    def posts(self) -> list[int]:
        """All that everyone may read, newest first."""
        return self._ids("/posts")

    def comments(self) -> list[int]:
        """All that everyone may read, newest first."""
        return self._ids("/comments")

    def edit_comment(self, comment: int, **changes: Any) -> None:
        self.http.post(f"/comments/{comment}", json=changes).raise_for_status()

    def delete_comment(self, comment: int) -> None:
        self.http.delete(f"/comments/{comment}").raise_for_status()

    def _ids(self, path: str) -> list[int]:
        answer = self.guest.get(path, params={"per_page": 100, "_fields": "id"}).raise_for_status()
        assert answer.headers["X-WP-TotalPages"] == "1"
        return [item["id"] for item in answer.json()]


class Microblog:
    """snac's Mastodon API, as Alice."""

    def __init__(self, peer: Peer, token: str, accounts: dict[str, str]) -> None:
        self.peer, self.accounts = peer, accounts
        # snac closes every connection after one answer, sometimes with a reset.
        once = httpx.Limits(max_keepalive_connections=0)
        headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
        self.http = httpx.Client(base_url=peer.base, headers=headers, limits=once, timeout=60)

    def ask(self, path: str) -> httpx.Response:
        """One answer; where the connection breaks, that of a second attempt."""
        try:
            return self.http.get(path)
        except httpx.TransportError:
            return self.http.get(path)

    def statuses(self, names: Iterable[str]) -> list[dict[str, Any]]:
        """What these accounts' pages show, each once; a status that was reblogged stands there as a reblog that holds it."""
        answers = [self.ask(f"/api/v1/accounts/{self.accounts[name]}/statuses").raise_for_status().json() for name in names]
        shown = [status["reblog"] or status for answer in answers for status in answer]
        return list({status["uri"]: status for status in shown}.values())

    def get(self, status_id: str) -> dict[str, Any] | None:
        answer = self.ask(f"/api/v1/statuses/{status_id}")
        return None if answer.status_code == 404 else answer.raise_for_status().json()

    def publish(self, text: str) -> str:
        """The new status's URI."""
        return str(self.http.post("/api/v1/statuses", data={"status": text, "visibility": "public"}).raise_for_status().json()["uri"])

    def edit(self, status_id: str, text: str) -> None:
        self.http.put(f"/api/v1/statuses/{status_id}", data={"status": text}).raise_for_status()

    def delete(self, status: dict[str, Any]) -> None:
        """By the form of its web page: it has no DELETE."""
        (password,) = re.findall(r"^alice (.+)$", (self.peer.home / "passwords").read_text(), re.MULTILINE)
        form = {"action": "Delete", "id": status["uri"], "actor": f"{self.peer.base}/alice", "hash": "x"}
        answer = httpx.post(f"{self.peer.base}/alice/admin/action", data=form, auth=("alice", password), timeout=60)
        assert answer.status_code in {302, 303}, answer.text
