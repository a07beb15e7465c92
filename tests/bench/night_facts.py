"""Facts of a file of posts in bare DuckDB and in pandas: `python -m tests.bench.night_facts duckdb|pandas POSTS.ndjson PRODUCT...`.

Posts, mentions of the products, engagement, and who answers whom with the first and last time: what a script without staging, signals,
tests, persons and score would make.
"""

from __future__ import annotations

import re
import sys

import duckdb
import pandas as pd


def with_duckdb(path: str, products: list[str]) -> int:
    """How many rows the facts have."""
    pattern = "(?i)\\b(" + "|".join(sorted(map(re.escape, products), key=len, reverse=True)) + ")\\b"
    with duckdb.connect() as database:
        database.execute("create table posts as select *, published_at::timestamptz as said_at from read_ndjson(?)", [path])
        database.execute(
            "create table mentions as select id, author_id, said_at, unnest(regexp_extract_all(text, ?)) as product from posts", [pattern]
        )
        database.execute("create table engagement as select id, said_at::date as day, likes, comments, shares from posts")
        database.execute(
            """
            create table edges as
            select answers.author_id as audience, posts.author_id, count(*) as acts,
                min(answers.said_at) as first_at, max(answers.said_at) as last_at
            from posts as answers join posts on answers.in_reply_to_id = posts.id group by all
            """
        )
        counts = [
            database.execute(f"select count(*) from {table}").fetchall()[0][0] for table in ("posts", "mentions", "engagement", "edges")
        ]
    return int(sum(counts))


def with_pandas(path: str, products: list[str]) -> int:
    """How many rows the facts have."""
    pattern = "\\b(" + "|".join(sorted(map(re.escape, products), key=len, reverse=True)) + ")\\b"
    posts = pd.read_json(path, lines=True)
    posts["said_at"] = pd.to_datetime(posts["published_at"])
    found = posts["text"].str.findall(pattern, flags=re.IGNORECASE)
    mentions = posts[["id", "author_id", "said_at"]].assign(product=found).explode("product").dropna(subset=["product"])
    engagement = posts[["id", "likes", "comments", "shares"]].assign(day=posts["said_at"].dt.date)
    answers = posts.merge(posts[["id", "author_id"]], left_on="in_reply_to_id", right_on="id", suffixes=("", "_answered"))
    edges = answers.groupby(["author_id", "author_id_answered"])["said_at"].agg(["count", "min", "max"])
    return len(posts) + len(mentions) + len(engagement) + len(edges)


if __name__ == "__main__":
    print({"duckdb": with_duckdb, "pandas": with_pandas}[sys.argv[1]](sys.argv[2], sys.argv[3:]))
