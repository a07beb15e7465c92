"""Tokens are asked for once, renewed when refused, and never shown."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs

import httpx
import pytest

from connectors.http import Unauthorized
from connectors.http.app_tokens import AppToken
from connectors.source import SourceError
from tests.connectors.serving import http_of

ISSUER = "https://id.example/token"


class Platform:
    """Issues numbered tokens, of which only the newest is good."""

    def __init__(self) -> None:
        self.issued: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            self.issued.append(request)
            return httpx.Response(200, json={"access_token": f"secret-token-{len(self.issued)}", "expires_in": 60})
        if request.headers["authorization"] != f"Bearer secret-token-{len(self.issued)}":
            return httpx.Response(401, json={"message": f"bad {request.headers['authorization']}"})
        return httpx.Response(200, json={"told": "all"})

    def expire(self) -> None:
        self.issued.append(self.issued[-1])


async def test_a_token_is_issued_once_and_again_when_it_is_refused() -> None:
    platform = Platform()
    http = http_of(platform)
    token = AppToken(http, ISSUER, "app", "s3cret", form={"scope": "read"})

    async def ask(value: str) -> object:
        return (await http.get("https://api.example/", headers={"authorization": f"Bearer {value}"})).json()

    assert [await token.use(ask) for _ in range(3)] == [{"told": "all"}] * 3
    [request] = platform.issued
    assert request.headers["authorization"] == "Basic " + base64.b64encode(b"app:s3cret").decode()
    assert parse_qs(request.content.decode()) == {"grant_type": ["client_credentials"], "scope": ["read"]}
    platform.expire()
    assert await token.use(ask) == {"told": "all"}
    assert len(platform.issued) == 3


async def test_a_token_that_stays_refused_is_not_asked_for_for_ever_and_not_shown() -> None:
    platform = Platform()
    http = http_of(platform)

    async def ask(value: str) -> object:
        platform.expire()
        return await http.get("https://api.example/", headers={"authorization": f"Bearer {value}"})

    with pytest.raises(Unauthorized) as caught:
        await AppToken(http, ISSUER, "app", "s3cret").use(ask)
    assert "secret-token" not in str(caught.value)
    assert "***" in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(400, json={"error": "invalid_client", "got": "s3cret"}),
        httpx.Response(200, json={"error": "invalid_client"}),
        httpx.Response(200, json=[]),
    ],
)
async def test_no_token_is_told_with_its_reason(answer: httpx.Response) -> None:
    http = http_of(lambda request: answer, secrets={"client_secret": "s3cret"})
    token = AppToken(http, ISSUER, "app", "s3cret", id_and_secret=("client_key", "client_secret"))
    with pytest.raises(SourceError, match="issued no token") as caught:
        await token.use(lambda value: http.get("https://api.example/"))
    assert "s3cret" not in str(caught.value)
