"""The Reddit connector without credentials: what its feeds tell, and what they cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from connectors.communities.reddit.source import SOURCE
from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import Known, Tombstone
from tests.conftest import collect
from tests.connectors.communities.reddit.fake_reddit import BASE, FakeFeeds, entry, feed, marked
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure

Make = Callable[..., Extraction]


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(feeds: FakeFeeds, **settings: Any) -> Extraction:
        limits = Limits(requests_per_second=1000, attempts=2)
        return extraction(SOURCE, feeds, limits=limits, **({"base_url": BASE, "terms": ()} | settings))

    return make


async def test_without_credentials_the_feeds_are_read(job: Make) -> None:
    link = '<span><a href="https://kettle.example/a?b=1&amp;c=2">[link]</a></span>'
    feeds = FakeFeeds(
        r_roasters_new=feed(
            entry("t3_abc", "2026-09-10T10:00", f"<table>{marked('Tea &amp; water')} submitted by {link}</table>", title="Tea &amp; I"),
            entry("t3_abd", "2026-09-10T10:00", marked("[removed]")),
            entry("t3_old", "2026-08-10T10:00", marked("old")),
            entry("t3_new", "2026-10-01T00:00", marked("later")),
        ),
        r_roasters_comments=feed(entry("t1_xyz", "2026-09-11T10:00", marked("yes"), "bo", "/r/roasters/comments/abc/t/xyz/")),
        search=feed(entry("t3_fnd", "2026-09-12T10:00", marked("tidewell"))),
        user_cy=feed(),
    )
    night = job(feeds, communities=("roasters",), terms=("tidewell",), accounts=("cy",))
    pages = await collect(SOURCE.fetch(night))
    posts = records(pages, "posts")
    assert set(posts) == {"t3_abc", "t3_fnd"}
    expected = {"title": "Tea & I", "url": "https://kettle.example/a?b=1&c=2", "author": "ada", "subreddit": "roasters"}
    assert posts["t3_abc"].payload.items() >= expected.items()
    assert posts["t3_abc"].payload["selftext_html"] == '<div class="md"><p>Tea &amp; water</p></div>'
    assert posts["t3_abc"].payload["permalink"] == "/r/roasters/comments/abc/t/"
    assert records(pages, "comments")["t1_xyz"].payload["link_id"] == "t3_abc"
    assert set(records(pages, "users")) == {"u/ada", "u/bo"}
    assert set(records(pages, "communities")) == {"r/roasters"}
    assert tombstones(pages) == [Tombstone("posts", "t3_abd", "hidden")]
    assert "tell no scores, comment counts or deletions" in notes(pages)
    assert set(cursor(pages)["until"]) == {"r/roasters", "r/roasters comments", "tidewell", "u/cy"}


async def test_a_short_feed_and_young_posts_are_told(job: Make) -> None:
    entries = [entry(f"t3_e{number}", "2026-09-20T10:00", marked("x")) for number in range(25)]
    feeds = FakeFeeds(r_roasters_new=feed(*entries))
    known = [Known("posts", "t3_a", "t3_a")]
    pages = await collect(SOURCE.fetch(job(feeds, communities=("roasters",), young=known)))
    assert "r/roasters: its feed goes back to 2026-09-20 10:00 only" in notes(pages)
    assert "1 posts and comments of earlier nights were not looked at again" in notes(pages)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (httpx.Response(404, text="no"), "r/attic is not there"),
        (httpx.Response(403, text="<html>blocked</html>"), "private, or Reddit shows this network no feeds"),
        (httpx.Response(200, text="<html><body>log in</body></html>"), "no feed"),
        (feed(entry("t5_abc", "2026-09-20T10:00", "")), "a search for communities"),
    ],
)
async def test_a_refused_feed_does_not_lose_the_others(job: Make, answer: httpx.Response, message: str) -> None:
    feeds = FakeFeeds(r_attic_new=answer, r_roasters_new=feed(entry("t3_abc", "2026-09-10T10:00", marked("x"))))
    pages, failure = await until_failure(SOURCE.fetch(job(feeds, communities=("attic", "roasters"))))
    assert failure.startswith("Not read: r/attic. ")
    assert message in failure
    assert set(records(pages, "posts")) == {"t3_abc"}
