from __future__ import annotations

import asyncio
import gzip
import json
import struct
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from connectors.bodies import DEEPEST
from connectors.http import BrokenBody, RateLimited, Refused, Rejection, TooLarge, Unreachable
from tests.connectors.serving import Pieces, http_of

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


async def test_a_server_that_never_answers_is_left() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listener:
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/"
        async with http_of(None, allow_private=True, read_seconds=0.02, attempts=2) as http:
            with pytest.raises(Unreachable, match=r"did not answer in time \(ReadTimeout\): see limits\.connect_seconds, read_seconds"):
                await http.get(url)
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
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listener:
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/"
        async with http_of(None, allow_private=True, attempts=2) as http:
            with pytest.raises(Unreachable, match=r"attempts: 2"):
                await http.get(url)
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
        for url in ("http://[", "https://a.example:99999/", "//a.example", "a.example", "", "https://\x00/"):
            with pytest.raises(Refused):
                await http.get(url)
    assert http.requests == 0


async def test_a_redirect_to_nowhere_is_an_error() -> None:
    async with http_of(lambda request: httpx.Response(302, headers={"location": "http://["}), attempts=1) as http:
        with pytest.raises(Unreachable, match="Invalid URL in location header"):
            await http.get(URL)
    async with http_of(lambda request: httpx.Response(302)) as http:
        with pytest.raises(Rejection):
            await http.get(URL)


async def test_a_circle_of_redirects_ends() -> None:
    async with http_of(lambda request: httpx.Response(302, headers={"location": "/api"}), max_redirects=3) as http:
        with pytest.raises(Refused, match=rf"{URL} redirects more than 3 times, at last to {URL}"):
            await http.get(URL)
    assert http.requests == 4


# JSON that is none


async def refused_json(body: bytes, **headers: str) -> str:
    async with http_of(lambda request: httpx.Response(200, stream=Pieces([body]), headers=headers), attempts=2) as http:
        with pytest.raises(BrokenBody) as caught:
            await http.get_json(URL)
    assert http.requests == 2
    assert URL in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"items": [{"id": 1}, {"i', "not one JSON document: Unterminated string"),
        (b'{"a": 1}\n{"b": 2}', "not one JSON document: Extra data"),
        (b" \n", "it is empty"),
        (b"", "it is empty"),
        (b"Not Found", "Expecting value"),
        (b"  <!DOCTYPE html><title>Sign in</title>", "it looks like HTML"),
        (b"<html><body>Forbidden", "it looks like HTML"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        (b'{"a": 1e999}', "the number 1e999 is out of range"),
        (b'{"a": ' + b"9" * 5000 + b"}", "4300"),
        (b'{"a": "\xff\xfe\xfa"}', "can't decode"),
        (b"\x00\x00\x00\x00", "not one JSON document"),
        (b"[" * 100_000, "not one JSON document"),
        (b"[" * 5_000 + b"]" * 5_000, "nested"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), f"nested deeper than {DEEPEST} levels"),
        (b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1), f"nested deeper than {DEEPEST} levels"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_is_not_one_json_document_is_broken(body: bytes, reason: str) -> None:
    assert reason in await refused_json(body)


@pytest.mark.parametrize(
    ("encoding", "body", "reason"),
    [
        ("gzip", gzip.compress(b'{"a": 1}')[:-9], "cut off"),
        ("gzip", gzip.compress(b'{"a": 1}' * 1000)[:20], "cut off"),
        ("gzip", b'{"a": 1}', "not gzip"),
        ("gzip", gzip.compress(b'{"a": 1}')[:-8] + bytes(8), "not gzip"),
        ("deflate", b"\xff\xff\xff", "not deflate"),
        ("br", b"\x1b\x00", "'br', which was not asked for"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"1")), "not asked for"),
    ],
)
async def test_what_is_not_compressed_as_it_says_is_broken(encoding: str, body: bytes, reason: str) -> None:
    assert reason in await refused_json(body, **{"content-encoding": encoding})


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (rb'{"t": "a\u0000b"}', {"t": "a�b"}),
        (b'{"t": "a\x00b"}', {"t": "a�b"}),
        (rb'{"t": "\ud83d"}', {"t": "�"}),
        (rb'{"t": ["\uDE00x", {"\ud800": 1}]}', {"t": ["�x", {"�": 1}]}),
        (b'{"t": "\xed\xa0\x80"}', {"t": "���"}),
        (rb'{"t": "\ud83d\ude00"}', {"t": "😀"}),
        ('{"t": "😀 مرحبا \u202e"}'.encode(), {"t": "😀 مرحبا \u202e"}),
        (rb'{"t": "C:\\u0000"}', {"t": r"C:\u0000"}),
        (b'{"id": 123456789012345678901234567890}', {"id": 123456789012345678901234567890}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"a": "é"}'.encode("utf-16"), {"a": "é"}),
        (b"null", None),
        (b"[" * DEEPEST + b"]" * DEEPEST, None),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_text_is_made_storable_and_nothing_else_is_changed(body: bytes, value: Any) -> None:
    async with http_of(lambda request: httpx.Response(200, content=body)) as http:
        document = (await http.get_json(URL)).json()
    if not body.startswith(b"[["):
        assert document == value
    json.dumps(document, ensure_ascii=False).encode()
    assert http.requests == 1


async def test_the_document_is_read_once() -> None:
    async with http_of(lambda request: httpx.Response(200, json=[1])) as http:
        answer = await http.get_json(URL)
    assert answer.json() is answer.json()
