"""What a night is told: the home's tables, its terms and sources.yaml, with all their faults at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.home.new import Answers, make_home
from orchestration.home.tables import HomeError
from orchestration.nightly.configuration import read_configuration
from orchestration.settings import Settings

HEADER = "brand_id,product_id,term,kind,exclusions,contexts\n"
MARK = "\u0301"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_home(tmp_path, Answers("Kestrel"))
    monkeypatch.setenv("GROUNDSWELL_HOME", str(tmp_path))
    return tmp_path


def faults(home: Path) -> list[str]:
    with pytest.raises(HomeError) as raised:
        read_configuration(Settings())
    return [line.removeprefix(f"{home}/") for line in str(raised.value).splitlines()]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("kestrel,,#,hashtag,,\n", "2: term: '#' holds nothing to look for"),
        (f"kestrel,,{MARK},word,,\n", f"2: term: a term cannot begin with a mark that belongs to the letter before it: '{MARK}'"),
        ("kestrel,,kestrel run,hashtag,,\n", "2: term: a hashtag has no spaces: 'kestrel run'"),
        ("kestrel,,kestrel,word,,\nkestrel,,kestrel,handle,,\nkestrel,,KESTREL,word,,\n",
         "4: term: word 'KESTREL' is a duplicate of line 2: leave one out"),
        ("kestrel,,kestrel,hashtag,,\nkestrel,,#Kestrel,hashtag,,\n",
         "3: term: hashtag '#Kestrel' is a duplicate of line 2: leave one out"),
    ],
)  # fmt: skip
def test_a_term_that_cannot_be_looked_for_is_named(home: Path, rows: str, fault: str) -> None:
    (home / "brand_terms.csv").write_text(HEADER + rows, encoding="utf-8")
    assert faults(home) == [f"brand_terms.csv:{fault}"]


def test_faults_of_tables_and_sources_are_told_together(home: Path) -> None:
    (home / "campaigns.csv").write_text("campaign_id,brand_id\nautumn,wren\n", encoding="utf-8")
    (home / "sources.yaml").write_text("sources:\n  - {name: a, platform: telegraph}\n", encoding="utf-8")
    found = faults(home)
    assert [fault.split(":")[:2] for fault in found] == [["campaigns.csv", "2"], ["sources.yaml", "2"]]


def test_secrets_come_from_the_homes_env(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "sources.yaml").write_text(
        "sources:\n  - {name: a, platform: mastodon, base_url: 'https://social.example', secrets: {token: MY_TOKEN}}\n", encoding="utf-8"
    )
    assert faults(home) == ["sources.yaml:2: a: secrets.token: MY_TOKEN is not set: write it into .env beside this file, export it, or "
                            "leave this secret out"]  # fmt: skip
    (home / ".env").write_text("MY_TOKEN=from-env-file\n", encoding="utf-8")
    assert read_configuration(Settings()).sources[0].secret("token") == "from-env-file"
    monkeypatch.setenv("MY_TOKEN", "from-environment")
    assert read_configuration(Settings()).sources[0].secret("token") == "from-environment"


def test_a_secret_pasted_where_its_name_belongs_is_not_shown(home: Path) -> None:
    (home / "sources.yaml").write_text(
        "sources:\n  - {name: a, platform: mastodon, base_url: 'https://a.example', secrets: {token: sk-live-1234}}\n",
        encoding="utf-8",
    )
    assert "sk-live-1234" not in (found := faults(home))[0]
    assert "is not the name of a variable" in found[0]
