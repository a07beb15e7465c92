"""All that a night is told by its home, read and checked at once, before anything is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors import platforms
from connectors.settings import BrandTerms, SettingsError, SourceSettings, load_sources
from orchestration.home.reading import read_home
from orchestration.home.retention import Retention, read_retention
from orchestration.home.tables import Home, HomeError
from orchestration.settings import Settings
from orchestration.signals.terms import term_key


@dataclass(frozen=True, slots=True)
class Configuration:
    """The home's tables, the entries of its sources.yaml, and how long what they bring is kept."""

    home: Home
    sources: tuple[SourceSettings, ...]
    retention: Retention = field(default_factory=Retention)


def read_configuration(settings: Settings, *, may_lack_secrets: bool = False) -> Configuration:
    """The home of these settings; `may_lack_secrets` is for those who ask no server.

    Raises:
        HomeError: one line for each fault of its tables, of sources.yaml and of retention.yaml, with file, line and what to write instead.
    """
    faults: list[str] = []
    home, terms, retention = Home(settings.home), BrandTerms(), Retention()
    sources: tuple[SourceSettings, ...] = ()
    try:
        home = read_home(settings.home, list(platforms()))
        terms = brand_terms(home)
        faults += [fault for name in ("brand_terms", "topic_terms") for fault in _faulty_terms(home, name)]
    except HomeError as error:
        faults.append(str(error))
    try:
        sources = load_sources(settings.sources, terms, platforms(), settings.environment, may_lack_secrets=may_lack_secrets)
    except SettingsError as error:
        faults.append(str(error))
    try:
        retention = read_retention(settings.home, list(platforms()))
    except HomeError as error:
        faults.append(str(error))
    if faults:
        raise HomeError("\n".join(faults))
    return Configuration(home, sources, retention)


def _faulty_terms(home: Home, table: str) -> Iterator[str]:
    """Terms that cannot be looked for, or that another line has already (folded alike: a term belongs to one brand)."""
    seen: dict[tuple[str, str], int] = {}
    for row, line in zip(home.tables[table], home.lines[table], strict=True):
        kind, term = str(row["kind"]), str(row["term"])
        try:
            key = term_key(kind, term)
        except ValueError as error:
            yield f"{home.folder / table}.csv:{line}: term: {error}"
            continue
        if key in seen:
            yield f"{home.folder / table}.csv:{line}: term: {kind} {term!r} is a duplicate of line {seen[key]}: leave one out"
        seen.setdefault(key, line)


def brand_terms(home: Home) -> BrandTerms:
    """What sources listen for that name no terms or tags of their own: the words and hashtags of brand_terms.csv."""
    rows = [(str(row["term"]), row["kind"]) for row in home.tables["brand_terms"]]
    words = {term for term, kind in rows if kind == "word"}
    hashtags = {term.lstrip("#") for term, kind in rows if kind == "hashtag"}
    return BrandTerms(tuple(sorted(words)), tuple(sorted(hashtags)))
