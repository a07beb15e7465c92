"""`make bench-score ARGS=--sandbox`: three small worlds, read by the connectors, scored by the nightly job, held against what was planted.

What the other worlds of the bench leave out is in it: posts have to be found, read and understood before anything can be credited.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import httpx
import polars as pl
from polars import col
from rich.console import Console
from rich.table import Table

from orchestration.scoring.backtest import captured, ndcg, spearman
from orchestration.settings import ROOT
from orchestration.warehouse.warehouse import open_published
from tests.homes import SANDBOX_HOME, make_sandbox_home
from tests.orchestration.scoring.birdspotter import BIRDSPOTTER, influence

PEOPLE = 2000
SEEDS = (1, 2, 3)
AIMS = {"past": 0.65, "future": 0.36}  # of the mean over the seeds
NIGHT = date(2026, 9, 30)
RANKERS = {
    "the score": "select person_id, 1 / rank from influencer_rankings where scope_kind = 'all' and population = 'public'",
    "its impact": "select person_id, impact from influencer_rankings where scope_kind = 'all' and population = 'public'",
    "credit alone": "select person_id, credit from influencer_rankings where scope_kind = 'all' and population = 'public'",
    "followers": """
        select person_id, sum(followers) from bridge_persons_authors inner join (
            select author_id, arg_max(follower_count, observed_date) as followers from fct_authors group by author_id
        ) using (author_id) group by person_id""",
    "engagers": """
        select person_id, count(distinct actor_author_id) from bridge_persons_authors
        inner join fct_interactions on author_id = target_author_id where kind in ('reply', 'repost', 'quote', 'link')
        group by person_id""",
    "mentions": "select person_id, mention_count from influencer_rankings where scope_kind = 'all' and population = 'public'",
    "pointed at": """
        select person_id, count(*) from fct_influence_credits where evidence_class = 'explicit' and object_id like 'brand:%'
        group by person_id""",
    "posts": "select person_id, count(*) from bridge_persons_authors inner join fct_posts using (author_id) group by person_id",
    "last touch": """
        with first_adoptions as (
            select person_id, brand_id, min(adopted_at) as adopted_at from fct_adoptions where person_id is not null group by all
        ),

        touches as (
            select accounts.person_id
            from first_adoptions as adoptions
            inner join fct_influence_edges as edges on adoptions.person_id = edges.audience_person_id
            inner join fct_mentions as mentions
                on
                    edges.author_id = mentions.author_id
                    and adoptions.brand_id = mentions.brand_id
                    and edges.first_at <= mentions.said_at
                    and mentions.said_at < adoptions.adopted_at
            inner join bridge_persons_authors as accounts on mentions.author_id = accounts.author_id
            qualify row_number() over (
                partition by adoptions.person_id, adoptions.brand_id order by mentions.said_at desc, mentions.mention_id
            ) = 1
        )

        select person_id, count(*) from touches group by person_id""",
}
EVENTS = """
    with followers as (
        select author_id, arg_max(follower_count, observed_date) as followers from fct_authors group by author_id
    ),

    of_people as (
        select person_id, sum(followers) as followers from bridge_persons_authors left join followers using (author_id) group by person_id
    )

    -- who says in a post that they bought has spoken of it: such an adoption is one event with its mention
    select brand_id as object_id, person_id, epoch(min(said_at)) / 86400 as at, any_value(followers) as followers
    from fct_mentions inner join bridge_persons_authors using (author_id) left join followers using (author_id)
    where brand_id is not null
    group by brand_id, person_id, post_id
    union all by name
    select brand_id as object_id, person_id, epoch(min(adopted_at)) / 86400 as at, any_value(followers) as followers
    from fct_adoptions inner join of_people using (person_id)
    where post_id is null
    group by brand_id, person_id
