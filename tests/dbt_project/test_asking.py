"""Questions with other parameters, and empty answers that say why."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.publishing.periods import NothingHeld
from orchestration.publishing.persons import overview
from orchestration.publishing.questions import (
    CAVEATS,
    FOLDER,
    NEEDS,
    UnknownQuestion,
    ask,
    caveats,
    how_many,
    question,
    questions,
    why_empty,
)
from orchestration.publishing.rankings import ranking, within_ranked
from orchestration.publishing.scopes import ALL, Only, UnknownName, scope, scope_asked
from orchestration.warehouse.catalog import Catalog
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.warehouse import Warehouse, open_published
from tests.dbt_project.dbt import Dbt
from tests.orchestration.cli.test_cli import groundswell

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def empty(nothing: Dbt, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an installation publishes that nobody has told anything."""
    dbt = nothing.copy(tmp_path_factory.mktemp("empty"))
    publish_file(Warehouse(dbt.warehouse), target := dbt.folder / "groundswell.duckdb", catalog)
    return target


def test_every_file_is_a_question_with_its_parameters() -> None:
    assert [one.path.name for one in questions().values()] == sorted(path.name for path in FOLDER.glob("q*.sql"))
    for one in questions().values():
        assert one.about
        assert set(one.needs) <= NEEDS.keys()
        assert one.otherwise.endswith(".")
        assert one.query.count(" -- ") <= len(one.parameters) + one.query.count("\n-- ") + one.query.count("    -- ")
        assert set(one.parameters) <= {
            "brand", "topic", "channel", "campaign", "person", "other", "since", "until", "audience", "people", "posts", "places",
            "budget", "currency", "before_since", "before_until", "competitors", "each_channel", "each_brand", "certainty",
        }  # fmt: skip
    assert question("q01") is question("most-influential") is question("q01_most_influential")
    with pytest.raises(UnknownQuestion, match=r"--list"):
        question("most")


def test_parameters_take_the_place_of_defaults(published: Path) -> None:
    with open_published(published) as connection:
        asked = question("most-influential")
        everything = ask(connection, asked, {})
        assert ask(connection, asked, {"people": 2})["rank"].max() == 2
        assert ask(connection, asked, {}, limit=1).rows() == everything.head(1).rows()
        assert ask(connection, asked, {"since": date(2030, 1, 1)}).is_empty()
        with pytest.raises(UnknownQuestion, match="does not take --budget; it takes --brand, --people, --since, and --limit"):
            ask(connection, asked, {"budget": 1.0})
        with pytest.raises(UnknownQuestion, match="most-influential cannot be asked so"):
            ask(connection, asked, {"people": 10**22})
        for one in questions().values():
            values: dict[str, object] = {}
            for name in one.parameters:
                is_day, is_count = (
                    name.endswith(("since", "until")),
                    name in ("audience", "people", "posts", "places", "budget", "certainty"),
                )
                is_choice = name in ("competitors", "each_channel", "each_brand")
                values[name] = date(2026, 9, 1) if is_day else 1 if is_count else True if is_choice else "' or true --"
            ask(connection, one, values, limit=1)  # any text is a value, and no SQL


def test_an_empty_answer_says_why_on_an_empty_installation(empty: Path) -> None:
    reasons = {reason for _, reason in NEEDS.values()}
    with open_published(empty) as connection:
        unexplained = {
            one.name
            for one in questions().values()
            if one.needs and ask(connection, one, {}).is_empty() and why_empty(connection, one) not in reasons
        }
    assert not unexplained


def test_without_orders_that_is_what_is_said(published: Path) -> None:
    with open_published(published) as connection:
        for need, (query, _) in NEEDS.items():
            assert isinstance(connection.execute(query).fetchall()[0][0], bool), need


