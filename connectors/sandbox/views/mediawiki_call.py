"""One request to the Action API: reading its parameters, going on where the last answer stopped, leaving out what was not asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

AT_ONCE = 50
MOST = 500
T = TypeVar("T")


GROUPS = {
    "ids": ("pageid", "revid", "old_revid", "rcid", "parentid", "logid", "logpage"),
    "title": ("ns", "title"),
    "type": ("type", "action"),
    "flags": ("bot", "new", "minor", "top"),
    "sizes": ("oldlen", "newlen"),
    "user": ("user", "userhidden", "temp"),
    "comment": ("comment", "commenthidden"),
    "details": ("params",),
    "loginfo": (),
}


class ApiError(Exception):
    """What the API answers instead of data."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass
class Call:
    """One request: its parameters, and the answer as the modules fill it."""

    params: Mapping[str, str]
    base: str
    now: int
    query: dict[str, Any] = field(default_factory=dict)
    going_on: dict[str, Any] = field(default_factory=dict)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    is_inside_page: bool = False

    def values(self, name: str, default: str = "") -> list[str]:
        """A parameter as a list."""
        values = [value for value in self.params.get(name, default).split("|") if value]
        if len(values) > AT_ONCE:
            raise ApiError("toomanyvalues", f'Too many values supplied for parameter "{name}". The limit is {AT_ONCE}.')
        return values

    def limit(self, name: str, most: int = MOST) -> int:
        """How many items are wanted; ten unless said, `most` at most."""
        if self.params.get(name) == "max":
            return most
        wanted = self.whole(name, 10)
        if wanted > most:
            self.warnings.append((name, f"{name} may not be over {most} (set to {wanted}) for users."))
        return max(1, min(wanted, most))

    def whole(self, name: str, default: int) -> int:
        """A parameter as a whole number."""
        text = self.params.get(name, str(default))
        if not (text.isascii() and text.isdigit()):
            raise ApiError("badinteger", f'Invalid value "{text}" for integer parameter "{name}".')
        return int(text)

    def span(self, prefix: str) -> Callable[[int], bool]:
        """Whether a moment is between the parameters `<prefix>start` and `<prefix>end`, both inclusive."""
        bounds = [self._moment(f"{prefix}start"), self._moment(f"{prefix}end")]
        if not self.is_newer(prefix):
            bounds.reverse()
        earliest, latest = bounds
        return lambda at: (earliest is None or at >= earliest) and (latest is None or at <= latest)

    def is_newer(self, prefix: str) -> bool:
        """Whether the list goes from old to new."""
        return self.params.get(f"{prefix}dir", "older") == "newer"

    def page_of(self, prefix: str, items: Sequence[T], key: Callable[[T], tuple[int, int]], limit: int) -> Sequence[T]:
        """The next items from where the last answer stopped, in the wanted direction; says how to go on."""
        ordered = sorted(items, key=key, reverse=not self.is_newer(prefix))
        marks = [f"{datetime.fromtimestamp(at, UTC):%Y%m%d%H%M%S}|{number}" for at, number in map(key, ordered)]
        mark = self.params.get(f"{prefix}continue")
        if mark is not None and mark not in marks:
            raise ApiError("badcontinue", "Invalid continue param. You should pass the original value returned by the previous query.")
        first = marks.index(mark) if mark else 0
        if first + limit < len(ordered):
            self.going_on[f"{prefix}continue"] = marks[first + limit]
        return ordered[first : first + limit]

    def _moment(self, name: str) -> int | None:
        text = self.params.get(name)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise ApiError("badtimestamp", f'Invalid value "{text}" for timestamp parameter "{name}".') from None
        return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())


def only(said: Mapping[str, Any], props: Sequence[str], always: Sequence[str] = ()) -> dict[str, Any]:
    """The keys that were asked for; a property may stand for several keys."""
    wanted = {key for prop in props for key in GROUPS.get(prop, (prop,))}
    return {key: value for key, value in said.items() if key in wanted or key in always}
