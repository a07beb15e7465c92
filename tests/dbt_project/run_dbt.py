"""dbt from a parse that is at hand, in a process of its own that has begun already.

Parsing the project takes 13 seconds of one core, and what dbt keeps of it holds for one warehouse's path alone: the path is part of the
profile. A manifest that is handed to its runner is taken as it is. To import dbt takes three, which are spared (tests/processes.py).
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.processes import fork


def run_dbt(parsed: Path, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], told: Path) -> int:
    """The exit status of a command of dbt, started in a folder; `told` gets what it prints."""
    process = fork(_invoke, parsed, arguments, folder, dict(environment), told)
    process.join()
    return process.exitcode or 0


def _invoke(parsed: Path, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], told: Path) -> None:
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    with told.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    manifest = Manifest.from_msgpack(parsed.read_bytes(), decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()  # type: ignore[no-untyped-call]
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)  # as a night does
    sys.exit(not dbtRunner(manifest).invoke([*arguments]).success)
