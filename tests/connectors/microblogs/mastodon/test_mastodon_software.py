"""What a server calls itself goes along with its accounts where it is not Mastodon, for not every server can count."""

from __future__ import annotations

import pytest

from connectors.microblogs.mastodon.source import _software


@pytest.mark.parametrize(
    ("version", "software"),
    [
        ("4.5.2", None),
        ("4.3.0+glitch", None),
        ("4.0.0 (not true; really snac/2.75)", "snac"),
        ("2.7.2 (compatible; Pleroma 2.5.0)", "pleroma"),
        ("2.7.2 (compatible; Akkoma 3.10.2-0-gabc)", "akkoma"),
        ("3.5.3 (compatible; Pixelfed v0.12.3)", "pixelfed"),
        ("4.0.0 ()", "other"),
    ],
)
def test_the_software_stands_in_brackets_behind_the_version(version: str, software: str | None) -> None:
    assert _software(version) == software
