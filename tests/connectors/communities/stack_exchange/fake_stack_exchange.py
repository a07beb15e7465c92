"""The Stack Exchange API in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx

BASE = "https://exchange.test/2.3"
HOME = "https://brewing.exchange.test"


def epoch(at: str) -> int:
    return int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp())


class FakeExchange:
    """The site `brewing`, its quota, and what the API adds to single answers."""

    def __init__(self) -> None:
        self.items: dict[str, dict[int, dict[str, Any]]] = {"question": {}, "answer": {}, "comment": {}, "user": {}}
        self.quota = 300
        self.added: dict[str, Any] = {}
        self.refused: dict[str, httpx.Response] = {}
        self.asked: list[httpx.Request] = []

    def _item(self, kind: str, by: int | None, at: str, **more: Any) -> int:
        number = 1 + sum(map(len, self.items.values()))
        owner: dict[str, Any] = {"user_type": "does_not_exist", "display_name": "user9"}
        if by is not None:
            owner = {"user_id": by, "account_id": by + 500, "display_name": f"user {by}", "reputation": 5}
            self.items["user"].setdefault(by, {**owner, "badge_counts": {"gold": 1}})
        self.items[kind][number] = {
            f"{kind}_id": number,
            "owner": owner,
            "creation_date": epoch(at),
            "score": 0,
            "body": "<p>b</p>",
            **more,
        }
        return number

    def question(self, by: int | None, at: str, title: str = "How?", tags: tuple[str, ...] = ()) -> int:
        number = self._item("question", by, at, title=title, tags=list(tags), last_activity_date=epoch(at), answer_count=0, view_count=1)
        self.items["question"][number]["link"] = f"{HOME}/questions/{number}/how"
        return number

    def answer(self, by: int, question: int, at: str) -> int:
        self.items["question"][question] |= {"last_activity_date": epoch(at), "answer_count": 1}
        return self._item("answer", by, at, question_id=question)

    def comment(self, by: int, post: int, at: str, **more: Any) -> int:
        return self._item("comment", by, at, post_id=post, **more)

    def paths(self, part: str) -> list[str]:
        return [request.url.path for request in self.asked if part in request.url.path]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path, query = request.url.path.removeprefix("/2.3"), request.url.params
        for refused, answer in self.refused.items():
            if path.startswith(refused):
                return answer
        if query["site"] != "brewing":
            return error(400, "bad_parameter", f"No site found for name `{query['site']}`")
        self.quota -= 1
        found = self.found(path.strip("/").split("/"), query)
        first = (int(query.get("page", 1)) - 1) * int(query.get("pagesize", 30))
        shown = found[first : first + int(query.get("pagesize", 30))]
        body = {"items": shown, "has_more": first + len(shown) < len(found), "quota_max": 300, "quota_remaining": self.quota}
        return httpx.Response(200, json=body | self.added)

    def found(self, parts: list[str], query: httpx.QueryParams) -> list[dict[str, Any]]:
        match parts:
            case ["info"]:
                return [{"total_questions": len(self.items["question"])}]
            case ["questions"] | ["search", "advanced"]:
                assert query["order"] == "asc"
                assert query["sort"] == "activity"
                assert query["filter"] == "withbody"
                active = [
                    one for one in self.items["question"].values() if int(query["min"]) <= one["last_activity_date"] <= int(query["max"])
                ]
                wanted = [one for one in active if query.get("tagged", "") in ["", *one["tags"]]]
                word = query.get("q", "").strip('"').lower()
                return sorted((one for one in wanted if word in one["title"].lower()), key=lambda one: one["last_activity_date"])
            case ["questions", ids, "answers"]:
                return [one for one in self.items["answer"].values() if str(one["question_id"]) in ids.split(";")]
            case ["posts", ids, "comments"]:
                since, until = int(query.get("fromdate", 0)), int(query["todate"])
                below = [one for one in self.items["comment"].values() if str(one["post_id"]) in ids.split(";")]
                return [one for one in below if since <= one["creation_date"] <= until]
            case [plural, ids]:
                assert len(ids.split(";")) <= 100
                return [one for number, one in self.items[plural.removesuffix("s")].items() if str(number) in ids.split(";")]
        raise AssertionError(parts)


def error(number: int, name: str, message: str, status: int = 400) -> httpx.Response:
    return httpx.Response(status, json={"error_id": number, "error_name": name, "error_message": message})
