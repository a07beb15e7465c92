"""`groundswell forget` as somebody types it."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests import processes
from tests.orchestration.privacy.small_home import NOW, make_small_home
from tests.orchestration.privacy.test_erasure import ABE, VERA, everything


def groundswell(home: Path, *command: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GROUNDSWELL_NOW": NOW.isoformat(), "COLUMNS": "200"}
    return processes.groundswell("-C", str(home), *command, environment=environment, answer=answer)


@pytest.mark.slow
def test_it_shows_asks_erases_proves_and_can_be_lifted(tmp_path: Path) -> None:
    settings = make_small_home(tmp_path / "home", VERA, ABE)
    home = settings.home
    refused = groundswell(home, "forget", "Vera Marchetti", answer="n\n")
    assert refused.returncode == 1
    assert VERA.url in refused.stdout
    assert VERA.said.encode() in everything(settings)
    assert not (home / "suppressed.csv").exists()

    wrong = groundswell(home, "forget", "Vera Marchetti", "--account", ABE.author_id, "--yes")
    assert (wrong.returncode, "is no account of theirs" in wrong.stderr) == (1, True)

    (home / "notes.txt").write_text(f"call {VERA.name}\n", encoding="utf-8")
    told = groundswell(home, "forget", "Vera Marchetti", "--yes")
    assert told.returncode == 3, told.stderr
    assert "yours to change" in told.stdout
    assert "0 after, 1 in files of yours" in told.stdout
    assert "archives of `groundswell backup`" in told.stdout
    (home / "notes.txt").unlink()
    assert len(told.stdout.splitlines()) <= 40
    assert {line.split()[0]: line.split()[1] for line in told.stdout.splitlines() if line.startswith("data/")}["data/reports"] == "5"
    assert len([line for line in told.stderr.splitlines() if line.startswith("rewrite")]) == 1
    (receipt,) = (home / "receipts").glob("*.json")
    assert receipt.name in told.stdout
    assert sum(place["place"].startswith("data/reports/") for place in json.loads(receipt.read_text())["places"]) == 5
    again = groundswell(home, "forget", f"@{VERA.handle}", "--yes")
    assert (again.returncode, again.stdout) == (0, f"'@{VERA.handle}' was forgotten on 2026-10-01: nothing is held of them\n")
    exported = groundswell(home, "export", VERA.author_id, str(tmp_path / "hers"))
    assert (exported.returncode, "was forgotten on 2026-10-01" in exported.stderr) == (1, True)
    nameless = groundswell(home, "forget", "Vera Marchetti", "--yes")
    assert (nameless.returncode, "who was forgotten is known by handle, address or id, and by no name" in nameless.stderr) == (1, True)
    assert not [text for text in VERA.strings() if text.encode() in everything(settings)]

    listed = groundswell(home, "people", "--suppressed").stdout
    everyone = json.loads(groundswell(home, "people", "--suppressed", "--json").stdout)
    counts = Counter(entry["kind"] for entry in everyone)
    assert counts["post"]
    assert listed.count("2026-10-01") == counts["account"]
    assert f"{len(everyone)} hashes of 1 people: {counts['account']} of ids, handles and addresses of accounts" in listed
    assert f"{counts['post']} of their posts; --json has all" in listed
    assert VERA.handle not in listed
    lifted = groundswell(home, "forget", "--lift", f"@{VERA.handle}")
    assert (lifted.returncode, "entries are off the list" in lifted.stdout) == (0, True)
    assert groundswell(home, "people", "--suppressed").stdout == "nobody is erased or kept without a name\n"
    assert groundswell(home, "forget", "--lift", f"@{VERA.handle}").returncode == 1
    for command in ("forget", "export"):
        assert f"Example: groundswell {command}" in groundswell(home, command, "--help").stdout
