"""Sources of what people say: a module or a package for each platform, found by its `SOURCE`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.extraction import Platform


@cache
def platforms() -> Mapping[str, Platform]:
    """Every platform by name: `<channel>/<platform>.py`, or `source.py` of the package `<channel>/<platform>/`."""
    names: list[str] = []
    for room in iter_modules(__path__, f"{__name__}."):
        if room.ispkg and not room.name.endswith(".sandbox"):
            inside = iter_modules(import_module(room.name).__path__, f"{room.name}.")
            names += [f"{module.name}.source" if module.ispkg else module.name for module in inside]
    sources = [module.SOURCE for module in map(import_module, names) if hasattr(module, "SOURCE")]
    return {source.platform: source for source in sorted(sources, key=lambda source: source.platform)}
