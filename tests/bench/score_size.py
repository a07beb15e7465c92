"""`make bench-score` with `--size`: time and peak memory from facts to rankings, as ratios to one PageRank and to the bare candidate join.

Every task runs in a process of its own on the same facts: PageRank (igraph) over the edges, the candidate join as bare DuckDB SQL, and
everything that a night does from the facts on: communities, the models of the score by dbt (its start included), then credit, rates,
ranks in all scopes, components and evidence, written to the warehouse.
Time is that of the processor, all threads together: a busy machine changes it least.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from orchestration.scoring.nightly.audiences import write_communities
from orchestration.scoring.nightly.night import score_night
from orchestration.scoring.parameters import Parameters
from orchestration.settings import DBT_PROJECT
from orchestration.warehouse.raw_tables import create_raw_tables
from orchestration.warehouse.warehouse import Warehouse
from tests.dbt_project.score_facts import FACTS, MONDAY, put_facts

SCORE = "path:models/staging/scores path:models/intermediate/score"
SIZES = (250_000, 500_000, 1_000_000)  # mentions; a tenth of it people, twice as many edges, two fifths adoptions
DAYS = 120
OBJECTS, OF_A_COMMUNITY = 400, 8
CANDIDATES = """
create table candidates as
select adoption_id, mention_id, edge_class, class_weight, false as is_explicit, adopted_at - mentioned_at as lag_days
from adoptions join edges using (person_id) join mentions using (author_id, object_id)
where adopted_at > mentioned_at and adopted_at <= mentioned_at + 14 and first_at <= mentioned_at
qualify row_number() over (partition by adoption_id, mention_id order by class_weight desc) = 1
"""


def write_facts(folder: Path, mentions: int) -> None:
    """Facts of that size: communities with objects of their own, audiences mostly from the author's.

    Tails are heavy: an author has a third of all mentions, an object half of what the others say, and somebody follows everybody.
    """
    random = np.random.default_rng(1)
    people = mentions // 10
    communities = people // 300
    community = np.sort(random.integers(0, communities, people))
    starts = np.searchsorted(community, np.arange(communities + 1))
    liked = random.integers(0, OBJECTS, (communities, OF_A_COMMUNITY))

    def objects(of: np.ndarray) -> np.ndarray:
        return np.where(
            random.random(len(of)) < 0.8, liked[of, random.integers(0, OF_A_COMMUNITY, len(of))], random.integers(0, OBJECTS, len(of))
        )

    def names(letter: str, codes: np.ndarray) -> pl.Series:
        return pl.select(letter + pl.Series(codes).cast(pl.String).str.zfill(7)).to_series()

    speakers = np.minimum((people * random.random(mentions) ** 2).astype(int), people - 1)
    order = random.permutation(people)
    speakers = np.where(random.random(mentions) < 1 / 3, order[0], order[speakers])
    followed = order[np.minimum((people * random.random(2 * mentions) ** 2).astype(int), people - 1)]
    group = community[followed]
    near = starts[group] + (random.random(2 * mentions) * (starts[group + 1] - starts[group])).astype(int)
    follower = np.where(random.random(2 * mentions) < 0.75, near, random.integers(0, people, 2 * mentions))
    followed, follower = np.append(followed, np.arange(people)), np.append(follower, np.full(people, order[-1]))
    has_talked = random.random(len(followed)) < 0.3
    first_at = np.where(has_talked, random.random(len(followed)) * DAYS / 2, -1.0)
    adopters = random.integers(0, people, mentions * 2 // 5)
    everyone = np.arange(people)
    frames: dict[str, dict[str, Any]] = {
        "people": {"person_id": names("p", everyone), "community_id": names("c", community)},
        "accounts": {
            "author_id": names("p", everyone), "person_id": names("p", everyone), "channel_id": names("n", everyone % 5),
            "followers": random.lognormal(4, 1, people),
        },
        "mentions": {
            "mention_id": names("m", np.arange(mentions)), "author_id": names("p", speakers),
            "object_id": names("o", np.where(random.random(mentions) < 0.5, 0, objects(community[speakers]))),
            "mentioned_at": random.random(mentions) * DAYS,
        },
        "edges": {
            "author_id": names("p", followed), "person_id": names("p", follower), "first_at": first_at,
            "edge_class": np.where(has_talked, "interacted", "follows"), "class_weight": np.where(has_talked, 1.0, 0.5),
        },
        "adoptions": {
            "person_id": names("p", adopters), "object_id": names("o", objects(community[adopters])),
            "adopted_at": random.random(len(adopters)) * DAYS, "community_id": names("c", community[adopters]),
        },
    }  # fmt: skip
    for name, columns in frames.items():
        frame = pl.DataFrame(columns)
        if name == "adoptions":
            frame = frame.unique(subset=["person_id", "object_id"], keep="first", maintain_order=True).with_row_index("adoption_id")
            frame = frame.with_columns(pl.col("adoption_id").cast(pl.String))
        if name == "edges":
            frame = frame.unique(subset=["author_id", "person_id"], keep="first", maintain_order=True)
        frame.write_parquet(folder / f"{name}.parquet")
    pl.DataFrame(schema={"adoption_id": pl.String, "mention_id": pl.String}).write_parquet(folder / "pointers.parquet")


def pagerank(folder: Path) -> int:
    import igraph

    edges = pl.read_parquet(folder / "edges.parquet", columns=["author_id", "person_id"])
    ends = edges.select(pl.all().str.slice(1).cast(pl.Int64)).to_numpy()
    started = time.process_time()
    graph = igraph.Graph(n=int(ends.max()) + 1, edges=ends[:, ::-1], directed=True)
    graph.pagerank()
    note(pagerank=time.process_time() - started)
    return int(graph.ecount())


def join(folder: Path) -> int:
    with facts(folder) as database:
        return timed_sql(database, CANDIDATES, "join")


def everything(folder: Path) -> int:
    parameters = Parameters()
    warehouse = Warehouse(folder / "warehouse.duckdb")
    create_raw_tables(warehouse, [])
    frames = {name: pl.read_parquet(folder / f"{name}.parquet") for name in FACTS}
    put_facts(frames, warehouse.path, DAYS)
    with warehouse.transaction() as connection:
        connection.execute("delete from raw_scores.communities")  # they are found below
    del frames
    night = (MONDAY + timedelta(days=DAYS - 1)).date()
    started = time.process_time()
    write_communities(warehouse, night)
    note(communities=time.process_time() - started)
    dbt(folder, "parse")  # as it is after the set-up
    before = processor()
    dbt(folder, "run", "--select", SCORE)
    note(models=processor() - before, models_peak=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
    started = time.process_time()
    rows = score_night(warehouse, night, parameters)
    note(score=time.process_time() - started, rows=rows or 0)
    with warehouse.connect() as connection:
        return int(connection.execute("select count(*) from intermediate.int_score_candidates").fetchall()[0][0])


def dbt(folder: Path, *arguments: str) -> None:
    command = [str(Path(sys.executable).with_name("dbt")), "--quiet", *arguments, "--target-path", str(folder / "target")]
    command += ["--log-path", str(folder), "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    environment = os.environ | {"GROUNDSWELL_WAREHOUSE": str(folder / "warehouse.duckdb")}
    subprocess.run(command, check=True, env=environment, stdout=sys.stderr)


def processor() -> float:
    """Seconds that this process's children have taken."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