def test_the_command(published: Path, tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "groundswell.duckdb").write_bytes(published.read_bytes())
    where = {"GROUNDSWELL_DATA": str(tmp_path), "COLUMNS": "200"}

    def told(*arguments: str) -> str:
        done = groundswell(where, "ask", *arguments)
        return done.stdout + done.stderr

    assert "most-influential  --brand --people --since" in told("--list")
    assert "--since  who spoke of it on this day or later" in told("most-influential", "--list")
    listed = json.loads(told("--list", "--json"))
    assert [one["name"] for one in listed] == list(questions())
    assert listed[0]["parameters"][0]["option"] == "--brand"
    assert "1 of " in told("most-influential", "--limit", "1")
    assert "rows: " in told("most-influential", "--brand", "Morrowbean", "--xlsx", str(tmp_path / "a.xlsx"))
    assert (tmp_path / "a.xlsx").exists()
    assert told("most-influential", "--brand", "tidewell") == "no answer: Nobody who is ranked spoke of it in that time.\n"
    assert "error: nothing is held since 2030-01-01: the warehouse holds " in told("most-influential", "--since", "2030-01-01")
    assert "error: no channel 'nope' in the warehouse: there are blogs" in told("share-of-voice", "--channel", "nope")
    assert "error: no campaign 'nope' in campaigns.csv" in told("cost-per-adoption", "--campaign", "nope")
    assert told("1", "--list") == told("q01", "--list") == told("most-influential", "--list")
    assert "error: why does not take --budget" in told("why", "--budget", "1")


def test_some_of_a_ranking_keep_their_places(published: Path) -> None:
    with open_published(published) as connection:
        of = scope(connection, "brand", "MORROWBEAN")
        everybody = ranking(connection, of, 100)
        night = everybody["as_of_date"][0]
        places = dict(everybody.select("person_id", "rank").rows())
        spoke = set(
            connection.execute("select person_id from mentions_enriched where brand_id = 'morrowbean'").pl()["person_id"].drop_nulls()
        )
        assert 0 < len(spoke) < len(places)
        some = ranking(connection, of, 100, only=Only(since=date(2026, 1, 1)))
        assert dict(some.select("person_id", "rank").rows()) == {person: place for person, place in places.items() if person in spoke}
        assert ranking(connection, of, 100, only=Only(since=date(2030, 1, 1))).is_empty()
        assert ranking(connection, of, 100, only=Only(least_evidence=1)).is_empty()
        before = ranking(connection, of, 100, only=Only(until=night - timedelta(days=1)))
        assert set(before["as_of_date"]) == {date(2026, 9, 5)}
        assert before["person_id"].to_list() == everybody["person_id"].to_list()[::-1]
        assert ranking(connection, of, 100, only=Only(until=date(2026, 9, 4))).is_empty()
        languages = ranking(connection, ALL, 100, only=Only(language="EN"))["person_id"].to_list()
        assert sorted(languages) == sorted(
            connection.execute("select person_id from persons_overview where language = 'en' and rank is not null").pl()["person_id"]
        )
        for kind, name in (("product", "Morrowbean Press"), ("topic", "espresso"), ("channel", "blogs")):
            ranking(connection, scope(connection, kind, name), 5, only=Only(date(2026, 9, 1), date(2026, 10, 1), "de", 1))
        with pytest.raises(UnknownName, match=r"no product 'nothing' in products\.csv: there are fernway_trail_2"):
            scope(connection, "product", "nothing")
        with pytest.raises(ValueError, match="--brand and --topic are rankings of their own: choose one"):
            scope_asked(connection, {"brand": "kestrel", "product": None, "topic": "espresso"})


def test_a_person_on_one_page(published: Path, tmp_path: Path) -> None:
    with open_published(published) as connection:
        speakers = connection.execute("select person_id, mention_count from persons_overview order by mention_count desc, 1").fetchall()
        for person, mentions in speakers:
            page = overview(connection, person)
            assert page["person"]["person_id"] == person
            assert len(page["accounts"]) == page["person"]["account_count"]
            assert bool(page["weeks"]) == bool(page["posts"]) == (mentions > 0)
            assert {row["scope_kind"] for row in page["places"]} == {"all", "brand"}
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "groundswell.duckdb").write_bytes(published.read_bytes())
    done = groundswell({"GROUNDSWELL_DATA": str(tmp_path), "COLUMNS": "120"}, "person", speakers[0][0])
    assert done.returncode == 0, done.stderr
    assert "Places in the newest night" in done.stdout
    assert "Posts that went furthest" in done.stdout
    nobody = groundswell({"GROUNDSWELL_DATA": str(tmp_path)}, "person", "nobody at all")
    assert nobody.returncode == 1
    assert "nobody here is called 'nobody at all'" in nobody.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["rank", "--since", "2999-01-01"], "nothing is held since 2999-01-01: the warehouse holds "),
        (["rank", "--until", "2000-01-01"], "nothing is held until 2000-01-01: the warehouse holds "),
        (["ask", "share-of-voice", "--since", "2999-01-01"], "nothing is held since 2999-01-01: the warehouse holds "),
        (["compare", "2998", "2999"], "nothing is held from 2998-01-01 to 2998-12-31: the warehouse holds "),
    ],
)
def test_of_a_period_of_which_nothing_is_held_it_says_what_is(published: Path, tmp_path: Path, arguments: list[str], says: str) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "groundswell.duckdb").symlink_to(published)
    told = groundswell({"GROUNDSWELL_DATA": str(tmp_path)}, *arguments)
    assert (told.returncode, told.stdout) == (1, "")
    assert re.search(rf"^error: {says}\d{{4}}-\d\d-\d\d to \d{{4}}-\d\d-\d\d$", told.stderr, re.MULTILINE)


