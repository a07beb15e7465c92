"""retention.yaml: how long texts, events and counts are kept, and within how many days a deletion is to be learnt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt, StrictInt, ValidationError

from orchestration.home.tables import HomeError

RETENTION = "retention.yaml"
Kind = Literal["texts", "events", "counts"]
FOREVER = "forever"
LONGEST_DAYS = 36_500


def _days(value: object) -> object:
    return None if value == FOREVER else value


def _is_told(value: int | None) -> int | None:
    if value is not None and not 1 <= value <= LONGEST_DAYS:
        raise ValueError
    return value


Days = Annotated[StrictInt | None, AfterValidator(_is_told), BeforeValidator(_days)]
"""Whole days; None: for ever."""


class Kept(BaseModel):
    """How long each kind is kept; what is not set is as for all platforms."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    texts: Days = None
    events: Days = None
    counts: Days = None


class Retention(BaseModel):
    """How long what platforms told is kept. Without a file: all of it, for ever."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    default: Kept = Kept()
    platforms: Mapping[str, Kept] = Field(default_factory=dict)
    recheck_days: Annotated[PositiveInt, Field(le=LONGEST_DAYS)] = 90

    def days(self, platform: str, kind: Kind) -> int | None:
        """How many days; None: for ever."""
        own = self.platforms.get(platform)
        days: int | None = getattr(own if own and kind in own.model_fields_set else self.default, kind)
        return days


def read_retention(folder: Path, platforms: Sequence[str]) -> Retention:
    """What the home's retention.yaml says.

    Raises:
        HomeError: one line for each fault, with file, line, key and what to write instead.
    """
    path = folder / RETENTION
    if not path.exists():
        return Retention()
    try:
        text = path.read_text(encoding="utf-8")
        tree, written = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except UnicodeDecodeError:
        raise HomeError(f"{path}:1: not UTF-8: save it as UTF-8") from None
    except OSError as error:
        raise HomeError(f"{path}: cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise HomeError(f"{path}:{mark.line + 1 if mark else 1}: not YAML: {getattr(error, 'problem', error)}") from None
    if twice := list(_twice(tree)):
        raise HomeError("\n".join(f"{path}:{line}: {key} is written twice: keep one" for key, line in twice))
    try:
        retention = Retention.model_validate({} if written is None else written)
    except ValidationError as error:
        raise HomeError("\n".join(_faults(path, tree, error))) from None
    unknown = [name for name in retention.platforms if name not in platforms]
    if unknown:
        raise HomeError(
            "\n".join(
                f"{path}:{_line(tree, ('platforms', name))}: platforms.{name}: no such platform: one of {', '.join(platforms)}"
                for name in unknown
            )
        )
    return retention


def _twice(node: yaml.Node | None) -> Iterator[tuple[str, int]]:
    """Keys that a mapping has again, with their lines; YAML takes the last."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield str(key.value), key.start_mark.line + 1
            seen.add(key.value)
            yield from _twice(value)


def _faults(path: Path, tree: yaml.Node | None, error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        place = fault["loc"]
        key = ".".join(map(str, place))
        if fault["type"] == "extra_forbidden":
            known = "default, platforms, recheck_days" if len(place) == 1 else "texts, events, counts"
            told = f"no such key: one of {known}"
        elif place and place[-1] in ("texts", "events", "counts"):
            told = f"write a whole number of days from 1 to {LONGEST_DAYS}, or {FOREVER}"
        elif key == "recheck_days":
            told = f"write a whole number of days from 1 to {LONGEST_DAYS}"
        else:
            told = "write texts, events and counts below it, each with days, such as {texts: 90}"
        yield f"{path}:{_line(tree, place)}: {key or 'the file'}: {told}"


def _line(tree: yaml.Node | None, place: Sequence[int | str]) -> int:
    """The line of the last key on the way to a place that is there."""
    node, line = tree, 1
    for part in place:
        if not isinstance(node, yaml.MappingNode):
            break
        for key, value in node.value:
            if key.value == str(part):
                line, node = key.start_mark.line + 1, value
                break
    return line