"""


def compare(published: Path, truth: Path) -> pl.DataFrame:
    """One row per ranker: how well it orders people by the adoptions they caused until NIGHT, and after it."""
    rows = pl.read_ndjson(truth, infer_schema_length=None)
    accounts = rows.filter(col("kind") == "account").select("author_id", "person").drop_nulls()
    accounts = accounts.filter(pl.len().over("author_id") == 1)  # one token's account of bookmarks is nobody's of those who write in it
    caused = rows.filter((col("kind") == "adoption") & col("caused_by").is_not_null()).select("at", person="caused_by")
    is_past = col("at") < (NIGHT + timedelta(days=1)).isoformat()
    counts = caused.group_by("person").agg(past=is_past.sum(), future=(~is_past).sum())
    with open_published(published) as connection:
        bridge = connection.execute("select author_id, person_id from bridge_persons_authors order by all").pl()
        scores = {
            name: pl.DataFrame(connection.execute(query).fetchall(), ["person_id", name], orient="row") for name, query in RANKERS.items()
        }
        of_events = influence(connection.execute(EVENTS).pl())
    scores |= {name: of_events.select("person_id", col(column).alias(name)) for name, column in BIRDSPOTTER.items()}
    # a planted person whose accounts the warehouse keeps apart counts with the one that is ranked best
    people = bridge.join(accounts, on="author_id").select("person_id", "person").unique()
    joined = accounts.select("person").unique().sort("person").join(counts, on="person", how="left")
    for name, frame in scores.items():
        best = people.join(frame, on="person_id").group_by("person").agg(col(name).cast(pl.Float64).max())
        joined = joined.join(best, on="person", how="left", maintain_order="left")
    known = {name: joined[name].cast(pl.Float64).fill_null(0.0).to_numpy() for name in joined.columns if name != "person"}
    rankers = {"ceiling: true past causes": known["past"]} | {name: known[name] for name in scores}
    return pl.DataFrame(
        [
            {"ranker": name, "people": joined.height, "outcomes": float(known[until].sum()), "until": until,
             "ndcg_100": ndcg(values, known[until]),
             "top_5_percent": captured(values, known[until]), "spearman": spearman(values, known[until])}
            for until in ("past", "future") for name, values in rankers.items()
        ]
    )  # fmt: skip


@contextmanager
def served(folder: Path, people: int, seed: int) -> Iterator[str]:
    """A sandbox of its own on a free port, and the sources file that points at it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "connectors.sandbox", "--port", url.rpartition(":")[2], "--people", str(people), "--seed", str(seed)]
    command += ["--truth", str(folder / "truth.ndjson"), "--date", str(NIGHT)]
    command += ["--shop", str(folder / "data" / "sandbox" / "shop")]
    make_sandbox_home(folder, (SANDBOX_HOME / "sources.yaml").read_text(encoding="utf-8").replace("http://127.0.0.1:8765", url))
    with subprocess.Popen(command, cwd=ROOT) as server:
        try:
            with httpx.Client(transport=httpx.HTTPTransport(retries=10)) as client:
                client.get(f"{url}/clock").raise_for_status()
            yield url
        finally:
            server.terminate()


def refresh(folder: Path, people: int = PEOPLE, seed: int = SEEDS[0]) -> tuple[Path, Path]:
    """One night of a sandbox, from extraction to publishing; the published file, and what was planted."""
    environment = {
        "GROUNDSWELL_HOME": str(folder),
        "GROUNDSWELL_NOW": datetime.combine(NIGHT + timedelta(days=1), time(2), UTC).isoformat(),
    }
    with served(folder, people, seed):
        command = [sys.executable, "-W", "ignore", "-c", "from orchestration.cli.app import main; main()", "refresh", "--date", str(NIGHT)]
        subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=True)
    return folder / "data" / "published" / "groundswell.duckdb", folder / "truth.ndjson"


def measure_sandbox(console: Console) -> bool:
    """Scores the worlds of NIGHT and prints the means of the comparison, with the aims; whether all are reached."""
    with tempfile.TemporaryDirectory() as place:
        rows = pl.concat(compare(*refresh(Path(place) / str(seed), seed=seed)) for seed in SEEDS)
    mean = rows.group_by("ranker", "until", maintain_order=True).agg(
        col("ndcg_100", "top_5_percent", "spearman", "people", "outcomes").mean()
    )
    show(mean, console)
    ndcg_of = {(row["ranker"], row["until"]): row["ndcg_100"] for row in mean.to_dicts()}
    aims = [(f"{until}: NDCG@100", ndcg_of["the score", until], aim) for until, aim in AIMS.items()]
    others = [name for name in (*RANKERS, *BIRDSPOTTER) if name not in ("the score", "its impact")]
    aims += [(f"future: more than {name}", ndcg_of["the score", "future"], ndcg_of[name, "future"]) for name in others]
    for name, figure, aim in aims:
        console.print(f"{name}: {figure:.3f}, aim {aim:.3f}, {'reached' if figure >= aim else 'MISSED'}")
    return all(figure >= aim for _, figure, aim in aims)


def show(rows: pl.DataFrame, console: Console) -> None:
    """A table a time: what people had caused until the night, and what they caused after it."""
    for until, title in (("past", f"What people had caused by {NIGHT}"), ("future", "What they caused in the ten days after")):
        table = Table("ranker", "NDCG@100", "top 5 %", "Spearman")
        for row in rows.filter(col("until") == until).sort("ndcg_100", descending=True).to_dicts():
            table.title = f"{title}: {row['outcomes']:.0f} adoptions, {row['people']:.0f} people"
            table.add_row(row["ranker"], *(f"{row[name]:.3f}" for name in ("ndcg_100", "top_5_percent", "spearman")))
        console.print(table)
