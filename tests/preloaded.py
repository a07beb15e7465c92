"""What a worker's server imports before it forks (processes.py): all that reads no environment when it is imported."""

from __future__ import annotations

import gc
import warnings
from importlib import import_module
from pkgutil import walk_packages

import connectors
import orchestration

LIBRARIES = ("dagster", "dagster_dbt", "dbt.cli.main", "dbt.adapters.duckdb", "dbt.task.build")
READ_IT = ("orchestration.cli", "orchestration.defs", "orchestration.definitions", "orchestration.publishing.explorer.notebook")
"""What looks for the home, or for the width of the terminal."""
LEFT_OUT = ("__main__", ".on_spark", "orchestration.warehouse.spark")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for library in LIBRARIES:
        import_module(library)
    for package in (connectors, orchestration):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith(READ_IT) and not module.name.endswith(LEFT_OUT):
                import_module(module.name)
import_module("orchestration.signals.encoder").encode([""])  # which loads its model: three seconds of every night that reads a post
gc.freeze()  # else each process looks through all of it before it ends
