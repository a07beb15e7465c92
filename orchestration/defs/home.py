"""The home's tables, as the night reads them."""

from collections.abc import Iterator

import dagster as dg

from orchestration.defs.asset_defaults import ENGINEERS, NIGHTS
from orchestration.defs.resources import Installation
from orchestration.home.tables import TABLES
from orchestration.warehouse.home import load_home


@dg.multi_asset(
    name="home",
    specs=[
        dg.AssetSpec(
            ["raw", "home", name],
            description=f"What the home's {name}.csv says.",
            group_name="home",
            owners=ENGINEERS,
            kinds={"csv", "duckdb"},
        )
        for name in TABLES
    ],
    partitions_def=NIGHTS,
)
def home(context: dg.AssetExecutionContext, installation: Installation) -> Iterator[dg.MaterializeResult[None]]:
    """Replaces all of them in one transaction."""
    for name, count in load_home(installation.warehouse, installation.configuration.home).items():
        yield dg.MaterializeResult(asset_key=["raw", "home", name], metadata={"dagster/row_count": count})
