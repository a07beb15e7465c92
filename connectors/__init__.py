"""Sources of what people say: one module a platform, found by its `SOURCE`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules, walk_packages
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.source import Source


@cache
def platforms() -> Mapping[str, Source]:
    """Every platform by name, from `files.py`, `databases.py` and the channel folders."""
    modules = [f"{__name__}.files", f"{__name__}.databases"]
    for channel in iter_modules(__path__, f"{__name__}."):
        if channel.ispkg and not channel.name.endswith(".sandbox"):
            package = import_module(channel.name)
            modules += [module.name for module in walk_packages(package.__path__, f"{channel.name}.")]
    sources = [import_module(name).SOURCE for name in modules]
    return {source.platform: source for source in sorted(sources, key=lambda source: source.platform)}
