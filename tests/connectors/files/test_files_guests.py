"""Guests in exported posts: told apart by the name they left, or unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.connectors.files.test_files import Make, read


@pytest.mark.parametrize(
    ("author_id", "author_name", "found"),
    [
        ("a1", "Ada", "a1"),
        ("", "Ivy", "guest:ivy"),
        ("0", "Ivy", "guest:ivy"),
        ("Anonymous", "", "guest"),
        ("0", "", "guest"),
        ("", "Guest", "guest"),
    ],
)
async def test_guests_are_told_apart_by_the_name_they_left(
    extraction: Make, tmp_path: Path, author_id: str, author_name: str, found: str
) -> None:
    row = f"p1,blogs,{author_id},{author_name},2026-09-03T10:00:00Z\n"
    (tmp_path / "posts.csv").write_text(f"id,channel,author_id,author_name,published_at\n{row}")
    night = await read(extraction, tmp_path)
    (post,) = [record for record in night.records if record.entity == "posts"]
    assert post.payload["author_id"] == found
    assert not night.reasons
    guests = [(record.native_id, record.payload["name"]) for record in night.records if record.entity == "authors"]
    assert guests == ([("guest:ivy", "Ivy")] if found == "guest:ivy" else [])
