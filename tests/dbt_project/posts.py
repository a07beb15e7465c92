"""A few people's posts on all platforms over three nights, invented, in the shapes that the platforms answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from tests.dbt_project.warehouse import Raw

FIRST, SECOND, THIRD = date(2026, 9, 1), date(2026, 9, 2), date(2026, 9, 3)

HERE = "https://pond.example"
ADA = f"{HERE}/users/ada"
BO = "https://creek.example/users/bo"
FEED = "https://brewlog.example/feed.xml"
WIKI = "wiki.example/w"


def account(uri: str, local_id: str, acct: str, followers: Any, night: date, **fields: Any) -> Raw:
    payload: dict[str, Any] = {
        "id": local_id,
        "uri": uri,
        "url": uri.replace("/users/", "/@"),
        "acct": acct,
        "display_name": acct.title(),
        "bot": False,
    }
    counts = {"followers_count": followers, "following_count": 3, "statuses_count": 9}
    return Raw("mastodon.accounts", uri, payload | counts | {"note": "<p>Brews &amp; runs</p>", "instance": HERE} | fields, night)


def status(author: str, local_id: str, content: str, created_at: str, night: date = FIRST, **fields: Any) -> Raw:
    uri = f"{author}/statuses/{local_id}"
    payload: dict[str, Any] = {
        "id": local_id, "uri": uri, "url": uri.replace("/users/", "/@").replace("/statuses", ""), "instance": HERE,
        "account": {"id": author[-1], "uri": author, "acct": author[-3:]}, "content": content, "created_at": created_at, "edited_at": None,
        "in_reply_to_id": None, "in_reply_to_account_id": None, "reblog": None, "quote": None, "mentions": [], "media_attachments": [],
        "spoiler_text": "", "language": "en", "visibility": "public", "card": None, "favourites_count": 0, "reblogs_count": 0,
        "replies_count": 0,
    }  # fmt: skip
    return Raw("mastodon.statuses", uri, payload | fields, night)


def mastodon() -> Iterator[Raw]:
    yield account(ADA, "1", "ada", 100, FIRST)
    yield account(ADA, "1", "ada", 900, THIRD)
    yield account(BO, "2", "bo@creek.example", 40, FIRST)
    yield account(BO, "2", "bo@creek.example", 41, SECOND, display_name="Bo of the Creek")
    yield account(BO, "2", "bo@creek.example", "many", THIRD, display_name="Bo of the Creek")
    yield status(ADA, "10", "<p>My <b>Morrowbean</b> press<br>is here</p>", "2026-09-01T08:00:00Z", favourites_count=2)
    edit: dict[str, Any] = {"edited_at": "2026-09-03T07:00:00Z", "favourites_count": 7}
    yield status(ADA, "10", "<p>My Morrowbean press is back</p>", "2026-09-01T08:00:00Z", THIRD, **edit)
    said = '<p><span><a href="https://pond.example/@ada">@ada</a></span> is it loud?</p>'
    ada_and_cy = [{"id": "1", "url": f"{HERE}/@ada", "acct": "ada"}, {"id": "3", "url": f"{HERE}/@cy", "acct": "cy"}]
    yield status(BO, "11", said, "2026-09-01T09:00:00Z", in_reply_to_id="10", in_reply_to_account_id="1", mentions=ada_and_cy)
    quote = {"state": "accepted", "quoted_status": {"uri": f"{ADA}/statuses/10"}}
    yield status(BO, "12", "<p>see this</p>", "2026-09-02T09:00:00Z", SECOND, quote=quote)
    boosted = {"uri": f"{ADA}/statuses/10", "id": "10", "account": {"uri": ADA}}
    yield status(BO, "13", "<p>My Morrowbean press is here</p>", "2026-09-02T10:00:00Z", SECOND, reblog=boosted)
    link = '<a href="http://www.Brewlog.example/press/?utm_source=pond&amp;x=1#top">blog</a> <img src="https://brewlog.example/i.png">'
    yield status(BO, "14", link, "2026-09-02T11:00:00Z", SECOND)
    yield status(BO, "15", "<p>gone by now</p>", "2026-09-02T12:00:00Z", SECOND, in_reply_to_id="10", in_reply_to_account_id="1")
    yield status(ADA, "16", "<p>long ago</p>", "0001-01-01T00:00:00Z", favourites_count="lots", mentions="nobody")
    for booster in (BO, f"{HERE}/users/dee"):
        payload = {"status_uri": f"{ADA}/statuses/10", "account": {"id": "x", "uri": booster, "acct": "x"}, "instance": HERE}
        yield Raw("mastodon.reblogs", f"{ADA}/statuses/10 {booster}", payload, SECOND)
    yield Raw("mastodon.follows", f"{BO} {ADA}", {"follower_uri": BO, "followed_uri": ADA, "instance": HERE})


def feeds() -> Iterator[Raw]:
    yield Raw("feeds.feeds", FEED, {"feed_url": FEED, "title": "Brew log", "link": "https://brewlog.example/", "format": "rss20"})
    author_id = f"{FEED}#Eve"
    yield Raw("feeds.authors", author_id, {"author_id": author_id, "name": "Eve", "url": None, "feed_url": FEED})
    press = {
        "feed_url": FEED, "id": "press", "url": "https://brewlog.example/press?x=1", "title": "Press & pour", "author_id": author_id,
        "content_html": "<p>All &#8220;quiet&#8221; here</p><p>5 &lt; 6</p>", "published": "2026-09-01T06:00:00Z", "in_reply_to": [],
        "comment_count": 0,
    }  # fmt: skip
    yield Raw("feeds.entries", f"{FEED} press", press)
    answer = {
        **press, "id": "answer", "url": "https://brewlog.example/answer", "content_html": None, "summary": "as said",
        "comment_count": None, "in_reply_to": ["https://brewlog.example/press?x=1"], "author_id": f"{FEED}#Fay",
    }  # fmt: skip
    yield Raw("feeds.entries", f"{FEED} answer", answer)


def podcasts() -> Iterator[Raw]:
    show = {"feed_url": "https://show.example/rss", "title": "The Show", "description": "Weekly", "categories": ["Food"]}
    yield Raw("podcast_feeds.podcasts", "show", show)
    episode = {
        "podcast_id": "show", "guid": "e1", "title": "One", "link": "https://show.example/1", "published": "2026-09-01T05:00:00Z",
        "description_html": 'See <a href="https://brewlog.example/press?x=1">this</a>', "enclosure_type": "audio/mpeg",
        "duration_seconds": 61,
        "social_interact": [{"uri": f"{HERE}/@ada/10", "protocol": "activitypub", "account_id": "@ada"}],
    }  # fmt: skip
    yield Raw("podcast_feeds.episodes", "show e1", episode)


def revision(revid: int, parent: int, user: str | None, text: str, at: str, ns: int = 1) -> Raw:
    author_id = {"Gus": f"{WIKI}:7", "Hal": f"{WIKI}:8"}.get(user or "")
    payload: dict[str, Any] = {
        "wiki": WIKI, "page": {"pageid": 5, "ns": ns, "title": "Talk:Coffee"}, "author_id": author_id, "added_text": text, "ext_links": [],
        "revision": {"revid": revid, "parentid": parent, "user": user, "timestamp": at, "size": 10},
    }  # fmt: skip
    return Raw("mediawiki.revisions", f"{WIKI}:{revid}", payload)


def wiki() -> Iterator[Raw]:
    page = {"wiki": WIKI, "pageid": 5, "ns": 1, "title": "Talk:Coffee", "fullurl": "https://wiki.example/Talk:Coffee", "length": 50}
    yield Raw("mediawiki.pages", f"{WIKI}:5", page)
    for userid, name in ((7, "Gus"), (8, "Hal")):
        yield Raw("mediawiki.users", f"{WIKI}:{userid}", {"wiki": WIKI, "userid": userid, "name": name, "editcount": 4, "groups": ["*"]})
    yield revision(50, 0, "Gus", "== Water ==\nWhich? [[User:Gus]]", "2026-09-01T03:00:00Z")
    yield revision(51, 50, "Hal", ":Soft, [[user:gus|Gus]]. [[User:Hal]]", "2026-09-01T04:00:00Z")
    yield revision(52, 51, "Gus", "== Milk ==\nNone", "2026-09-01T05:00:00Z")
    yield revision(53, 52, None, "", "2026-09-01T06:00:00Z")


def hacker_news() -> Iterator[Raw]:
    story = {
        "id": 900, "type": "story", "by": "ivy", "time": 1788249600, "title": "A press", "url": "https://brewlog.example/press?x=1",
        "descendants": 1,
    }  # fmt: skip
    yield Raw("hacker_news.items", "900", story | {"score": 3})
    yield Raw("hacker_news.items", "900", story | {"score": 0}, SECOND)
    comment = {"id": 901, "type": "comment", "by": "joe", "time": 1788253200, "parent": 900, "text": "I&#x27;d say<p>no &amp;amp; yes"}
    yield Raw("hacker_news.items", "901", comment)
    yield Raw("hacker_news.items", "902", {"id": 902, "type": "comment", "deleted": True, "time": 1788253300, "parent": 900})
    yield Raw("hacker_news.users", "ivy", {"id": "ivy", "karma": 10, "created": 1200000000, "about": "hi"})


def files() -> Iterator[Raw]:
    def row(table: str, native_id: str, payload: dict[str, Any]) -> Raw:
        return Raw(f"files.{table}", native_id, payload, source_name="tool")

    yield row("authors", "k", {"id": "k", "channel": "vlogs", "name": "Kim", "kind": "media", "followers": 200000})
    post = {"id": "v1", "channel": "vlogs", "author_id": "k", "published_at": "2026-09-01T02:00:00Z", "title": "Unboxed", "text": "so soft"}
    yield row("posts", "v1", {**post, "views": 500, "likes": 5, "shares": None})
    yield row("posts", "v2", {**post, "id": "v2", "likes": 0})
    act = {"id": "a1", "kind": "like", "actor_id": "m", "occurred_at": "2026-09-01T04:00:00Z", "target_post_id": "v1"}
    yield row("interactions", "a1", act)
    yield row("follows", "m k", {"follower_id": "m", "followed_id": "k"})
    order = {"order_id": "o1", "ordered_at": "2026-09-02T04:00:00Z", "brand_id": "kestrel", "revenue": "19.90", "currency": "EUR"}
    came_by = {"promo_code": "SPRING", "utm_source": "mail", "referrer": "https://search.example/q", "heard_from": "A friend"}
    yield row("orders", "o1", order)
    yield row("orders", "o2", order | {"order_id": "o2", "customer_key": "c", "product_id": "kestrel_glide", "margin": "6.60", **came_by})
    yield row("orders", "o3", order | {"order_id": "o3", "revenue": "0.01", "currency": "USD", "kind": "sign_up", **came_by})
    yield row("orders", "o4", order | {"order_id": "o4", "brand_id": "acme"})
    given_back = {"refund_id": "r1", "order_id": "o2", "refunded_at": "2026-09-02 05:00:00Z", "currency": "EUR"}
    yield row("refunds", "r1", given_back | {"revenue": "9.95"})
    yield row("refunds", "r2", given_back | {"refund_id": "r2", "kind": "cancellation", "refunded_at": "2026-09-02 06:00:00Z"})
    yield row("refunds", "r3", given_back | {"refund_id": "r3", "order_id": "o1", "currency": "USD"})
    review = {
        "id": "v1", "product_id": "kestrel_glide", "brand_id": "kestrel", "author_id": None, "author_name": "Lou", "rating": "4.5",
        "title": "Fits", "text": "so light", "reviewed_at": "2026-09-01T03:00:00Z", "is_verified_purchase": True, "likes": 3,
    }  # fmt: skip
    yield row("reviews", "v1", review)


def everything() -> Iterator[Raw]:
    for platform in (mastodon, feeds, podcasts, wiki, hacker_news, files):
        yield from platform()


def mention(post_id: str, start: int | None, intent: str | None = None, **values: Any) -> tuple[str, dict[str, Any]]:
    row: dict[str, Any] = {
        "post_id": post_id, "brand_id": "morrowbean", "term": "morrowbean", "term_kind": "word", "span_start": start,
        "span_end": None if start is None else start + 10, "matched_text": "Morrowbean", "extractor_version": "terms-2", "text_hash": "",
    }  # fmt: skip
    if intent:
        row |= {"sentence": "My Morrowbean press is back", "stance": "positive", "stance_score": 0.5}
        row |= {"intent": intent, "intent_confidence": 0.75}
        row["adoption_probability"] = 0.75 if intent in ("bought", "owns", "recommends") else 0.1
    return "mentions", row | values


def read(post_id: str, disclosure_class: str = "none", language: str | None = None) -> tuple[str, dict[str, Any]]:
    return "posts", {"post_id": post_id, "language": language, "disclosure_class": disclosure_class, "extractor_version": "terms-2"}


def signals() -> Iterator[tuple[str, dict[str, Any]]]:
    """What was read in some of the posts, whatever their text says."""
    own, answer, other = f"mastodon:{ADA}/statuses/10", f"mastodon:{BO}/statuses/11", f"mastodon:{BO}/statuses/12"
    yield mention(own, 3, "asks_advice")
    yield mention(own, 14, "owns", product_id="morrowbean_press")
    yield mention(answer, 0, "recommends", product_id="morrowbean_press")
    yield mention(other, None, term="morrowbean.example", term_kind="domain")
    yield mention("hacker_news:901", 0, "asks_advice", brand_id=None, topic_id="espresso", term="espresso")
    yield mention("files:v1", 0, "owns", brand_id="kestrel")
    yield read(own, language="de")
    yield read(answer, "affiliate")
    yield read("hacker_news:901", language="en")
    yield read("files:v1")
