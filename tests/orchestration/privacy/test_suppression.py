"""What a source still tells of somebody who was forgotten."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from connectors.source import Page, Record, Rejected, Tombstone
from orchestration.privacy.identifiers import Identifiers
from orchestration.privacy.persons import Account
from orchestration.privacy.suppression import KEY, LIST, KeyLost, Suppression, entries, lift, note, suppress
from tests.orchestration.privacy.small_home import Somebody
from tests.orchestration.privacy.test_erasure import ABE, VERA

SHORT = Somebody("17", "vera", "Vera", "The Morrowbean Press has changed my mornings for good")


def suppressed(home: Path, one: Somebody) -> Suppression:
    found = Identifiers([one.author_id], [one.author_id], [one.post_id])
    found.accounts["mastodon"] |= {one.native, one.handle}
    found.posts["mastodon"] |= {one.post}
    if len(one.handle) > 4:
        found.certain |= {one.handle, one.url, one.native, one.post}
    suppress(home, [Account(one.author_id, one.author_id, "mastodon", one.name, one.handle, one.url)], found, date(2026, 10, 1))
    return Suppression(home)


@pytest.mark.parametrize("one", [VERA, SHORT])
def test_their_records_are_left_out_and_they_are_redacted_in_those_of_others(tmp_path: Path, one: Somebody) -> None:
    numeric = int(one.native)
    of_abe = ABE.status(
        quote=one.status(), mentions=[{**one.account(), "id": numeric}], in_reply_to_account_id=one.native, tags=["autumn"], count=numeric
    )
    page = Page(
        "https://murmur.example",
        [
            Record("accounts", one.native, one.account()),
            Record("statuses", one.post, one.status()),
            Record("statuses", "new", one.status(id="new")),
            Record("statuses", ABE.post, of_abe),
            Record("accounts", ABE.native, ABE.account()),
        ],
        [Tombstone("statuses", one.post), Tombstone("statuses", ABE.post)],
        [Rejected("statuses", "no date", one.status(id="newer"))],
    )
    counts = Counter[str]()
    kept = suppressed(tmp_path, one).sifted(page, "mastodon", counts)
    assert [record.native_id for record in kept.records] == [ABE.post, ABE.native]
    assert [item.native_id for item in kept.tombstones] == [ABE.post]
    assert kept.rejected == []
    redacted = kept.records[0].payload
    assert redacted["quote"] == {
        "id": "forgotten", "created_at": "2026-09-29T10:00:00Z", "content": "forgotten", "favourites_count": 7,
        "account": dict.fromkeys(one.account(), "forgotten"),
    }  # fmt: skip
    assert redacted["mentions"] == [{**dict.fromkeys(one.account(), "forgotten"), "id": None}]
    assert redacted["in_reply_to_account_id"] == "forgotten"
    assert (redacted["tags"], redacted["count"], redacted["account"]) == (["autumn"], numeric, ABE.account())
    assert kept.records[1] == page.records[4]
    assert note(counts) == "of people who are to be forgotten 4 records were left out, and 1 of others redacted"
    told = (tmp_path / LIST).read_text(encoding="utf-8")
    assert not any(text in told for text in VERA.strings())


def test_others_on_the_same_platform_and_namesakes_on_another_are_left_alone(tmp_path: Path) -> None:
    page = Page("https://x", [Record("statuses", ABE.post, ABE.status(content="@vera is here"))])
    namesake = Page("https://x", [Record("accounts", "17", {"id": "17", "username": "vera"})])
    found = suppressed(tmp_path, SHORT)
    assert found.sifted(page, "mastodon", Counter()).records == page.records
    assert found.sifted(namesake, "nodebb", Counter()).records == namesake.records


def test_addresses_and_handles_in_texts_go(tmp_path: Path) -> None:
    said = f"Ask @{VERA.handle}, or see {VERA.url}. Not @{VERA.handle}2."
    page = Page(f"{VERA.url}/statuses", [Record("statuses", ABE.post, ABE.status(content=said))], notes=[f"read {VERA.url}"])
    kept = suppressed(tmp_path, VERA).sifted(replace(page, url=VERA.url), "mastodon", Counter())
    assert kept.records[0].payload["content"] == f"Ask forgotten, or see forgotten. Not @{VERA.handle}2."
    assert (kept.url, kept.notes) == ("forgotten", ["read forgotten"])


def test_pages_of_a_site_of_theirs_go_as_they_stand_and_as_they_are_shown(tmp_path: Path) -> None:
    one = Somebody("26001739", "abaras2", "Soren Abara", "The Ohmline Air keeps the train out of every recording")
    found = Identifiers([one.author_id], [one.author_id], [one.post_id])
    found.certain |= {"https://signal-path.example/", "signal-path.example"}
    suppress(tmp_path, [Account(one.author_id, one.author_id, "mastodon", one.name, one.handle, one.url)], found, date(2026, 10, 1))
    said = '<a href="https://signal-path.example/2026/09/one-3859"><span>https://</span><span>signal-path.example/2026/09/o</span></a>'
    said += " not-signal-path.example/2026 https://signal-path.example.org/2026 and/or"
    page = Page("https://murmur.example", [Record("statuses", ABE.post, ABE.status(content=said))])
    (kept,) = Suppression(tmp_path).sifted(page, "mastodon", Counter()).records
    assert kept.payload["content"] == (
        '<a href="forgotten/2026/09/one-3859"><span>https://</span><span>forgotten/2026/09/o</span></a>'
        " not-signal-path.example/2026 https://signal-path.example.org/2026 and/or"
    )


def test_the_list_is_lifted_by_who_knows_the_handle_and_useless_without_its_key(tmp_path: Path) -> None:
    suppressed(tmp_path, VERA)
    suppressed(tmp_path, SHORT)
    count = len(entries(tmp_path))
    assert suppressed(tmp_path, VERA) is not None  # a second time nothing is added
    assert len(entries(tmp_path)) == count
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in (KEY, LIST)] == [0o600, 0o600]
    assert lift(tmp_path, "nobody", ["mastodon"]) == 0
    assert 0 < lift(tmp_path, f"@{VERA.handle}", ["mastodon"]) < count
    assert lift(tmp_path, "mastodon:17", ["mastodon"]) > 0
    assert entries(tmp_path) == []
    suppressed(tmp_path, VERA)
    (tmp_path / KEY).unlink()
    with pytest.raises(KeyLost, match="backup"):
        Suppression(tmp_path)


def test_fields_that_are_called_by_name_their_writer(tmp_path: Path) -> None:
    item = {"id": 900, "type": "comment", "by": SHORT.handle, "text": "words"}
    found = suppressed(tmp_path, SHORT)
    assert found.sifted(Page("https://x", [Record("items", "900", item)]), "mastodon", Counter()).records == []


def test_ids_and_handles_in_words_of_others_go_without_their_sign(tmp_path: Path) -> None:
    anna = Somebody("u-anna-90210", "anna_k_karenina", "Anna", "The Ohmline Air keeps the train out of every recording")
    said = "ask anna_k_karenina, u-anna-90210 or https://murmur.example/%40anna_k_karenina; not anna_k_kareninas or xu-anna-90210"
    page = Page("https://murmur.example", [Record("statuses", ABE.post, ABE.status(content=said))])
    (kept,) = suppressed(tmp_path, anna).sifted(page, "mastodon", Counter()).records
    assert kept.payload["content"] == "ask forgotten, forgotten or forgotten; not anna_k_kareninas or xu-anna-90210"


BROADCASTER = Somebody("26001739", "brst", "Bruno Sterne", "The Ohmline Air keeps the train out of every recording")


def test_ids_under_names_of_fields_that_nobody_foresaw_and_what_stands_beside_them(tmp_path: Path) -> None:
    clip = {
        "id": "KitClip-1", "broadcaster_id": "26001739", "broadcaster_name": "Bruno Sterne", "creator_id": "26001821",
        "creator_name": "Lars", "view_count": 26001739, "patronId": 26001739, "patronName": "Bruno S.", "game_id": "509673",
    }  # fmt: skip
    page = Page("https://twitch.example", [Record("clips", "KitClip-1", clip), Record("shows", "26001739", {"showTitle": "Quiet trains"})])
    (kept,) = suppressed(tmp_path, BROADCASTER).sifted(page, "mastodon", Counter()).records
    assert kept.payload == clip | {
        "broadcaster_id": "forgotten", "broadcaster_name": "forgotten", "patronId": None, "patronName": "forgotten",
    }  # fmt: skip


def test_a_mention_as_the_fediverse_writes_it_and_ids_among_those_that_a_request_asked_for(tmp_path: Path) -> None:
    one = Somebody("26001739", "abaras2", "Soren Abara", "The Ohmline Air keeps the train out of every recording")
    said = '<a href="https://murmur.example/@abaras2" class="u-url mention">@<span>abaras2</span></a> @<span>abaras23</span>'
    asked = "https://murmur.example/users?id=26001739&id=26001740&login=x&page=126001739"
    said += " https://elsewhere.example/@abaras2/17 https://elsewhere.example/%40abaras2?a=b"
    page = Page(asked, [Record("statuses", ABE.post, ABE.status(content=said))])
    kept = suppressed(tmp_path, one).sifted(page, "mastodon", Counter())
    assert kept.url == "https://murmur.example/users?id=forgotten&id=26001740&login=x&page=126001739"
    assert kept.records[0].payload["content"] == (
        '<a href="forgotten" class="u-url mention">forgotten</span></a> @<span>abaras23</span>'
        " https://elsewhere.example/forgotten/17 https://elsewhere.example/forgotten?a=b"
    )
