"""Words that are held no longer: out of the raw tables go those of posts that a platform deleted and wants gone, and those that expired.

Numbers, times and ids stay. What was read in the words stays, too, and so does what they alone could tell later: how long a title was,
whether it was another's, which sightings are one post.
"""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from orchestration.home.retention import Retention
from orchestration.privacy.payloads import blank_staged, entities_held, is_there, redact, redact_embedding, telling
from orchestration.privacy.words import without_words
from orchestration.settings import DBT_PROJECT, Night
from orchestration.warehouse.warehouse import Warehouse

WORDED = (
    "entries", "statuses", "revisions", "items", "posts", "comments", "stories", "bookmarks", "pins", "media", "questions", "answers",
    "videos", "clips", "reviews", "episodes", "transcripts",
)  # fmt: skip
"""The entities whose payloads hold words of posts: those of `entities_of` in macros/unions.sql, and what is said in episodes."""
REWRITTEN_AFTER = timedelta(days=7)
"""How often at the most the warehouse's file is written anew for words that went: that long their bytes may stay in it, in no table."""

EXPIRED = """
    select native_id from {table} group by native_id having min(observed_date) <= $night::date - $days::integer
"""
DELETED = """
    select raw.native_id
    from {table} as raw
    inner join raw_ops.tombstones as gone
        on gone.platform = $platform and gone.entity = $entity and gone.native_id = raw.native_id
    group by raw.native_id having max(gone.seen_at) >= max(raw.observed_at)
"""
DELETED_BEFORE = """
    union
    select raw.native_id
    from {table} as raw
    inner join intermediate.int_posts as posts on posts.post_id = $prefix || raw.native_id
    where posts.is_deleted
    group by raw.native_id having max(raw.observed_at) <= max(posts.last_observed_at)
"""
"""And what the last night found to be deleted otherwise: with all of its community, or by a sign in its own payload."""
DUE = """
    select raw.rowid as row_number_, raw.source_name, raw.native_id, raw.load_id, raw.payload
    from {table} as raw
    where raw.native_id in (select native_id from due)
        and not exists (
            from raw_ops.redactions as done
            where done.platform = $platform and done.entity = $entity and done.load_id = raw.load_id
                and done.source_name = raw.source_name and done.native_id = raw.native_id and done.reason in ($reason, 'deleted')
        )
"""


@dataclass(frozen=True, slots=True)
class Withheld:
    """What a night took out of the raw tables: payloads whose words went because they had expired, and because they were deleted."""

    expired: int = 0
    deleted: int = 0


def withhold(warehouse: Warehouse, retention: Retention, must_delete: Collection[str], night: Night) -> Withheld:
    """Takes the words out of what is due, each table in one transaction with its staged rows, which the next build makes anew.

    must_delete: platforms whose terms ask for what is deleted there to be deleted.
    """
    counts = {"expired": 0, "deleted": 0}
    with warehouse.kept_open():
        with warehouse.transaction() as connection:
            _forget_gone(connection)
            _take_back(connection)
        with warehouse.connect() as connection:
            tables = [(platform, entity) for platform, entity in entities_held(connection) if entity in WORDED]
        for platform, entity in tables:
            days = retention.days(platform, "texts")
            for reason in ("expired", "deleted"):
                if (reason == "expired" and days is not None) or (reason == "deleted" and platform in must_delete):
                    with warehouse.transaction() as connection:
                        counts[reason] += _withhold(connection, platform, entity, reason, days, night)
        with warehouse.transaction() as connection:
            _forget_rejected(connection, retention, must_delete, night.now)
    return Withheld(**counts)


def rewrite_where_due(warehouse: Warehouse, now: datetime) -> bool:
    """Writes the warehouse anew where words went since that was done, because DuckDB keeps their bytes; once a week at the most."""
    with warehouse.connect() as connection:
        ((redacted, rewritten),) = connection.execute(
            "select (select max(redacted_at) from raw_ops.redactions), (select max(rewritten_at) from raw_ops.rewrites)"
        ).fetchall()
    if redacted is None or (rewritten is not None and (redacted <= rewritten or now - rewritten < REWRITTEN_AFTER)):
        return False
    warehouse.rewrite()
    with warehouse.transaction() as connection:
        connection.execute("insert into raw_ops.rewrites values (?)", [now])
    return True


