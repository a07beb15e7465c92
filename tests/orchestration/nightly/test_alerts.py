"""What a warehouse knows of its night reaches people once, and nobody hears of a night that went well."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from connectors import platforms
from orchestration.alerting.facts import Ended
from orchestration.cli.app import app
from orchestration.nightly.alerts import read_memory, tell_of_night, told_afterwards, watch
from orchestration.nightly.refresh import TOLD_BY_ITSELF, CopyFailed, RefreshFailed
from orchestration.settings import NotDone, Settings
from orchestration.warehouse.lock import RefreshRunning, is_refreshing, only_refresh
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.raw_tables import create_raw_tables
from orchestration.warehouse.warehouse import Warehouse
from tests.orchestration.alerting.receivers import hook, mailbox

NIGHT = date(2026, 9, 10)
NOW = datetime(2026, 9, 11, 2, tzinfo=UTC)
SECRET = "tok3n-of-the-forum"
POST = "My neighbour told me everything about her illness. " * 4
NIGHTS = 10


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten good nights of one source, the last of them published."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "sources.yaml").write_text("sources:\n  - {name: forum, platform: lemmy, secrets: {token: FORUM_TOKEN}}\n")
    warehouse = Warehouse(folder / "data" / "warehouse.duckdb")
    create_raw_tables(warehouse, list(platforms().values()))
    with warehouse.transaction() as connection:
        connection.execute("create schema ops; create schema staging")
        connection.execute("create table staging.stg_lemmy__posts (load_id bigint, source_name text, title text, ill_typed text)")
        connection.execute("create table marts.fct_posts as select range as post_id from range(500)")
        for back in reversed(range(NIGHTS)):
            day, load = NIGHT - timedelta(days=back), NIGHTS - back
            run(connection.execute, load, day)
            connection.execute("insert into raw_ops.publications values (?, ?, ?)", [day, load, NOW - timedelta(days=back)])
            connection.execute(
                "insert into marts.score_backtests (as_of_date, score_version, forecast_date, outcome, ranker, ndcg_100)"
                " values (?, 'v', ?, 'credited', 'score', 0.5)",
                [day, day - timedelta(days=28)],
            )
    publish(warehouse)
    return folder


@pytest.fixture
def home(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it that a test may change."""
    monkeypatch.setenv("GROUNDSWELL_HOME", str(tmp_path))
    monkeypatch.setenv("GROUNDSWELL_NOW", NOW.isoformat())
    monkeypatch.setenv("FORUM_TOKEN", SECRET)
    shutil.copytree(built, tmp_path, symlinks=True, dirs_exist_ok=True)
    return tmp_path


def run(execute: Callable[..., object], load: int, day: date) -> None:
    """A source run of forty posts."""
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    execute(
        """
        insert into raw_ops.source_runs
        values ($load, 'run-' || $load, 'forum', 'lemmy', 'communities', $night, $begin, $end, $at, $at, 'succeeded',
            40, 40, 0, 0, 0, 1, null, [])
        """,
        {"load": load, "night": day, "begin": end - timedelta(days=1), "end": end, "at": end + timedelta(hours=2)},
    )
    execute("insert into staging.stg_lemmy__posts select ?, 'forum', 'a', null from range(40)", [load])


def publish(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        connection.execute("create or replace table ops.ops_source_runs as select *, night as observed_date from raw_ops.source_runs")
    publish_file(warehouse, warehouse.path.parent / "published" / "groundswell.duckdb")


def change(home: Path, *statements: str) -> None:
    with Warehouse(home / "data" / "warehouse.duckdb").transaction() as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_good_night_is_quiet(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with hook() as web:
        monkeypatch.setenv("GROUNDSWELL_ALERT_URLS", web.address())
        told = tell_of_night(Settings(), Ended(NIGHT))
    assert (list(told.findings), web.posts) == ([], [])


TONIGHT = f"load_id = {NIGHTS}"
Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (
            f"update raw_ops.source_runs set status = 'failed', error = 'refused {SECRET}: ''{POST}'' is no date' where {TONIGHT}",
            "forum failed: refused ***: 'My neighbour",
        ),
        (f"update raw_ops.source_runs set record_count = 3 where {TONIGHT}", "forum brought 3 records; its last 7 nights brought 40"),
        (f"update raw_ops.source_runs set rejected_count = 20 where {TONIGHT}", "forum: items: 20 of 60 could not be read"),
        (
            f"update staging.stg_lemmy__posts set title = null where {TONIGHT}",
            "title: always filled before, and empty in all 40",
        ),
        (f"update staging.stg_lemmy__posts set ill_typed = 'score' where {TONIGHT}", "forum: posts: 40 of 40 have values of another type"),
        (f"update marts.score_backtests set ndcg_100 = 0.2 where as_of_date = '{NIGHT}'", "NDCG is 0.20, and was 0.50 in the 9 nights"),
        ("delete from marts.fct_posts where post_id >= 300", "fct_posts: 300 rows, 500 the night before"),
    ],
)
def test_each_thing_that_needs_a_person_reaches_mail_and_webhook_once(
    home: Path, monkeypatch: pytest.MonkeyPatch, statement: str, says: str
) -> None:
    settings = Settings()
    before = settings.parquet / str(NIGHT - timedelta(days=1))
    before.mkdir(parents=True)
    change(home, f"copy marts.fct_posts to '{before}/fct_posts.parquet'", statement)
    with mailbox() as box, hook() as web:
        monkeypatch.setenv("GROUNDSWELL_ALERT_URLS", f"{box.address} {web.address()}")
        assert tell_of_night(Settings(), Ended(NIGHT)).failures == []
        watch(Settings(), is_telling=True)
    [(_, body)] = web.posts
    title, line, _ = body["text"].splitlines()
    assert title == "Groundswell: 1 thing needs a person"
    assert says in line
    [mail] = box.mails
    assert says in mail.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert SECRET not in body["text"]
    assert POST.strip() not in body["text"]


