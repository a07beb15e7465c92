"""A WordPress post with a password: its comments are refused, those of all others are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.blogs.wordpress.source import SOURCE
from connectors.extraction import Extraction
from tests.conftest import collect
from tests.connectors.blogs.wordpress.fake_wordpress import FakeSite
from tests.connectors.reading import notes, records


@pytest.mark.parametrize("settings", [{}, {"terms": ("mug",)}])
async def test_a_post_with_a_password_hides_no_comments_but_its_own(
    extraction: Callable[..., Extraction], settings: dict[str, Any]
) -> None:
    site = FakeSite()
    posts = [site.post(f"2026-09-1{day}T12:00:00", "a mug") for day in range(3)]
    comments = [site.comment(post, "2026-09-20T12:00:00", "no word of it") for post in (*posts, posts[0])]
    site.locked = {posts[1]}
    site.trashed = {comments[1]}
    pages = await collect(SOURCE.fetch(extraction(SOURCE, site, base_url="https://blog.test", **settings)))
    counts = [record.payload["comment_count"] for record in records(pages, "posts").values()]
    assert counts == [2, None, 1]
    assert len(records(pages, "comments")) == 3
    assert notes(pages) == ""
