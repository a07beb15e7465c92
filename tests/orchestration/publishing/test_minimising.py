"""Pseudonyms and what is left of a text where they are wanted."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.publishing.minimising import KEY, Minimising, PseudonymKeyLost, define_pseudonym, minimising, pseudonym, pseudonym_key
from orchestration.settings import Settings
from tests.homes import make_sandbox_home

SECRET = b"s" * 32


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200), min_size=1, max_size=20))
def test_sql_and_python_agree(words: list[str]) -> None:
    with duckdb.connect() as connection:
        define_pseudonym(connection, SECRET)
        found = connection.execute("select word, pseudonym_of(word) from (select unnest(?::varchar[]) as word)", [words]).fetchall()
    assert found == [(word, pseudonym(SECRET, word)) for word in words]


def test_handles_and_links_to_people_are_exchanged_and_other_links_stay() -> None:
    written = Minimising(SECRET)
    written._hosts = frozenset({"murmur.example"})
    anna, bo = pseudonym(SECRET, "anna"), pseudonym(SECRET, "bo.lind@murmur.example")
    text = "@anna and @bo.lind@murmur.example: see https://murmur.example/@anna/17, www.shop.example/press or anna@mail.example"
    assert written.text(text) == f"@{anna} and @{bo}: see [link], www.shop.example/press or [e-mail]"
    assert Minimising().text("@anna: https://murmur.example/@anna") == "@anna: https://murmur.example/@anna"


def test_what_is_not_declared_is_withheld_and_without_settings_nothing_is_read(tmp_path: Path) -> None:
    home = make_sandbox_home(tmp_path / "home")
    assert minimising(Settings(home=home)) is None
    assert not (home / KEY).exists()
    found = minimising(Settings(home=home, pseudonyms=True))
    assert found is not None
    assert found.value(None, "anything", "VARCHAR", '"anything"') == "null::VARCHAR"
    assert found.value(None, "count", "BIGINT", '"count"') == '"count"'
    assert (home / KEY).stat().st_mode & 0o777 == 0o600
    assert pseudonym_key(home) == pseudonym_key(home)
    (home / KEY).write_text("no key")
    with pytest.raises(PseudonymKeyLost, match="backup"):
        pseudonym_key(home)
