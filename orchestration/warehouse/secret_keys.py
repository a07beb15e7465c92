"""Keys that a home keeps for itself, in files for their owner alone."""

from __future__ import annotations

import secrets
from pathlib import Path

from orchestration.warehouse.landing import atomic


def secret_key(path: Path, *, make: bool) -> bytes:
    """The key, 32 bytes, made where there is none; empty where there is none and none is to be made.

    Raises:
        ValueError: the file holds no key.
    """
    if not path.exists():
        if not make:
            return b""
        with atomic(path) as fresh:
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_hex(32), encoding="utf-8")
    return bytes.fromhex(path.read_text(encoding="utf-8").strip())
