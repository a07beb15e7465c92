from __future__ import annotations

import asyncio
import gzip
import struct
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest

from connectors.http import RateLimited, Refused, Rejection, TooLarge, Unreachable
from tests.connectors.serving import Pieces, http_of, on_loopback

URL = "https://social.example/api"
MB = 1_000_000


def bomb(size: int) -> bytes:
    """Gzip of `size` zero bytes as one member, made of one compressed MiB again and again; only the checksum at its end is wrong."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    piece = deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH)
    head = b"\x1f\x8b\x08\x00" + bytes(4) + b"\x00\xff"
    return (
        head
        + piece * (size >> 20)
        + zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS).flush()
        + struct.pack("<II", 0, size & 0xFFFF_FFFF)
    )


def test_the_bomb_is_one() -> None:
    sent = bomb(64 << 20)
    decoder = zlib.decompressobj(-zlib.MAX_WBITS)
    assert len(decoder.decompress(sent[10:])) == 64 << 20
    assert decoder.eof


@pytest.mark.parametrize("piece_size", [1 << 16, 1 << 30], ids=["in pieces of the network", "in one piece"])
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_gigabyte_in_a_megabyte_is_cut_before_it_is_in_memory(encoding: str, piece_size: int) -> None:
    sent = bomb(1 << 30) if encoding == "gzip" else bomb(1 << 30)[10:]
    assert len(sent) < 2 * MB
    pieces = [sent[start : start + piece_size] for start in range(0, len(sent), piece_size)]
    async with http_of(
        lambda request: httpx.Response(200, stream=Pieces(pieces), headers={"content-encoding": encoding}), max_body_mb=8
    ) as http:
        tracemalloc.start()
        try:
            with pytest.raises(TooLarge, match=r"more than 8 MB: raise limits\.max_body_mb"):
                await http.get(URL)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 32 * MB
    assert http.requests == 1


async def test_many_members_are_one_body_under_one_cap() -> None:
    pieces = [gzip.compress(bytes(MB))] * 20
    async with http_of(
        lambda request: httpx.Response(200, stream=Pieces(pieces), headers={"content-encoding": "gzip"}), max_body_mb=8
    ) as http:
        with pytest.raises(TooLarge):
            await http.get(URL)


async def test_a_body_of_exactly_the_cap_is_read() -> None:
    async with http_of(lambda request: httpx.Response(200, content=bytes(MB)), max_body_mb=1) as http:
        assert len((await http.get(URL)).body) == MB
    async with http_of(lambda request: httpx.Response(200, content=bytes(MB + 1)), max_body_mb=1) as http:
        with pytest.raises(TooLarge):
            await http.get(URL)


class Endless(httpx.AsyncByteStream):
    """A body that never ends; `size` bytes at a time, and none at all, after the first, if it is 0."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.closed = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"["
        while self.size:
            await asyncio.sleep(0)
            yield b" " * self.size
        await asyncio.Event().wait()

    async def aclose(self) -> None:
        self.closed += 1


async def test_a_fast_body_that_never_ends_is_too_large() -> None:
    body = Endless(1 << 16)
    async with http_of(lambda request: httpx.Response(200, stream=body), max_body_mb=4) as http:
        with pytest.raises(TooLarge):
            await http.get_json(URL)
    assert body.closed == 1


@pytest.mark.parametrize("size", [0, 1], ids=["silent", "dripping"])
async def test_a_slow_body_that_never_ends_is_cut(size: int) -> None:
    body = Endless(size)
    async with http_of(lambda request: httpx.Response(200, stream=body), total_seconds=0.02, attempts=2) as http:
        with pytest.raises(Unreachable, match=r"did not end its answer within limits\.total_seconds \(0\.02\)"):
            await http.get_json(URL)
    assert http.requests == 2
    assert body.closed == 2


async def test_a_server_that_drips_is_cut() -> None:
    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
        await reader.read()

    async with on_loopback(respond) as port, http_of(None, allow_private=True, total_seconds=0.05, attempts=2) as http:
        with pytest.raises(Unreachable, match=r"limits\.total_seconds"):
            await http.get(f"http://127.0.0.1:{port}/")
    assert http.requests == 2


async def test_a_server_that_never_answers_is_left() -> None:
    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with on_loopback(respond) as port, http_of(None, allow_private=True, read_seconds=0.02, attempts=2) as http:
        with pytest.raises(Unreachable, match=r"did not answer in time \(ReadTimeout\): see limits\.connect_seconds, read_seconds"):
            await http.get(f"http://127.0.0.1:{port}/")
    assert http.requests == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n[1,2,\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"a" * 200_000 + b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9\r\n",
        b"",
    ],
    ids=["cut", "cut chunk", "endless header", "another protocol", "nothing"],
)
async def test_what_is_no_http_answer_is_unreachable(raw: bytes) -> None:
    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)

    async with on_loopback(respond) as port, http_of(None, allow_private=True, attempts=2) as http:
        with pytest.raises(Unreachable, match=r"attempts: 2"):
            await http.get(f"http://127.0.0.1:{port}/")
    assert http.requests == 2


# Refusals and storms


async def test_a_storm_of_429_ends() -> None:
    waits: list[float] = []
    async with http_of(lambda request: httpx.Response(429, headers={"retry-after": "20"}), waits=waits, attempts=5) as http:
        with pytest.raises(RateLimited, match=r"429 Too Many Requests: lower limits\.requests_per_second.*attempts: 5"):
            await http.get_json(URL)
    assert http.requests == 5
    assert all(seconds < 30 for seconds in waits)
    assert sum(seconds > 18 for seconds in waits) == 4


async def test_500_without_end_ends() -> None:
    async with http_of(lambda request: httpx.Response(500, text="<h1>Oops</h1>"), attempts=3) as http:
        with pytest.raises(Rejection, match=r"500 Internal Server Error \(<h1>Oops</h1>\)\. Run again later\.") as caught:
            await http.get_json(URL)
    assert (caught.value.status, http.requests) == (500, 3)


async def test_an_error_page_without_end_is_cut_too() -> None:
    async with http_of(lambda request: httpx.Response(500, stream=Endless(1 << 16)), max_body_mb=1) as http:
        with pytest.raises(TooLarge):
            await http.get_json(URL)


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:5432/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://internal.example/",
        "file:///etc/passwd",
        "ftp://social.example/x",
        "gopher://social.example/x",
        "javascript:alert(1)",
    ],
)
@pytest.mark.parametrize("is_redirect", [True, False])
async def test_where_nobody_may_lead_us_nothing_is_sent(target: str, is_redirect: bool) -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"location": target})

    async def resolve(host: str) -> list[str]:
        return ["10.0.0.7"] if host == "internal.example" else ["203.0.113.10"]

    async with http_of(handle, resolve=resolve) as http:
        with pytest.raises(Refused):
            await http.get(URL if is_redirect else target)
    assert asked == [URL] * is_redirect


async def test_what_is_no_address_is_refused() -> None:
    async with http_of(lambda request: httpx.Response(200)) as http:
        for url in ("https://a.example:99999/", "https://[::1/", "//a.example", "a.example", "", "https://\x00/"):
            with pytest.raises(Refused):
                await http.get(url)
    assert http.requests == 0
