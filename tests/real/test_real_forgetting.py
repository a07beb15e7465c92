"""Somebody is forgotten in PostgreSQL, too, and found where a table is no longer published."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from orchestration.privacy import copies
from orchestration.privacy.copies import erase_copy
from orchestration.privacy.erasure import forget
from orchestration.privacy.persons import find
from orchestration.warehouse.warehouse import Warehouse
from tests.orchestration.privacy.small_home import NOW, make_small_home
from tests.orchestration.privacy.test_erasure import ABE, VERA

pytestmark = pytest.mark.slow


def test_the_copy_in_postgresql_is_without_them(tmp_path: Path, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "read_catalog", lambda manifest: {})  # of the product's tables, which have more columns
    url = new_database()
    home = make_small_home(tmp_path / "home", VERA, ABE)
    home.database_url = SecretStr(url)
    erase_copy(home)  # nobody is forgotten yet: the night as it is
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        assert connection.execute(sa.text("select count(*) from marts.dim_persons")).scalar_one() == 2
        connection.execute(sa.text("create table marts.no_longer_published as select * from marts.dim_persons"))
    with Warehouse(home.warehouse).connect() as connection:
        found = find(connection, VERA.url)
    receipt, _ = forget(home, found, NOW, lambda step: None, is_whole=True)
    with engine.connect() as connection:
        assert connection.execute(sa.text("select display_name from marts.dim_persons")).scalars().all() == [ABE.name]
        assert connection.execute(sa.text("select text from marts.fct_posts")).scalar_one() == f"{ABE.said} @forgotten said: forgotten"
        ranked: Any = connection.execute(sa.text("select person_id from marts.influencer_rankings order by rank")).scalars().all()
        assert ranked[0].startswith("forgotten:")
        connection.execute(sa.text("checkpoint"))
        kept = sa.text(
            "select table_name, pg_read_binary_file(pg_relation_filepath(format('marts.%I', table_name))) from information_schema.tables "
            "where table_schema = 'marts'"
        )
        files: Any = connection.execute(kept).all()
        left = [table for table, data in files if any(text.encode() in bytes(data) for text in VERA.strings())]
        assert left == ["no_longer_published"]
    (place,) = [place for place in receipt.places if place.place == "PostgreSQL"]
    assert place.before > 5
    assert place.after == receipt.left == 2  # id and name, in the table that nights do not write any more
