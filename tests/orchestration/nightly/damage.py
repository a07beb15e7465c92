"""Small warehouses of everyday rows with random damage, written as files and as SQLite databases."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
from openpyxl import Workbook

from connectors.files.schema import KEYS, SCHEMA

Rows = list[dict[str, Any]]
World = dict[str, Rows]
"""Rows by entity, in the columns of the schema of files."""

DATABASE_ENTITIES = ("authors", "posts", "orders", "refunds")
FORMATS = ("csv", "ndjson", "parquet", "tsv", "xlsx")
NO_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MISSING = ("", None, " ")
WRONG = (
    "banana", "NaN", "Infinity", "-inf", "1e400", "-1", "-19.90", "0", "99999999999999999999", "99999999999999.9999", "9223372036854775807",
    "999999999999999999",
    "999999999999.9999", "0.00001", "true", "null", "[]", "{}", "0000-00-00", "0000-00-00 00:00:00", "9999-12-31T23:59:59Z",
    "1969-12-31T23:59:59Z", "2026-02-30T10:00:00Z", "1789030860", "12:00", "2026-09-10", "EURO", "eur", "XXX", "http://", "javascript:1",
    "https://[::1", "https://a.example/%zz?utm_source=%00", "=cmd()", "'; drop table posts; --",
)  # fmt: skip
WEIRD = (
    "nul\0inside", "\u202eright to left\u202c", "\U0001f9ed\U0001f468\u200d\U0001f469\u200d\U0001f467", "e\u0301\u0301\u0301", "\ufeff",
    "\ufffd\uffff", "a:b:c", "a|b|-", "two\nlines", 'quote"d', "tab\there", "\u2028", "\u0131 \u0130 \u00df \u0149", "x" * 5000,
    "\ud800", "review:1", ":", "-",
    "files:files:1", "@", "&amp;amp;lt;&#0;&#xD800;&#99999999;", "[quote][quote][/quote]", "<p>" * 50, "Morrowbean " * 400, "\r",
)  # fmt: skip
NOBODY = ("never_described", "files:never_described", "databases:elsewhere:1", "0", "morrowbeen")
OF_OTHERS = {"author_id", "actor_id", "target_author_id", "follower_id", "followed_id", "customer_author_id", "in_reply_to_id", "post_id",
             "target_post_id", "order_id", "brand_id", "product_id", "sku", "product_name", "currency", "promo_code"}  # fmt: skip
TEXTS = (
    "I bought the Morrowbean Press and I love it.", "Ohmline Air is great, I recommend it.", "Which is better, Kestrel Glide or Fernway?",
    "My Tidewell broke after a week.", "Nothing of note today. https://a.example/1", "#ad The Quietude Buds, code LIVIA10",
)  # fmt: skip


def world(rng: Random, prefix: str) -> World:
    """Five accounts, their posts and acts, and orders of theirs, all sound; every id begins with `prefix`."""

    def day() -> str:
        return f"2026-{rng.randint(9, 10):02}-{rng.randint(1, 28):02}T{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:00Z"

    def one(name: str, count: int) -> str:
        return f"{prefix}{name}{rng.randrange(count)}"

    channels = ["message_boards", "microblogs", "blogs"]
    brands = [("morrowbean", "morrowbean_press"), ("ohmline", "ohmline_air"), ("kestrel", "kestrel_glide")]
    made: World = {
        "authors": [
            {"id": f"{prefix}a{i}", "channel": rng.choice(channels), "name": f"Ada {i}", "handle": f"{prefix}ada{i}", "bio": "Coffee.",
             "url": f"https://{prefix}ada{i}.example/", "kind": "person", "followers": str(rng.randrange(10_000)), "following": "12",
             "posts": "90", "created_at": "2020-01-01T00:00:00Z"}
            for i in range(5)
        ],
        "posts": [
            {"id": f"{prefix}p{i}", "channel": rng.choice(channels), "author_id": one("a", 5), "published_at": day(),
             "text": rng.choice(TEXTS), "title": "A title", "url": f"https://{prefix}board.example/{i}", "language": "en",
             "in_reply_to_id": one("p", 8) if i % 2 else "", "likes": str(rng.randrange(99)), "views": str(rng.randrange(9999)),
             "edited_at": day()}
            for i in range(8)
        ],
        "interactions": [
            {"id": f"{prefix}i{i}", "kind": rng.choice(["reply", "repost", "like", "mention"]), "actor_id": one("a", 5),
             "occurred_at": day(), "target_author_id": one("a", 5), "target_post_id": one("p", 8), "post_id": one("p", 8)}
            for i in range(4)
        ],
        "follows": [{"follower_id": f"{prefix}a{i}", "followed_id": f"{prefix}a{(i + 1) % 5}", "since": day()} for i in range(4)],
        "orders": [
            {"order_id": f"{prefix}o{i}", "kind": "order", "ordered_at": day(), "brand_id": brands[i % 3][0],
             "product_id": brands[i % 3][1], "customer_author_id": "files:" + one("a", 5), "quantity": "1",
             "revenue": "79.90", "margin": "20.00", "currency": "EUR",
             "customer_key": one("c", 3), "promo_code": "MORR643", "utm_source": "newsletter", "referrer": f"https://{prefix}board.example/{i}",
             "heard_from": f"{prefix}ada1"}
            for i in range(5)
        ],
        "refunds": [
            {"refund_id": f"{prefix}r{i}", "order_id": f"{prefix}o{i}", "kind": "refund", "refunded_at": day(),
             "revenue": ["", "10.00", "79.90"][i], "margin": "", "currency": "EUR"}
            for i in range(3)
        ],
        "reviews": [
            {"id": f"{prefix}v{i}", "product_id": "morrowbean_press", "brand_id": "morrowbean", "author_id": one("a", 5), "rating": "5",
             "text": rng.choice(TEXTS), "reviewed_at": day(), "is_verified_purchase": "yes", "likes": "3"}
            for i in range(2)
        ],
        "reported_conversions": [
            {"id": f"{prefix}c0", "reported_by": "Google Analytics 4", "starts_at": day(), "ends_at": day(), "conversions": "3",
             "revenue": "12.50", "currency": "EUR"}
        ],
    }  # fmt: skip
    return made


def damaged(made: World, rng: Random) -> World:
    """The same with cells missing, of wrong types, strange or pointing nowhere; rows doubled; columns shuffled and lost; circles."""
    spoil: list[Callable[[str, Rows, Random], Rows]] = [_cells, _doubles, _orphans, _shuffled, _circles, _lost_column]
    found = {}
    for entity, rows in made.items():
        rows = [dict(row) for row in rows]
        for change in rng.sample(spoil, rng.randint(1, 3)):
            rows = change(entity, rows, rng)
        found[entity] = rows
    return found


def _cells(entity: str, rows: Rows, rng: Random) -> Rows:
    share = rng.choice([0.03, 0.1, 0.3])
    kinds = (MISSING, WRONG, WEIRD)
    return [{name: rng.choice(rng.choice(kinds)) if rng.random() < share else cell for name, cell in row.items()} for row in rows]


def _doubles(entity: str, rows: Rows, rng: Random) -> Rows:
    again = [dict(rng.choice(rows)) for _ in range(3)]
    return rows + again[:1] + [row | {rng.choice(list(row)): "banana"} for row in again[1:]]


def _orphans(entity: str, rows: Rows, rng: Random) -> Rows:
    own = KEYS[entity]
    return [
        {name: rng.choice(NOBODY) if name in OF_OTHERS and name not in own and rng.random() < 0.5 else cell for name, cell in row.items()}
        for row in rows
    ]


def _shuffled(entity: str, rows: Rows, rng: Random) -> Rows:
    names = rng.sample(list(rows[0]), 2)
    for name in names:
        cells = [row[name] for row in rows]
        rng.shuffle(cells)
        rows = [row | {name: cell} for row, cell in zip(rows, cells, strict=True)]
    return [row | {names[0]: row[names[1]]} if rng.random() < 0.3 else row for row in rows]


def _circles(entity: str, rows: Rows, rng: Random) -> Rows:
    if entity == "posts":
        ids = [row["id"] for row in rows]
        return [row | {"in_reply_to_id": rng.choice([row["id"], ids[(i + 1) % len(ids)]])} for i, row in enumerate(rows)]
    if entity == "follows":
        return [row | {"followed_id": row["follower_id"]} for row in rows]
    if entity == "interactions":
        return [row | {"target_author_id": row["actor_id"], "target_post_id": row.get("post_id")} for row in rows]
    return rows


def _lost_column(entity: str, rows: Rows, rng: Random) -> Rows:
    optional = [column.name for column in SCHEMA[entity] if not column.required and column.name in rows[0]]
    lost = rng.choice(optional) if optional else ""
    return [{name: cell for name, cell in row.items() if name != lost} for row in rows]


def write_files(folder: Path, worlds: Sequence[World], rng: Random) -> int:
    """Writes each entity of each world as a file of some format; returns how many rows there are."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for number, made in enumerate(worlds):
        for entity, rows in made.items():
            _write_file(folder / f"{entity}-{number}", rows, rng)
    return sum(len(rows) for made in worlds for rows in made.values())


