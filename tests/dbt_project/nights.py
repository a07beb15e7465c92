"""Nights of invented posts in which whatever can change does: edits, late arrivals, deletions, merged persons, other readings of a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb

from tests.dbt_project.posts import account, mention, read, status
from tests.dbt_project.warehouse import Raw, load, load_ops

BEGIN = date(2026, 9, 1)
SITE = "https://trail.example"
FEED, PLANET = f"{SITE}/feed.xml", "https://planet.example/rss"
HERE = "https://pond.example/users"
BRANDS: Mapping[str, str] = {"kestrel": "kestrel_glide", "morrowbean": "morrowbean_press", "fernway": "fernway_trail"}
INTENTS = ("owns", "bought", "recommends", "asks_advice", "complains", None)


class Nights:
    """A small world that goes on night after night; the same seed tells the same."""

    def __init__(self, warehouse: Path, seed: int) -> None:
        self.warehouse = warehouse
        self.random = Random(seed)
        self.posts: dict[str, dict[str, Any]] = {}
        self.number = 0
        self.loads = 0

    def pass_by(self) -> None:
        """Loads what the next night brings into the raw tables, as the loader and the reading of texts leave them."""
        self.number += 1
        self.bring()

    def bring(self) -> None:
        """Loads something more in the same night."""
        self.loads += 1
        night = BEGIN + timedelta(days=self.loads)
        told = [*self._posts(night), *self._people(night), *self._elsewhere(night)]
        load(self.warehouse, told)
        self._gone(night)
        self._read([row.native_id for row in told if row.table == "files.posts"])
        self._home(night)

    def _any(self) -> str:
        return self.random.choice(list(self.posts))

    def _text(self) -> str:
        said = self.random.choice(["Fine weather", "My Glide is here", "Use code TRAIL10 and save", "Same here"])
        if self.random.random() < 0.3:
            said += f" see {SITE}/p{self.random.randrange(40)}"
        return f"{said} {self.random.random():.3f}"

    def _posts(self, night: date) -> Iterator[Raw]:
        random = self.random
        for place in range(12):
            post_id = f"{self.loads}-{place}"
            # a parent that comes later, one that is there, or none
            parent = random.choice([f"{self.loads + 2}-{random.randrange(12)}", self._any() if self.posts else None, None, None])
            self.posts[post_id] = {
                "id": post_id, "channel": random.choice(["communities", "vlogs"]), "author_id": random.choice([None, *"abcdefg"]),
                "url": f"{SITE}/p{random.randrange(40)}" if random.random() < 0.4 else None, "in_reply_to_id": parent,
                "title": random.choice([None, "Boots", "Re: Boots", "Socks"]), "text": self._text(), "likes": random.randrange(9),
                "views": random.choice([None, 50]), "published_at": f"2026-08-{random.randrange(10, 31)}T0{random.randrange(10)}:00:00Z",
            }  # fmt: skip
            yield Raw("files.posts", post_id, self.posts[post_id], night)
        old = [post_id for post_id in self.posts if not post_id.startswith(f"{self.loads}-")]
        for post_id in random.sample(old, min(8, len(old))):
            change: dict[str, Any] = random.choice(
                [
                    {"likes": random.randrange(99)},
                    {"views": 700},
                    {"text": self._text()},
                    {"title": random.choice([None, "Boots", "Hats"])},
                    {"author_id": random.choice([None, *"abcdefg"])},
                    {"published_at": "2026-08-01T00:00:00Z"},
                    {"in_reply_to_id": self._any()},
                    {"url": f"{SITE}/p{random.randrange(40)}"},
                ]
            )
            self.posts[post_id] = self.posts[post_id] | change
            yield Raw("files.posts", post_id, self.posts[post_id], night)

    def _people(self, night: date) -> Iterator[Raw]:
        random = self.random
        for name in random.sample("abcdefgh", 2):
            payload: dict[str, Any] = {"id": name, "channel": "communities", "name": name.upper(), "followers": random.randrange(5000)}
            yield Raw("files.authors", name, payload | {"kind": random.choice([None, "person", "brand", "media"])}, night)
        one, other = random.sample("abcdefgh", 2)
        yield Raw("files.follows", f"{one} {other}", {"follower_id": one, "followed_id": other}, night)
        for place in range(3):
            act: dict[str, Any] = {
                "id": f"{self.loads}-{place}",
                "kind": random.choice(["like", "repost", "mention"]),
                "actor_id": random.choice("abcdefgh"),
            }
            act |= {"target_post_id": random.choice([self._any(), f"{self.loads + 1}-3"]), "post_id": random.choice([None, self._any()])}
            yield Raw("files.interactions", act["id"], act, night)
        for number in {self.loads, random.randrange(1, self.loads + 1)}:  # a new one, and one told otherwise
            customer = random.choice("cde")
            order: dict[str, Any] = {
                "order_id": f"o{number}", "ordered_at": f"{night}T04:00:00Z", "brand_id": random.choice(list(BRANDS)), "revenue": "19.90",
                "currency": "EUR", "customer_key": customer, "customer_author_id": random.choice([None, *"abc"]),
                "promo_code": random.choice([None, "TRAIL10"]), "heard_from": random.choice([None, "A", "B"]),
                "referrer": random.choice([None, f"{SITE}/p{random.randrange(40)}"]),
            }  # fmt: skip
            yield Raw("files.orders", f"o{number}", order, night)
        if self.loads > 2:
            refund = {"refund_id": f"r{self.loads}", "order_id": f"o{self.loads - 2}", "refunded_at": f"{night}T05:00:00Z"}
            yield Raw("files.refunds", f"r{self.loads}", refund | {"currency": "EUR", "revenue": "5"}, night)

    def _elsewhere(self, night: date) -> Iterator[Raw]:
        """The same pages on other platforms, and a server whose answers come before what they answer."""
        random = self.random
        if self.loads in (2, 6):  # between them the first is said to be gone, and so is all that it told
            for feed in (FEED, PLANET):
                yield Raw("feeds.feeds", feed, {"feed_url": feed, "title": "x", "link": f"https://{feed.split('/')[2]}/"}, night)
        for place in random.sample(range(40), 3 if self.loads > 1 else 0):
            feed, page = random.choice([FEED, PLANET]), f"{SITE}/p{place}"
            entry: dict[str, Any] = {
                "feed_url": feed, "id": page, "url": page, "title": random.choice(["Boots", "Socks"]), "author_id": f"{feed}#Ode",
                "content_html": f"<p>{self._text()} in full</p>", "published": "2026-08-20T06:00:00Z", "in_reply_to": [],
                "comment_count": random.randrange(9),
            }  # fmt: skip
            yield Raw("feeds.entries", f"{feed} {page}", entry, night)
        # a blog on a host of its own, of which a feed tells much later
        post: dict[str, Any] = {
            "site": "https://blog.example",
            "author_id": "blog.example:4",
            "status": "publish",
            "title": {"rendered": "Tents"},
        }
        post |= {"link": f"https://blog.example/{self.loads % 4}/", "date_gmt": "2026-08-21T05:00:00", "comment_count": self.loads}
        yield Raw("wordpress.posts", f"https://blog.example:{self.loads % 4}", post | {"content": {"rendered": "<p>dry</p>"}}, night)
        if self.loads in (6, 7):
            entry = {
                "feed_url": "https://blog.example/feed",
                "id": f"t{self.loads}",
                "url": f"https://blog.example/{self.loads % 4}",
            }
            entry |= {"title": "Tents", "author_id": "https://blog.example/feed", "published": "2026-08-21T05:00:00Z", "in_reply_to": []}
            yield Raw("feeds.entries", f"https://blog.example/feed t{self.loads}", entry, night)
        episode: dict[str, Any] = {
            "title": "One",
            "guid": f"e{self.loads // 3}",
            "datePublished": 1788238800,
            "link": "https://show.example/1",
        }
        yield Raw("podcast_index.episodes", f"3:{self.loads // 3}", episode | {"feedId": "3", "id": self.loads}, night)
        if self.loads > 4:
            told = {"podcast_id": "show", "guid": f"e{self.loads - 5}", "title": "One", "published": "2026-09-01T05:00:00Z"}
            yield Raw("podcast_feeds.episodes", f"show e{self.loads - 5}", told, night)
            text = {"podcast_id": "show", "guid": f"e{self.loads - 6}", "text": "we talk"}
            yield Raw("podcast_feeds.transcripts", f"show e{self.loads - 6}", text, night)
        ada = f"{HERE}/ada"
        answered = {"in_reply_to_id": str(self.loads + 1), "in_reply_to_account_id": str((self.loads + 1) % 4)}
        whom = [{"id": str(self.loads % 5), "url": "https://pond.example/@x", "acct": "x"}]
        yield status(ada, str(self.loads), "<p>hello</p>", "2026-09-01T08:00:00Z", night, **answered, mentions=whom)
        yield account(f"{HERE}/u{self.loads % 4}", str(self.loads % 4), "x", 10 * self.loads, night)
        boosted = {"uri": f"{ada}/statuses/{self.loads - 1}", "id": "1", "account": {"uri": ada}}
        yield status(f"{HERE}/bo", f"b{self.loads}", "<p>hello</p>", "2026-09-01T09:00:00Z", night, reblog=boosted)

    def _gone(self, night: date) -> None:
        random = self.random
        gone = [("files", "posts", self._any())]
        if self.loads in (4, 8):
            gone += [("feeds", "feeds", FEED), ("mastodon", "statuses", f"{HERE}/bo/statuses/b{self.loads - 1}")]
        for platform, entity, native_id in gone:
            load_ops(
                self.warehouse, "raw_ops.tombstones", platform=platform, entity=entity, native_id=native_id, kind="deleted",
                seen_at=datetime.combine(night, datetime.min.time(), UTC) + timedelta(days=1), source_name="listening", source_run_id="run",
            )  # fmt: skip

        # of some the words are kept no longer: out of the raw table they are, and what was read of the title is kept
        if self.loads in (3, 7, 9):
            self._expire(random.sample(list(self.posts), 4))

    def _expire(self, post_ids: list[str]) -> None:
        with duckdb.connect(self.warehouse) as connection:
            for post_id in post_ids:
                title = self.posts[post_id]["title"]
                known = [f"files:{post_id}", title and len(title), title, str(title).startswith("Re:")]
                connection.execute("insert into raw_ops.withheld select ?, 'expired', now(), ?, md5(lower(trim(?))), ?", known)

    def _read(self, told: list[str]) -> None:
        """What is read in these posts, and read otherwise than before in some old ones, as after brand terms changed."""
        random = self.random
        again = random.sample(list(self.posts), 5)
        with duckdb.connect(self.warehouse) as connection:
            for post_id in {*told, *again}:
                for table in ("mentions", "answers", "posts"):
                    connection.execute(f"delete from raw_signals.{table} where post_id = ?", [f"files:{post_id}"])
        for post_id in sorted({*told, *again}):
            known = f"files:{post_id}"
            rows = [read(known, random.choice(["none", "none", "affiliate", "clear"]), random.choice([None, "en"]))]
            if random.random() < 0.2:
                rows.append(("answers", {"post_id": known, "said": random.choice(["bought", "agrees"]), "sentence": "Same here"}))
            else:
                for start in range(0, 20 * random.randrange(3), 20):
                    brand = random.choice(list(BRANDS))
                    product = random.choice([None, BRANDS[brand]])
                    rows.append(mention(known, start, random.choice(INTENTS), brand_id=brand, product_id=product))
                if random.random() < 0.2:
                    rows.append(mention(known, 90, None, brand_id=None, topic_id="espresso", term="espresso"))
            for table, row in rows:
                load_ops(self.warehouse, f"raw_signals.{table}", **row)

    def _home(self, night: date) -> None:
        one, other = self.random.sample([f"files:{name}" for name in "abcdefgh"], 2)
        decided = {"author_id": one, "other_author_id": other, "decided_on": night}
        if self.loads % 3 == 0:
            load_ops(self.warehouse, "raw_home.person_decisions", **decided, decision="same")
        elif self.loads % 3 == 1 and self.loads > 1:
            with duckdb.connect(self.warehouse) as connection:
                connection.execute("update raw_home.person_decisions set decision = 'different', decided_on = ?", [night])
        if self.loads == 5:
            load_ops(self.warehouse, "raw_home.campaign_codes", code="TRAIL10", campaign_id="kestrel_autumn", author_id="files:a")
            contact = {"campaign_id": "kestrel_autumn", "author_id": "files:b", "contacted_on": BEGIN - timedelta(days=20)}
            load_ops(self.warehouse, "raw_home.campaign_contacts", **contact, outcome="agreed")
