"""A person forgotten: in every kind of place, through kills, with what everybody else has as it was."""

from __future__ import annotations

import gzip
import json
import string
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from orchestration.privacy.erasure import Receipt, complete, forget
from orchestration.privacy.identifiers import Identifiers
from orchestration.privacy.persons import NobodyFound, SeveralFound, find
from orchestration.privacy.places import files_of
from orchestration.privacy.redaction import Redactor
from orchestration.publishing.report.texts import NAMED, QUOTED, shown
from orchestration.settings import Settings
from orchestration.warehouse.backup import back_up
from orchestration.warehouse.warehouse import Warehouse
from tests.orchestration.privacy.small_home import NOW, PAGES, Somebody, make_small_home

VERA = Somebody("113065014067201269", "vera_marchetti", "Vera Marchetti", "The Morrowbean Press has changed my mornings for good")
ABE = Somebody("112096758988802001", "abe_lindt_7", "Abe Lindt", "I ordered one after what I read here yesterday")
STEPS = (
    "identify",
    "suppress",
    "search",
    "rewrite campaign_spend.csv",
    "rewrite data/refresh.log",
    "publish",
    "warehouse",
    "prove",
    "swap",
    "receipt",
)


class Killed(BaseException):
    """Stands in for a kill: nothing after it runs."""


def forgotten(home: Settings, who: str, step: Callable[[str], None] = lambda name: None) -> tuple[Receipt, Path]:
    with Warehouse(home.warehouse).connect() as connection:
        found = find(connection, who)
    receipt, kept = forget(home, found, NOW, step, is_whole=True)
    assert kept
    return receipt, kept


def everything(home: Settings) -> bytes:
    """All bytes of an installation, and all that its databases and archives hold, as text."""
    parts = []
    for path in files_of(home):
        data = path.read_bytes()
        parts.append(data)
        if data[:2] == b"\x1f\x8b":
            parts.append(gzip.decompress(data))
        if data[8:12] == b"DUCK":
            with duckdb.connect(str(path), read_only=True) as connection:
                tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
                parts += [str(connection.execute(f'from "{schema}"."{table}"').fetchall()).encode() for schema, table in tables]
        if data[:4] == b"PAR1":
            parts.append(str(duckdb.connect().execute("from read_parquet(?)", [str(path)]).fetchall()).encode())
    return b"\n".join(parts)


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return make_small_home(tmp_path / "home", VERA, ABE)


def test_nothing_of_them_is_left_anywhere_and_the_receipt_says_so_without_naming_them(home: Settings) -> None:
    before = everything(home)
    receipt, kept = forgotten(home, "@vera_marchetti")
    after = everything(home)
    for text in VERA.strings():
        assert text.encode() in before
        assert text.encode() not in after, text
    assert receipt.left == receipt.elsewhere == 0
    assert not any(place.is_left for place in receipt.places)
    assert sum(place.before for place in receipt.places) > 20
    assert {place.place for place in receipt.places if place.before} >= {
        "data/warehouse.duckdb", "data/refresh.log", "data/refresh.log.gz", "data/events.db",
        "person_decisions.csv", "campaign_spend.csv", "data/landing/20260930-m-1/00001.parquet",
    } | {f"data/reports/{page}" for page in PAGES}  # fmt: skip
    assert kept.stat().st_mode & 0o777 == 0o600
    assert json.loads(kept.read_text())["post_count"] == 1


def test_what_a_page_writes_shorter_or_escaped_is_found_there() -> None:
    name, said = "Vera O'Marchetti " * 5, 'She said "it\'s the best press" and it is. ' * 10
    account = f"feeds:https://blog.example/{'long/' * 20}feed.xml"
    redactor = Redactor(Identifiers([account], [], [], {account: "forgotten:1"}, certain={said.strip()}, names={name.strip()}))
    page = Markup("<bdi>{}</bdi><i>{}</i><q>{}</q><q>{}</q>").format(
        shown(name, NAMED), shown(account, NAMED), *(shown(said, n) for n in QUOTED)
    )
    assert redactor.pages.replaced(page) == "<bdi>forgotten</bdi><i>forgotten:1</i><q>forgotten</q><q>forgotten</q>"


def test_what_others_have_is_as_it_was_and_numbers_of_the_past_stay_under_a_pseudonym(home: Settings) -> None:
    forgotten(home, VERA.author_id)
    with Warehouse(home.warehouse).connect() as connection:
        ranked = connection.execute("select person_id, rank, score from marts.influencer_rankings order by rank").fetchall()
        assert ranked[1] == (ABE.author_id, 2, 0.75)
        assert ranked[0][0].startswith("forgotten:")
        assert ranked[0][1:] == (1, 1.5)
        assert connection.execute("select sum(credit), min(adopter_person_id) from marts.ranking_evidence").fetchall() == [
            (0.25, ABE.author_id)
        ]
        assert connection.execute("select person_id from marts.ranking_evidence").fetchall() == [(ranked[0][0],)]
        assert connection.execute("select sum(amount), count(*) from marts.fct_spend").fetchone() == (60, 2)
        ((text,),) = connection.execute("select text from marts.fct_posts").fetchall()
        assert text == f"{ABE.said} @forgotten said: forgotten"
        ((payload,),) = connection.execute("select payload from raw_mastodon.statuses").fetchall()
        kept = json.loads(payload)
        assert kept["account"] == ABE.account()
        assert kept["tags"] == ["autumn"]
        assert kept["quote"]["favourites_count"] == 7
        assert kept["quote"]["created_at"] == "2026-09-29T10:00:00Z"
        assert connection.execute("select author_id from intermediate.int_said").fetchall() == [(ABE.author_id,)]
        comments = "select comment from duckdb_tables() where table_name = 'fct_posts'"
        assert connection.execute(comments).fetchall() == [("One row per post.",)]
    spend = (home.home / "campaign_spend.csv").read_text(encoding="utf-8").splitlines()
    assert spend[-2].startswith("morrowbean_autumn,forgotten:")
    assert spend[-1] == f"morrowbean_autumn,{ABE.author_id},2026-09-03,gift,30.0,EUR,"


