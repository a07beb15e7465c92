"""A real NodeBB forum, asked over HTTP and changed through the socket that its own pages use."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.real.peers import Peer

ADMINISTRATOR = ("admin", "Admin-pass-12345")
MEMBER = ("bob", "Passw0rd-1")
"""An account of seed.cjs; its password is there too."""
POST_DELAYS = {"postDelay": 10, "initialPostDelay": 10, "newbiePostDelay": 120, "newbiePostDelayThreshold": 3}
"""Seconds between posts as NodeBB is installed; seed.cjs takes them off."""

POLLS = 20
"""After so many polls without one, there is no acknowledgement; each waits until the server has something to say."""


class Forum:
    """The forum as one of its members."""

    def __init__(self, peer: Peer, name: str, password: str) -> None:
        self.http = httpx.Client(base_url=peer.base, timeout=60)
        token = self.http.get("/api/config").raise_for_status().json()["csrf_token"]
        self.http.post("/login", json={"username": name, "password": password}, headers={"x-csrf-token": token}).raise_for_status()
        self._transport = {"EIO": "3", "transport": "polling", "b64": "1"}
        (hello,) = [packet for packet in self._poll() if packet.startswith("0")]
        self._transport["sid"] = json.loads(hello[1:])["sid"]
        self._sent = 0

    def call(self, event: str, data: Any) -> Any:
        """What the server acknowledges an event with; fails with its error."""
        number, self._sent = self._sent, self._sent + 1
        packet = f"42{number}{json.dumps([event, data])}"
        self.http.post("/socket.io/", params=self._transport, content=f"{len(packet)}:{packet}").raise_for_status()
        answers = (one for _ in range(POLLS) for one in self._poll() if one.startswith(f"43{number}["))
        error, *result = json.loads(next(answers, '["no answer"]').removeprefix(f"43{number}"))
        assert error is None, f"{event}: {error}"
        return result[0] if result else None

    def ask(self, path: str) -> Any:
        return self.http.get(f"/api{path}").raise_for_status().json()

    def _poll(self) -> list[str]:
        """The packets that the server has ready: each is preceded by its length."""
        text, packets = self.http.get("/socket.io/", params=self._transport).raise_for_status().text, []
        while text:
            length, _, rest = text.partition(":")
            packets.append(rest[: int(length)])
            text = rest[int(length) :]
        return packets
