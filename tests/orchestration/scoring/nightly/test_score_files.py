"""A planted world that was exported to Parquet, brought in through `files` and scored by the nightly command."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars import col

from orchestration.scoring.backtest import ndcg, spearman
from orchestration.scoring.parameters import Parameters
from orchestration.warehouse.warehouse import open_published
from tests.homes import make_sandbox_home
from tests.orchestration.scoring.observed import night
from tests.orchestration.scoring.worlds import Plan, World, make_world
from tests.processes import groundswell

pytestmark = pytest.mark.slow

START = datetime(2026, 6, 1, tzinfo=UTC)
DAYS = 90
WORLD = Plan(seed=4, people=500, objects=5, communities=4, days=DAYS, persuasion=0.02, organic=0.001)
CHANNELS = {"forum": "message_boards", "microblog": "microblogs", "podcast": "podcasts", "video": "vlogs"}
PRODUCTS = ("Morrowbean Press", "Kestrel Glide", "Fernway Trail 2", "Ohmline One", "Quietude Buds")
LAST_NIGHT = (START + timedelta(days=DAYS - 1)).date()


@pytest.fixture(scope="module")
def world() -> World:
    """Everybody has one account, so that nobody has to be recognised."""
    made = make_world(WORLD)
    own = made.accounts.group_by("person_id").agg(col("author_id").first())
    assert own.height > 300
    return made


@pytest.fixture(scope="module")
def published(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that a night of `groundswell refresh` publishes."""
    folder = tmp_path_factory.mktemp("world")
    export(world, folder / "exports")
    make_sandbox_home(folder, "sources:\n  - {name: world, platform: files, path: exports}\n")
    environment = {
        **os.environ,
        "GROUNDSWELL_HOME": str(folder),
        "GROUNDSWELL_NOW": (START + timedelta(days=DAYS, hours=2)).isoformat(),
    }
    told = groundswell("refresh", "--json", environment=environment)
    assert told.returncode == 0, told.stderr
    return folder / "data" / "published" / "groundswell.duckdb"


def export(world: World, folder: Path) -> None:
    """A Parquet file per entity. Whoever adopts says so in a post, which answers the post that they point at."""
    folder.mkdir()
    accounts = world.accounts.select(col("author_id"), "person_id", CHANNELS_OF, col("followers").cast(pl.Int64))
    silent = world.people.select(
        author_id="person_id", person_id="person_id", channel=pl.lit("microblogs"), followers=pl.lit(None, pl.Int64)
    )
    everyone = pl.concat([accounts, silent.join(accounts, on="person_id", how="anti")])
    voice = everyone.group_by("person_id").agg(col("author_id").min())
    adoptions = world.adoptions.join(voice, on="person_id").join(world.pointers, on="adoption_id", how="left")
    mentions = world.mentions.join(everyone.select("author_id", "channel"), on="author_id")
    posts = pl.concat(
        [
            mentions.select(
                "channel", "author_id", id="mention_id", published_at=moment("mentioned_at"), in_reply_to_id=pl.lit(None, pl.String),
                text=pl.format("New post: the {} and what is in the box.", PRODUCT),
            ),
            adoptions.join(everyone.select("author_id", "channel"), on="author_id").select(
                "channel", "author_id", id="adoption_id", published_at=moment("adopted_at"), in_reply_to_id="mention_id",
                text=pl.format("Just bought the {}.", PRODUCT),
            ),
        ]
    )  # fmt: skip
    edges = world.edges.join(voice.rename({"author_id": "follower_id"}), on="person_id").with_columns(at=moment("first_at"))
    follows = edges.filter(col("edge_class") == "follows").select("follower_id", followed_id="author_id", since="at")
    interactions = (
        edges.filter(col("edge_class") == "interacted")
        .with_row_index("id")
        .select("id", actor_id="follower_id", occurred_at="at", target_author_id="author_id", kind=pl.lit("like"))
    )
    authors = everyone.select("channel", "followers", id="author_id")
    for name, frame in {"authors": authors, "posts": posts, "follows": follows, "interactions": interactions}.items():
        frame.write_parquet(folder / f"{name}.parquet")


CHANNELS_OF = col("channel_id").replace_strict(CHANNELS).alias("channel")
PRODUCT = col("object_id").str.slice(1).cast(pl.Int64).replace_strict(dict(enumerate(PRODUCTS)), return_dtype=pl.String)


def moment(days: str) -> pl.Expr:
    """Days of the world as a time."""
    return START + pl.duration(microseconds=(col(days) * 86_400e6).cast(pl.Int64))


def test_the_ranking_is_that_of_the_frames(world: World, published: Path) -> None:
    """Reading, understanding and SQL change little of what the arrays make of the world itself."""
    with open_published(published) as connection:
        scores = connection.execute(
            """
            select accounts.author_id, rankings.impact, rankings.credit, follower_count
            from influencer_rankings as rankings inner join bridge_persons_authors as accounts using (person_id)
            left join fct_authors using (author_id)
            where scope_kind = 'all' and population = 'public'
            """
        ).pl()
        told = connection.execute(
            "select count(*), count(*) filter (where explicit_source_post_id is not null) from fct_adoptions"
        ).fetchall()
    seen = night(world, DAYS, Parameters())
    assert told[0][0] == seen.adoptions.height
    assert told[0][1] > 0.8 * world.pointers.height
    scored = scores.with_columns(author_id=col("author_id").str.strip_prefix("files:"))
    people = scored.join(world.accounts, on="author_id").group_by("person_id").agg(col("impact", "credit", "followers").sum())
    truth = seen.outcomes(0, DAYS)
    impact, followers = seen.people(people, "impact"), seen.people(people, "followers")
    assert np.isfinite(impact).all()
    assert spearman(impact, truth) > 0.6
    assert ndcg(impact, truth) > ndcg(followers, truth) + 0.2
    assert 0.3 < people["credit"].sum() / truth.sum() < 1.2