@pytest.mark.slow
@pytest.mark.parametrize("fatal", STEPS)
def test_killed_at_any_step_it_is_complete_when_it_is_run_again(home: Settings, fatal: str) -> None:
    def step(name: str) -> None:
        if name == fatal:
            raise Killed

    with pytest.raises(Killed):
        forgotten(home, VERA.name, step)
    if fatal == "receipt":  # the warehouse is swapped: only the receipt has no name yet
        with pytest.raises(NobodyFound):
            forgotten(home, VERA.name)
        (kept,) = complete(home)
    else:
        receipt, kept = forgotten(home, VERA.name)
        assert receipt.left == 0
    assert list((home.home / "receipts").iterdir()) == [kept]
    left = everything(home)
    assert [text for text in VERA.strings() if text.encode() in left] == []
    assert not [path for path in files_of(home) if ".forget-" in path.name]


def test_several_of_one_name_are_told_apart_by_their_ids(tmp_path: Path) -> None:
    twin = Somebody(ABE.native, ABE.handle, VERA.name, ABE.said)
    home = make_small_home(tmp_path / "home", VERA, twin)
    with Warehouse(home.warehouse).connect() as connection:
        with pytest.raises(SeveralFound, match="2 persons"):
            find(connection, "vera marchetti")
        with pytest.raises(NobodyFound):
            find(connection, "nobody at all")
        assert [one.author_id for one in find(connection, VERA.url)] == [VERA.author_id]
    forgotten(home, VERA.author_id)
    with Warehouse(home.warehouse).connect() as connection:
        assert connection.execute("select display_name from marts.dim_persons").fetchall() == [(VERA.name,)]  # the twin's own


def test_a_longer_id_of_somebody_else_is_no_hit_and_no_alarm(tmp_path: Path) -> None:
    longer = Somebody(f"{VERA.native}9", f"{VERA.handle}_too", "Vera Marchettini", ABE.said)
    home = make_small_home(tmp_path / "home", VERA, longer)
    receipt, _ = forgotten(home, VERA.author_id)
    assert [place for place in receipt.places if place.after] == []
    with Warehouse(home.warehouse).connect() as connection:
        said = connection.execute("select author_id, handle, display_name, url from marts.dim_authors").fetchall()
    assert said == [(longer.author_id, longer.handle, longer.name, longer.url)]


def test_where_something_of_ours_stays_nothing_is_called_done_and_it_can_be_run_again(home: Settings) -> None:
    foreign = home.folder / "dump.bin"
    foreign.write_bytes(b"\xff\xfe" + VERA.author_id.encode() + b"\xff")
    with Warehouse(home.warehouse).connect() as connection:
        found = find(connection, VERA.author_id)
    receipt, kept = forget(home, found, NOW, lambda name: None, is_whole=True)
    assert receipt.left > 0
    assert kept is None
    assert [place.place for place in receipt.places if place.after] == ["data/dump.bin"]
    assert not list((home.home / "receipts").iterdir())
    assert not list(home.folder.glob("*.forget-*"))
    foreign.unlink()
    receipt, kept = forgotten(home, VERA.author_id)
    assert receipt.left == 0
    assert not [text for text in VERA.strings() if text.encode() in everything(home)]


def test_archives_are_named_with_their_dates(home: Settings, tmp_path: Path) -> None:
    back_up(home, tmp_path / "one.tar.gz", NOW)
    back_up(home, tmp_path / f"{VERA.handle}.tar.gz", NOW)
    (tmp_path / "one.tar.gz").unlink()
    receipt, _ = forgotten(home, VERA.author_id)
    assert list(receipt.not_reached[:2]) == [
        f"an archive of {NOW.isoformat()}: {tmp_path}/one.tar.gz (is no longer there)",
        f"an archive of {NOW.isoformat()}: {tmp_path}/forgotten.tar.gz",
    ]


WORD = st.text(string.ascii_lowercase, min_size=4, max_size=9)
PERSON = st.builds(
    Somebody,
    native=st.integers(10**14, 10**15).map(str),
    handle=st.tuples(WORD, WORD, st.integers(0, 99)).map(lambda parts: f"{parts[0]}_{parts[1]}{parts[2]}"),
    name=st.tuples(WORD, WORD).map(lambda parts: " ".join(parts).title()),
    said=st.lists(st.one_of(WORD, st.sampled_from(['"so"', "<b>", "c'est", "\n", "é", "\\", "❤️"])), min_size=8, max_size=14).map(" ".join)
    .map(str.strip).filter(lambda text: len(text) >= 30),
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(theirs=PERSON, other=PERSON)
def test_whoever_it_is_the_search_finds_nothing_after(tmp_path_factory: pytest.TempPathFactory, theirs: Somebody, other: Somebody) -> None:
    if {theirs.native, theirs.handle, theirs.name} & {other.native, other.handle, other.name}:
        return
    home = make_small_home(tmp_path_factory.mktemp("home") / "home", theirs, other)
    receipt, _ = forgotten(home, theirs.author_id)
    assert receipt.left == 0
    left = everything(home)
    assert [text for text in theirs.strings() if text.encode() in left] == []
    assert other.author_id.encode() in left
