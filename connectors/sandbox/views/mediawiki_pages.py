"""The Action API's properties of pages, and of the site, over the sandbox's wiki."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.sandbox.names import iso
from connectors.sandbox.sandbox import Sandbox
from connectors.sandbox.views.mediawiki_call import MOST, ApiError, Call, only
from connectors.sandbox.wiki import Revision, WikiPage

MOST_WITH_CONTENT = 50
NAMESPACES = {0: "", 1: "Talk"}


class Pages:
    """Reads the wiki as of the sandbox's clock. Each public method is one module of action=query and fills the call."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.wiki = sandbox.world.wiki
        self.by_title = {page.title: page for page in self.wiki.pages}
        self.by_id = {page.id: page for page in self.wiki.pages}
        self.by_revision = {revision.id: (page, revision) for page in self.wiki.pages for revision in page.revisions}

    def info(self, call: Call) -> None:
        """prop=info."""
        asked = call.values("inprop")
        for number, page, shown in self._named_pages(call):
            address = f"https://wiki.example/wiki/{shown.get('title', '').replace(' ', '_')}"
            shown |= (
                {"contentmodel": "wikitext", "pagelanguage": "en", "pagelanguagehtmlcode": "en", "pagelanguagedir": "ltr"}
                if "ns" in shown
                else {}
            )
            if page:
                latest = page.seen(call.now)[-1]
                shown |= {"touched": iso(latest.at), "lastrevid": latest.id, "length": latest.size}
                watchers = 20 + number * 37 % 90
                if "watchers" in asked and watchers >= 30:
                    shown["watchers"] = watchers
            if "url" in asked and "title" in shown:
                shown |= {"fullurl": address, "editurl": f"{address}?action=edit", "canonicalurl": address}

    def revisions(self, call: Call) -> None:
        """prop=revisions."""
        props, with_slots = call.values("rvprop", "ids|flags|timestamp|user|comment"), "rvslots" in call.params
        listing = {"rvlimit", "rvstart", "rvend", "rvdir", "rvcontinue"} & call.params.keys()
        pages = self._named_pages(call)
        if "revids" in call.params:
            wanted = {int(text) for text in call.values("revids") if text.isdigit()}
            for _, page, shown in pages:
                seen = [revision for revision in page.seen(call.now) if revision.id in wanted] if page else []
                shown["revisions"] = [self._revision(call, revision, props, with_slots) for revision in seen]
            return
        if listing and len(pages) > 1:
            raise ApiError(
                "rvmultpages", "titles, pageids or a generator was used to supply multiple pages, but parameters were for one page only."
            )
        for _, page, shown in pages:
            if page is None:
                continue
            seen = page.seen(call.now)[-1:]
            if listing:
                inside, most = call.span("rv"), MOST_WITH_CONTENT if "content" in props else MOST
                within = [revision for revision in page.seen(call.now) if inside(revision.at)]
                seen = list(call.page_of("rv", within, lambda revision: (revision.at, revision.id), call.limit("rvlimit", most)))
                call.is_inside_page = "rvcontinue" in call.going_on
            if seen:
                shown["revisions"] = [self._revision(call, revision, props, with_slots) for revision in seen]

    def _revision(self, call: Call, revision: Revision, props: Sequence[str], with_slots: bool) -> dict[str, Any]:
        hidden = revision.is_hidden(call.now)
        said: dict[str, Any] = {
            **{"revid": revision.id, "parentid": revision.parent_id, "minor": revision.is_minor, **who(revision, self.sandbox.now)},
            **{"timestamp": iso(revision.at), "size": revision.size, "tags": list(revision.tags)},
        }
        if not hidden:
            said["sha1"] = revision.sha1
        shown = only(said, props)
        if hidden and "sha1" in props:
            shown["sha1hidden"] = True
        if "content" in props:
            text: dict[str, Any] = {"texthidden": True}
            if not hidden:
                text = {"contentmodel": "wikitext", "contentformat": "text/x-wiki", "content": revision.text}
            shown |= {"slots": {"main": text}} if with_slots else text
        return shown

    def _named_pages(self, call: Call) -> list[tuple[int, WikiPage | None, dict[str, Any]]]:
        """Id, page (None where missing) and the answer's object of every page that the call names; made once for all modules."""
        if "pages" not in call.query:
            self._name_pages(call)
        return [
            (shown.get("pageid", 0), None if "missing" in shown else self.by_id[shown["pageid"]], shown) for shown in call.query["pages"]
        ]

    def _name_pages(self, call: Call) -> None:
        found: dict[str, dict[str, Any]] = {}
        for title in call.values("titles"):
            clean = title.replace("_", " ").strip()
            clean = clean[:1].upper() + clean[1:]
            if clean != title:
                call.query.setdefault("normalized", []).append({"fromencoded": False, "from": title, "to": clean})
            page = self.by_title.get(clean)
            found[clean] = (
                _named(page) if page and page.exists(call.now) else {"ns": int(clean.startswith("Talk:")), "title": clean, "missing": True}
            )
        for text in call.values("pageids"):
            page = self.by_id.get(int(text)) if text.isdigit() else None
            found[text] = _named(page) if page and page.exists(call.now) else {"pageid": int(text), "missing": True}
        for text in call.values("revids"):
            page, revision = self.by_revision.get(int(text) if text.isdigit() else 0, (None, None))
            if page and revision and page.exists(call.now) and revision.at <= call.now:
                found[page.title] = _named(page)
            else:
                call.query.setdefault("badrevids", {})[text] = {"revid": int(text), "missing": True}
        call.query["pages"] = list(found.values())

    def site_info(self, call: Call) -> None:
        """meta=siteinfo."""
        existing = [page for page in self.wiki.pages if page.exists(call.now)]
        edits = sum(len(page.seen(call.now)) for page in existing)
        everything = {
            "general": {
                **{
                    "mainpage": "Main Page",
                    "base": "https://wiki.example/wiki/Main_Page",
                    "sitename": "Example Wiki",
                    "generator": "MediaWiki 1.45.1",
                },
                **{"lang": "en", "articlepath": "/wiki/$1", "scriptpath": "/w", "server": "https://wiki.example", "wikiid": "examplewiki"},
                **{"time": iso(call.now), "timezone": "UTC", "timeoffset": 0, "readonly": False, "case": "first-letter"},
            },
            "namespaces": {
                str(number): {"id": number, "case": "first-letter", "name": name, "content": number == 0}
                for number, name in NAMESPACES.items()
            },
            "statistics": {
                "pages": len(existing),
                "articles": sum(page.namespace == 0 for page in existing),
                "edits": edits,
                "users": len(self.wiki.users),
            },
        }
        call.query |= {key: value for key, value in everything.items() if key in call.values("siprop", "general")}


def who(revision: Revision, now: int) -> dict[str, Any]:
    """Whose revision it is and what they said of it, or that both are hidden."""
    if revision.is_hidden(now):
        return {"userhidden": True, "commenthidden": True}
    user = {"user": revision.user, "userid": revision.user_id, "comment": revision.comment}
    return user if revision.person is not None else user | {"temp": True}


def _named(page: WikiPage) -> dict[str, Any]:
    return {"pageid": page.id, "ns": page.namespace, "title": page.title}
