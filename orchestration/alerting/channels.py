"""Where messages go: whatever apprise speaks, plain webhooks, and a command."""

from __future__ import annotations

import logging
import re
import shlex
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path

import httpx

from orchestration.alerting.message import Message
from orchestration.settings import Settings

SECONDS = 60
"""How long a command, or a webhook, may take."""


def channels(settings: Settings) -> list[str]:
    """The addresses that are told, as they are configured. They hold secrets.

    A new one begins at a scheme, so that an address may hold commas: `mailtos://…?to=anna@brand.example,ben@brand.example`.
    """
    written = settings.alert_urls.get_secret_value().strip() if settings.alert_urls else ""
    return [part for part in re.split(r"[\s,]+(?=[A-Za-z][\w+.-]*://)", written) if part]


def has_channel(settings: Settings) -> bool:
    """Whether anybody is told."""
    return bool(channels(settings) or settings.alert_command)


def send(settings: Settings, message: Message) -> list[str]:
    """Sends the message to all channels; returns a line for each that did not take it. A line never holds an address: that is a secret."""
    failures = []
    for number, address in enumerate(channels(settings), 1):
        if failure := _sent(address, message):
            failures.append(f"alert {number} of GROUNDSWELL_ALERT_URLS ({address.partition('://')[0]}) was not sent: {failure}")
    if settings.alert_command and (failure := _run(settings.alert_command.get_secret_value(), settings.home, message)):
        failures.append(f"GROUNDSWELL_ALERT_COMMAND was not done: {failure}")
    return failures


def _sent(address: str, message: Message) -> str | None:
    """Why the message was not taken, or None."""
    with warnings.catch_warnings():  # of its plugins, some import what Python is about to drop
        warnings.simplefilter("ignore")
        import apprise  # takes a quarter of a second, its plugins half of one: only who has something to say pays for it

        with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as told:  # type: ignore[no-untyped-call]
            asset = apprise.AppriseAsset(app_id="Groundswell", app_desc="Groundswell", app_url="", image_url_mask="", async_mode=False)
            channel = apprise.Apprise(asset=asset)
            if channel.add(address):
                is_sent = channel.notify(title=message.title, body="\n".join(message.lines), body_format=apprise.NotifyFormat.TEXT)
                return None if is_sent else _last_line(told.getvalue())
    if address.lower().startswith(("https://", "http://")):
        return _posted(address, message)
    return "its address is not understood: https://github.com/caronc/apprise lists what can be written"


def _posted(address: str, message: Message) -> str | None:
    """Posts what Slack's, Mattermost's and Rocket.Chat's webhooks, and those that copied them, take."""
    try:
        answer = httpx.post(address, json={"text": str(message)}, timeout=SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return f"no answer ({type(error).__name__})"
    return None if answer.is_success else f"it answered {answer.status_code}"


def _run(command: str, home: Path, message: Message) -> str | None:
    """Runs the command in the home, without a shell, the message on its standard input."""
    try:
        done = subprocess.run(  # noqa: S603
            shlex.split(command), cwd=home, input=str(message), text=True, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"it took more than {SECONDS} seconds"
    except (OSError, ValueError, IndexError) as error:
        return f"it cannot be run: {error}"
    return None if done.returncode == 0 else f"it ended with {done.returncode}: {_last_line(done.stderr)}"


def _last_line(text: str) -> str:
    lines: Iterator[str] = (line.strip() for line in reversed(text.splitlines()))
    return next(filter(None, lines), "without a reason")
