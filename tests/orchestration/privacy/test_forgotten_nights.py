"""A night, somebody is forgotten, and the next night, with the source still telling of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.homes import copied
from tests.orchestration.privacy.named_nights import HANDLE, THEIRS, add_night, asked, first_night, groundswell

__all__ = ["first_night"]

OTHERS_POSTS = f"""
    select post_id, author_id, text, published_at from marts.fct_posts
    where author_id <> '{THEIRS}' and published_at < '2026-09-29' order by all
"""
PAST = f"""
    select columns(c -> c not in ('person_id', 'unusual_signals')),
        if(person_id = '{THEIRS}' or starts_with(person_id, 'forgotten:'), '', person_id)
    from marts.influencer_rankings where as_of_date = '2026-09-28' order by all
"""


@pytest.mark.slow
def test_the_next_night_brings_nothing_back_and_everybody_else_is_as_before(first_night: Path, tmp_path: Path) -> None:
    home = copied(first_night, tmp_path / "home")
    posts, past = asked(home, OTHERS_POSTS), asked(home, PAST)
    assert asked(home, f"select count(*) from marts.fct_posts where author_id = '{THEIRS}'") > [(0,)]

    forgotten = groundswell(home, "2026-09-29T09:00:00Z", "forget", THEIRS, "--yes")
    assert forgotten.returncode == 3, forgotten.stdout + forgotten.stderr  # the source's own files lie in the home
    (kept,) = (home / "receipts").iterdir()
    receipt = json.loads(kept.read_text(encoding="utf-8"))
    assert {place["place"].split("/")[0] for place in receipt["places"] if place["after"]} == {"posts"}
    assert asked(home, OTHERS_POSTS) == posts
    assert asked(home, PAST) == past

    add_night(home, 1)
    for file in (home / "posts").iterdir():
        file.write_bytes(file.read_bytes() + b"\n")  # read again as a whole
    done = groundswell(home, "2026-09-30T02:30:00Z", "refresh", "--date", "2026-09-29")
    assert done.returncode == 0, done.stdout + done.stderr
    assert asked(home, OTHERS_POSTS) == posts
    assert asked(home, PAST) == past
    for table in ("raw_files.authors", "raw_files.posts", "raw_files.follows", "raw_files.interactions"):
        assert (
            asked(home, f"select payload from {table} where regexp_matches(payload, '\"({THEIRS.removeprefix('files:')}|{HANDLE})\"')")
            == []
        )
    assert asked(home, f"select author_id from marts.dim_authors where author_id = '{THEIRS}'") == []
    assert asked(home, "select count(*) from marts.dim_persons where starts_with(person_id, 'forgotten')") == [(0,)]
    ((notes,),) = asked(home, "select notes from raw_ops.source_runs where night = '2026-09-29'")
    assert any("are to be forgotten" in told for told in notes)
    again = groundswell(home, "2026-09-30T09:00:00Z", "forget", THEIRS, "--yes")
    assert again.returncode == 0
    assert again.stdout == f"'{THEIRS}' was forgotten on 2026-09-29: nothing is held of them\n"
