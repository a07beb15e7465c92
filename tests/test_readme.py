"""What the READMEs promise is so."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
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
from orchestration.warehouse.catalog import read_catalog
from orchestration.warehouse.manifest import prepared_manifest
from tests.homes import SANDBOX_HOME

ROOMS = ("connectors", "dbt_project", "orchestration", "tests")
PATHS = [ROOT / "README.md", *(ROOT / room / "README.md" for room in ROOMS)]
ROOT_README, SOURCES, TABLES, OPERATING, _ = READMES = [path.read_text(encoding="utf-8") for path in PATHS]
ALL = "\n".join(READMES)
ANY_CHANNEL = {"files", "databases"}
"""What they hold may come from a platform of any channel."""
by_path = pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.relative_to(ROOT)))


def prose(path: Path) -> str:
    """A README without its code."""
    return re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(path: Path) -> set[str]:
    """What the headings of a README are linked by."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(path: Path) -> Iterator[str]:
    """Where a README's links and images lead inside the project."""
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", prose(path))):
        if not re.match(r"https?://", target):
            yield target


def broken(path: Path) -> list[str]:
    """The links of a README that lead nowhere."""
    nowhere = []
    for target in links(path):
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        if not there.exists() or (anchor and anchor not in anchors(there)):
            nowhere.append(target)
    return nowhere


@by_path
def test_every_link_and_image_leads_somewhere(path: Path) -> None:
    assert broken(path) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(
        "# Who moves?\n[a](#who-moves) [b](#who) [c](no.md) [d](README.md#who-moves) `[e](no.md)`\n```sh\n# who\n```\n", encoding="utf-8"
    )
    assert broken(path) == ["#who", "no.md"]


@by_path
def test_every_file_and_folder_that_is_named_exists(path: Path) -> None:
    named = re.findall(rf"(?:{'|'.join(ROOMS)})/[\w./<>-]*", path.read_text(encoding="utf-8"))
    assert [name for name in named if "<" not in name and not (ROOT / name.rstrip(".")).exists()] == []


def test_a_newcomer_reads_two_screens_and_finds_the_rooms() -> None:
    assert len(ROOT_README.splitlines()) <= 130
    assert set(links(PATHS[0])) >= {f"{room}/README.md" for room in ROOMS}


def file_schema() -> str:
    """The schema of exported files as a table."""
    lines = ["| file | column | what | expected |", "|---|---|---|---|"]
    for entity, columns in SCHEMA.items():
        for column in columns:
            name = f"**{column.name}**" if column.required or column.name in KEYS[entity] else column.name
            lines.append(f"| {entity} | {name} | {column.description} | {column.expected} |")
    return "\n".join(lines)


def test_the_schema_of_files_is_the_one_that_is_checked() -> None:
    assert file_schema() in SOURCES


@pytest.mark.parametrize("platform", platforms())
def test_a_platform_stands_in_the_table_as_it_is(platform: str) -> None:
    source = platforms()[platform]
    [row] = re.findall(rf"^\| `{platform}` \| (.*) \|$", SOURCES, re.MULTILINE)
    channel, follows, access, notes = row.split(" | ")
    assert channel == ("any of the nine" if platform in ANY_CHANNEL else source.channel)
    assert set(re.findall(r"`(\w+)`", follows)) >= source.follows
    assert set(re.findall(r"`secrets\.(\w+)`", access + notes)) == set(source.secrets) - {"hash_key"}
    assert "base_url" not in source.requires or "`base_url`" in access + notes


def test_platforms_stand_by_channel_and_name() -> None:
    named = re.findall(r"^\| `(\w+)` \| (\w+) \|", SOURCES, re.MULTILINE)
    channels = list(dict.fromkeys(channel for _, channel in named))
    assert named == sorted(named, key=lambda row: (channels.index(row[1]), row[0]))
    assert set(re.findall(r"^\| `(\w+)` \| (?:\w+|any of the nine) \|", SOURCES, re.MULTILINE)) == set(platforms())