def _write_file(stem: Path, rows: Rows, rng: Random) -> None:
    kind = rng.choice(FORMATS)
    path = stem.with_suffix(f".{kind}")
    if kind == "parquet":
        columns = {name: [_storable(row[name]) for row in rows] for name in rows[0]}
        pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).write_parquet(path)
    elif kind == "ndjson":
        values = [{name: _plain(cell, rng) for name, cell in row.items()} for row in rows]
        path.write_text("".join(json.dumps(row) + "\n" for row in values), encoding="utf-8")
    elif kind == "xlsx":
        book = Workbook(write_only=True)
        sheet = book.create_sheet()
        for cells in (rows[0], *(row.values() for row in rows)):
            sheet.append([NO_XML.sub("?", cell) if isinstance(cell, str) else cell for cell in map(_storable, cells)])
        book.save(path)
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter="," if kind == "csv" else "\t")
            writer.writerow(rows[0])
            writer.writerows([_storable(cell) for cell in row.values()] for row in rows)


def _plain(cell: Any, rng: Random) -> Any:
    """A JSON value: now and then not the text, but what a program would make of it."""
    if not isinstance(cell, str) or rng.random() < 0.9:
        return cell
    return rng.choice([[cell], {"value": cell}, True, 7, 0.1, 10**30, None])


