"""Serves the sandbox: python -m connectors.sandbox --port 8765 --people 2000 --seed 1 --truth FILE --date 2026-10-02."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path

import uvicorn

from connectors.sandbox.builder import build
from connectors.sandbox.server import create_app
from connectors.sandbox.shop import write_shop
from connectors.sandbox.truth import write_truth
from connectors.sandbox.world import DEFAULT_PEOPLE


def main() -> None:
    """Builds the world, writes the truth where asked, and serves until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox", description="A simulated social web behind real APIs.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--people", type=int, default=DEFAULT_PEOPLE)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--truth", type=Path, help="where to write what really happened (NDJSON)")
    parser.add_argument("--shop", type=Path, help="the folder of the shop's exports")
    parser.add_argument("--date", type=date.fromisoformat, help="show the world as of the end of this day (default: its last day)")
    options = parser.parse_args()
    world, _, shop = build(options.seed, options.people)
    address = f"http://{options.host}:{options.port}"
    if options.truth:
        write_truth(world, shop, options.truth, address)
    now = datetime.combine(options.date + timedelta(days=1), time(), UTC) if options.date else None
    app = create_app(world, now, keep=partial(write_shop, shop, options.shop) if options.shop else None, address=address)
    uvicorn.run(app, host=options.host, port=options.port, log_level="warning", access_log=False, date_header=False)


if __name__ == "__main__":
    main()
