"""Words of withheld posts go out of Parquet, whatever a killed night has left there."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.privacy.quotes import withdraw
from orchestration.settings import Settings
from orchestration.warehouse.faults import Fault
from orchestration.warehouse.warehouse import Warehouse, literal

READ = """
create schema intermediate; create schema raw_signals;
create table intermediate.int_posts as select 'a' as post_id, true as is_withheld union all select 'b', false;
create table raw_signals.posts as select post_id, 'hash' as text_hash, null::varchar as disclosure_cue from intermediate.int_posts;
create table raw_signals.mentions as
select post_id, 'words of ' || post_id as sentence, 'words' as matched_text from intermediate.int_posts;
create table raw_signals.answers as select post_id, sentence from raw_signals.mentions;
"""


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """A home with a night of Parquet, one of whose posts is withheld since."""
    settings = Settings(home=tmp_path)
    with Warehouse(settings.warehouse).transaction() as connection:
        connection.execute(READ)
    night = settings.parquet / ".2026-09-01.kept"
    night.mkdir(parents=True)
    (settings.parquet / "2026-09-01").symlink_to(night.name)
    posts = "select * from (values ('a', 'words of a', null, null), ('b', 'words of b', null, null)) as t (post_id, text, title, url)"
    duckdb.execute(f"copy ({posts}) to {literal(str(night / 'fct_posts.parquet'))} (format parquet)")
    return settings


def test_what_a_killed_night_left_is_no_file_to_read(home: Settings) -> None:
    file = home.parquet / "2026-09-01" / "fct_posts.parquet"
    cut_off = [home.parquet / ".2026-09-02.killed" / "fct_posts.parquet", home.parquet / ".2026-09-01.kept" / "fct_posts" / ".none.parquet"]
    for path in cut_off:
        path.parent.mkdir()
        path.write_bytes(file.read_bytes()[:50])
    withdrawn = withdraw(home, Warehouse(home.warehouse))
    assert (withdrawn.posts, withdrawn.files) == (1, 1)
    assert duckdb.execute(f"select text from {literal(str(file))} order by post_id").fetchall() == [(None,), ("words of b",)]
    assert not any(path.exists() for path in cut_off)


def test_a_damaged_file_is_named_with_what_to_do(home: Settings) -> None:
    file = home.parquet / "2026-09-01" / "fct_posts.parquet"
    file.write_bytes(file.read_bytes()[:50])
    with pytest.raises(Fault, match=r"fct_posts\.parquet is damaged: remove the file.*No magic bytes"):
        withdraw(home, Warehouse(home.warehouse))
    file.unlink()
    assert withdraw(home, Warehouse(home.warehouse)).posts == 1
