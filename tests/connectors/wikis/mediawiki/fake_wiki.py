"""A wiki of our own making behind the parts of MediaWiki's Action API that the connector asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

Json = dict[str, Any]


@dataclass
class Edit:
    """A revision; `user` holds who saved it, or whatever else its answer shall say."""

    page: int
    revid: int
    at: str
    text: str | None
    parent: int = 0
    user: Json = field(default_factory=lambda: {"user": "Ada", "userid": 7})

    def answer(self, props: str) -> Json:
        said: Json = {"revid": self.revid, "parentid": self.parent, "timestamp": self.at, "tags": []}
        if "content" in props:
            said["slots"] = {"main": {"texthidden": True} if self.text is None else {"contentmodel": "wikitext", "content": self.text}}
        return said | self.user


class FakeWiki:
    """Answers requests from its edits, its log and its titles by page id."""

    def __init__(self, *edits: Edit, titles: dict[int, str] | None = None) -> None:
        self.edits = {edit.revid: edit for edit in edits}
        self.titles = titles if titles is not None else {edit.page: f"Page {edit.page}" for edit in edits}
        self.redirects: dict[str, str] = {}
        self.unlisted: set[int] = set()
        self.log: list[Json] = []
        self.changes: list[Json] = []
        self.refusals: list[Json] = []
        self.hits: list[Json] = []
        self.sorts = True
        self.clock = "2026-09-02T03:00:00Z"
        self.most = 500
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = dict(request.url.params)
        self.asked.append(asked)
        if self.refusals:
            return httpx.Response(200, json=self.refusals.pop(0), headers={"Retry-After": "5"})
        module = asked.get("list") or asked.get("prop") or asked["meta"]
        answer = getattr(self, module)(asked)
        return httpx.Response(200, json={"batchcomplete": True, "curtimestamp": self.clock, **answer})

    def called(self, **params: str) -> list[dict[str, str]]:
        return [asked for asked in self.asked if params.items() <= asked.items()]

    def within(self, asked: dict[str, str], prefix: str, items: list[Json]) -> Json:
        start, end = asked[f"{prefix}start"], asked[f"{prefix}end"]
        assert asked[f"{prefix}dir"] == "newer"
        found = sorted((item for item in items if start <= item["timestamp"] <= end), key=lambda item: str(item["timestamp"]))
        first = int(asked.get(f"{prefix}continue", "0|0").split("|")[0])
        rest = {"continue": {f"{prefix}continue": f"{first + self.most}|x", "continue": "-||"}} if first + self.most < len(found) else {}
        if first:
            assert asked["continue"] == "-||", "the continue object is merged whole"
        return {"items": found[first : first + self.most], **rest}

    def recentchanges(self, asked: dict[str, str]) -> Json:
        edits = [
            {"type": "edit", "revid": edit.revid, "pageid": edit.page, "timestamp": edit.at}
            for edit in self.edits.values()
            if edit.revid not in self.unlisted
        ]
        found = self.within(asked, "rc", edits + self.changes)
        return {"query": {"recentchanges": found.pop("items")}, **found}

    def logevents(self, asked: dict[str, str]) -> Json:
        assert asked["letype"] == "delete"
        found = self.within(asked, "le", self.log)
        return {"query": {"logevents": found.pop("items")}, **found}

    def usercontribs(self, asked: dict[str, str]) -> Json:
        if "[" in asked["ucuser"]:
            return {"errors": [{"code": "baduser", "text": "Invalid value for user parameter.", "module": "query+usercontribs"}]}
        edits = [edit for edit in self.edits.values() if edit.user.get("user") == asked["ucuser"]]
        found = self.within(asked, "uc", [{"revid": edit.revid, "timestamp": edit.at} for edit in edits])
        return {"query": {"usercontribs": found.pop("items")}, **found}

    def search(self, asked: dict[str, str]) -> Json:
        if "srsort" in asked and not self.sorts:
            text = 'Unrecognized value for parameter "srsort": last_edit_desc.'
            return {"errors": [{"code": "badvalue", "text": text, "module": "query+search"}]}
        return {"query": {"searchinfo": {"totalhits": max(len(self.hits), 3)}, "search": self.hits}}

    def users(self, asked: dict[str, str]) -> Json:
        ids = {edit.user["user"]: edit.user["userid"] for edit in self.edits.values() if edit.user.get("userid")}
        names = asked["ususers"].split("|")
        return {
            "query": {
                "users": [
                    {"name": name, **({"userid": ids[name], "editcount": 40} if name in ids else {"missing": True})} for name in names
                ]
            }
        }

    def siteinfo(self, asked: dict[str, str]) -> Json:
        return {"query": {"general": {"sitename": "Cup Wiki", "generator": "MediaWiki 1.43.0", "lang": "en"}}}

    def info(self, asked: dict[str, str]) -> Json:
        if "titles" in asked:
            title = self.redirects.get(asked["titles"], asked["titles"])
            found = [{"pageid": pageid, "title": title} for pageid, known in self.titles.items() if known == title]
            return {"query": {"pages": found or [{"ns": 0, "title": title, "missing": True}]}}
        pages = [int(pageid) for pageid in asked["pageids"].split("|")]
        return {
            "query": {
                "pages": [
                    {"pageid": pageid, "ns": 0, "title": self.titles[pageid], "length": 5}
                    if pageid in self.titles
                    else {"pageid": pageid, "missing": True}
                    for pageid in pages
                ]
            }
        }

    def revisions(self, asked: dict[str, str]) -> Json:
        if "revids" in asked:
            wanted = [int(revid) for revid in asked["revids"].split("|")]
            assert len(wanted) <= 50
            edits, rest = [self.edits[revid] for revid in wanted if revid in self.edits], {}
            missing = {str(revid): {"revid": revid, "missing": True} for revid in wanted if revid not in self.edits}
        else:
            page = (
                int(asked["pageids"])
                if "pageids" in asked
                else next(page for page, title in self.titles.items() if title == asked["titles"])
            )
            listed = [{"edit": edit, "timestamp": edit.at} for edit in self.edits.values() if edit.page == page]
            rest = self.within(asked, "rv", listed)
            edits, missing = [item["edit"] for item in rest.pop("items")], {}
        pages = [
            {"pageid": page, "ns": 0, "title": self.titles[page], "revisions": [e.answer(asked["rvprop"]) for e in edits if e.page == page]}
            for page in dict.fromkeys(edit.page for edit in edits)
        ]
        return {"query": {"pages": pages, **({"badrevids": missing} if missing else {})}, **rest}
