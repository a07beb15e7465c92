"""A person forgotten: in every kind of place, through kills, with what everybody else has as it was."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
import string
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from connectors.source import Page, Record
from orchestration.privacy.erasure import Receipt, complete, forget
from orchestration.privacy.identifiers import Identifiers
from orchestration.privacy.persons import NobodyFound, SeveralFound, find
from orchestration.privacy.places import files_of
from orchestration.privacy.redaction import Redactor
from orchestration.privacy.suppression import LIST, RIGHTS, Entry, Suppression, entries
from orchestration.privacy.unnaming import is_unnamed
from orchestration.publishing.report.texts import NAMED, QUOTED, shown
from orchestration.settings import Settings
from orchestration.warehouse.backup import back_up
from orchestration.warehouse.publication import PART
from orchestration.warehouse.warehouse import Warehouse
from tests.homes import copied
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


def forgotten(home: Settings, who: str, step: Callable[[str], None] = lambda name: None, right: str = "erase") -> tuple[Receipt, Path]:
    with Warehouse(home.warehouse).connect() as connection:
        found = find(connection, who)
    receipt, kept = forget(home, found, NOW, step, is_whole=True, right=right)
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


def hidden(one: Somebody, right: str, but: Sequence[str] = ()) -> list[str]:
    """What must be nowhere afterwards: of whoever objects the id of the post stays."""
    return [text for text in one.strings() if text not in but and not (right == "object" and text == one.post_id)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that nobody writes into: each test has a copy."""
    return make_small_home(tmp_path_factory.mktemp("made") / "home", VERA, ABE).home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Settings:
    return Settings(home=copied(made, tmp_path / "home"))


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
        "person_decisions.csv", "campaign_spend.csv", "list_members.csv", "data/landing/20260930-m-1/00001.parquet",
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
    listed = (home.home / "list_members.csv").read_text(encoding="utf-8").splitlines()
    assert listed[1:] == [f"q4,{ABE.author_id},{ABE.handle},contacted,2026-09-03,vip,ask forgotten"]


