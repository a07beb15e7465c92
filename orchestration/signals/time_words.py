"""How seven languages say when somebody came to have a thing: `data/time_words.toml`, as regular expressions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

WORDS = Path(__file__).with_name("data") / "time_words.toml"
Unit = str  # h, d, w, e (a weekend), m, y, t (ten years)


@dataclass(frozen=True)
class TimeWords:
    """The words of one language, alternatives joined; N stands for a number, U for a unit, M for a month, W for a weekday, Y for a year.

    numbers, units: regular expressions and what they mean. points: by unit and how many of them back, periods of the calendar; ago: how
    long before; lasted: for how long until now; long: by the least it takes (unit and number), the same without a number. since: what
    makes a point the beginning of a state. acquired: verbs in the past; used: what says that it is about oneself; waiting: voids a
    duration. it: takes up what the sentence before named. just: says that it is new. future: says alone that it is only meant; coming: a
    point to come, in words about oneself; mine: stands before what one has already. Without spaces, expressions need no edges.
    """

    numbers: Mapping[str, float]
    units: Mapping[str, Unit]
    points: Mapping[tuple[Unit, int], str]
    ago: Sequence[str]
    lasted: Sequence[str]
    long: Mapping[tuple[Unit, int], str]
    months: Sequence[str]
    in_month: str
    in_year: str
    acquired: str
    used: str
    waiting: str
    it: str
    just: str
    future: str
    coming: str
    mine: str
    recently: str
    since: str = ""
    weekdays: Sequence[str] = ()
    on_weekday: str = ""
    is_spaced: bool = True

    def compiled(self, pattern: str) -> re.Pattern[str]:
        """The expression with what N, U and Y stand for."""
        numbers = "|".join((*self.numbers, r"(?<![\d.,^-])\d{1,3}(?:[.,]\d)?(?![\d^])"))
        filled = pattern.replace("N", f"(?P<n>{numbers})").replace("U", f"(?P<u>{'|'.join(self.units)})").replace("Y", r"(?:19|20)\d\d")
        return re.compile(rf"(?<!\w)(?:{filled})(?!\w)" if self.is_spaced else filled)

    @cached_property
    def any_time(self) -> str:
        """What a text holds that says any time: without N and U, so that Rust reads it too."""
        said = (*self.points.values(), *self.long.values(), self.just, self.future, self.coming, self.recently)
        return "|".join((*said, *self.months, *self.weekdays, *self.units, r"(?:19|20)\d\d"))


@cache
def time_words() -> Mapping[str, TimeWords]:
    """Of each language."""
    return {language: _read(**fields) for language, fields in tomllib.loads(WORDS.read_text(encoding="utf-8")).items()}


def _read(points: Mapping[str, Sequence[str]], long: Mapping[str, Sequence[str]], **fields: Any) -> TimeWords:
    lists = ("ago", "lasted", "months", "weekdays")
    joined = {name: "|".join(value) if isinstance(value, list) and name not in lists else value for name, value in fields.items()}
    words: Any = joined
    return TimeWords(points=_periods(points), long=_periods(long), **words)


def _periods(periods: Mapping[str, Sequence[str]]) -> Mapping[tuple[Unit, int], str]:
    """By unit and number, of keys such as 2y."""
    return {(key[-1], int(key[:-1])): "|".join(patterns) for key, patterns in periods.items()}
