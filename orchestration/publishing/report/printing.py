"""A page as PDF, by the Chromium that the system has."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from orchestration.settings import NotDone

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SECONDS = 120


class NotPrinted(NotDone):
    """No PDF was made; the message says why."""


def browser() -> str:
    """The path of a browser that prints.

    Raises:
        NotPrinted: there is none.
    """
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise NotPrinted(
        "no Chromium is installed, which makes the PDF: install it (`apt install chromium`), or print the page from any browser"
    )


def print_page(page: Path, target: Path, chromium: str) -> None:
    """Writes a page as PDF, whole or not at all; nothing outside of the page is loaded.

    Raises:
        NotPrinted: the browser could not.
    """
    with tempfile.TemporaryDirectory() as profile:
        fresh = Path(profile) / "page.pdf"
        options = ["--headless", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}", "--no-pdf-header-footer"]
        options += ["--host-resolver-rules=MAP * ~NOTFOUND", f"--print-to-pdf={fresh}"]
        options += ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses root a sandbox; the page holds no script
        try:
            done = subprocess.run([chromium, *options, page.as_uri()], capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotPrinted(f"{chromium} made no PDF of {page}: {error}") from None
        if done.returncode or not fresh.exists():
            said = " ".join(done.stderr.split())[-300:]
            raise NotPrinted(f"{chromium} made no PDF of {page} (exit code {done.returncode}): {said}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(fresh, target)
        except OSError as error:
            raise NotPrinted(f"{target} cannot be written: {error.strerror}") from None
