from __future__ import annotations

import pytest

from connectors.wikis.mediawiki.wikitext import LARGEST, LONGEST_ADDITION, MOST_WORDS, added_text, addition


@pytest.mark.parametrize(
    ("before", "after", "added"),
    [
        ("", "all of it\nis new", "all of it\nis new"),
        ("one\ntwo", "two\none", ""),
        ("a cup of tea", "a big cup of green tea", "big\ngreen"),
        ("a cup\nof tea", "a cup\nof Tidewell tea\nand a saucer", "Tidewell\nand a saucer"),
        ("Morrowbean", "", ""),
        ("twice\ntwice", "twice\ntwice\ntwice", "twice"),
    ],
)
def test_added_text_is_what_an_edit_added(before: str, after: str, added: str) -> None:
    assert added_text(after, before) == added


def test_huge_changes_are_bounded() -> None:
    words = " ".join(str(number) for number in range(MOST_WORDS + 1))
    assert added_text(words + " end", words) == words + " end"
    text, links, remark = addition("x" * (LONGEST_ADDITION + 5), "")
    assert (len(text or ""), links) == (LONGEST_ADDITION, [])
    assert "added 100005 characters" in str(remark)
    assert addition("x" * (LARGEST + 1), "")[:2] == (None, None)