TASKS = {"pagerank": pagerank, "join": join, "everything": everything}
noted: dict[str, float] = {}


def note(**figures: float) -> None:
    noted.update(figures)


def facts(folder: Path) -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    for name in ("mentions", "edges", "adoptions"):
        database.execute(f"create table {name} as from read_parquet(?)", [str(folder / f"{name}.parquet")])
    return database


def timed_sql(database: duckdb.DuckDBPyConnection, sql: str, name: str) -> int:
    started = time.process_time()
    database.execute(sql)
    note(**{name: time.process_time() - started})
    counted = database.sql(f"select count(*) from {sql.split()[2]}").fetchall()
    return int(counted[0][0])


def run(task: str, folder: Path) -> dict[str, float]:
    """A task in a process of its own: its figures, the whole time in seconds and the peak of memory in MB."""
    output = subprocess.run([sys.executable, "-m", "tests.bench.score_size", task, str(folder)], check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(output.stdout.splitlines()[-1])
    return figures


def measure_sizes(console: Console) -> None:
    """One row per size; growth is against the row above."""
    table = Table("mentions", "edges", "candidates", "rankings", "PageRank", "join", "everything", "/ PageRank", "/ join", "growth",
                  "peak MB", "/ PageRank", "of everything: communities, models, score", title="Size")  # fmt: skip
    before = 0.0
    for mentions in SIZES:
        with tempfile.TemporaryDirectory() as path:
            write_facts(Path(path), mentions)
            one, bare, all_of_it = (run(task, Path(path)) for task in ("pagerank", "join", "everything"))
        parts = [all_of_it[name] for name in ("communities", "models", "score")]
        spent, peak = sum(parts), max(all_of_it["peak"], all_of_it["models_peak"])
        table.add_row(
            f"{mentions:,}", f"{one['count']:,}", f"{all_of_it['count']:,}", f"{all_of_it['rows']:,}", f"{one['pagerank']:.2f} s",
            f"{bare['join']:.2f} s", f"{spent:.2f} s", f"{spent / one['pagerank']:.1f}", f"{spent / bare['join']:.1f}",
            f"{spent / before:.2f}" if before else "", f"{peak:,.0f}", f"{peak / one['peak']:.1f}",
            " ".join(f"{part:.2f}" for part in parts),
        )  # fmt: skip
        before = spent
    console.print(table)


if __name__ == "__main__":
    note(count=TASKS[sys.argv[1]](Path(sys.argv[2])))
    note(peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(noted))
