"""A home that `init` makes: complete, without fault, and never touched where its user has written."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors import platforms
from connectors.settings import BrandTerms, load_sources
from orchestration.cli.app import app
from orchestration.home.new import Answers, adopt, entry, make_home, slug
from orchestration.home.reading import read_home
from orchestration.home.tables import TABLES, HomeError
from orchestration.nightly.configuration import brand_terms
from orchestration.settings import ROOT, WrongUse


def test_a_new_home_says_what_was_answered(tmp_path: Path) -> None:
    home = tmp_path / "home"
    written = make_home(home, Answers("Kindle", ["Kindle Scribe"], ["e-reader"]))
    assert {path.name for path in written} == {f"{name}.csv" for name in TABLES} | {".env", ".gitignore", "retention.yaml", "sources.yaml"}
    assert [(path.name, oct(path.stat().st_mode & 0o777)) for path in written if path.name == ".env"] == [(".env", "0o600")]
    read = read_home(home, list(platforms()))
    assert [row["brand_name"] for row in read.tables["brands"]] == ["Kindle"]
    assert [row["product_id"] for row in read.tables["products"]] == ["kindle_scribe"]
    assert brand_terms(read) == BrandTerms(("Kindle", "Kindle Scribe", "e-reader"), ("kindle",))
    sources = load_sources(home / "sources.yaml", brand_terms(read), platforms(), {})
    assert [source.platform for source in sources] == ["mastodon", "hacker_news"]


def test_again_it_adds_what_lacks_and_changes_nothing(tmp_path: Path) -> None:
    make_home(tmp_path, Answers("Kindle"))
    (tmp_path / "brands.csv").write_text("mine", encoding="utf-8")
    (tmp_path / "topics.csv").unlink()
    before = (tmp_path / "sources.yaml").read_text()
    assert {path.name for path in make_home(tmp_path, Answers(platforms=["ghost", "mastodon"]))} == {"topics.csv", "sources.yaml"}
    assert (tmp_path / "brands.csv").read_text() == "mine"
    assert (tmp_path / "sources.yaml").read_text() == before + entry("ghost")
    assert make_home(tmp_path, Answers(platforms=["ghost"])) == []


def test_every_platform_has_an_entry_that_only_lacks_its_secrets(tmp_path: Path) -> None:
    make_home(tmp_path, Answers("Kindle", platforms=list(platforms())))
    sources = load_sources(tmp_path / "sources.yaml", BrandTerms(("Kindle",), ("kindle",)), platforms(), {}, may_lack_secrets=True)
    assert {source.platform for source in sources} == set(platforms())


def test_an_unknown_platform_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="unknown platform 'gopher': one of bluesky"):
        make_home(tmp_path / "home", Answers(platforms=["gopher"]))
    assert not (tmp_path / "home").exists()


def test_an_installation_from_before_homes_is_brought_over(tmp_path: Path) -> None:
    clone, home = tmp_path / "clone", tmp_path / "home"
    (clone / "dbt_project" / "seeds").mkdir(parents=True)
    (clone / "connectors").mkdir()
    (clone / "data").mkdir()
    for file in (ROOT / "connectors" / "sandbox" / "home").glob("*.csv"):
        (clone / "dbt_project" / "seeds" / file.name).write_bytes(file.read_bytes())
    (clone / "connectors" / "sources.yaml").write_text("sources:\n  - {name: a, platform: hacker_news}\n", encoding="utf-8")
    adopt(clone, home)
    assert (home / "campaigns.csv").read_bytes() == (ROOT / "connectors" / "sandbox" / "home" / "campaigns.csv").read_bytes()
    assert (home / ".env").read_text() == f"GROUNDSWELL_DATA={clone / 'data'}\n"
    assert (home / "sources.yaml").read_bytes() == (clone / "connectors" / "sources.yaml").read_bytes()
    with pytest.raises(HomeError, match="is a home already"):
        adopt(clone, home)
    with pytest.raises(HomeError, match="is no installation from before homes"):
        adopt(tmp_path, tmp_path / "other")


@pytest.mark.parametrize(("name", "made"), [("Café Noir 2", "cafe_noir_2"), ("--", "n2d2d"), ("東京", "ne69db1e4baac")])
def test_names_become_ids(name: str, made: str) -> None:
    assert slug(name) == made


def test_a_home_that_is_there_gains_no_sources_and_loses_no_answers(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert CliRunner().invoke(app, ["init", str(home), "--brand", "Kestrel"]).exit_code == 0
    sources = (home / "sources.yaml").read_text(encoding="utf-8")
    (home / "sources.yaml").write_text("sources: []\n", encoding="utf-8")
    assert CliRunner().invoke(app, ["init", str(home)]).exit_code == 0
    assert (home / "sources.yaml").read_text(encoding="utf-8") == "sources: []\n" != sources
    again = CliRunner().invoke(app, ["init", str(home), "--brand", "Wren"])
    assert "is a home already: write your brand" in str(again.exception)
    assert "is a file: name a folder" in str(CliRunner().invoke(app, ["init", str(home / ".env")]).exception)
