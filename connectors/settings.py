"""sources.yaml: what this installation listens to, and the names of the environment variables that hold its secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import httpx
import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from connectors.source import Source, SourceError


class SettingsError(SourceError):
    """sources.yaml cannot be used; the message says file, line, and what to write instead."""


def _web_address(value: str) -> str:
    try:
        url = httpx.URL(value)
    except httpx.InvalidURL as error:
        raise ValueError(f"not a URL: {error}") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("not an http:// or https:// URL")
    if url.userinfo:
        raise ValueError("a URL must not hold a user name or password: name an environment variable under `secrets`")
    return value


_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")
"""A secret that was pasted where its variable's name belongs is none, and is never shown."""

NO_SECRETS = {"SANDBOX_TOKEN": "sandbox"}
"""What stands for a secret on the sandbox, so that its entries in sources.yaml need nothing from the environment."""

WebAddress = Annotated[str, AfterValidator(_web_address)]


class Limits(BaseModel):
    """How much one night may ask of a source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    requests_per_second: float | None = Field(None, gt=0, le=1000)
    max_pages: int = Field(1000, ge=1)
    max_body_mb: float = Field(32, gt=0, le=1024)
    max_redirects: int = Field(5, ge=0, le=20)
    attempts: int = Field(5, ge=1, le=20)
    connect_seconds: float = Field(10, gt=0)
    read_seconds: float = Field(30, gt=0)
    total_seconds: float = Field(120, gt=0)
    history_days: int = Field(30, ge=1, le=3650)
    young_days: int = Field(30, ge=0, le=3650)
    budget: int | None = Field(None, ge=1)
    """What a night may spend where the platform rations or sells its answers, in its own unit (README.md's table says which)."""


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("not a time zone such as Europe/Berlin") from None
    return value


TimeZone = Annotated[str, AfterValidator(_time_zone)]


def _language(value: str) -> str:
    if not re.fullmatch(r"[a-z]{2}(?:-[A-Za-z0-9]{2,8})*", value):
        raise ValueError("not a language such as de or pt-BR")
    return value


Language = Annotated[str, AfterValidator(_language)]


class TableDialect(BaseModel):
    """What a table does not tell of itself: what parts its cells and decimals, the zone of its times, the currency of its amounts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delimiter: Literal[",", ";", "\t", "|"] | None = None
    decimal: Literal[".", ","] | None = None
    timezone: TimeZone | None = None
    currency: str | None = Field(None, pattern="^[A-Z]{3}$")


class SourceSettings(BaseModel):
    """One entry of sources.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    platform: str
    base_url: WebAddress | None = None
    path: Path | None = None
    terms: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    accounts: tuple[str, ...] = ()
    feeds: tuple[WebAddress, ...] = ()
    pages: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    software: Literal["phpbb", "discourse", "vbulletin"] | None = None
    queries: Mapping[str, str] = Field(default_factory=dict)
    timezone: TimeZone | None = None
    language: Language | None = None
    """The language of posts that neither show theirs nor have it told by the platform."""
    limits: Limits = Limits()
    secrets: Mapping[str, str] = Field(default_factory=dict)
    csv: TableDialect = TableDialect()
    allow_private: bool = False
    secret_values: Mapping[str, SecretStr] = Field(default_factory=dict, exclude=True, repr=False)

    def secret(self, name: str) -> str | None:
        """The secret's value, or None where it is not configured."""
        value = self.secret_values.get(name)
        return value.get_secret_value() if value else None


@dataclass(frozen=True, slots=True)
class BrandTerms:
    """What a source listens for when its entry names no terms or tags of its own."""

    words: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()


def load_sources(
    path: Path,
    terms: BrandTerms,
    platforms: Mapping[str, Source[Any]],
    environment: Mapping[str, str] = os.environ,
    *,
    may_lack_secrets: bool = False,
) -> tuple[SourceSettings, ...]:
    """Reads and checks the whole of sources.yaml, against what the platforms can follow, before anything is fetched.

    A `path` may name variables of the environment, and is of the folder of sources.yaml where it is relative. `may_lack_secrets`: a
    variable that is not set is no mistake (its secret is None), for those who only look.

    Raises:
        SettingsError: one line per mistake, each with file, line and what to write instead.
    """
    environment = NO_SECRETS | dict(environment)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from None
    try:
        document, tree = yaml.safe_load(text), yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(f"{path}:{line}: not YAML: {error.problem}") from None
    if not isinstance(document, dict) or set(document) != {"sources"} or not isinstance(document["sources"], list):
        raise SettingsError(f"{path}:1: must hold one key, `sources`, with a list of entries")
    mistakes: list[str] = []
    sources: list[SourceSettings] = []
    for index, entry in enumerate(document["sources"]):
        try:
            found = SourceSettings.model_validate(_with_secrets(_with_whole_path(entry, path.parent, environment), environment))
            problems = list(_problems(found, platforms, {source.name for source in sources}))
            problems += () if may_lack_secrets else _secrets_to_set(found, environment)
            sources.append(_with_terms(found, terms, platforms))
        except ValidationError as error:
            problems = [(detail["loc"], _sentence(detail)) for detail in error.errors()]
        label = entry.get("name", f"entry {index + 1}") if isinstance(entry, dict) else f"entry {index + 1}"
        for location, message in problems:
            field = ".".join(str(part) for part in location)
            line = _line(tree, ("sources", index, *location))
            mistakes.append(f"{path}:{line}: {label}: {field + ': ' if field else ''}{message}")
    if mistakes:
        raise SettingsError("\n".join(mistakes))
    return tuple(sources)


def _with_whole_path(entry: Any, folder: Path, environment: Mapping[str, str]) -> Any:
    """The entry with its path from the root: with the variables that it names as $NAME, and in `folder` where it is relative."""
    if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
        return entry
    return {**entry, "path": folder / Template(entry["path"]).safe_substitute(environment)}


def _with_secrets(entry: Any, environment: Mapping[str, str]) -> Any:
    if not isinstance(entry, dict) or not isinstance(entry.get("secrets"), dict):
        return entry
    names = {secret: name for secret, name in entry["secrets"].items() if isinstance(name, str)}
    values = {secret: environment[name] for secret, name in names.items() if environment.get(name)}
    return {**entry, "secret_values": values}


def _with_terms(entry: SourceSettings, terms: BrandTerms, platforms: Mapping[str, Source[Any]]) -> SourceSettings:
    source = platforms.get(entry.platform)
    follows = source.follows if source and source.takes_brand_terms else frozenset()
    update: dict[str, tuple[str, ...]] = {}
    if "terms" in follows and entry.terms is None:
        update["terms"] = terms.words
    if "tags" in follows and entry.tags is None:
        update["tags"] = terms.hashtags
    return entry.model_copy(update=update)


def _problems(entry: SourceSettings, platforms: Mapping[str, Source[Any]], names: set[str]) -> Iterable[tuple[tuple[str | int, ...], str]]:
    if entry.name in names:
        yield ("name",), "stands twice: each source needs its own name"
    source = platforms.get(entry.platform)
    if source is None:
        yield ("platform",), f"unknown platform {entry.platform!r}: one of {', '.join(platforms)}"
        return
    for key in ("terms", "tags", "accounts", "feeds", "pages", "communities", "software", "queries", "timezone", "path", "csv"):
        if key in entry.model_fields_set and getattr(entry, key) and key not in source.follows:
            yield (key,), f"{entry.platform} cannot follow {key}: it follows {', '.join(sorted(source.follows))}"
    for key in sorted(source.requires):
        if not getattr(entry, key):
            yield (), f"needs `{key}`"
    for secret, variable in entry.secrets.items():
        if secret not in source.secrets:
            known = ", ".join(source.secrets) or "none"
            yield ("secrets", secret), f"{entry.platform} has no secret of this name: it knows {known}"
        elif not _VARIABLE.fullmatch(variable):
            yield (
                ("secrets", secret),
                "is not the name of a variable: write the secret itself into .env, as NAME=…, and NAME here",
            )
    for secret, required in source.secrets.items():
        if required and secret not in entry.secrets:
            yield (), f"needs secrets.{secret}: the name of the environment variable that holds it"


def unset_secrets(entry: SourceSettings, environment: Mapping[str, str]) -> dict[str, str]:
    """The secrets that the entry names and the environment lacks, with their variables."""
    known = NO_SECRETS | dict(environment)
    return {secret: variable for secret, variable in entry.secrets.items() if _VARIABLE.fullmatch(variable) and not known.get(variable)}


def _secrets_to_set(entry: SourceSettings, environment: Mapping[str, str]) -> Iterable[tuple[tuple[str | int, ...], str]]:
    for secret, variable in unset_secrets(entry, environment).items():
        yield ("secrets", secret), f"{variable} is not set: write it into .env beside this file, export it, or leave this secret out"


def _sentence(detail: Any) -> str:
    if detail["type"] == "extra_forbidden":
        known = ", ".join(name for name in SourceSettings.model_fields if name != "secret_values")
        return f"unknown key: known are {known}" if len(detail["loc"]) == 1 else "unknown key"
    return str(detail["msg"]).removeprefix("Value error, ")


def _line(tree: yaml.Node | None, location: Iterable[str | int]) -> int:
    """The line of the deepest node on the way to `location`."""
    node, line = tree, 1
    for part in location:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == part]
            if not found:
                break
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        else:
            break
    return line
