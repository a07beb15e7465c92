"""`make bench`: a million synthetic statuses through extract, load and the dbt build, next to bare DuckDB reading and casting the same.

Rows per second mean little on a shared machine; the ratios of one run do.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import httpx
import orjson
from rich.console import Console
from rich.table import Table

from connectors import platforms
from connectors.extraction import Extraction
from connectors.http import Http
from connectors.settings import Limits, SourceSettings
from connectors.source import Page, Record
from orchestration.settings import DBT_PROJECT, Night
from orchestration.warehouse.landing import Landing, SourceRun
from orchestration.warehouse.load import load
from orchestration.warehouse.raw_tables import create_raw_tables
from orchestration.warehouse.warehouse import Warehouse

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
PER_PAGE = 40
NIGHT = Night(date(2026, 9, 30), datetime(2026, 10, 1, 2, tzinfo=UTC))
BY_HAND = """
create table statuses as
select
    'mastodon:' || (payload ->> 'uri') as post_id, 'mastodon:' || (payload -> 'account' ->> 'uri') as author_id, payload ->> 'url' as url,
    payload ->> 'content' as content, payload ->> 'language' as language, (payload ->> 'created_at')::timestamptz as published_at,
    (payload ->> 'replies_count')::bigint as reply_count, (payload ->> 'reblogs_count')::bigint as reblog_count,
    (payload ->> 'favourites_count')::bigint as favourite_count
from (select json as payload from read_ndjson_objects(?))
"""


def status(number: int) -> dict[str, Any]:
    """A made-up status, about as large as a real one."""
    author = 0 if number % 3 == 0 else number % 20_000  # one writes a third of all
    uri = f"https://bench.example/users/u{author}"
    written = NIGHT.start - timedelta(seconds=number % 2_000_000)
    return {
        "id": str(10**17 + number), "uri": f"{uri}/statuses/{number}", "url": f"https://bench.example/@u{author}/{number}",
        "created_at": written.isoformat(), "edited_at": None, "in_reply_to_id": None, "in_reply_to_account_id": None, "reblog": None,
        "visibility": "public", "language": "en", "sensitive": False, "spoiler_text": "", "quote": None, "card": None, "poll": None,
        "content": f"<p>Cup {number} from my <b>Morrowbean Press</b> &amp; still happy, ask me anything about grind and water</p>",
        "replies_count": number % 7, "reblogs_count": number % 5, "favourites_count": number % 11, "media_attachments": [],
        "mentions": [], "tags": [{"name": "morrowbean"}], "emojis": [],
        "account": {"id": str(author), "uri": uri, "acct": f"u{author}"}, "instance": "https://bench.example",
    }  # fmt: skip


async def pages(job: Extraction) -> AsyncIterator[Page]:
    """Pages as an HTTP server gives them, fetched by the real client, parsed, and made records."""
    for page in range(0, ROWS, PER_PAGE):
        answer = await job.http.get_json("https://bench.example/statuses", params={"page": page})
        records = [Record("statuses", item["uri"], item, datetime.fromisoformat(item["created_at"]), item["id"]) for item in answer.json()]
        yield Page(answer.url, records)


async def land(folder: Path, run: SourceRun, bodies: list[bytes]) -> Landing:
    """Extracts all pages into landing segments."""

    async def public(host: str) -> list[str]:
        return ["203.0.113.10"]

    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=bodies[int(request.url.params["page"]) // PER_PAGE]))
    entry = SourceSettings(name="bench", platform="mastodon", base_url="https://bench.example", limits=Limits(requests_per_second=1000))
    landing = Landing(folder, run)
    async with Http(entry, requests_per_second=1e9, transport=transport, resolve=public) as http:
        async for page in pages(Extraction(entry, http, window=None)):  # type: ignore[arg-type]
            landing.add(page)
    landing.complete()
    return landing


def build(warehouse: Path, folder: Path, *select: str) -> None:
    """Runs dbt over the warehouse."""
    environment = {**os.environ, "GROUNDSWELL_WAREHOUSE": str(warehouse), "DBT_LOG_PATH": str(folder)}
    where = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), "--target-path", str(folder / "target")]
    command = [str(Path(sys.executable).with_name("dbt")), "--quiet", "build", "--exclude-resource-type", "unit_test", *where, *select]
    subprocess.run(command, env=environment, check=True)


def main() -> None:
    """Prints rows per second and ratios."""
    console = Console()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        console.print(f"making {ROWS:,} payloads")
        payloads = [orjson.dumps(status(number)) for number in range(ROWS)]
        bodies = [b"[" + b",".join(payloads[first : first + PER_PAGE]) + b"]" for first in range(0, ROWS, PER_PAGE)]
        exported = folder / "statuses.ndjson"
        exported.write_bytes(b"\n".join(payloads))
        del payloads
        seconds: dict[str, float] = {}

        started = time.perf_counter()
        with duckdb.connect(folder / "by_hand.duckdb") as connection:
            connection.execute("set timezone = 'UTC'; set threads = 2")
            connection.execute(BY_HAND, [str(exported)])
        seconds["DuckDB by hand: read, cast, store"] = by_hand = time.perf_counter() - started

        warehouse = Warehouse(folder / "warehouse.duckdb")
        create_raw_tables(warehouse, list(platforms().values()))
        run = SourceRun(
            "bench-1", "bench", "mastodon", "microblogs", NIGHT.date, NIGHT.observed_date, NIGHT.start, NIGHT.end, NIGHT.now
        )  # fmt: skip
        started = time.perf_counter()
        landing = asyncio.run(land(folder / "landing", run, bodies))
        seconds["extract: HTTP client, parse, land"] = time.perf_counter() - started
        started = time.perf_counter()
        load(warehouse, [(landing.folder, run)], NIGHT.now)
        seconds["load: dedupe, one transaction"] = time.perf_counter() - started
        started = time.perf_counter()
        build(warehouse.path, folder, "--select", "stg_mastodon__statuses")
        seconds["dbt: staging of these rows"] = time.perf_counter() - started
        started = time.perf_counter()
        build(warehouse.path, folder)
        seconds["dbt: whole build with its tests"] = time.perf_counter() - started

    table = Table(box=None, title=f"{ROWS:,} statuses", title_justify="left")
    for column in ("what", "seconds", "rows/s", "x by hand"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for what, spent in seconds.items():
        table.add_row(what, f"{spent:,.1f}", f"{ROWS / spent:,.0f}", f"{spent / by_hand:,.1f}")
    console.print(table)


if __name__ == "__main__":
    main()
