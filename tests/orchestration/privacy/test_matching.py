"""Strings found whatever way they are written."""

from __future__ import annotations

from unicodedata import normalize

import pytest

from orchestration.privacy.identifiers import MARK
from orchestration.privacy.matching import Matcher


@pytest.mark.parametrize("name", ["Анна Каренина", "José Peñalba", "Ζωή Παπαδάκη"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_name_is_found_in_both_cases_and_both_forms_of_unicode(name: str, form: str) -> None:
    matcher = Matcher({normalize("NFD", name) if form == "NFC" else name: MARK})
    written = [normalize(form, one) for one in (name, name.upper(), name.lower())]  # type: ignore[arg-type]
    assert matcher.replaced(f"ask {written[0]}, {written[1]} or {written[2]}.") == f"ask {MARK}, {MARK} or {MARK}."
