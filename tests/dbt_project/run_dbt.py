"""dbt from a parse that is at hand: `python -m tests.dbt_project.run_dbt partial_parse.msgpack ARGUMENTS`.

Parsing the project takes 13 seconds of one core, and what dbt keeps of it holds for one warehouse's path alone: the path is part of the
profile. A manifest that is handed to its runner is taken as it is.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumuro_decoder

if __name__ == "__main__":
    manifest = Manifest.from_msgpack(Path(sys.argv[1]).read_bytes(), decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()  # type: ignore[no-untyped-call]
    sys.exit(not dbtRunner(manifest).invoke(sys.argv[2:]).success)
