"""Mastodon's objects: accounts, statuses, the server itself."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

from connectors.sandbox.catalog import BRANDS, MICROBLOG
from connectors.sandbox.names import (
    HANDLE,
    MARK,
    account_id,
    account_uri,
    account_url,
    acct,
    feed_path,
    is_told,
    post_url,
    status_uri,
    status_url,
)
from connectors.sandbox.people import Person, up_to
from connectors.sandbox.posts import Post, visible
from connectors.sandbox.sandbox import Sandbox
from connectors.sandbox.text import brand_bio

VERSION = "4.6.0"
TOKENS = re.compile(rf"{MARK.pattern}|#(\w+)|(https?://[^\s<>\"]+)|{HANDLE.pattern}")


class Entities:
    """Writes objects as of the sandbox's clock."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.world = sandbox.world
        members = [person for person in self.world.people if person.handle]
        self.by_account_id = {account_id(person): person for person in members}
        self.by_acct = {acct(person): person for person in members}
        self.brand_accounts = {person.handle: person for person in members if person.role == "brand"}
        self.shows = list(self.world.podcasts.values())
        self.by_author: dict[int, list[Post]] = {}
        for post in sorted((post for post in self.world.posts if post.channel == "microblog"), key=lambda post: int(post.native_id)):
            self.by_author.setdefault(post.author, []).append(post)

    def hides_collections(self, person: Person) -> bool:
        """Whether nobody may see whom a person follows and is followed by."""
        return person.role == "person" and person.id % 37 == 5

    def allows_search(self, person: Person) -> bool:
        """Whether a person lets others find their statuses by text."""
        return person.id % 10 < 7

    def account(self, person: Person) -> dict[str, Any]:
        """An account object."""
        return self.sandbox.once(("account", person.id), lambda: self._account(person))

    def _account(self, person: Person) -> dict[str, Any]:
        now = self.sandbox.now
        posts = visible(self.by_author.get(person.id, []), now)
        follows = self.world.follows
        picture = f"https://{MICROBLOG}/avatars/original/missing.png"
        if person.role != "farm" and person.id % 11:
            picture = f"https://files.{MICROBLOG}/accounts/avatars/{account_id(person)}.png"
        header = f"https://{MICROBLOG}/headers/original/missing.png"
        return {
            "id": account_id(person),
            "username": person.handle,
            "acct": acct(person),
            "display_name": person.name if person.role != "farm" else "",
            "locked": False,
            "bot": False,
            "discoverable": person.id % 4 != 0,
            "indexable": self.allows_search(person),
            "group": False,
            "created_at": datetime.fromtimestamp(person.joined_at, UTC).strftime("%Y-%m-%dT00:00:00.000Z"),
            "note": self._note(person),
            "url": account_url(person),
            "uri": account_uri(person),
            "avatar": picture,
            "avatar_static": picture,
            "avatar_description": "",
            "header": header,
            "header_static": header,
            "header_description": "",
            "followers_count": up_to(follows.followers.get(person.id, []), now),
            "following_count": up_to(follows.following.get(person.id, []), now),
            "statuses_count": len(posts),
            "last_status_at": datetime.fromtimestamp(posts[-1].at, UTC).strftime("%Y-%m-%d") if posts else None,
            "hide_collections": self.hides_collections(person),
            "show_media": True,
            "show_media_replies": True,
            "show_featured": True,
            "noindex": person.role == "person" and person.id % 41 == 7,
            "emojis": [],
            "roles": [],
            "fields": self._fields(person),
        }

    def _note(self, person: Person) -> str:
        if person.role == "farm":
            return ""
        said = brand_bio(str(person.handle)) if person.role == "brand" else self.world.community(person).name.capitalize()
        return f"<p>{html.escape(said)}</p>"

    def _fields(self, person: Person) -> list[dict[str, Any]]:
        """A site that links back, and the feed where its author names it; a fan names the feed of somebody else's show."""
        if person.role == "brand":
            return [_field("Website", f"https://{person.handle}.example", person.joined_at)]
        fields = []
        for kind, homes in (("blogs", self.world.blogs), ("podcasts", self.world.podcasts)):
            for home in homes.values():
                if person.id in home.authors:
                    feed = f"{self.sandbox.address}{feed_path(home, kind)}"
                    fields += [_field("Website", home.site, person.joined_at), *([_field("Feed", feed)] if is_told(home) else ())]
        if person.role == "person" and person.id % 97 == 13:
            show = self.shows[person.id % len(self.shows)]
            if person.id not in show.authors:
                fields.append(_field("I love", f"{self.sandbox.address}{feed_path(show, 'podcasts')}"))
        return fields

    def status(self, post: Post, depth: int = 0) -> dict[str, Any]:
        """A status object; `depth` is how many quotes it stands in."""
        return self.sandbox.once(("status", post.id, depth), lambda: self._status(post, depth))

    def _status(self, post: Post, depth: int) -> dict[str, Any]:
        now, author = self.sandbox.now, self.world.author(post)
        shown = post.reblogged or post
        parent = shown.parent if shown.parent and shown.parent.is_visible(now) else None
        edited = shown.edited_at(now)
        content, mentioned, tags = self._content(shown, shown.text_at(now), parent)
        return {
            "id": post.native_id,
            "created_at": _time(post.at),
            "in_reply_to_id": parent.native_id if parent and not post.reblogged else None,
            "in_reply_to_account_id": account_id(self.world.author(parent)) if parent and not post.reblogged else None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": "public",
            "language": post.language,
            "uri": status_uri(post, author),
            "url": status_uri(post, author) if post.reblogged else status_url(post, author),
            "replies_count": 0 if post.reblogged else len(visible(post.replies, now)),
            "reblogs_count": 0 if post.reblogged else len(visible(post.reblogs, now)),
            "favourites_count": 0 if post.reblogged else up_to(post.likes, now),
            "quotes_count": 0 if post.reblogged else len(visible(post.quotes, now)),
            "edited_at": _time(edited) if edited and not post.reblogged else None,
            "content": content,
            "filtered": [],
            "reblog": self.status(post.reblogged) if post.reblogged else None,
            "account": self.account(author),
            "media_attachments": [],
            "mentions": [
                {"id": account_id(person), "username": person.handle, "url": account_url(person), "acct": acct(person)}
                for person in mentioned
            ],
            "tags": [{"name": tag, "url": f"https://{MICROBLOG}/tags/{tag}"} for tag in tags],
            "emojis": [],
            "tagged_collections": [],
            "quote": self._quote(shown, depth),
            "card": None,
            "poll": None,
            "quote_approval": {"automatic": ["public"], "manual": [], "current_user": "denied"},
        }

    def _quote(self, post: Post, depth: int) -> dict[str, Any] | None:
        if post.quoted is None:
            return None
        if not post.quoted.is_visible(self.sandbox.now):
            return {"state": "deleted", "quoted_status": None}
        if depth:
            return {"state": "accepted", "quoted_status_id": post.quoted.native_id}
        return {"state": "accepted", "quoted_status": self.status(post.quoted, depth=1)}

    def _content(self, post: Post, text: str, parent: Post | None) -> tuple[str, list[Person], list[str]]:
        """HTML, the people mentioned and the hashtags."""
        mentioned: dict[int, Person] = {}
        tags: dict[str, None] = {}

        def mention(person: Person) -> str:
            if not person.handle:
                return html.escape(person.name)
            mentioned[person.id] = person
            address = account_url(person)
            return f'<span class="h-card" translate="no"><a href="{address}" class="u-url mention">@<span>{person.handle}</span></a></span>'

        def write(match: re.Match[str]) -> str:
            kind, number, tag, address, brand = match.groups()
            if kind == "person":
                return mention(self.world.people[int(number)])
            if tag:
                tags[tag.lower()] = None
                return f'<a href="https://{MICROBLOG}/tags/{tag}" class="mention hashtag" rel="tag">#<span>{tag}</span></a>'
            if brand:
                return mention(self.brand_accounts[brand])
            return _link(post_url(self.world, self.world.posts[int(number)]) if kind else address)

        def marked(words: str) -> str:
            parts, last = [], 0
            for match in TOKENS.finditer(words):
                parts += [html.escape(words[last : match.start()]), write(match)]
                last = match.end()
            return "".join((*parts, html.escape(words[last:])))

        to = f"{mention(self.world.author(parent))} " if parent and parent.author != post.author else ""
        body = "</p><p>".join(marked(part).replace("\n", "<br />") for part in text.split("\n\n"))
        return f"<p>{to}{body}</p>" if text else "", list(mentioned.values()), list(tags)

    def history(self, post: Post) -> list[dict[str, Any]]:
        """A status's versions, oldest first."""
        versions = [(post.at, post.text), *(edit for edit in post.edits if edit[0] <= self.sandbox.now)]
        return [
            {
                "content": self._content(post, text, post.parent)[0],
                "spoiler_text": "",
                "sensitive": False,
                "created_at": _time(at),
                "account": self.account(self.world.author(post)),
                "media_attachments": [],
                "emojis": [],
            }
            for at, text in versions
        ]

    def hashtag(self, tag: str) -> dict[str, Any]:
        """A hashtag object."""
        return {"id": str(1000 + sum(map(ord, tag))), "name": tag, "url": f"https://{MICROBLOG}/tags/{tag}", "history": []}

    def instance_v1(self, status_count: int) -> dict[str, Any]:
        """The server as version 1 describes it."""
        local = [person for person in self.by_acct.values() if person.domain == MICROBLOG]
        return {
            "uri": MICROBLOG,
            "title": "Murmur",
            "short_description": "A simulated server",
            "description": "Everybody here is made up.",
            "email": f"admin@{MICROBLOG}",
            "version": VERSION,
            "urls": {"streaming_api": f"wss://{MICROBLOG}"},
            "stats": {"user_count": len(local), "status_count": status_count, "domain_count": 3},
            "thumbnail": None,
            "languages": ["en"],
            "registrations": False,
            "approval_required": True,
            "invites_enabled": False,
            "configuration": {"statuses": {"max_characters": 500, "max_media_attachments": 4, "characters_reserved_per_url": 23}},
            "contact_account": self.account(self.brand_accounts[next(iter(BRANDS))]),
            "rules": [],
        }

    def instance_v2(self) -> dict[str, Any]:
        """The server as version 2 describes it."""
        access = {"local": "public", "remote": "public"}
        return {
            "domain": MICROBLOG,
            "title": "Murmur",
            "version": VERSION,
            "source_url": "https://github.com/mastodon/mastodon",
            "description": "Everybody here is made up.",
            "usage": {"users": {"active_month": len(self.by_author)}},
            "thumbnail": {"url": f"https://{MICROBLOG}/preview.png"},
            "languages": ["en"],
            "configuration": {
                "urls": {"streaming": f"wss://{MICROBLOG}"},
                "accounts": {"max_featured_tags": 10},
                "statuses": {"max_characters": 500, "max_media_attachments": 4, "characters_reserved_per_url": 23},
                "translation": {"enabled": False},
                "timelines_access": {"live_feeds": access, "hashtag_feeds": access, "trending_link_feeds": access},
            },
            "registrations": {"enabled": False, "approval_required": True, "message": None},
            "api_versions": {"mastodon": 7},
            "contact": {"email": f"admin@{MICROBLOG}", "account": None},
            "rules": [],
        }


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _link(address: str) -> str:
    scheme, rest = address.split("://", 1)
    shown, hidden = rest[:30], rest[30:]
    kind = "ellipsis" if hidden else ""
    return (
        f'<a href="{html.escape(address)}" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">{scheme}://</span>'
        f'<span class="{kind}">{html.escape(shown)}</span><span class="invisible">{html.escape(hidden)}</span></a>'
    )


def _field(name: str, address: str, verified_at: int | None = None) -> dict[str, Any]:
    shown = address.partition("://")[2]
    scheme = address.removesuffix(shown)
    link = f'<a href="{address}" target="_blank" rel="nofollow noopener me" translate="no">'
    value = f'{link}<span class="invisible">{scheme}</span>{shown}</a>'
    checked = f"{datetime.fromtimestamp(verified_at, UTC):%Y-%m-%d}T12:00:00.000+00:00" if verified_at else None
    return {"name": name, "value": value, "verified_at": checked}