def test_posts_about_us_by_people_on_lists_are_told_once_a_night(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = "(select started_at from raw_ops.source_runs order by load_id desc limit 1)"
    change(
        home,
        "create table marts.mart_list_members as from (values ('q4', 'ada'), ('vip', 'ada'), ('q4', null)) as rows (list, person_id)",
        f"""
        create or replace table marts.fct_posts as select post_id, {begun} + later as first_observed_at from (values
            ('told', interval 0 minute), ('rival', interval 1 minute), ('seen before', -interval 1 minute), ('old', interval 1 minute),
            ('not listed', interval 1 minute)
        ) as rows (post_id, later)
        """,
        f"""
        create table marts.mentions_enriched as select post_id, person_id, person_id as person, brand, brand != 'Fernway' as is_ours,
            timestamptz '{NIGHT}' - age as said_at, post_id || ' of ' || brand as sentence, score as stance_score, 'https://u' as url
        from (values ('told', 'ada', 'Kestrel', 0.1, interval 6 day), ('told', 'ada', 'Morrow', 0.9, interval 6 day),
            ('rival', 'ada', 'Fernway', 0.9, interval 0 day), ('seen before', 'ada', 'Kestrel', 0.9, interval 0 day),
            ('old', 'ada', 'Kestrel', 0.9, interval 8 day), ('not listed', 'bo', 'Kestrel', 0.9, interval 0 day)
        ) as rows (post_id, person_id, brand, score, age)
        """,
    )
    publish(Warehouse(home / "data" / "warehouse.duckdb"))
    with hook() as web:
        monkeypatch.setenv("GROUNDSWELL_ALERT_URLS", web.address())
        for _ in range(2):
            assert list(tell_of_night(Settings(), Ended(NIGHT)).findings) == []
        assert list(watch(Settings(), is_telling=True).findings) == []
    [(_, body)] = web.posts
    title, line, _ = body["text"].splitlines()
    assert title == "Groundswell: somebody on your lists posted about you"
    assert line == '- ada (q4; vip) posted about Kestrel; Morrow: "told of Morrow" https://u'


def test_a_full_disk_and_a_late_night_are_told_once_a_day(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with hook() as web:
        monkeypatch.setenv("GROUNDSWELL_ALERT_URLS", web.address())
        monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(2**40, 2**40, 2**20))
        for later in (timedelta(), timedelta(hours=1), timedelta(hours=27), timedelta(hours=28)):
            monkeypatch.setenv("GROUNDSWELL_NOW", (NOW + later).isoformat())
            watch(Settings(), is_telling=True)
    first, second = (body["text"] for _, body in web.posts)
    assert "the disk is nearly full: 0.0 GiB free, the next night may need 1.0 GiB" in first
    assert "readers still have the night of 2026-09-10: it is 27 h old, and may be 26 h" in second


@pytest.mark.parametrize(
    ("error", "title", "line"),
    [
        (RefreshFailed(f"score: {SECRET}"), "the night of 2026-09-11 was not published", "was not published: score: ***"),
        (CopyFailed("report: no room", []), "1 thing needs a person", "is published, but not every copy of it: report: no room"),
        (ZeroDivisionError("a defect"), "the night of 2026-09-11 was not published", "was not published: a defect"),
    ],
)
def test_a_refresh_that_fails_is_told_and_goes_on_failing(
    home: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, title: str, line: str
) -> None:
    shown: list[str] = []
    with hook() as web:
        monkeypatch.setenv("GROUNDSWELL_ALERT_URLS", f"{web.address()} http://127.0.0.1:9/{SECRET}")
        settings = Settings()
        with pytest.raises(type(error)), told_afterwards(settings, NIGHT + timedelta(days=1), shown.append):
            raise error
        monkeypatch.setenv("GROUNDSWELL_NOW", (NOW + timedelta(hours=20)).isoformat())
        watch(Settings(), is_telling=True)
    [(_, body)] = web.posts
    assert body["text"].startswith(f"Groundswell: {title}\n")
    assert line in body["text"]
    assert shown == ["alert 2 of GROUNDSWELL_ALERT_URLS (http) was not sent: no answer (ConnectError)"]
    assert SECRET not in (settings.folder / "alerts.json").read_text()


def test_a_refresh_that_was_refused_because_another_runs_is_not_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with hook() as web:
        monkeypatch.setenv("GROUNDSWELL_ALERT_URLS", web.address())
        with pytest.raises(RefreshRunning), told_afterwards(Settings(), NIGHT, print):
            raise RefreshRunning("another runs")
    assert web.posts == []
    assert read_memory(Settings()).ended is None


def test_a_refresh_that_was_killed_and_files_that_are_damaged_are_seen(home: Path) -> None:
    with Warehouse(home / "data" / "warehouse.duckdb").transaction() as connection:
        run(connection.execute, NIGHTS + 1, NIGHT + timedelta(days=1))
    [found] = watch(Settings()).findings
    assert found.line.endswith("2026-09-11 was not published: its refresh was cut off without a word: run `groundswell refresh`")
    (home / "data" / "warehouse.duckdb").write_bytes(b"x" * 9000)
    (home / "data" / "published" / "groundswell.duckdb").write_bytes(b"x" * 9000)
    assert [finding.kind for finding in watch(Settings()).findings] == ["unreadable", "unreadable"]


def test_the_week_is_told_on_its_day_and_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with hook() as web:
        monkeypatch.setenv("GROUNDSWELL_ALERT_URLS", web.address())
        for day in ("monday", "friday", "friday"):
            monkeypatch.setenv("GROUNDSWELL_ALERT_DIGEST", day)
            tell_of_night(Settings(), Ended(NIGHT))
    [(_, body)] = web.posts
    assert body["text"].splitlines()[:2] == ["Groundswell: the last 7 nights", "2026-09-10: published, 40 records, 40 new"]
    assert "- nothing needs a person" in body["text"]


def test_status_ends_with_what_it_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    well = CliRunner().invoke(app, ["status", "--json"])
    assert well.exit_code == 0
    seen = json.loads(well.stdout)
    assert (seen["night"], seen["age_hours"], seen["needs_a_person"]) == ("2026-09-10", 0.0, [])
    assert seen["nights"][0] == {"night": "2026-09-10", "is_published": True, "sources": 1, "failed": 0, "records": 40, "new": 40}
    assert CliRunner().invoke(app, ["status"]).exit_code == 0
    monkeypatch.setenv("GROUNDSWELL_NOW", (NOW + timedelta(hours=3)).isoformat())
    late = CliRunner().invoke(app, ["status", "--max-age", "2h", "--json"])
    assert late.exit_code == 1
    [finding] = json.loads(late.stdout)["needs_a_person"]
    assert finding["line"] == "readers still have the night of 2026-09-10: it is 3 h old, and may be 2 h"
    assert CliRunner().invoke(app, ["status", "--max-age", "3h"]).exit_code == 0
    assert isinstance(CliRunner().invoke(app, ["status", "--max-age", "soon"]).exception, ValueError)


def test_a_trial_is_sent_to_whom_the_settings_name(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(CliRunner().invoke(app, ["status", "--try"]).exception, NotDone)
    with hook() as web:
        monkeypatch.setenv("GROUNDSWELL_ALERT_URLS", web.address())
        assert CliRunner().invoke(app, ["status", "--try"]).exit_code == 0
        [(_, body)] = web.posts
        assert body["text"].startswith("Groundswell: a trial\n")
        web.status = 500
        assert CliRunner().invoke(app, ["status", "--try"]).exit_code == 1


def test_whoever_looks_whether_a_refresh_runs_sees_it(home: Path) -> None:
    settings = Settings()
    assert not is_refreshing(settings)
    with only_refresh(settings):
        assert is_refreshing(settings)
    assert not is_refreshing(settings)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Dagster's own
@pytest.mark.parametrize(("tags", "count"), [({}, 1), ({TOLD_BY_ITSELF: "yes"}, 0)])
def test_a_run_of_dagsters_own_that_fails_is_told_by_its_sensor(
    home: Path, monkeypatch: pytest.MonkeyPatch, tags: dict[str, str], count: int
) -> None:
    from orchestration.defs.alerts import night_failed
    from orchestration.defs.resources import Installation

    @dg.op(name="score")
    def fails() -> None:
        raise ValueError("no room")

    @dg.job(name="nightly")
    def nightly() -> None:
        fails()

    with hook() as web, dg.DagsterInstance.ephemeral() as instance:
        monkeypatch.setenv("GROUNDSWELL_ALERT_URLS", web.address())
        result = nightly.execute_in_process(instance=instance, raise_on_error=False, tags={"dagster/partition": "2026-09-11", **tags})
        with dg.build_run_status_sensor_context(
            "night_failed", result.get_run_failure_event(), instance, result.dagster_run, resources={"installation": Installation()}
        ) as context:
            night_failed(context.for_run_failure())
    assert [body["text"].splitlines()[1] for _, body in web.posts] == [
        "- the night of 2026-09-11 was not published: score: no room"
    ] * count  # fmt: skip
