"""What the README promises is so."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from connectors import platforms
from connectors.files.schema import KEYS, SCHEMA
from connectors.sandbox.registry import served_platforms
from connectors.settings import BrandTerms, load_sources
from orchestration.cli.app import app
from orchestration.settings import ROOT, Settings

README = (ROOT / "README.md").read_text(encoding="utf-8")


def file_schema() -> str:
    """The schema of exported files as a table."""
    lines = ["| file | column | what | expected |", "|---|---|---|---|"]
    for entity, columns in SCHEMA.items():
        for column in columns:
            name = f"**{column.name}**" if column.required or column.name in KEYS[entity] else column.name
            lines.append(f"| {entity} | {name} | {column.description} | {column.expected} |")
    return "\n".join(lines)


def test_the_schema_of_files_is_the_one_that_is_checked() -> None:
    assert file_schema() in README


def test_every_command_and_option_exists() -> None:
    commands = {command.name: command for command in app.registered_commands}
    named = re.findall(r"^groundswell (\w+)([^#\n]*)", README, re.MULTILINE)
    assert {name for name, _ in named} >= {"rank", "sql", "sources", "refresh"}
    for name, arguments in named:
        assert name in commands
        shown = CliRunner().invoke(app, [name, "--help"]).output
        for option in re.findall(r"--[a-z]+", re.sub(r'"[^"]*"', "", arguments)):
            assert option in shown


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z-]+)", README)) <= targets


def test_every_image_is_there_and_small() -> None:
    images = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert len(images) == len(set(images)) == 4
    assert [image for image in images if not 0 < (ROOT / image).stat().st_size < 400_000] == []


def test_every_setting_is_listed() -> None:
    listed = set(re.findall(r"\| `GROUNDSWELL_(\w+)` \|", README))
    assert listed == {name.upper() for name in Settings.model_fields} | {"CONTACT"}


def test_the_example_of_sources_is_accepted(tmp_path: Path) -> None:
    [example] = re.findall(r"```yaml\n(sources:.*?)```", README, re.DOTALL)
    path = tmp_path / "sources.yaml"
    path.write_text(example, encoding="utf-8")
    sources = load_sources(path, BrandTerms(), platforms(), {"MASTODON_TOKEN": "x"})
    assert [source.name for source in sources] == [entry["name"] for entry in yaml.safe_load(example)["sources"]]


def test_the_sources_file_as_it_comes_is_the_sandbox() -> None:
    sources = load_sources(ROOT / "connectors" / "sources.yaml", BrandTerms(), platforms())
    own_views = {"feeds", "podcast_feeds", "mastodon", "mediawiki", "hacker_news", "itunes", "pageviews", "files"}
    assert {source.platform for source in sources} == own_views | set(served_platforms())


def test_nothing_else_stands_at_the_top() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    tracked = subprocess.run(["git", "-C", str(ROOT), "ls-files"], capture_output=True, text=True, check=True).stdout.splitlines()
    top = {line.split("/")[0] for line in tracked if not line.startswith(".")}
    folders = {"orchestration", "dbt_project", "connectors", "tests"}
    assert top == folders | {"dagster.yaml", "pyproject.toml", "README.md", "Makefile", "requirements.lock", "LICENSE"}
