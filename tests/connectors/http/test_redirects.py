from __future__ import annotations

import httpx
import pytest

from connectors.http import HttpError, Refused, Rejection, Unreachable
from tests.connectors.serving import http_of, one_after_another

URL = "https://social.example/api"


def ok() -> httpx.Response:
    return httpx.Response(200, json={"a": 1})


def redirect(status: int, location: str) -> httpx.Response:
    return httpx.Response(status, headers={"location": location})


@pytest.mark.parametrize(
    ("hops", "permanent"),
    [
        ([redirect(301, "/b"), redirect(308, "https://new.example/c")], "https://new.example/c"),
        ([redirect(301, "/b"), redirect(302, "/c")], "https://social.example/b"),
        ([redirect(302, "/b"), redirect(301, "/c")], None),
        ([redirect(307, "/b")], None),
        ([redirect(301, "/b?token=abc")], None),
    ],
)
async def test_where_permanent_redirects_lead_is_told(hops: list[httpx.Response], permanent: str | None) -> None:
    async with http_of(one_after_another(*hops, ok())) as http:
        answer = await http.get(URL)
    assert answer.json() == {"a": 1}
    assert answer.permanent_url == permanent
    assert http.requests == len(hops) + 1


@pytest.mark.parametrize(
    ("target", "reaches"),
    [
        ("https://social.example/b", True),
        ("https://other.example/b", False),
        ("https://social.example:8443/b", False),
        ("http://social.example/b", False),
        ("https://sub.social.example/b", False),
    ],
)
async def test_no_secret_follows_a_redirect_to_another_origin(target: str, reaches: bool) -> None:
    seen: list[httpx.Headers] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return ok() if len(seen) > 1 else redirect(302, target)

    secret = {"authorization": "Bearer abc", "x-api-key": "abc", "cookie": "session=abc"}
    async with http_of(handle) as http:
        await http.get(URL, headers={"accept": "text/html", **secret})
    assert [name in seen[1] for name in ("authorization", "x-api-key")] == [reaches] * 2
    assert ("abc" in str(seen[1].raw)) == reaches
    assert seen[1]["accept"] == "text/html"
    assert seen[1]["user-agent"].startswith("groundswell/")


async def test_secrets_do_not_come_back_after_a_detour() -> None:
    seen: list[httpx.Request] = []
    hops = iter([redirect(302, "https://other.example/"), redirect(302, "https://social.example/back"), ok()])

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return next(hops)

    async with http_of(handle) as http:
        await http.get(URL, headers={"x-api-key": "abc"})
    assert ["x-api-key" in request.headers for request in seen] == [True, False, False]


async def test_https_on_the_same_host_may_know_the_secret() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return ok() if request.url.scheme == "https" else redirect(301, "https://social.example/api")

    async with http_of(handle) as http:
        await http.get("http://social.example/api", headers={"authorization": "Bearer abc"})
    assert seen[1].headers["authorization"] == "Bearer abc"


@pytest.mark.parametrize(
    ("url", "location"),
    [
        (f"{URL}?a=1", "https://other.example/?stolen=s3cr%2Ft"),
        (f"{URL}?api_key=plain", "https://other.example/?k=plain"),
    ],
)
async def test_a_redirect_that_carries_a_secret_in_its_address_is_refused(url: str, location: str) -> None:
    asked: list[httpx.URL] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return redirect(302, location)

    async with http_of(handle, secrets={"token": "s3cr/t"}) as http:
        with pytest.raises(Refused, match=r"another server, other\.example") as caught:
            await http.get(url)
    assert [url.host for url in asked] == ["social.example"]
    assert "s3cr" not in str(caught.value)
    assert "plain" not in str(caught.value)


async def test_a_post_keeps_its_body_for_the_server_it_was_meant_for() -> None:
    async with http_of(lambda request: redirect(307, "https://other.example/")) as http:
        with pytest.raises(Refused, match=r"another server"):
            await http.post(URL, data={"client_secret": "abc"})
    assert http.requests == 1


@pytest.mark.parametrize(
    ("location", "kind"),
    [("http://a.example:99999/", Refused), ("http://a.example:port/", Unreachable), ("mailto:a@b.example", Refused)],
)
async def test_a_redirect_to_what_is_no_address_is_an_error(location: str, kind: type[HttpError]) -> None:
    async with http_of(lambda request: httpx.Response(302, headers={"location": location}), attempts=1) as http:
        with pytest.raises(kind):
            await http.get(URL)
    assert http.requests == 1


async def test_a_redirect_to_nowhere_is_an_error() -> None:
    async with http_of(lambda request: httpx.Response(302)) as http:
        with pytest.raises(Rejection, match="302 Found"):
            await http.get(URL)


async def test_a_circle_of_redirects_ends() -> None:
    async with http_of(lambda request: httpx.Response(302, headers={"location": "/api"}), max_redirects=3) as http:
        with pytest.raises(Refused, match=rf"{URL} redirects more than 3 times, at last to {URL}"):
            await http.get(URL)
    assert http.requests == 4