def test_nobody_who_objects_stays_on_a_list(home: Settings) -> None:
    with Warehouse(home.warehouse).connect(write=True) as connection:
        connection.execute(f"""
            create table marts.mart_list_members as from (values ('q4', '{VERA.author_id}', 'nice'), ('q4', '{ABE.author_id}', 'too'))
                as rows (list, author_id, note);
            create table marts.persons_overview as from (values ('{VERA.author_id}', 'q4', 'paid'), ('{ABE.author_id}', 'q4', 'agreed'))
                as rows (person_id, lists, list_status)
        """)
        found = find(connection, VERA.handle)
    receipt, _ = forget(home, found, NOW, lambda step: None, is_whole=True, right="object")
    assert receipt.left == 0
    listed = (home.home / "list_members.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[1] for line in listed[1:]] == [ABE.author_id]
    with Warehouse(home.warehouse).connect() as connection:
        assert connection.execute("select author_id, note from marts.mart_list_members").fetchall() == [(ABE.author_id, "too")]
        told = connection.execute("select lists, list_status from marts.persons_overview order by 1 nulls first").fetchall()
        assert told == [(None, None), ("q4", "agreed")]


def rows(home: Settings) -> dict[str, list[str]]:
    """The rows of every table of the warehouse, the published file, Parquet and the home, whatever a node or a pseudonym is called."""
    tables: dict[str, list[str]] = {}
    for path in (home.warehouse, home.published):
        with duckdb.connect(str(path), read_only=True) as connection:
            for (table,) in connection.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall():
                found = connection.execute(f"select columns(name -> name <> 'payload_hash') from {table}").fetchall()
                tables[f"{path.name} {table}"] = list(map(str, found))
    for path in sorted(home.parquet.glob(".*/**/*.parquet")):
        tables["/".join(path.relative_to(home.parquet).parts[1:])] = list(
            map(str, duckdb.connect().execute("from read_parquet(?)", [str(path)]).fetchall())
        )
    for path in sorted(home.home.glob("*.csv")):
        tables[path.name] = path.read_text(encoding="utf-8").splitlines() if path.name != LIST else []
    known = re.compile(r"unnamed-[0-9a-f]{8}|forgotten:[0-9a-f]{16}")
    return {table: sorted(known.sub("somebody", row) for row in found) for table, found in tables.items()}


@dataclass(frozen=True, slots=True)
class NeverKilled:
    """What is left where nothing killed it."""

    right: str
    rows: Mapping[str, Sequence[str]]
    suppressed: Sequence[Entry]


@pytest.fixture(scope="module", params=RIGHTS)
def never_killed(request: pytest.FixtureRequest, made: Path, tmp_path_factory: pytest.TempPathFactory) -> NeverKilled:
    home = Settings(home=copied(made, tmp_path_factory.mktemp("never_killed") / "home"))
    forgotten(home, VERA.name, right=request.param)
    return NeverKilled(request.param, rows(home), entries(home.home))


@pytest.mark.slow
@pytest.mark.parametrize("fatal", STEPS)
def test_killed_at_any_step_it_is_complete_when_it_is_run_again(home: Settings, never_killed: NeverKilled, fatal: str) -> None:
    right = never_killed.right

    def step(name: str) -> None:
        if name == fatal:
            raise Killed

    with pytest.raises(Killed):
        forgotten(home, VERA.name, step, right)
    if fatal == "receipt":  # the warehouse is swapped: only the receipt has no name yet
        with pytest.raises(NobodyFound):
            forgotten(home, VERA.name)
        (kept,) = complete(home)
    else:
        receipt, kept = forgotten(home, VERA.name, right=right)
        assert receipt.left == 0
    assert list((home.home / "receipts").iterdir()) == [kept]
    left = everything(home)
    assert [text for text in hidden(VERA, right) if text.encode() in left] == []
    assert not [path for path in files_of(home) if ".forget-" in path.name]
    assert rows(home) == never_killed.rows
    suppressed, suppressed_whole = entries(home.home), never_killed.suppressed
    assert len({entry.entry for entry in suppressed}) == 1
    assert Counter((entry.kind, entry.right) for entry in suppressed) == Counter((entry.kind, entry.right) for entry in suppressed_whole)


def test_mentions_as_the_fediverse_writes_them_and_ids_in_addresses_of_requests(tmp_path: Path) -> None:
    anna = Somebody("26001739", "annak", "Anna Karo", VERA.said)
    home = make_small_home(tmp_path / "home", anna, ABE)
    asked = "https://murmur.example/api/users?id=26001739&id=26001740"
    with Warehouse(home.warehouse).connect(write=True) as connection:
        connection.execute(
            "update raw_mastodon.accounts set request_url = ?, payload = replace(payload, ?, ?) where native_id = ?",
            [asked, ABE.name, "Abe, not @<span>annak</span>", ABE.native],
        )
    forgotten(home, anna.author_id)
    with Warehouse(home.warehouse).connect() as connection:
        ((url, payload),) = connection.execute("select request_url, payload from raw_mastodon.accounts").fetchall()
    assert url == "https://murmur.example/api/users?id=forgotten&id=26001740"
    assert json.loads(payload)["display_name"] == "Abe, not forgotten</span>"


def test_files_that_sqlite_keeps_beside_its_own_go_meanwhile(home: Settings) -> None:
    path = home.folder / "events.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("pragma journal_mode = wal")
        database.execute("insert into events values (?)", [VERA.url])
        database.commit()
        beside = {end: Path(f"{path}{end}").read_bytes() for end in ("-wal", "-shm")}
    for end, data in beside.items():  # as a killed night leaves them
        Path(f"{path}{end}").write_bytes(data)
    receipt, _ = forgotten(home, VERA.author_id)
    assert receipt.left == 0
    assert VERA.url.encode() not in everything(home)


def test_what_was_cut_off_while_it_was_written_goes(home: Settings) -> None:
    published = home.published.with_name(f".{home.published.name}.{'0' * 32}{PART}")
    published.write_bytes(home.published.read_bytes()[:9000])  # no database that could be opened
    fresh = home.warehouse.with_name(f"{home.warehouse.name}.fresh")
    fresh.write_bytes(home.warehouse.read_bytes())
    segment = home.landing / "20260930-m-1" / ".00002.parquet"
    segment.write_bytes(segment.with_name("00001.parquet").read_bytes()[:100])
    table = home.parquet / ".2026-09-30.killed" / "fct_posts.parquet"
    table.parent.mkdir(parents=True)
    table.write_bytes(segment.read_bytes())
    others = home.landing / ".nfs0001"
    others.write_text("not ours", encoding="utf-8")
    receipt, _ = forgotten(home, VERA.author_id)
    assert receipt.left == 0
    assert not any(path.exists() for path in (published, fresh, segment, table))
    assert others.read_text(encoding="utf-8") == "not ours"


def test_whom_they_moved_keeps_the_ids_of_what_they_did(home: Settings) -> None:
    theirs, others = "a" * 32, "b" * 32
    with Warehouse(home.warehouse).connect(write=True) as connection:
        connection.execute(
            "create table marts.fct_adoptions as from (values (?, ?), (?, ?)) as adoptions (adoption_id, post_id)",
            [theirs, VERA.post_id, others, ABE.post_id],
        )
        connection.execute(
            "create or replace table raw_attribution.adoption_credits as from (values (?, ?)) as credits (adoption_id, author_id)",
            [others, VERA.author_id],
        )
        connection.execute(
            "alter table marts.ranking_evidence add column adoption_id varchar; update marts.ranking_evidence set adoption_id = ?", [theirs]
        )
    forgotten(home, VERA.author_id)
    with Warehouse(home.warehouse).connect() as connection:
        assert connection.execute("select adoption_id from marts.fct_adoptions").fetchall() == [(others,)]
        ((kept,),) = connection.execute("select adoption_id from marts.ranking_evidence").fetchall()
    assert kept.startswith("forgotten:")


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


PLACES = st.lists(
    st.tuples(
        st.sampled_from(["reblog", "quote", "card", "context", "mentions", "in_reply_to_account", "byline"]),
        st.sampled_from(["status", "account", "accounts", "handle", "address", "name", "said", "native"]),
    ),
    min_size=1, max_size=6, unique_by=lambda place: place[0],
)  # fmt: skip
"""Where else the other one names them: the key of a payload, and what stands below it."""


def naming(theirs: Somebody, places: Sequence[tuple[str, str]]) -> dict[str, object]:
    """What of a payload of somebody else's names them in these places."""
    of: dict[str, object] = {
        "status": theirs.status(),
        "account": theirs.account(),
        "accounts": [{"person": {"account": theirs.account()}}],
        "handle": f"with @{theirs.handle}, again",
        "address": f"<a href='{theirs.url}'>there</a>",
        "name": f"As {theirs.name} put it:",
        "said": f"They wrote: {theirs.said}",
        "native": {"account_id": theirs.native},
    }
    return {key: of[what] for key, what in places}


@pytest.mark.slow
@pytest.mark.parametrize("right", RIGHTS)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(theirs=PERSON, other=PERSON, places=PLACES)
def test_whoever_it_is_and_wherever_the_search_finds_nothing_after(
    tmp_path_factory: pytest.TempPathFactory, right: str, theirs: Somebody, other: Somebody, places: list[tuple[str, str]]
) -> None:
    if {theirs.native, theirs.handle, theirs.name, theirs.said} & {other.native, other.handle, other.name, other.said}:
        return
    home = make_small_home(tmp_path_factory.mktemp("home") / "home", theirs, other)
    named = naming(theirs, places)
    telling = other.status(id=f"{other.native}s2", **named)
    with Warehouse(home.warehouse).connect(write=True) as connection:
        connection.execute(
            """
            insert into raw_mastodon.statuses
            select * replace (? as native_id, ? as payload) from raw_mastodon.statuses where native_id = ?
            """,
            [telling["id"], json.dumps(telling), other.post],
        )
        before = counts(connection)
    (home.folder / "dagster.log").write_text("\n".join(json.dumps({key: item}) for key, item in named.items()), encoding="utf-8")
    receipt, _ = forgotten(home, theirs.author_id, right=right)
    assert receipt.left == 0
    left = everything(home)
    assert [text for text in hidden(theirs, right) if text.encode() in left] == []
    assert other.author_id.encode() in left
    with Warehouse(home.warehouse).connect() as connection:
        after = counts(connection)
        ranked = connection.execute("select person_id, rank, score from marts.influencer_rankings order by rank").fetchall()
        nodes = connection.execute("select author_id from marts.dim_authors where author_id <> ?", [other.author_id]).fetchall()
    assert ranked[0][0].startswith("forgotten:")
    assert (ranked[0][1:], ranked[1]) == ((1, 1.5), (other.author_id, 2, 0.75))
    page = Page("https://murmur.example", [Record("statuses", theirs.post, theirs.status()), Record("statuses", other.post, telling)])
    kept = Suppression(home.home).sifted(page, "mastodon", Counter())
    assert [
        text for text in hidden(theirs, right, but=(theirs.said, theirs.name)) if text in json.dumps([row.payload for row in kept.records])
    ] == []
    if right == "erase":
        assert (nodes, len(kept.records)) == ([], 1)
    else:
        assert after == before
        ((node,),) = nodes
        assert is_unnamed(node)
        assert kept.records[0].payload["account"]["id"] == node.removeprefix("mastodon:")
        assert kept.records[0].payload["favourites_count"] == 7
        assert not kept.records[0].payload["content"]


def counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many rows each table has, and the sums of what was spent and credited."""
    tables = connection.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
    counted = {table: connection.execute(f"select count(*) from {table}").fetchall()[0][0] for (table,) in tables}
    sums = "select (select sum(amount) from marts.fct_spend), (select sum(credit) from marts.ranking_evidence)"
    return counted | {"sums": connection.execute(sums).fetchall()[0]}
