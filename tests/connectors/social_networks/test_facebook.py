"""The Facebook connector: pages, what tags them, the comments below, and what is asked for again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.social_networks.facebook import SOURCE
from connectors.source import SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young
from tests.connectors.social_networks.fake_graph import FORBIDDEN, MISSING, TOKEN, FakeGraph, error

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))


class FakeFacebook(FakeGraph):
    """One page, "tidewell" with id 7, and what is added to it."""

    def __init__(self) -> None:
        super().__init__()
        page = {"id": "7", "name": "Tidewell", "username": "tidewell", "fan_count": 900, "followers_count": 1000}
        self.objects |= {"7": page, "tidewell": page}
        self.lists |= {"7/posts": [], "7/tagged": []}

    def post(self, at: str, message: str = "hello", by: str = "7", **more: Any) -> str:
        post_id = f"{by}_{100 + len(self.objects)}"
        at = f"{at}:00+0000"
        post = {"id": post_id, "message": message, "created_time": at, "updated_time": at, "from": {"id": by, "name": f"Name {by}"}}
        self.objects[post_id] = {**post, "comments": {"data": [], "summary": {"total_count": 0}}, "shares": {"count": 3}, **more}
        self.lists[f"{post_id}/comments"] = []
        self.lists["7/posts" if by == "7" else "7/tagged"].insert(0, self.objects[post_id])
        return post_id

    def comment(self, post_id: str, at: str, message: str = "well", **more: Any) -> str:
        comment_id = f"{post_id.partition('_')[2]}_{len(self.objects)}"
        at = f"{at}:00+0000"
        comment = {"id": comment_id, "message": message, "created_time": at, "from": {"id": "55", "name": "Ada"}, "like_count": 1, **more}
        self.objects[comment_id] = comment
        self.lists[f"{post_id}/comments"].insert(0, comment)
        self.objects[post_id]["updated_time"] = at
        self.objects[post_id]["comments"]["summary"]["total_count"] += 1
        return comment_id


@pytest.fixture
def fake() -> FakeFacebook:
    return FakeFacebook()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(fake: Callable[[httpx.Request], httpx.Response], **settings: Any) -> Extraction:
        limits = settings.pop("limits", Limits(requests_per_second=1000, attempts=2))
        chosen: dict[str, Any] = {"pages": ("tidewell",), "secret_values": {"token": SecretStr(TOKEN)}, **settings}
        return extraction(SOURCE, fake, limits=limits, **chosen)

    return make


async def test_the_first_night_reads_page_posts_tags_and_comments(fake: FakeFacebook, job: Make) -> None:
    wanted = {fake.post(f"2026-09-{day:02}T12:00") for day in range(1, 31)}
    for outside in ("2026-08-31T23:59", "2026-10-01T00:00"):
        fake.post(outside)
    tagging = fake.post("2026-09-12T12:00", "with @Tidewell", by="81")
    below = fake.comment(max(wanted), "2026-09-30T13:00")
    late = fake.comment(max(wanted), "2026-10-01T00:00")
    pages = await collect(SOURCE.fetch(job(fake)))
    posts = records(pages, "posts")
    assert set(posts) == wanted | {tagging}
    assert posts[min(wanted)].payload["from"] == {"id": "7"}
    assert posts[min(wanted)].payload["owner_page"] == "7"
    assert posts[min(wanted)].published_at == datetime(2026, 9, 1, 12, tzinfo=UTC)
    assert posts[tagging].payload["tagged_pages"] == ["7"]
    assert "owner_page" not in posts[tagging].payload
    assert set(records(pages, "comments")) == {below}
    assert records(pages, "comments")[below].payload["post_id"] == max(wanted)
    assert late not in records(pages, "comments")
    people = records(pages, "pages")
    assert set(people) == {"7", "81", "55"}
    assert people["7"].payload["followers_count"] == 1000
    assert people["81"].payload == {"id": "81", "name": "Name 81"}
    assert fake.paths() == ["tidewell", "7/posts", "7/posts", "7/tagged", f"{max(wanted)}/comments"]
    assert not notes(pages)
    assert TOKEN not in "".join(page.url for page in pages)


async def test_the_next_night_reads_three_days_again_and_asks_for_young_posts_in_batches(fake: FakeFacebook, job: Make) -> None:
    old = {fake.post(f"2026-09-{day:02}T{hour:02}:00") for day in range(1, 28) for hour in (1, 2, 3)}
    tagging = fake.post("2026-09-05T12:00", by="81")
    recent = fake.post("2026-09-29T12:00")
    first = await collect(SOURCE.fetch(job(fake)))
    gone, edited = sorted(old)[:2]
    fake.lists["7/posts"].remove(fake.objects.pop(gone))
    fake.objects[edited] |= {"message": "edited", "shares": {"count": 9}}
    new = fake.post("2026-10-01T12:00")
    fake.asked.clear()
    second = await collect(SOURCE.fetch(job(fake, window=NEXT, cursor=cursor(first), young=young(first, "posts"))))
    posts = records(second, "posts")
    assert set(posts) == (old | {recent, new, tagging}) - {gone}
    assert (posts[edited].payload["message"], posts[edited].payload["shares"]) == ("edited", {"count": 9})
    assert posts[edited].payload["owner_page"] == "7"
    assert posts[tagging].payload["tagged_pages"] == ["7"], "known since the first night"
    assert tombstones(second) == [Tombstone("posts", gone)]
    assert fake.asked[1].url.params["since"] == str(int((WINDOW.end - timedelta(days=3)).timestamp()))
    batches = [request.url.params["ids"].split(",") for request in fake.asked if "ids" in request.url.params]
    assert len(batches[0]) == 50
    assert recent not in {one for batch in batches for one in batch}, "met already"
    assert len(batches) < 16, "halved until the missing one stands alone"
    assert cursor(second)["tagged"] == {tagging: ["7"]}


async def test_new_comments_below_old_posts_are_read_back_to_the_last_night(fake: FakeFacebook, job: Make) -> None:
    talked, quiet = fake.post("2026-09-05T12:00"), fake.post("2026-09-06T12:00")
    early = fake.comment(talked, "2026-09-05T13:00", permalink_url=f"https://facebook.com/7/posts/{talked[2:]}/?comment_id=1")
    fake.comment(quiet, "2026-09-06T13:00")
    first = await collect(SOURCE.fetch(job(fake)))
    for minute in range(30):
        fake.comment(talked, f"2026-10-01T12:{minute:02}", parent={"id": early})
    fake.objects[early] |= {"message": "edited"}
    gone = next(one for one in records(first, "comments") if one != early)
    del fake.objects[gone]
    fake.asked.clear()
    known = [*young(first, "posts"), *young(first, "comments")]
    second = await collect(SOURCE.fetch(job(fake, window=NEXT, cursor=cursor(first), young=known)))
    assert len(records(second, "comments")) == 31
    assert records(second, "comments")[early].payload["message"] == "edited"
    assert records(second, "comments")[early].payload["post_id"] == talked
    assert tombstones(second) == [Tombstone("comments", gone)]
    assert [path for path in fake.paths() if path.endswith("/comments")] == [f"{talked}/comments"] * 2


async def test_without_the_permission_for_tags_and_comments_posts_are_read(fake: FakeFacebook, job: Make) -> None:
    posts = [fake.post("2026-09-05T12:00"), fake.post("2026-09-06T12:00")]
    tagging = fake.post("2026-09-05T12:00", by="81")
    lost, _ = (fake.comment(post, "2026-09-06T13:00") for post in posts)
    first = await collect(SOURCE.fetch(job(fake)))
    fake.answers |= {"7/tagged": error(FORBIDDEN)} | {f"{post}/comments": error(FORBIDDEN) for post in posts}
    for one in (lost, tagging):
        del fake.objects[one]
    for post in posts:
        fake.objects[post]["updated_time"] = "2026-10-01T12:00:00+0000"
    fake.asked.clear()
    known = [*young(first, "posts"), *young(first, "comments")]
    second = await collect(SOURCE.fetch(job(fake, window=NEXT, cursor=cursor(first), young=known)))
    assert set(records(second, "posts")) == set(posts)
    assert not tombstones(second), "what cannot be seen may be there still"
    assert "tidewell: posts that tag it were not read: " in notes(second)
    assert "tidewell: comments below its posts were not read: " in notes(second)
    assert "1 posts could not be seen" in notes(second)
    assert "1 comments could not be seen" in notes(second)
    assert len([path for path in fake.paths() if path.endswith("/comments")]) == 1, "asked once"


async def test_one_failing_page_does_not_lose_the_others(fake: FakeFacebook, job: Make) -> None:
    post = fake.post("2026-09-05T12:00")
    fake.objects["9"] = {"id": "9", "name": "Fernway"}
    fake.answers["9/posts"] = error({"code": 200, "message": "(#200) not allowed"})
    known = young(await collect(SOURCE.fetch(job(fake))), "posts")
    del fake.objects[post]
    pages, failure = await until_failure(SOURCE.fetch(job(fake, pages=("tidewell", "gone", "9", "x/../y"), young=[*known])))
    assert set(records(pages, "posts")) == {post}
    assert failure.startswith("Not read: gone: https://graph.facebook.com/v26.0/gone")
    assert "; 9: " in failure
    assert "x%2F..%2Fy" in failure
    assert "(#200) not allowed" in failure
    assert TOKEN not in failure


async def test_a_dead_token_ends_the_night_at_once(fake: FakeFacebook, job: Make) -> None:
    fake.answers["7/tagged"] = error({"code": 190, "error_subcode": 460, "message": TOKEN}, 401)
    pages, failure = await until_failure(SOURCE.fetch(job(fake)))
    assert "the password was changed" in failure
    assert "secrets.token" in failure
    assert not [page for page in pages if page.cursor]


async def test_a_night_is_bounded_by_max_pages(fake: FakeFacebook, job: Make) -> None:
    for day in range(1, 31):
        for hour in (1, 2):
            fake.post(f"2026-09-{day:02}T{hour:02}:00")
    pages = await collect(SOURCE.fetch(job(fake, limits=Limits(requests_per_second=1000, max_pages=2))))
    assert len(records(pages, "posts")) == 50
    assert "7/posts: more than limits.max_pages allows" in notes(pages)


async def test_hostile_items(fake: FakeFacebook, job: Make) -> None:
    odd: list[Any] = [None, "x", 5, [], {}, {"id": 5}, {"id": ""}]
    shapes: list[dict[str, Any]] = [
        {"from": "me", "comments": "no", "updated_time": 5, "created_time": {}},
        {"from": {"id": 5}, "comments": {"summary": []}, "created_time": "soon"},
        {"from": None, "comments": {"summary": {"total_count": "3"}}},
    ]
    fake.lists["7/posts"] = [*odd, *({"id": f"7_{number}"} | shape for number, shape in enumerate(shapes))]
    fake.lists |= {f"7_{number}/comments": [*odd, {"id": f"{number}_1", "from": [], "created_time": -1}] for number in range(3)}
    pages = await collect(SOURCE.fetch(job(fake)))
    assert set(records(pages, "posts")) == {"7_0", "7_1", "7_2"}
    assert set(records(pages, "comments")) == {"0_1", "1_1", "2_1"}
    assert not any(record.published_at for record in records(pages, "posts").values())
    assert len([one for page in pages for one in page.rejected]) == 4 * len(odd)


@pytest.mark.parametrize("profile", [{"id": 7}, {"name": "x"}, {"id": "../me"}])
async def test_a_page_that_is_none(fake: FakeFacebook, job: Make, profile: Any) -> None:
    fake.objects["tidewell"] = profile
    with pytest.raises(SourceError, match="is not a page: write the page's id or name under `pages`"):
        await collect(SOURCE.fetch(job(fake)))


async def test_check_names_the_page(fake: FakeFacebook, job: Make) -> None:
    assert await SOURCE.check(job(fake)) == "page Tidewell"
    assert fake.paths() == ["tidewell"]
    fake.answers["tidewell"] = error(MISSING)
    with pytest.raises(SourceError, match="nothing is there"):
        await SOURCE.check(job(fake))
