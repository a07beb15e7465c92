from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.bench.score_sandbox import EVENTS, RANKERS
from tests.orchestration.scoring.birdspotter import influence


@pytest.fixture
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    """Dan hears ann and both accounts of ben, the second from the 5th on; he says on the 6th that he bought, and orders on the 8th."""
    with duckdb.connect() as connection:
        connection.execute("""
            set timezone = 'UTC';
            create table bridge_persons_authors as
            from (values ('a1', 'ann'), ('b1', 'ben'), ('b2', 'ben'), ('d1', 'dan')) as rows(author_id, person_id);
            create table fct_influence_edges as
            from (values ('dan', 'a1', date '2026-09-01'), ('dan', 'b1', date '2026-09-01'), ('dan', 'b2', date '2026-09-05'))
            as rows(audience_person_id, author_id, first_at);
            create table fct_mentions as
            from (values
                ('m1', 'p1', 'b1', 'kestrel', timestamp '2026-09-02'), ('m2', 'p2', 'a1', 'kestrel', timestamp '2026-09-03'),
                ('m3', 'p2', 'a1', 'kestrel', timestamp '2026-09-03'), ('m4', 'p3', 'b2', 'kestrel', timestamp '2026-09-04'),
                ('m5', 'p4', 'b1', 'other', timestamp '2026-09-05'), ('m6', 'p5', 'd1', 'kestrel', timestamp '2026-09-06'),
                ('m7', 'p6', 'b2', 'kestrel', timestamp '2026-09-07')
            ) as rows(mention_id, post_id, author_id, brand_id, said_at);
            create table fct_adoptions as
            from (values ('dan', 'kestrel', 'p5', timestamp '2026-09-06'), ('dan', 'kestrel', null, timestamp '2026-09-08'))
            as rows(person_id, brand_id, post_id, adopted_at);
            create table fct_authors as
            from (values ('a1', 9, date '2026-09-01'), ('a1', 3, date '2026-09-02'), ('b1', 5, date '2026-09-01'))
            as rows(author_id, follower_count, observed_date);
        """)
        yield connection


def test_last_touch_is_of_whom_they_heard_last_before_they_first_adopted(marts: duckdb.DuckDBPyConnection) -> None:
    """Not ben's second account, whom dan heard from the day after it spoke."""
    assert marts.execute(RANKERS["last touch"]).fetchall() == [("ann", 1)]


def test_a_post_is_one_event_and_so_is_an_order(marts: duckdb.DuckDBPyConnection) -> None:
    events = marts.execute(EVENTS).pl().sort("object_id", "at")
    assert events["person_id"].to_list() == ["ben", "ann", "ben", "dan", "ben", "dan", "ben"]
    assert events["followers"].to_list() == [5, 3, None, None, None, None, 5]
    assert influence(events).sort("person_id")["person_id"].to_list() == ["ann", "ben", "dan"]
