"""The Action API's lists over the sandbox's wiki."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from typing import Any

from connectors.sandbox.names import iso
from connectors.sandbox.sandbox import Sandbox
from connectors.sandbox.views.mediawiki_call import ApiError, Call, only
from connectors.sandbox.views.mediawiki_pages import who
from connectors.sandbox.wiki import Revision, WikiPage

STEWARD, STEWARD_ID = "Steward", 1
FIRST_LOGGED_CHANGE = 500_000
SORTS: dict[str, Callable[[WikiPage, Revision], int]] = {
    "relevance": lambda page, latest: -page.id,
    "last_edit_desc": lambda page, latest: latest.at,
    "create_timestamp_desc": lambda page, latest: page.revisions[0].at,
}


class Lists:
    """Reads the wiki as of the sandbox's clock. Each public method is one list of action=query and fills the call."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.wiki = sandbox.world.wiki
        self.sizes = {revision.id: revision.size for page in self.wiki.pages for revision in page.revisions}
        self.log = sorted(_log(self.wiki.pages), key=lambda entry: entry[0])

    def recent_changes(self, call: Call) -> None:
        """list=recentchanges."""
        types, inside = call.values("rctype", "edit|new|log"), call.span("rc")
        spaces = call.values("rcnamespace", "*")
        changes: list[tuple[int, int, dict[str, Any]]] = []
        for page in self._existing(call, spaces):
            changes += [
                (revision.at, revision.id, self._change(page, revision))
                for revision in page.seen(call.now)
                if inside(revision.at) and ("edit" if revision.parent_id else "new") in types
            ]
        if "log" in types:
            for number, (at, page, _) in enumerate(self.log, start=FIRST_LOGGED_CHANGE):
                if at <= call.now and inside(at) and ("*" in spaces or str(page.namespace) in spaces):
                    changes.append((at, number, self._logged_change(page, at, number)))
        found = call.page_of("rc", changes, lambda change: (change[0], change[1]), call.limit("rclimit"))
        props = call.values("rcprop", "title|timestamp|ids")
        call.query["recentchanges"] = [only(change, props, always=("type", "ns", "title")) for _, _, change in found]

    def _change(self, page: WikiPage, revision: Revision) -> dict[str, Any]:
        is_new = revision.parent_id == 0
        return {
            "type": "new" if is_new else "edit",
            "ns": page.namespace,
            "title": page.title,
            "pageid": page.id,
            "revid": revision.id,
            "old_revid": revision.parent_id,
            "rcid": revision.id,
            **who(revision, self.sandbox.now),
            "bot": False,
            "new": is_new,
            "minor": revision.is_minor,
            "oldlen": self.sizes.get(revision.parent_id, 0),
            "newlen": revision.size,
            "timestamp": iso(revision.at),
            "tags": list(revision.tags),
        }

    def _logged_change(self, page: WikiPage, at: int, number: int) -> dict[str, Any]:
        user = {"user": STEWARD, "userid": STEWARD_ID, "bot": False, "new": False, "minor": False, "oldlen": 0, "newlen": 0}
        ids = {"pageid": 0, "revid": 0, "old_revid": 0, "rcid": number}
        return {"type": "log", "ns": page.namespace, "title": page.title, **ids, **user, "timestamp": iso(at), "comment": "", "tags": []}

    def log_events(self, call: Call) -> None:
        """list=logevents: deletions, and hidings of revisions."""
        inside, kinds = call.span("le"), call.values("letype", "delete")
        entries = [
            (at, number, page, revision)
            for number, (at, page, revision) in enumerate(self.log, start=1)
            if at <= call.now and inside(at) and "delete" in kinds
        ]
        found = call.page_of("le", entries, lambda entry: (entry[0], entry[1]), call.limit("lelimit"))
        props = call.values("leprop", "ids|title|type|user|timestamp|comment|details")
        call.query["logevents"] = [only(self._log_event(*entry), props) for entry in found]

    def _log_event(self, at: int, number: int, page: WikiPage, revision: Revision | None) -> dict[str, Any]:
        hidden = {"bitmask": 7, "content": True, "comment": True, "user": True, "restricted": False}
        params = {"type": "revision", "ids": [revision.id], "old": {"bitmask": 0}, "new": hidden} if revision else {}
        return {
            "logid": number,
            "ns": page.namespace,
            "title": page.title,
            "pageid": page.id if revision else 0,
            "logpage": page.id,
            "params": params,
            "type": "delete",
            "action": "revision" if revision else "delete",
            "user": STEWARD,
            "userid": STEWARD_ID,
            "timestamp": iso(at),
            "comment": "outside the wiki's scope" if revision is None else "personal data",
        }

    def user_contributions(self, call: Call) -> None:
        """list=usercontribs."""
        names, inside = call.values("ucuser"), call.span("uc")
        if not names:
            raise ApiError("missingparam", 'One of the parameters "ucuserprefix", "ucuserids", "uciprange" and "ucuser" is required.')
        edits = [
            (page, revision)
            for page in self._existing(call, ["*"])
            for revision in page.seen(call.now)
            if revision.user in names and inside(revision.at) and not revision.is_hidden(call.now)
        ]
        found = call.page_of("uc", edits, lambda edit: (edit[1].at, edit[1].id), call.limit("uclimit"))
        props = call.values("ucprop", "ids|title|timestamp|comment|size|flags")
        call.query["usercontribs"] = [
            {"userid": revision.user_id, "user": revision.user, **only(self._contribution(page, revision, call.now), props)}
            for page, revision in found
        ]

    def _contribution(self, page: WikiPage, revision: Revision, now: int) -> dict[str, Any]:
        return {
            **{"pageid": page.id, "revid": revision.id, "parentid": revision.parent_id, "ns": page.namespace, "title": page.title},
            **{"timestamp": iso(revision.at), "new": revision.parent_id == 0, "minor": revision.is_minor},
            **{"top": page.seen(now)[-1] is revision, "comment": revision.comment, "size": revision.size, "tags": list(revision.tags)},
        }

    def search(self, call: Call) -> None:
        """list=search."""
        wanted, sort = call.params.get("srsearch", ""), call.params.get("srsort", "relevance")
        if not wanted:
            raise ApiError("missingparam", 'The "srsearch" parameter must be set.')
        if sort not in SORTS:
            raise ApiError("badvalue", f'Unrecognized value for parameter "srsort": {sort}.')
        terms = [term.strip('"').lower() for term in re.findall(r'"[^"]+"|\S+', wanted) if not term.startswith("insource:")]
        spaces = call.values("srnamespace", "0")
        pages = [(page, page.seen(call.now)[-1]) for page in self._existing(call, spaces)]
        hits = [
            (page, latest)
            for page, latest in pages
            if not latest.is_hidden(call.now)
            and all(re.search(rf"\b{re.escape(term)}\b", f"{page.title}\n{latest.text}".lower()) for term in terms)
        ]
        hits.sort(key=lambda hit: SORTS[sort](*hit), reverse=True)
        first, limit = call.whole("sroffset", 0), call.limit("srlimit")
        if first + limit < len(hits):
            call.going_on["sroffset"] = first + limit
        call.query["searchinfo"] = {"totalhits": len(hits)}
        call.query["search"] = [
            {
                **{
                    "ns": page.namespace,
                    "title": page.title,
                    "pageid": page.id,
                    "size": latest.size,
                    "wordcount": len(latest.text.split()),
                },
                **{"snippet": html.escape(latest.text[:120]), "timestamp": iso(latest.at)},
            }
            for page, latest in hits[first : first + limit]
        ]

    def users(self, call: Call) -> None:
        """list=users."""
        call.query["users"] = [self._user(call, name) for name in call.values("ususers")]

    def _user(self, call: Call, name: str) -> dict[str, Any]:
        if name not in self.wiki.users:
            return {"name": name, "missing": True}
        number, person = self.wiki.users[name]
        edits = sum(revision.user == name for page in self.wiki.pages for revision in page.seen(call.now))
        props = {
            "editcount": edits + person % 300,
            "registration": iso(self.sandbox.world.people[person].joined_at),
            "groups": ["*", "user", "autoconfirmed"],
            "gender": "unknown",
        }
        asked = call.values("usprop")
        return {"userid": number, "name": name, **{key: value for key, value in props.items() if key in asked}}

    def _existing(self, call: Call, spaces: Sequence[str]) -> list[WikiPage]:
        return [page for page in self.wiki.pages if page.exists(call.now) and ("*" in spaces or str(page.namespace) in spaces)]


def _log(pages: Sequence[WikiPage]) -> list[tuple[int, WikiPage, Revision | None]]:
    """When a page was deleted, or a revision of one hidden."""
    deleted: list[tuple[int, WikiPage, Revision | None]] = [(page.deleted_at, page, None) for page in pages if page.deleted_at is not None]
    return deleted + [
        (revision.hidden_at, page, revision) for page in pages for revision in page.revisions if revision.hidden_at is not None
    ]
