"""Pairs of accounts: what is listed, and how a decision is kept."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.cli import people, person_pairs
from orchestration.cli.app import app
from orchestration.cli.person_pairs import Account, Pair, decide, decided, pairs
from orchestration.home.tables import TABLES
from orchestration.settings import Settings
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.warehouse import Warehouse
from tests.homes import make_sandbox_home

DECISIONS = "person_decisions.csv"
ADA = Account("mastodon:ada", "Ada", "ada@pond.example", "mastodon", "https://pond.example/@ada")
FAN = Account("x:ada", "Ada, a fan", "ada", "x", None)


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation whose published file knows two accounts and a pair of each decision."""
    monkeypatch.setenv("GROUNDSWELL_HOME", str(make_sandbox_home(tmp_path)))
    monkeypatch.setenv("GROUNDSWELL_NOW", "2026-10-03T02:00:00Z")
    warehouse = Warehouse(Settings().warehouse)
    with warehouse.transaction() as connection:
        connection.execute("""
            create schema marts; create schema ops;
            create table marts.dim_authors (author_id text, display_name text, handle text, platform_id text, url text, is_current boolean);
            insert into marts.dim_authors values
                ('mastodon:ada', 'Ada', 'ada@pond.example', 'mastodon', 'https://pond.example/@ada', true),
                ('mastodon:ada', 'Old name', 'ada@pond.example', 'mastodon', null, false),
                ('x:ada', 'Ada, a fan', 'ada', 'x', null, true);
            create table ops.ops_person_links as
            select 'mastodon:ada' as author_id, 'x:ada' as other_author_id, 'declared_link' as method, 0.7::double as confidence,
                'review' as decision, 'https://pond.example/@ada' as evidence
        """)
    publish_file(warehouse, Settings().published)
    return tmp_path


def test_pairs_are_those_of_a_decision(published: Path) -> None:
    with duckdb.connect(Settings().published, read_only=True) as connection:
        connection.execute("set search_path = 'marts,ops'")
        assert pairs(connection, "review") == [Pair(ADA, FAN, "declared_link", 0.7, "https://pond.example/@ada")]
        assert pairs(connection, "joined") == []


def test_a_decision_is_a_row_of_the_file(published: Path) -> None:
    decide(published / DECISIONS, Pair(ADA, FAN, "declared_link", 0.7, "a, b"), "different", date(2026, 10, 3))
    with (published / DECISIONS).open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    assert row == {
        "author_id": "mastodon:ada", "other_author_id": "x:ada", "decision": "different", "decided_on": "2026-10-03", "note": "a, b",
    }  # fmt: skip
    assert decided(published / DECISIONS) == {frozenset(("x:ada", "mastodon:ada"))}


def test_a_decision_fits_the_homes_table(published: Path) -> None:
    assert tuple(TABLES["person_decisions"].columns) == person_pairs.COLUMNS
    assert (published / DECISIONS).read_text(encoding="utf-8") == ",".join(person_pairs.COLUMNS) + "\n"


@pytest.mark.parametrize(("answer", "decision"), [("s", "same"), ("different", "different"), ("l", None), ("q", None)])
def test_review_asks_and_keeps_the_answer(published: Path, monkeypatch: pytest.MonkeyPatch, answer: str, decision: str | None) -> None:
    monkeypatch.setattr(people, "can_ask", lambda: True)
    result = CliRunner().invoke(app, ["people", "--review"], input=f"{answer}\n")
    assert "One person?" in result.output
    assert decided(published / DECISIONS) == ({frozenset(("x:ada", "mastodon:ada"))} if decision else set())
    if decision:
        assert f",{decision},2026-10-03," in (published / DECISIONS).read_text(encoding="utf-8")
    again = CliRunner().invoke(app, ["people", "--review", "--json"])
    assert (again.output.strip() == "[]") is (decision is not None)


def test_where_nobody_can_be_asked_the_pairs_are_shown(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "can_ask", lambda: False)
    assert CliRunner().invoke(app, ["people", "--review"]).exit_code == 0
    assert decided(published / DECISIONS) == set()