def test_a_night_that_is_not_ranked(published: Path) -> None:
    with open_published(published) as connection:
        ((first,),) = connection.execute("select min(as_of_date) from influencer_rankings").fetchall()
        within_ranked(connection, Only(until=first))
        with pytest.raises(NothingHeld):
            within_ranked(connection, Only(until=first - timedelta(days=1)))


def test_in_a_young_home_it_says_that_there_is_little_to_compare_with() -> None:
    with duckdb.connect() as connection:
        connection.execute("""
            create table ops_source_runs as
                select timestamptz '2026-08-08 00:00:00Z' as window_started_at, date '2026-10-01' as observed_date;
            create table influencer_rankings as select unnest([date '2026-09-04', date '2026-10-01']) as as_of_date
        """)
        for name in ("movers", "rising-words", "rising-voices"):
            assert len(caveats(connection, question(name))) == 1
        assert caveats(connection, question("share-of-voice")) == []
        connection.execute("insert into ops_source_runs values ('2026-10-01 00:00:00Z', '2026-10-02')")
        connection.execute("update ops_source_runs set window_started_at = window_started_at - interval 1 day")
        connection.execute("insert into influencer_rankings values ('2026-10-02')")
        for name in ("movers", "rising-words", "rising-voices"):
            assert caveats(connection, question(name)) == []
    assert {name for one in questions().values() for name in one.caveats} == set(CAVEATS)


@pytest.fixture
def turning(published: Path, tmp_path: Path) -> tuple[Path, list[str]]:
    """The published file with nothing said of brands but by three people, for whom a stance is clear, weak, and that of a question."""
    path = tmp_path / "groundswell.duckdb"
    path.write_bytes(published.read_bytes())
    with duckdb.connect(str(path)) as connection:
        connection.execute("use marts; delete from mentions_enriched")
        people = [person for (person,) in connection.execute("select person_id from dim_persons order by 1 limit 3").fetchall()]
        for person, strength, intent in zip(people, (0.8, 0.1, 0.8), ("owns", "owns", "asks_advice"), strict=True):
            for number, (day, stance) in enumerate((("07-01", -1), ("07-02", -1), ("09-01", 1), ("09-02", 1))):
                connection.execute(
                    """
                    insert into mentions_enriched by name
                    select $id as mention_id, $id as post_id, $person as person_id, $day::date as said_on, $day::timestamptz as said_at,
                        'morrowbean' as brand_id, 'Morrowbean' as brand, true as is_ours, true as is_voice, 'earned' as media_kind,
                        case when $score < 0 then 'negative' else 'positive' end as stance, $score as stance_score, $intent as intent,
                        $id as sentence, 'blogs' as channel, 'files' as platform
                    """,
                    {"id": f"{person} {number}", "person": person, "day": f"2026-{day}", "score": stance * strength, "intent": intent},
                )
    return path, people


def test_who_turned_did_so_clearly(turning: tuple[Path, list[str]]) -> None:
    path, people = turning
    with open_published(path) as connection:
        assert ask(connection, question("critics-to-fans"), {})["person_id"].to_list() == [people[0]]
        weak = ask(connection, question("critics-to-fans"), {"certainty": 0.05})
        assert sorted(weak["person_id"]) == people[:2]


def test_what_was_said_against_us_is_clear_and_the_newest_first(turning: tuple[Path, list[str]]) -> None:
    path, people = turning
    with open_published(path) as connection:
        asked = question("said-against-us")
        assert ask(connection, asked, {})["sentence"].to_list() == [f"{people[0]} 1", f"{people[0]} 0"]
        assert how_many(connection, asked, {"certainty": 0.05}) == 4
        assert ask(connection, asked, {"since": date(2026, 7, 2)}).height == 1
        assert ask(connection, asked, {"channel": "forums"}).is_empty()