def test_every_table_is_listed_with_its_key() -> None:
    listed = re.findall(r"^\| `([a-z_]+)` \| [^|]+ \| (none|`[^|]+`) \|$", TABLES, re.MULTILINE)
    keys = {name: tuple(re.findall(r"\w+", key)) if key != "none" else () for name, key in listed}
    assert len(listed) == len(keys)
    assert keys == {name: entry.key for name, entry in read_catalog(prepared_manifest(Settings())).items()}


def test_every_command_and_option_exists() -> None:
    groups = {group.name: group.typer_instance for group in app.registered_groups}
    commands = {command.name for command in app.registered_commands} | groups.keys()
    named = re.findall(r"(?:^|`)groundswell (\w+)([^`\n]*)", ALL, re.MULTILINE)
    assert {name for name, _ in named} >= {"rank", "sql", "sources", "refresh"}
    for name, arguments in named:
        assert name in commands
        inner = [word for word in arguments.split()[:1] if name in groups]
        shown = CliRunner().invoke(app, [name, *inner, "--help"]).output
        for option in re.findall(r"--[a-z-]+", re.sub(r'"[^"]*"', "", arguments)):
            assert option in shown


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", ALL, re.MULTILINE)) <= targets


def test_every_image_is_there_and_small() -> None:
    images = [(path.parent / target).resolve() for path in PATHS for target in links(path) if target.endswith(".png")]
    assert sorted(images) == sorted((ROOT / ".github" / "images").iterdir())
    assert len(images) == 4
    assert [image for image in images if not 0 < image.stat().st_size < 400_000] == []


def test_every_setting_is_listed() -> None:
    listed = set(re.findall(r"\| `GROUNDSWELL_(\w+)` \|", OPERATING))
    assert listed == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize(("readme", "platform"), [(ROOT_README, "mastodon"), (SOURCES, "databases")], ids=["root", "connectors"])
def test_the_example_of_sources_is_accepted(readme: str, platform: str, tmp_path: Path) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)
    example = "sources:\n" + "".join(example.removeprefix("sources:\n") for example in examples)
    path = tmp_path / "sources.yaml"
    path.write_text(example, encoding="utf-8")
    entries = yaml.safe_load(example)["sources"]
    variables = {variable for entry in entries for variable in entry.get("secrets", {}).values()}
    sources = load_sources(path, BrandTerms(), platforms(), dict.fromkeys(variables, "x"))
    assert [source.name for source in sources] == [entry["name"] for entry in entries]
    assert sources[0].platform == platform


def test_examples_of_python_stand_where_they_are_run() -> None:
    """tests/orchestration/nightly/test_questions.py runs these three."""
    assert [readme.count("```python") for readme in READMES] == [0, 0, 0, 3, 0]


def test_the_sources_file_as_it_comes_is_the_sandbox() -> None:
    sources = load_sources(SANDBOX_HOME / "sources.yaml", BrandTerms(), platforms())
    own_views = {"feeds", "podcast_feeds", "mastodon", "mediawiki", "hacker_news", "itunes", "pageviews", "files"}
    assert {source.platform for source in sources} == own_views | set(served_platforms())


def test_nothing_else_stands_at_the_top() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    tracked = subprocess.run(["git", "-C", str(ROOT), "ls-files"], capture_output=True, text=True, check=True).stdout.splitlines()
    top = {line.split("/")[0] for line in tracked if not line.startswith(".")}
    folders = {"orchestration", "dbt_project", "connectors", "tests"}
    assert top == folders | {"dagster.yaml", "pyproject.toml", "README.md", "Makefile", "requirements.lock", "LICENSE"}
    assert sorted(line for line in tracked if line.endswith("README.md")) == sorted(str(path.relative_to(ROOT)) for path in PATHS)
