"""Wikimedia's pageviews, as if the wiki were one of its projects: the daily views of an article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.people import DAY
from connectors.sandbox.sandbox import Sandbox, json_answer
from connectors.sandbox.wiki import WikiPage

PROJECT = "127.0.0.1:8765"
READY_AFTER = DAY
CORRECTED_AFTER = 3 * DAY
VIEWS_PER_POST, VIEWS_PER_EDIT = 4, 30
"""A day's views by those who read of the page's brand elsewhere that day, and by those whom an edit draws."""


class PageViews:
    """Routes below the API's root. A day is told one day after its end, at first without its last few views."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.by_title = {page.title.replace(" ", "_"): page for page in sandbox.world.wiki.pages}

    def routes(self) -> list[Route]:
        """The path that it answers."""
        path = "/per-article/{project}/{access}/{agent}/{article:path}/{granularity}/{first}/{last}"
        return [Route(f"/api/rest_v1/metrics/pageviews{path}", self._per_article)]

    async def _per_article(self, request: Request) -> Response:
        asked = request.path_params
        try:
            first, last = (datetime.strptime(asked[name][:8], "%Y%m%d").date() for name in ("first", "last"))
        except ValueError:
            return _refused(400, "start and end are dates like 20260901")
        if (asked["access"], asked["agent"], asked["granularity"]) != ("all-access", "user", "daily"):
            return _refused(400, "here are only all-access, user and daily")
        page = self.by_title.get(asked["article"])
        project = asked["project"].removeprefix("www.").removesuffix(".org")
        days = self._days(page, first, last) if page and project == PROJECT else {}
        common = {"project": project, "article": asked["article"], "granularity": "daily", "access": "all-access", "agent": "user"}
        items = [{**common, "timestamp": f"{day:%Y%m%d}00", "views": views} for day, views in days.items()]
        return json_answer({"items": items}) if items else _refused(404, "There is no data for these dates, or not yet.")

    def _days(self, page: WikiPage, first: date, last: date) -> dict[date, int]:
        """The views of each day that is counted by now; a day without any is not there."""
        edits = Counter(_day(revision.at) for revision in page.seen(self.sandbox.now))
        talk = self._talk().get(page.brand or "", {})
        first = max(first, _day(page.revisions[0].at))
        last = min(last, _day(self.sandbox.now - READY_AFTER) - timedelta(days=1))
        told = {}
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            views = VIEWS_PER_POST * talk.get(day, 0) + VIEWS_PER_EDIT * edits[day] + (page.id * 7 + day.toordinal()) % 5
            is_corrected = day <= _day(self.sandbox.now - CORRECTED_AFTER)
            told[day] = views if is_corrected else views - views // 50
        return {day: views for day, views in told.items() if views}

    def _talk(self) -> Mapping[str, Mapping[date, int]]:
        """How many posts of any platform named each brand on each day."""
        return self.sandbox.once(("pageviews", "talk"), self._count_talk)

    def _count_talk(self) -> dict[str, Counter[date]]:
        counts: dict[str, Counter[date]] = {}
        for post in self.sandbox.world.posts:
            if post.at <= self.sandbox.now:
                for brand in post.brands:
                    counts.setdefault(brand, Counter())[_day(post.at)] += 1
        return counts


def _day(at: int) -> date:
    return datetime.fromtimestamp(at, UTC).date()


def _refused(status: int, detail: str) -> Response:
    return json_answer({"type": "about:blank", "title": "Not found." if status == 404 else "Invalid parameters", "detail": detail}, status)
