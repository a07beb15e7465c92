"""Who may read what a night leaves."""

from __future__ import annotations

import grp
import os
import stat
from datetime import date
from pathlib import Path

import pytest

from orchestration.publishing.parquet import export_parquet
from orchestration.settings import Settings
from orchestration.warehouse.permissions import NoSuchGroup, closed_parents, read_by_others, tighten, wrong_modes
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.warehouse import Warehouse
from tests.homes import make_sandbox_home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the time before modes: all of its data open to everybody."""
    monkeypatch.setenv("GROUNDSWELL_HOME", str(make_sandbox_home(tmp_path)))
    data = tmp_path / "data"
    for folder in (data, data / "published", data / "landing"):
        folder.mkdir(mode=0o755)
    warehouse = Warehouse(data / "warehouse.duckdb")
    with warehouse.transaction() as connection:
        connection.execute("create schema marts; create table marts.dim_brands as select 1 as brand_id")
    return tmp_path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def publish(settings: Settings) -> list[Path]:
    publish_file(Warehouse(settings.warehouse), settings.published)
    night = export_parquet(settings.published, settings.parquet, date(2026, 9, 10), 7)
    return [settings.published, night / "dim_brands.parquet"]


def test_what_was_open_is_closed(home: Path) -> None:
    settings = Settings()
    assert mode(settings.warehouse) == 0o644
    tighten(settings)
    files = publish(settings)
    assert list(wrong_modes(settings)) == []
    assert [mode(path) for path in (settings.folder, settings.published.parent, settings.warehouse, *files)] == [0o700, 0o700, *[0o600] * 3]


def test_a_group_reads_what_is_published_and_nothing_else(home: Path) -> None:
    group = grp.getgrgid(os.getgid()).gr_name
    settings = Settings(shared_group=group)
    tighten(settings)
    files = publish(settings)
    assert list(wrong_modes(settings)) == []
    assert [mode(settings.folder), mode(settings.warehouse), mode(settings.landing)] == [0o710, 0o600, 0o700]
    assert [mode(path) for path in (settings.published.parent, settings.parquet.resolve(), files[1].parent)] == [0o2750] * 3
    assert [(mode(path), path.stat().st_gid) for path in files] == [(0o640, os.getgid())] * 2
    home.chmod(0o700 if os.getgid() != home.stat().st_gid else 0o600)
    assert home in closed_parents(settings)
    home.chmod(0o711)
    assert home not in closed_parents(settings)
    with pytest.raises(NoSuchGroup, match="there is no group 'no-such-group'"):
        tighten(Settings(shared_group="no-such-group"))


def test_an_open_file_of_secrets_is_told(home: Path) -> None:
    file = home / ".env"
    assert read_by_others(file) is None
    file.write_text("TOKEN=abc\n", encoding="utf-8")
    file.chmod(0o644)
    assert read_by_others(file) == f"{file} can be read by others than its owner (mode 644): chmod 600 {file}"
    file.chmod(0o600)
    assert read_by_others(file) is None
