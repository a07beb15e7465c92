"""Guests of forums: told apart by the name they left, or unknown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.databases.source import SOURCE
from tests.conftest import collect
from tests.connectors.databases.test_databases import Database, Make, discourse, epoch, job, phpbb, vbulletin
from tests.connectors.reading import records

__all__ = ["job"]

GUESTS = {
    "phpbb": (
        "alter table phpbb_posts add column post_username",
        "insert into phpbb_posts values {}",
        "({post}, 3, 1, {at}, 0, '', '<t>hi</t>', 1, {name})",
    ),
    "vbulletin": (
        "alter table post add column username",
        "insert into post values {}",
        "({post}, 3, 0, 10, {at}, '', 'hi', 1, {name})",
    ),
}


@pytest.mark.parametrize("make", [phpbb, vbulletin])
async def test_guests_are_told_apart_by_the_name_they_left(make: Callable[[Path], Database], job: Make, tmp_path: Path) -> None:
    forum = make(tmp_path / "forum.db")
    column, insert, row = GUESTS[make.__name__]
    names = ["'Ivy'", "'ivy '", "'Zo&euml;'", "''", "null", "'Guest'", "'ada@a.example'"]
    rows = ", ".join(row.format(post=20 + place, at=epoch("2026-09-07"), name=name) for place, name in enumerate(names))
    forum.run(column, insert.format(rows))
    pages = await collect(SOURCE.fetch(job(forum.url, software=make.__name__)))
    authors = [records(pages, "posts")[f"under_test:{20 + place}"].payload["author_id"] for place in range(len(names))]
    assert authors == ["guest:ivy", "guest:ivy", "guest:zo\u00eb", "guest", "guest", "guest", "guest"]
    guests = {key: record.payload for key, record in records(pages, "authors").items() if ":guest:" in key}
    assert set(guests) == {"under_test:guest:ivy", "under_test:guest:zo\u00eb"}
    assert (guests["under_test:guest:ivy"]["id"], guests["under_test:guest:ivy"]["name"].strip().lower()) == ("guest:ivy", "ivy")
    assert not [rejected for page in pages for rejected in page.rejected]


async def test_a_forum_without_the_guests_names_has_unknown_guests(job: Make, tmp_path: Path) -> None:
    forum = phpbb(tmp_path / "forum.db")
    forum.run(f"insert into phpbb_posts values (20, 3, 1, {epoch('2026-09-07')}, 0, '', '<t>hi</t>', 1)")
    posts = records(await collect(SOURCE.fetch(job(forum.url, software="phpbb"))), "posts")
    assert posts["under_test:20"].payload["author_id"] == "guest"


async def test_a_post_of_a_deleted_account_has_no_author(job: Make, tmp_path: Path) -> None:
    forum = discourse(tmp_path / "forum.db")
    forum.run("update posts set user_id = null where id = 11")
    posts = records(await collect(SOURCE.fetch(job(forum.url, software="discourse"))), "posts")
    assert [posts[f"under_test:{number}"].payload["author_id"] for number in (10, 11)] == ["7", "guest"]
