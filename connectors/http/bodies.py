"""Bodies of answers: decompressed under a cap, and read as JSON that is safe to store."""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx

from connectors.http.errors import BrokenBody, TooLarge

DEEPEST = 200
"""Levels of nesting; real answers have some twenty, and the JSON readers downstream stop at 254."""

_GZIP = b"\x1f\x8b"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MAY_BE_UNSTORABLE = re.compile(r"\\u(?:0000|d[89a-f])|[\x00\ud800-\udfff]", re.IGNORECASE)
_HTML = re.compile(rb"\s*<(?:!doctype html|html|head|body|title)", re.IGNORECASE)


async def read_body(response: httpx.Response, limit: int, where: str) -> bytes:
    """The decompressed body, of at most `limit` bytes.

    The decoder of httpx is not used: it inflates each piece of the network without a bound.

    Raises:
        TooLarge, BrokenBody: as they say.
    """
    body = bytearray()
    async for piece in _decoded(response, limit, where):
        body += piece
        if len(body) > limit:
            raise TooLarge(f"{where} sent more than {limit / 1e6:g} MB: raise limits.max_body_mb if that is meant.")
    return bytes(body)


async def _decoded(response: httpx.Response, limit: int, where: str) -> AsyncIterator[bytes]:
    stream = response.stream
    assert isinstance(stream, httpx.AsyncByteStream)
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"identity", ""}:
        async for piece in stream:
            yield piece
        return
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise BrokenBody(f"{where} sent its body as {encoding[:40]!r}, which was not asked for.")
    decoder = None
    try:
        async for piece in stream:
            while piece:
                if decoder is None or (decoder.eof and piece.startswith(_GZIP)):
                    decoder = _decoder(piece)
                elif decoder.eof:
                    break  # padding after the end, which every client passes over
                # More output than `limit` ends in TooLarge, so nothing is ever left waiting inside the decoder.
                yield decoder.decompress(piece, limit + 1)
                piece = decoder.unused_data
    except zlib.error as error:
        raise BrokenBody(f"{where} sent a body that is not {encoding}: {error}.") from None
    if decoder is not None and not decoder.eof:
        raise BrokenBody(f"{where} sent a {encoding} body that is cut off.")


def _decoder(beginning: bytes) -> zlib._Decompress:
    """For gzip and zlib by their headers, else for the bare deflate that some servers send."""
    is_wrapped = beginning.startswith(_GZIP[:1]) or (beginning[:1] and beginning[0] & 0x0F == zlib.DEFLATED)
    return zlib.decompressobj(zlib.MAX_WBITS | 32 if is_wrapped else -zlib.MAX_WBITS)


def read_json(body: bytes, where: str) -> Any:
    """The one JSON document that a body is; NUL and lone surrogates, which no store takes, become U+FFFD.

    Raises:
        BrokenBody: it is none, holds NaN or infinite numbers, or is nested deeper than DEEPEST.
    """
    try:
        text = body.decode(json.detect_encoding(body), "surrogatepass")
        document = json.loads(text, strict=False, parse_constant=_refuse_constant, parse_float=_finite)
        is_too_deep = _is_deeper(document, DEEPEST)
    except RecursionError:
        is_too_deep = True
    except ValueError as error:
        looks = "it looks like HTML" if _HTML.match(body) else "it is empty" if not body.strip() else str(error)
        raise BrokenBody(f"{where} sent a body that is not one JSON document: {looks}. Check that the address is the API's.") from None
    if is_too_deep:
        raise BrokenBody(f"{where} sent JSON that is nested deeper than {DEEPEST} levels.")
    return _storable(document) if _MAY_BE_UNSTORABLE.search(text) else document


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"the number {digits[:40]} is out of range")
    return number


def _is_deeper(document: Any, levels: int) -> bool:
    level = [document]
    for _ in range(levels + 1):
        containers = [item for item in level if isinstance(item, dict | list)]
        if not containers:
            return False
        level = [child for item in containers for child in (item.values() if isinstance(item, dict) else item)]
    return True


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return value
