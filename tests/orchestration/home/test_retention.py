"""retention.yaml: what it says, and how its faults are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.home.new import TEMPLATES
from orchestration.home.retention import Retention, read_retention
from orchestration.home.tables import HomeError

PLATFORMS = ["reddit", "youtube"]


def written(folder: Path, text: str) -> Path:
    (folder / "retention.yaml").write_text(text, encoding="utf-8")
    return folder


def test_without_a_file_everything_is_kept(tmp_path: Path) -> None:
    assert read_retention(tmp_path, PLATFORMS) == Retention()
    assert Retention().days("reddit", "texts") is None
    assert Retention().recheck_days == 90


def test_the_template_changes_nothing_as_it_is_and_is_right_without_its_signs(tmp_path: Path) -> None:
    template = (TEMPLATES / "retention.yaml").read_text(encoding="utf-8")
    assert read_retention(written(tmp_path, template), PLATFORMS) == Retention()
    bare = "\n".join(line.removeprefix("# ") for line in template.splitlines() if ":" in line.partition("  #")[0] and "#" in line[:1])
    shown = "\n".join(
        line for line in bare.splitlines() if line.lstrip().startswith(("default:", "texts:", "platforms:", "youtube:", "recheck"))
    )
    retention = read_retention(written(tmp_path, shown), PLATFORMS)
    assert (retention.days("reddit", "texts"), retention.days("youtube", "texts"), retention.recheck_days) == (90, 30, 90)


def test_a_platform_of_its_own_keeps_what_it_does_not_say_as_all_do(tmp_path: Path) -> None:
    text = "default: {texts: 90, counts: 400}\nplatforms:\n  youtube: {texts: 30}\n  reddit: {texts: forever}\nrecheck_days: 30\n"
    retention = read_retention(written(tmp_path, text), PLATFORMS)
    assert (retention.days("youtube", "texts"), retention.days("youtube", "events"), retention.days("youtube", "counts")) == (30, None, 400)
    assert retention.days("reddit", "texts") is None
    assert retention.recheck_days == 30


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("default:\n  texts: soon\n", ":2: default.texts: write a whole number of days"),
        ("default: {texts: 0}\n", ":1: default.texts: write a whole number of days"),
        ("default: {counts: 1.5}\n", ":1: default.counts: write a whole number of days"),
        ("default: {text: 1}\n", ":1: default.text: no such key: one of texts, events, counts"),
        ("keep: 1\n", ":1: keep: no such key: one of default, platforms, recheck_days"),
        ("platforms:\n  redit: {texts: 3}\n", ":2: platforms.redit: no such platform: one of reddit, youtube"),
        ("default: 90\n", ":1: default: write texts, events and counts below it"),
        ("recheck_days: 0\n", ":1: recheck_days: write a whole number of days"),
        ("default: [\n", ":2: not YAML"),
    ],
)
def test_a_fault_names_line_key_and_remedy(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(HomeError) as raised:
        read_retention(written(tmp_path, text), PLATFORMS)
    assert f"{tmp_path / 'retention.yaml'}{told}" in str(raised.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(HomeError) as raised:
        read_retention(written(tmp_path, "default: {texts: 0, events: 0}\nrecheck_days: soon\n"), PLATFORMS)
    assert len(str(raised.value).splitlines()) == 3


def test_a_key_that_is_written_twice_is_told(tmp_path: Path) -> None:
    (tmp_path / "retention.yaml").write_text("default: {texts: 90}\nplatforms:\n  x: {texts: 1}\n  x: {texts: 2}\ndefault: {texts: 30}\n")
    with pytest.raises(HomeError, match=r"retention.yaml:5: default is written twice") as told:
        read_retention(tmp_path, ["x"])
    assert "retention.yaml:4: x is written twice: keep one" in str(told.value)
