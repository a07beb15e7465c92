"""The YouTube connector: what is followed, comments where they changed, young ones again, what a night may spend, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import Known, Tombstone, Window
from connectors.vlogs.youtube import api as youtube_api
from connectors.vlogs.youtube.source import SOURCE
from tests.conftest import WINDOW, collect, make_extraction
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young
from tests.connectors.vlogs.youtube.fake_youtube import FakeYouTube, channel_id, refusal

NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))
BREWS, BO = channel_id(1), channel_id(2)
VIDEO, TALK, OLD, LATE = "VideoOne_01", "TalkTwo_-02", "OldThree_03", "LateFour_04"
TOP, REPLY = "UgTopComment_01", "UgTopComment_01.Reply_number_1"


def job(api: Callable[[httpx.Request], httpx.Response], **settings: Any) -> Extraction:
    settings = {"accounts": ("@brews",), "terms": (), "secret_values": {"key": SecretStr("hush-hush")}} | settings
    return make_extraction(SOURCE, api, **settings)


@pytest.fixture
def api() -> FakeYouTube:
    api = FakeYouTube()
    api.channel(1, "brews")
    api.channel(2, "bo")
    api.video(VIDEO, BREWS, "2026-09-10T08:00:00Z", 2, title="Morrowbean, a week in")
    api.video(TALK, BREWS, "2026-09-28T08:00:00Z")
    api.video(OLD, BREWS, "2026-06-01T08:00:00Z", 9)
    api.video(LATE, BREWS, "2026-10-01T00:00:00Z")
    api.comment(TOP, VIDEO, BO, "2026-09-10T09:00:00Z")
    api.comment(REPLY, VIDEO, BREWS, "2026-09-10T10:00:00Z", parent=TOP)
    return api


async def test_a_channel_gives_videos_comments_and_who_made_them(api: FakeYouTube) -> None:
    pages = await collect(SOURCE.fetch(job(api)))
    videos, comments, channels = (records(pages, entity) for entity in ("videos", "comments", "channels"))
    assert set(videos) == {VIDEO, TALK}
    assert videos[VIDEO].payload == api.videos[VIDEO]
    assert videos[VIDEO].lookup_key == VIDEO
    assert set(comments) == {TOP, REPLY}
    assert comments[REPLY].payload == api.comments[REPLY]
    assert set(channels) == {BREWS, BO}
    assert cursor(pages) == {
        "until": {f"channel:{BREWS}": WINDOW.end.isoformat()}, "comments": {VIDEO: 2}, "spent": {"units": 5, "searches": 0},
    }  # fmt: skip
    assert not notes(pages)


async def test_the_next_night_goes_on_and_reads_comments_only_where_their_number_changed(api: FakeYouTube) -> None:
    first = await collect(SOURCE.fetch(job(api)))
    api.asked.clear()
    known = [*young(first, "videos"), *young(first, "comments")]
    pages = await collect(SOURCE.fetch(job(api, window=NEXT, cursor=cursor(first), young=known)))
    assert set(records(pages, "videos")) == {VIDEO, TALK, LATE}
    assert not api.paths("commentThreads")
    assert set(records(pages, "comments")) == {TOP, REPLY}, "asked for by id"
    assert records(pages, "comments")[TOP].payload == api.comments[TOP], "with the video that the answer does not tell"
    api.videos[VIDEO]["statistics"]["commentCount"] = "3"
    api.comment("UgNewComment_02", VIDEO, BO, "2026-10-01T12:00:00Z")
    third = await collect(SOURCE.fetch(job(api, window=NEXT, cursor=cursor(pages), young=young(pages, "videos"))))
    assert set(records(third, "comments")) == {TOP, REPLY, "UgNewComment_02"}
    assert cursor(third)["comments"] == {VIDEO: 3}


async def test_young_ones_are_asked_for_in_batches_and_told_gone(api: FakeYouTube) -> None:
    for number in range(120):
        api.video(f"Many{number:07}", BREWS, "2026-09-05T08:00:00Z")
    first = await collect(SOURCE.fetch(job(api)))
    del api.videos[VIDEO], api.comments[REPLY]
    api.videos[f"Many{7:07}"]["statistics"]["viewCount"] = "99"
    api.asked.clear()
    known = [*young(first, "videos"), *young(first, "comments")]
    pages = await collect(SOURCE.fetch(job(api, window=NEXT, cursor=cursor(first), young=known)))
    assert sorted(tombstones(pages), key=lambda one: one.entity) == [Tombstone("comments", REPLY), Tombstone("videos", VIDEO)]
    assert records(pages, "videos")[f"Many{7:07}"].payload["statistics"]["viewCount"] == "99"
    assert [len(query["id"].split(",")) for query in api.paths("videos")] == [1, 50, 50, 22]


async def test_comments_of_which_none_is_left_are_gone(api: FakeYouTube) -> None:
    pages = await collect(SOURCE.fetch(job(api, young=[Known("comments", "UgGoneForGood", f"{TALK} UgGoneForGood")])))
    assert tombstones(pages) == [Tombstone("comments", "UgGoneForGood")]


async def test_answers_beyond_the_first_few_are_asked_for(api: FakeYouTube) -> None:
    api.shown_replies = 1
    for number in range(3):
        api.comment(f"{TOP}.Another_reply_{number}", VIDEO, BO, "2026-09-11T09:00:00Z", parent=TOP)
    pages = await collect(SOURCE.fetch(job(api)))
    assert len(records(pages, "comments")) == 5
    assert len([record for page in pages for record in page.records if record.entity == "comments"]) == 5, "each once"


async def test_terms_are_searched_for_in_the_window(api: FakeYouTube) -> None:
    api.video("Elsewhere_5", BO, "2026-09-12T08:00:00Z", title="morrowbean at last")
    api.video("Elsewhere_6", BO, "2026-03-12T08:00:00Z", title="morrowbean")
    pages = await collect(SOURCE.fetch(job(api, accounts=(), terms=("Morrowbean",))))
    assert set(records(pages, "videos")) == {VIDEO, "Elsewhere_5"}
    (query,) = api.paths("search")
    assert (query["q"], query["order"], query["type"]) == ('"Morrowbean"', "date", "video")
    assert cursor(pages)["spent"]["searches"] == 1


async def test_spent_searches_leave_the_rest_of_the_night_alone(api: FakeYouTube, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(youtube_api, "SEARCHES_A_DAY", 1)
    pages = await collect(SOURCE.fetch(job(api, terms=("Morrowbean", "Tidewell"))))
    assert set(records(pages, "videos")) == {VIDEO, TALK}
    assert "'Tidewell' not searched for: the 1 searches of a day are spent" in notes(pages)
    assert set(cursor(pages)["until"]) == {f"channel:{BREWS}", "term:Morrowbean"}, "the other is searched for from where it was"


async def test_a_spent_budget_is_told_and_keeps_the_place(api: FakeYouTube) -> None:
    pages = await collect(SOURCE.fetch(job(api, accounts=("@brews", BO), limits=Limits(budget=2, requests_per_second=1000))))
    assert not records(pages, "videos")
    assert "limits.budget (2 units) is spent: left unread are @brews" in notes(pages)
    assert cursor(pages) == {"until": {}, "comments": {}, "spent": {"units": 2, "searches": 0}}


async def test_comments_that_the_budget_did_not_reach_are_read_the_next_night(api: FakeYouTube) -> None:
    pages = await collect(SOURCE.fetch(job(api, limits=Limits(budget=3, requests_per_second=1000))))
    assert set(records(pages, "videos")) == {VIDEO, TALK}
    assert not records(pages, "comments")
    assert cursor(pages)["comments"] == {}
    again = await collect(SOURCE.fetch(job(api, window=NEXT, cursor=cursor(pages), young=young(pages, "videos"))))
    assert set(records(again, "comments")) == {TOP, REPLY}


async def test_lists_are_read_to_the_first_that_is_too_old(api: FakeYouTube) -> None:
    api.page_size = 1
    pages = await collect(SOURCE.fetch(job(api)))
    assert set(records(pages, "videos")) == {VIDEO, TALK}
    assert len(api.paths("playlistItems")) == 4


async def test_switched_off_comments_and_channels_without_videos_are_no_failures(api: FakeYouTube) -> None:
    api.disabled.add(VIDEO)
    pages = await collect(SOURCE.fetch(job(api, accounts=("brews", BO))))
    assert not records(pages, "comments")
    assert cursor(pages)["comments"] == {VIDEO: 2}, "not asked for again until the number changes"
    assert set(cursor(pages)["until"]) == {f"channel:{BREWS}", f"channel:{BO}"}


async def test_an_unknown_channel_is_named_and_the_others_are_read(api: FakeYouTube) -> None:
    pages, error = await until_failure(SOURCE.fetch(job(api, accounts=("@nobody", channel_id(9), "@brews"))))
    assert set(records(pages, "videos")) == {VIDEO, TALK}
    assert "@nobody: YouTube has no channel" in error
    assert f"{channel_id(9)}: YouTube has no channel" in error


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (refusal(400, "keyInvalid", "Bad Request"), "does not accept the key"),
        (refusal(403, "accessNotConfigured"), "switched on"),
        (httpx.Response(400, json={"error": {"message": "API key not valid.", "details": [{"reason": "API_KEY_INVALID"}]}}), "secrets.key"),
        (httpx.Response(403, json={"error": "error message"}), "YouTube answered 403 (403: error message)"),
        (httpx.Response(200, json=[]), "is this YouTube's Data API?"),
        (refusal(403, "rateLimitExceeded", "slow down"), "asked too fast (slow down)"),
    ],
)
async def test_refusals_in_a_users_words(api: FakeYouTube, answer: httpx.Response, said: str) -> None:
    api.broken["channels"] = answer
    _, error = await until_failure(SOURCE.fetch(job(api)))
    assert said in error
    assert "hush-hush" not in error


async def test_a_spent_quota_ends_the_night_without_failing_it(api: FakeYouTube) -> None:
    api.broken["videos"] = refusal(403, "quotaExceeded", "The request cannot be completed because you have exceeded your quota.")
    pages = await collect(SOURCE.fetch(job(api)))
    assert "the day's quota is spent" in notes(pages)
    assert cursor(pages)["until"] == {}


async def test_a_refused_search_of_a_spent_day_is_noted(api: FakeYouTube) -> None:
    api.broken["search"] = refusal(403, "quotaExceeded", "spent")
    pages = await collect(SOURCE.fetch(job(api, terms=("Morrowbean",))))
    assert set(records(pages, "videos")) == {VIDEO, TALK}
    assert "'Morrowbean' not searched for: the day's searches are spent" in notes(pages)


async def test_what_has_no_id_is_kept_aside_and_nothing_is_told_gone(api: FakeYouTube) -> None:
    api.broken["videos"] = httpx.Response(200, json={"kind": "list", "items": [{"snippet": {}}]})
    pages = await collect(SOURCE.fetch(job(api, young=[Known("videos", "VideoGone_9", "VideoGone_9")])))
    assert {rejected.reason.rpartition(": ")[2] for page in pages for rejected in page.rejected} == {"a video without an id"}
    assert not tombstones(pages)


async def test_the_check_tells_whether_the_key_is_accepted(api: FakeYouTube) -> None:
    assert await SOURCE.check(job(api)) == "key accepted; one unit spent"


FEED = f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns:media="http://search.yahoo.com/mrss/" xmlns="http://www.w3.org/2005/Atom">
<id>yt:channel:{BREWS}</id><title>Brews</title><published>2019-03-04T05:06:07+00:00</published>
<entry><id>yt:video:{VIDEO}</id><yt:videoId>{VIDEO}</yt:videoId><yt:channelId>{BREWS}</yt:channelId><title>Morrowbean &amp; me</title>
<author><name>Brews</name></author><published>2026-09-10T08:00:00+00:00</published><media:group><media:description>A week in
&lt;b&gt;</media:description><media:community><media:statistics views="36"/></media:community></media:group></entry>
<entry><id>yt:video:{OLD}</id><yt:videoId>{OLD}</yt:videoId><yt:channelId>{BREWS}</yt:channelId><title>Old</title>
<published>2026-06-01T08:00:00+00:00</published></entry></feed>"""


