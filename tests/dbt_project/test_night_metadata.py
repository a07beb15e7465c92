"""What Dagster shows of a night, with hostile names in it."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path
from xml.etree import ElementTree

import dagster as dg
import pytest

from orchestration.nightly import metadata
from orchestration.nightly.metadata import PEOPLE, RANKING
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.warehouse import Warehouse, open_published

pytestmark = pytest.mark.slow

HOSTILE = "](x)|<img src=x onerror=alert(1)>\n# \u202e" + "x" * 10_000


def test_names_are_cells_or_drawn_and_never_markup(published: Path, tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w.duckdb")
    warehouse.path.write_bytes(published.resolve().read_bytes())
    with warehouse.transaction() as connection:
        connection.execute("update marts.persons_overview set person = ?", [HOSTILE])
        connection.execute("update ops.ops_source_runs set error = ?, new_count = 5", [HOSTILE])
    publish_file(warehouse, tmp_path / "groundswell.duckdb")
    with open_published(tmp_path / "groundswell.duckdb") as connection:
        found = metadata.night_metadata(connection)
    table = found["ranking"].value
    assert [column.name for column in table.schema.columns] == list(RANKING)
    assert len(table.records) == PEOPLE
    for cell in (table.records[0].data["person"], found["sources"].value.records[0].data["error"]):
        assert cell.startswith("](x)|<img src=x onerror=alert(1)> # xxx")
        assert len(cell) == 200
    for plot in ("ranking_plot", "sources_plot"):
        assert isinstance(found[plot], dg.MarkdownMetadataValue)
        address = found[plot].value.removeprefix("![](data:image/svg+xml;base64,").removesuffix(")")
        drawn = ElementTree.fromstring(b64decode(address, validate=True))
        assert {element.tag.rpartition("}")[2] for element in drawn.iter()} <= {"svg", "text", "path", "circle", "rect"}
        assert len(address) < 20_000
    assert b"<img" not in b64decode(found["ranking_plot"].value.partition(",")[2].removesuffix(")"))


def test_before_anybody_is_ranked(published: Path, tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w.duckdb")
    warehouse.path.write_bytes(published.resolve().read_bytes())
    with warehouse.transaction() as connection:
        connection.execute("delete from marts.influencer_rankings; delete from ops.ops_source_runs")
    publish_file(warehouse, tmp_path / "groundswell.duckdb")
    with open_published(tmp_path / "groundswell.duckdb") as connection:
        found = metadata.night_metadata(connection)
    assert found.keys() == {"ranking", "sources"}
    assert found["ranking"].value.records == []
