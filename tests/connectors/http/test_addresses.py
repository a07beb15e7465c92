from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from connectors.http import Refused, Unreachable
from connectors.http.addresses import AddressGuard, GuardedTransport, is_public, resolve
from tests.connectors.serving import http_of, on_loopback

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "100.127.255.255", "192.0.0.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1",
    "2001::1", "100::1",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
    "203.0.113.10",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_known(address: str) -> None:
    assert is_public(address)


@pytest.fixture
async def server() -> AsyncIterator[tuple[int, list[bytes]]]:
    """Port of a real server on loopback, and the heads of the requests that it got."""
    heads: list[bytes] = []

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n" + b'{"a":1}')
            await writer.drain()

    async with on_loopback(respond) as port:
        yield port, heads


async def to_loopback(host: str) -> list[str]:
    return ["127.0.0.1"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
async def test_loopback_is_refused_however_it_is_written(server: tuple[int, list[bytes]], host: str) -> None:
    port, heads = server
    async with http_of(None, resolve=resolve, attempts=1) as http:
        with pytest.raises(Refused, match="allow_private: true"):
            await http.get(f"http://{host}:{port}/")
    assert heads == []
    assert http.requests == 0


async def test_loopback_is_reached_where_it_is_allowed(server: tuple[int, list[bytes]]) -> None:
    port, heads = server
    async with http_of(None, resolve=resolve, allow_private=True) as http:
        assert (await http.get_json(f"http://127.0.0.1:{port}/x?y=1")).json() == {"a": 1}
    assert heads[0].startswith(b"GET /x?y=1 HTTP/1.1\r\n")


async def test_the_connection_goes_to_the_address_checked_under_the_name_asked(server: tuple[int, list[bytes]]) -> None:
    port, heads = server
    resolved: list[str] = []

    async def once(host: str) -> list[str]:
        resolved.append(host)
        return ["127.0.0.1"]

    async with http_of(None, resolve=once, allow_private=True) as http:
        await http.get(f"http://brand.example:{port}/")
        await http.get(f"http://brand.example:{port}/")
    assert resolved == ["brand.example"]
    assert all(f"host: brand.example:{port}".encode() in head.lower() for head in heads)
    assert len(heads) == 2


async def test_the_transport_checks_when_it_connects_whoever_uses_it(server: tuple[int, list[bytes]]) -> None:
    port, heads = server
    guard = AddressGuard(to_loopback, allow_private=False)
    async with httpx.AsyncClient(transport=GuardedTransport(guard)) as client:
        with pytest.raises(Refused, match=r"brand\.example is at 127\.0\.0\.1"):
            await client.get(f"http://brand.example:{port}/")
    assert heads == []


async def test_a_name_that_changes_its_address_after_the_check_gains_nothing() -> None:
    answers = iter([["203.0.113.10"], ["127.0.0.1"]])

    async def rebinding(host: str) -> list[str]:
        return next(answers)

    guard = AddressGuard(rebinding, allow_private=False)
    assert await guard.addresses("brand.example") == ["203.0.113.10"]
    assert await guard.addresses("brand.example") == ["203.0.113.10"]
    guard.forget("brand.example")
    with pytest.raises(Refused):
        await guard.addresses("brand.example")


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    async def mixed(host: str) -> list[str]:
        return ["203.0.113.10", "10.0.0.1"]

    with pytest.raises(Refused):
        await AddressGuard(mixed, allow_private=False).addresses("brand.example")


async def test_the_next_address_is_tried_when_one_does_not_answer(server: tuple[int, list[bytes]]) -> None:
    port, _ = server

    async def two(host: str) -> list[str]:
        return ["::1", "127.0.0.1"]

    async with http_of(None, resolve=two, allow_private=True) as http:
        assert (await http.get(f"http://brand.example:{port}/")).status == 200


async def test_nobody_listening_is_unreachable_and_the_name_is_resolved_anew() -> None:
    resolved: list[str] = []

    async def count(host: str) -> list[str]:
        resolved.append(host)
        return ["127.0.0.1"]

    async with http_of(None, resolve=count, allow_private=True, attempts=3) as http:
        with pytest.raises(Unreachable, match=r"http://brand\.example:1/ cannot be read"):
            await http.get("http://brand.example:1/")
    assert resolved == ["brand.example"] * 3


@pytest.mark.parametrize("failure", [OSError("no such name"), UnicodeError("label too long"), None])
async def test_a_name_that_is_not_found_is_unreachable(failure: Exception | None) -> None:
    async def fail(host: str) -> list[str]:
        if failure:
            raise failure
        return []

    async with http_of(None, resolve=fail, attempts=2) as http:
        with pytest.raises(Unreachable, match=r"brand\.example (was not found|has no address)"):
            await http.get("https://brand.example/")
