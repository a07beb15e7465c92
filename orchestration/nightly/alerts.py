"""Tells people: after each night, and when no night comes."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from connectors.http.redaction import Redactor
from orchestration.alerting.channels import channels, has_channel, send
from orchestration.alerting.facts import Ended, Facts
from orchestration.alerting.message import MAX_AGE, NO_NEWS, Finding, Message, digest_of, findings, message_of, news_of
from orchestration.nightly.health import read_facts
from orchestration.nightly.refresh import CopyFailed
from orchestration.settings import Settings
from orchestration.warehouse.lock import RefreshRunning

log = logging.getLogger("groundswell")

TOLD_KEPT = 200
MIN_SECRET = 4
"""Shorter ones would blank out half of every word."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What alerts.json of the data folder keeps: how the newest refresh ended, what was told, the day of the last digest."""

    ended: Ended | None = None
    told: tuple[str, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of it: what needs a person, whether a message was sent, and a line for each channel that did not take it."""

    facts: Facts
    findings: Sequence[Finding]
    is_sent: bool = False
    failures: Sequence[str] = field(default_factory=list)


@contextmanager
def told_afterwards(settings: Settings, night: date, show: Callable[[str], None]) -> Iterator[None]:
    """Around a refresh: tells how it ended, whichever way that was; what it raises goes on. `show` prints a line of a channel that failed.

    A refresh that was refused because another one runs is told by the other.
    """
    ended: Ended | None = None
    try:
        yield
        ended = Ended(night)
    except RefreshRunning:
        raise
    except CopyFailed as error:
        ended = Ended(night, str(error))
        raise
    except Exception as error:
        ended = Ended(night, str(error) or type(error).__name__, is_published=False)
        raise
    finally:
        if ended is not None:
            for line in tell_of_night(settings, ended).failures:
                show(line)


def tell_of_night(settings: Settings, ended: Ended) -> Told:
    """Remembers how a refresh ended, and sends one message where something needs a person or is news, or where the week's is due."""
    memory = read_memory(settings)
    facts = read_facts(settings, ended)
    found = findings(facts)
    news = news_of(facts)
    if news.key in memory.told:
        news = NO_NEWS
    day = facts.now.astimezone(settings.zone)
    is_due = day.strftime("%A").lower() == settings.alert_digest and memory.digest != str(day.date())
    if not (found or news.lines or is_due) or not has_channel(settings):
        write_memory(settings, Memory(ended, memory.told, memory.digest))
        return Told(facts, found)
    compose = digest_of if is_due else message_of
    failures = send(settings, compose(facts, found, news, redacted=redactor(settings)))
    told = () if _all_failed(settings, failures) else (*_keys(facts, found), *filter(None, [news.key]))
    write_memory(settings, Memory(ended, (*memory.told, *told), str(day.date()) if is_due else memory.digest))
    return Told(facts, found, True, _redacted(settings, failures))


def watch(settings: Settings, max_age: timedelta = MAX_AGE, *, is_telling: bool = False) -> Told:
    """What needs a person now; `is_telling`: sends it, but for what was told already."""
    memory = read_memory(settings)
    facts = read_facts(settings, memory.ended, wait_seconds=5)
    found = findings(facts, max_age)
    new = [finding for finding in found if finding.key not in memory.told]
    if not is_telling or not new or not has_channel(settings):
        return Told(facts, found)
    failures = send(settings, message_of(facts, new, redacted=redactor(settings)))
    if not _all_failed(settings, failures):
        write_memory(settings, Memory(memory.ended, (*memory.told, *_keys(facts, new)), memory.digest))
    return Told(facts, found, True, _redacted(settings, failures))


def try_channels(settings: Settings) -> list[str]:
    """Sends a message that says it is a trial; returns a line for each channel that did not take it."""
    trial = Message("Groundswell: a trial", (f"What needs a person at {settings.home} is told here.",))
    return _redacted(settings, send(settings, trial))


def _keys(facts: Facts, found: Sequence[Finding]) -> tuple[str, ...]:
    """What is told with these. A night that was not published will be late as well: that is not told twice on one day."""
    late = (f"late  {facts.now.date()}",) if any(finding.kind == "not_published" for finding in found) else ()
    return (*(finding.key for finding in found), *late)


def _all_failed(settings: Settings, failures: Sequence[str]) -> bool:
    return len(failures) == len(channels(settings)) + bool(settings.alert_command)


def _redacted(settings: Settings, failures: Sequence[str]) -> list[str]:
    redacted = redactor(settings)
    return [redacted(failure) for failure in failures]


def redactor(settings: Settings) -> Redactor:
    """Takes out of a line what is secret here: the secrets that sources name, and those in the addresses of the settings."""
    environment = settings.environment
    secrets = {environment.get(name, "") for name in _secret_names(settings)}
    for setting in (settings.database_url, settings.alert_urls, settings.alert_command):
        secrets.add(setting.get_secret_value() if setting else "")
    for address in (settings.database_url.get_secret_value() if settings.database_url else "", *channels(settings)):
        password = urlsplit(address).password or ""
        secrets |= {address, password, unquote(password)}
    return Redactor(secret for secret in secrets if len(secret) >= MIN_SECRET)


def _secret_names(settings: Settings) -> Iterator[str]:
    """The variables that sources.yaml names under `secrets`, though the rest of it be wrong."""
    try:
        document: Any = yaml.safe_load(settings.sources.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return
    entries = document.get("sources") if isinstance(document, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        secrets = entry.get("secrets") if isinstance(entry, dict) else None
        if isinstance(secrets, dict):
            yield from (name for name in secrets.values() if isinstance(name, str))


def read_memory(settings: Settings) -> Memory:
    """What was told; nothing where the file is missing or broken: rather tell twice than not at all."""
    try:
        kept = json.loads((settings.folder / "alerts.json").read_bytes())
        ended = kept["ended"] and Ended(date.fromisoformat(kept["ended"]["night"]), kept["ended"]["failure"], kept["ended"]["is_published"])
        return Memory(ended or None, tuple(map(str, kept["told"])), str(kept["digest"]))
    except (OSError, ValueError, TypeError, KeyError):
        return Memory()


def write_memory(settings: Settings, memory: Memory) -> None:
    """Keeps it; on a disk that is full it is not kept, and told again."""
    ended = memory.ended and {
        "night": str(memory.ended.night),
        "failure": redactor(settings)(memory.ended.failure) if memory.ended.failure else None,
        "is_published": memory.ended.is_published,
    }
    try:
        settings.folder.mkdir(parents=True, exist_ok=True)
        fresh = settings.folder / ".alerts.json"
        fresh.write_text(json.dumps({"ended": ended, "told": memory.told[-TOLD_KEPT:], "digest": memory.digest}), encoding="utf-8")
        fresh.replace(settings.folder / "alerts.json")
    except OSError as error:
        log.info("what was told could not be kept: %s", error.strerror)
