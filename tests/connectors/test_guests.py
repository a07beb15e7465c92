"""Guests: who is told apart, and who is nobody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.guests import guest_id, is_nobody


@pytest.mark.parametrize(
    "name", [None, "", " ", "0", "Guest", "ANONYMOUS", "Gast", "[deleted]", "4chan:Anonymous", "x:0", "[[global:guest]]", "n/a"]
)
def test_what_software_writes_for_nobody_is_no_name(name: str | None) -> None:
    assert is_nobody(name)
    assert guest_id(name) is None


@pytest.mark.parametrize("name", ["Ivy", "guest_ivy", "Nobody Owens", "Anonymous Bosch", "10", "x:10", "Zero"])
def test_a_name_that_was_left_is_one(name: str) -> None:
    assert guest_id(name) == f"guest:{name.lower()}"


def test_a_guest_is_the_same_however_the_name_is_spelled_or_escaped() -> None:
    assert {guest_id(name) for name in ("M\u00f6we  1", "mo\u0308we 1", "M&ouml;we 1", "M&amp;ouml;we 1 ", "\uff2d\u00f6we 1")} == {
        "guest:m\u00f6we 1"
    }


def test_an_address_is_no_name() -> None:
    assert guest_id("ivy@a.example") is None


@given(st.text(max_size=300))
def test_every_name_has_one_short_id_or_none(name: str) -> None:
    found = guest_id(name)
    assert found is None or (found.startswith("guest:") and len(found) <= 320)
