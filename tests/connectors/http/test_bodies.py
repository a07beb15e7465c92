from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import httpx
import pytest

from connectors.http import BrokenBody
from connectors.http.bodies import DEEPEST
from tests.connectors.serving import Pieces, http_of

URL = "https://social.example/api"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b'{"a": 1}', mtime=0)),
        ("x-gzip", gzip.compress(b'{"a": 1}', mtime=0)),
        ("gzip", gzip.compress(b'{"a":', mtime=0) + gzip.compress(b" 1}", mtime=0)),
        ("gzip", gzip.compress(b'{"a": 1}', mtime=0) + b"\0" * 20),
        ("deflate", zlib.compress(b'{"a": 1}')),
        ("deflate", zlib.compress(b'{"a": 1}')[2:-4]),
        ("identity", b'{"a": 1}'),
    ],
    ids=["gzip", "x-gzip", "two members", "padded", "zlib", "bare deflate", "identity"],
)
@pytest.mark.parametrize("size", [3, 1000])
async def test_bodies_are_decompressed(encoding: str, body: bytes, size: int) -> None:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    async with http_of(lambda request: httpx.Response(200, stream=Pieces(pieces), headers={"content-encoding": encoding})) as http:
        assert (await http.get_json(URL)).json() == {"a": 1}


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
        (b"[" * 100_000, f"nested deeper than {DEEPEST} levels"),
        (b"[" * 5_000 + b"]" * 5_000, f"nested deeper than {DEEPEST} levels"),
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
        ("gzip", gzip.compress(b'{"a": 1}', mtime=0)[:-9], "cut off"),
        ("gzip", gzip.compress(b'{"a": 1}' * 1000, mtime=0)[:20], "cut off"),
        ("gzip", b'{"a": 1}', "not gzip"),
        ("gzip", gzip.compress(b'{"a": 1}', mtime=0)[:-8] + bytes(8), "not gzip"),
        ("deflate", b"\xff\xff\xff", "not deflate"),
        ("br", b"\x1b\x00", "'br', which was not asked for"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"1", mtime=0), mtime=0), "not asked for"),
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
        (b'{"t": "\xed\xa0\x80"}', {"t": "�"}),
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