async def test_without_a_key_the_feeds_of_channels_are_read() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.url.host, request.url.path) == ("www.youtube.com", "/feeds/videos.xml")
        assert "x-goog-api-key" not in request.headers
        return httpx.Response(200, content=FEED.encode()) if request.url.params["channel_id"] == BREWS else httpx.Response(404)

    pages, error = await until_failure(
        SOURCE.fetch(
            job(answer, accounts=(BREWS, BO, "@brews"), terms=("Morrowbean",), secret_values={}, young=[Known("videos", OLD, OLD)])
        )
    )
    videos, channels = records(pages, "videos"), records(pages, "channels")
    assert set(videos) == {VIDEO}
    assert videos[VIDEO].payload["snippet"] == {
        "publishedAt": "2026-09-10T08:00:00+00:00", "channelId": BREWS, "channelTitle": "Brews", "title": "Morrowbean & me",
        "description": "A week in\n<b>",
    }  # fmt: skip
    assert videos[VIDEO].payload["statistics"] == {"viewCount": "36"}
    assert channels[BREWS].payload["snippet"] == {"title": "Brews", "publishedAt": "2019-03-04T05:06:07+00:00"}
    assert cursor(pages)["until"] == {f"channel:{BREWS}": WINDOW.end.isoformat()}
    assert "1 terms were not searched for" in notes(pages)
    assert "could not be looked at again" in notes(pages)
    assert f"{BO}: YouTube has no feed of this channel" in error
    assert "@brews: feeds are found by a channel's id" in error


async def test_a_feed_that_does_not_reach_back_is_noted() -> None:
    entry = FEED[FEED.index("<entry>") : FEED.index("</entry>") + len("</entry>")]
    many = FEED.replace("<entry>", "".join(entry.replace(VIDEO, f"Other{number:06}") for number in range(14)) + "<entry>", 1)
    many = many[: many.rindex("<entry>")] + "</feed>"
    pages = await collect(SOURCE.fetch(job(lambda _: httpx.Response(200, content=many.encode()), accounts=(BREWS,), secret_values={})))
    assert len(records(pages, "videos")) == 15
    assert "its feed goes back to 2026-09-10 08:00 only" in notes(pages)
