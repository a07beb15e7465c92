"""What tests/README.md says of the tests is so."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT

TESTS = ROOT / "tests"
README = (TESTS / "README.md").read_text(encoding="utf-8")
SLOW = {"parsed", "first_night", "nothing", "postgres", "scripts", "peer", "superset", "browser"}
"""Fixtures that build the dbt project, run a night or start a server or a browser."""


def test_every_folder_has_a_row() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE)
    assert set(rows) == {path.parent.relative_to(TESTS).parts[0] for path in TESTS.glob("*/**/*.py")}


def test_what_it_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"make ([a-z-]+)", README))
    assert {"test", "test-fast"} <= named <= targets
    modules = set(re.findall(r"[\w/]+\.py", README))
    assert len(modules) > 5
    assert [module for module in modules if not list(TESTS.rglob(module.removeprefix("tests/")))] == []


def test_who_builds_the_project_or_starts_a_server_is_marked_slow(request: pytest.FixtureRequest) -> None:
    asking = [item for item in request.session.items if isinstance(item, pytest.Function) and SLOW & set(item.fixturenames)]
    assert [item.nodeid for item in asking if item.get_closest_marker("slow") is None] == []


def test_a_fake_lies_beside_its_tests() -> None:
    fakes = list(TESTS.rglob("fake_*.py"))
    assert len(fakes) > 10
    assert [fake for fake in fakes if not list(fake.parent.glob("test_*.py"))] == []