def platforms_that_must_delete() -> frozenset[str]:
    """Those of platforms.csv with the address of terms that ask for it."""
    with (DBT_PROJECT / "seeds" / "platforms.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["platform_id"] for row in csv.DictReader(file) if row["must_delete_source"])


def _withhold(connection: duckdb.DuckDBPyConnection, platform: str, entity: str, reason: str, days: int | None, night: Night) -> int:
    """Takes the words out of the payloads of a table that are due for a reason; returns of how many."""
    table, of = f'"raw_{platform}"."{entity}"', dict[str, object](platform=platform, entity=entity)
    told: dict[str, object] = {"night": night.date, "days": days}
    asked = EXPIRED
    if reason == "deleted":
        asked, told = DELETED, dict(of)
        if is_there(connection, "intermediate", "int_posts"):
            asked, told = DELETED + DELETED_BEFORE, of | {"prefix": _prefix(platform, entity)}
    connection.execute(f"create or replace temp table due as {asked.format(table=table)}", told)
    connection.execute(f"create or replace temp table due_rows as {DUE.format(table=table)}", {**of, "reason": reason})
    ((count,),) = connection.execute("select count(*) from due_rows").fetchall()
    if not count:
        return 0
    _keep_what_is_known(connection, platform, entity, reason, night.now)
    redact(
        connection,
        platform,
        entity,
        reason,
        night,
        lambda payload: without_words(platform, entity, payload, is_deleted=reason == "deleted"),
    )
    blank_staged(connection, platform, entity)
    if reason == "deleted":
        native_ids = {name for (name,) in connection.execute("select distinct native_id from due_rows").fetchall()}
        for other, is_passed_on in list(telling(connection, platform)):
            redact_embedding(connection, platform, other, native_ids, night, is_passed_on=is_passed_on)
    return int(count)


def _prefix(platform: str, entity: str) -> str:
    """What stands before a native id in the id of a post."""
    return f"{platform}:review:" if entity == "reviews" else f"{platform}:"


def _keep_what_is_known(connection: duckdb.DuckDBPyConnection, platform: str, entity: str, reason: str, now: datetime) -> None:
    """Writes which posts have no words, with what is known of their titles and of where they were seen."""
    prefix = _prefix(platform, entity)
    connection.execute("create or replace temp table due_posts as select distinct ? || native_id as post_id from due_rows", [prefix])
    is_built = all(is_there(connection, "intermediate", name) for name in ("int_posts", "int_post_sightings"))
    if is_built:
        connection.execute(
            """
            insert into raw_ops.kept_sightings by name
            select sighting_id, post_id, proof, platform_id, container_id, url, first_observed_at, last_observed_at
            from intermediate.int_post_sightings
            where post_id in (
                select sightings.post_id from intermediate.int_post_sightings as sightings inner join due_posts
                    on sightings.sighting_id = due_posts.post_id
            ) and sighting_id not in (select sighting_id from raw_ops.kept_sightings)
            """
        )
        # a warehouse of the program's version before has no such column until it is built again
        has_length = "select 1 from duckdb_columns() where schema_name = 'intermediate' and table_name = 'int_posts' and column_name = ?"
        length = "posts.title_length" if connection.execute(has_length, ["title_length"]).fetchall() else "length(posts.title)"
        known = f"""
            select due_posts.post_id, {length} as title_length, md5(lower(trim(posts.title))) as title_hash, posts.is_title_inherited
            from due_posts
            left join intermediate.int_post_sightings as sightings on due_posts.post_id = sightings.sighting_id
            left join intermediate.int_posts as posts on coalesce(sightings.post_id, due_posts.post_id) = posts.post_id
        """
    else:
        known = "select post_id, null::bigint as title_length, null as title_hash, null::boolean as is_title_inherited from due_posts"
    connection.execute(
        "update raw_ops.withheld set reason = ? from due_posts where raw_ops.withheld.post_id = due_posts.post_id and reason <> 'expired'",
        [reason],
    )
    connection.execute(
        f"""
        insert into raw_ops.withheld by name
        select post_id, $reason as reason, $now::timestamptz as withheld_at, title_length, title_hash, is_title_inherited
        from ({known}) as known
        where post_id not in (select post_id from raw_ops.withheld)
        """,
        {"reason": reason, "now": now},
    )


def _forget_gone(connection: duckdb.DuckDBPyConnection) -> None:
    """Forgets of which rows the words went that are gone themselves."""
    for platform, entity in connection.execute("select distinct platform, entity from raw_ops.redactions order by all").fetchall():
        connection.execute(
            f"""
            delete from raw_ops.redactions
            where platform = ? and entity = ? and (load_id, source_name, native_id) not in (
                select (load_id, source_name, native_id) from "raw_{platform}"."{entity}"
            )
            """,
            [platform, entity],
        )


def _take_back(connection: duckdb.DuckDBPyConnection) -> None:
    """Forgets that posts are withheld which were deleted and are there again."""
    for platform, entity in connection.execute(
        "select distinct platform, entity from raw_ops.redactions where reason = 'deleted' order by all"
    ).fetchall():
        prefix = _prefix(platform, entity)
        of = {"platform": platform, "entity": entity, "prefix": prefix}
        back = f"""
            select $prefix || native_id from raw_{platform}.{entity} as raw
            where native_id in (
                select native_id from raw_ops.redactions where platform = $platform and entity = $entity and reason = 'deleted'
            )
            group by native_id
            having max(observed_at) > (
                select max(seen_at) from raw_ops.tombstones as gone
                where gone.platform = $platform and gone.entity = $entity and gone.native_id = raw.native_id
            )
        """
        connection.execute(
            f"delete from raw_ops.kept_sightings where sighting_id in ({back}) and sighting_id in ("
            "select post_id from raw_ops.withheld where reason = 'deleted')",
            of,
        )
        connection.execute(f"delete from raw_ops.withheld where reason = 'deleted' and post_id in ({back})", of)


def _forget_rejected(connection: duckdb.DuckDBPyConnection, retention: Retention, must_delete: Collection[str], now: datetime) -> None:
    """Of what could not be read, too, the payloads go."""
    for (platform,) in connection.execute(
        "select distinct platform from raw_ops.quarantine where payload is not null order by 1"
    ).fetchall():
        if (days := retention.days(platform, "texts")) is not None:
            connection.execute(
                """
                update raw_ops.quarantine set payload = null
                where platform = ? and payload is not null and observed_at < ?::timestamptz - to_days(?)
                """,
                [platform, now, days],
            )
        if platform in must_delete:
            connection.execute(
                """
                update raw_ops.quarantine set payload = null
                where platform = $platform and payload is not null and native_id in (
                    select native_id from raw_ops.tombstones as gone where gone.platform = $platform and gone.entity = quarantine.entity
                )
                """,
                {"platform": platform},
            )