def _storable(cell: Any) -> Any:
    return cell.encode("utf-8", "replace").decode() if isinstance(cell, str) else cell


def write_database(path: Path, worlds: Sequence[World], rng: Random) -> int:
    """Writes the entities that databases know as tables without types; returns how many rows there are."""
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as connection:
        for entity in DATABASE_ENTITIES:
            rows = [row for made in worlds for row in made[entity]]
            names = list(dict.fromkeys(name for row in rows for name in row))
            connection.execute(f"create table {entity} ({', '.join(names)})")
            values = [[_bound(row.get(name), rng) for name in names] for row in rows]
            connection.executemany(f"insert into {entity} values ({', '.join('?' * len(names))})", values)
            if rng.random() < 0.2:
                connection.execute(f"update {entity} set {names[-1]} = cast(x'66ff6f' as text) where rowid = 1")
    connection.close()
    return sum(len(made[entity]) for made in worlds for entity in DATABASE_ENTITIES)


def _bound(cell: Any, rng: Random) -> Any:
    if not isinstance(cell, str) or rng.random() < 0.95:
        return _storable(cell)
    return rng.choice([2**63 - 1, -(2**63), float("inf"), float("nan"), 1e300, b"\x00\xff\xfe", 0, 1789030860, 0.1])


def queries() -> Mapping[str, str]:
    """What asks for all rows of such a database."""
    return {entity: f"select * from {entity}" for entity in DATABASE_ENTITIES}


def damaged_payload(value: Any, rng: Random, share: float = 0.1) -> Any:
    """An answer's item with keys missing, values of other types and strange texts, at any depth."""
    if isinstance(value, Mapping):
        return {key: damaged_payload(item, rng, share) for key, item in value.items() if rng.random() > share / 3}
    if isinstance(value, list):
        return [damaged_payload(item, rng, share) for item in value if rng.random() > share / 3]
    if rng.random() > share:
        return value
    return rng.choice([None, "", -1, 0, 1e300, 10**30, 2**63 - 1, True, [], {}, [value], {"value": value}, *WRONG, *WEIRD])
