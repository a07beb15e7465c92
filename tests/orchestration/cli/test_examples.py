"""Every command's --help ends with an example, and each runs as it stands there."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.cli.app import app
from orchestration.cli.examples import EXAMPLES, example
from tests.homes import make_sandbox_home
from tests.processes import groundswell

NOT_RUN = {"demo", "dev", "explore"}
"""Minutes of nights, the first of the README's own commands; and what runs until somebody ends it."""
TELLING = {"status": 1, "forget": 3}
"""Exit codes that say something: a person is needed; the exports in the home are its owner's, and still name whom they name."""
SOURCES = """\
sources:
  - {name: exports, platform: files, path: posts}
"""
NOW = datetime(2026, 10, 1, 2, 30, tzinfo=UTC)
SAID = ("I bought the Morrowbean Press and it is great.", "The Kestrel Glide hurts my feet.")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the examples run: a file of exports that the first night reads, with whom they name, and another folder of exports."""
    folder = make_sandbox_home(tmp_path_factory.mktemp("home"), SOURCES)
    (folder / "posts").mkdir()
    (folder / "my_exports").mkdir()
    author = {"id": "1", "handle": "bela_sato@plaza.example", "display_name": "Bela Sato", "channel": "microblogs", "followers": 183}
    (folder / "posts" / "authors.ndjson").write_text(json.dumps(author) + "\n", encoding="utf-8")
    posts = [
        {
            "id": f"p{day}", "channel": "microblogs", "author_id": "1", "text": SAID[day % 2], "likes": day,
            "published_at": (NOW - timedelta(days=day)).isoformat(),
        }
        for day in range(1, 50)
    ]  # fmt: skip
    (folder / "posts" / "posts.ndjson").write_text("".join(json.dumps(post) + "\n" for post in posts), encoding="utf-8")
    (folder / "my_people.csv").write_text("handle,platform\nbela_sato@plaza.example,files\n", encoding="utf-8")
    (folder / "my_exports" / "orders.csv").write_text("order_id;ordered_at;revenue\n1;2026-09-01;9,90\n", encoding="utf-8")
    return folder


def run(home: Path, command: str) -> subprocess.CompletedProcess[str]:
    places = {"GROUNDSWELL_HOME": str(home), "GROUNDSWELL_NOW": NOW.isoformat(), "COLUMNS": "200"}
    return groundswell(*shlex.split(command)[1:], environment={**os.environ, **places}, folder=home)


def test_every_command_has_an_example_of_itself() -> None:
    groups = [("", app), *((f"{group.name} ", group.typer_instance) for group in app.registered_groups)]
    registered = {f"{name}{command.name}": command.epilog for name, group in groups if group for command in group.registered_commands}
    assert registered == {name: example(name) for name in EXAMPLES}
    for name, line in EXAMPLES.items():
        assert line.startswith(f"groundswell {name}")


@pytest.mark.slow
def test_each_example_runs(home: Path) -> None:
    ends = {"init": -3, "refresh": -2, "list add": -1, "list remove": 1, "restore": 1, "forget": 2}
    for name in sorted(EXAMPLES.keys() - NOT_RUN, key=lambda name: ends.get(name, 0)):
        done = run(home, EXAMPLES[name])
        assert not done.stderr.startswith("error"), (name, done.stderr)
        assert done.returncode in (0, TELLING.get(name, 0)), (name, done.stdout, done.stderr)
    files = ("ranking.csv", "first.xlsx", "shortlist.xlsx")
    for written in ("my_home/brands.csv", "my_superset/metadata.yaml", *files, "for_ada", "my_copy/brands.csv"):
        assert (home / written).exists(), written
