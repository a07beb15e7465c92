"""The tables that the nights write and dbt reads: one per entity of a platform, and those of runs, signals, scores and attribution."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.extraction import Platform
from orchestration.warehouse.home import create_home_tables
from orchestration.warehouse.score_tables import create_score_tables
from orchestration.warehouse.warehouse import Warehouse

RAW_COLUMNS = """
    load_id bigint not null, source_name varchar not null, native_id varchar not null, payload varchar not null,
    payload_hash varchar not null, lookup_key varchar, published_at timestamptz, observed_at timestamptz not null,
    observed_date date not null, last_seen_at timestamptz not null, request_url varchar, source_run_id varchar not null,
    loaded_at timestamptz not null
"""
OPS_TABLES = {
    "source_runs": """
        load_id bigint, source_run_id varchar, source_name varchar, platform varchar, channel varchar, night date,
        window_start timestamptz, window_end timestamptz, started_at timestamptz, finished_at timestamptz, status varchar,
        record_count bigint, new_count bigint, unchanged_count bigint, tombstone_count bigint, rejected_count bigint,
        request_count bigint, error varchar, notes varchar[]""",
    "publications": "night date, load_id bigint, published_at timestamptz",
    "broken_rules": "night date, step varchar, rule varchar, model varchar, row_count bigint",
    "built": "key varchar primary key, inputs varchar not null, content varchar not null",
    "cursors": "source_name varchar primary key, cursor varchar, updated_at timestamptz, source_run_id varchar",
    "tombstones": """
        platform varchar, entity varchar, native_id varchar, kind varchar, seen_at timestamptz, source_name varchar,
        source_run_id varchar""",
    "withheld": """
        post_id varchar, reason varchar, withheld_at timestamptz, title_length bigint, title_hash varchar,
        is_title_inherited boolean""",
    "redactions": """
        platform varchar, entity varchar, source_name varchar, native_id varchar, load_id bigint, reason varchar,
        redacted_at timestamptz""",
    "kept_sightings": """
        sighting_id varchar, post_id varchar, proof varchar, platform_id varchar, container_id varchar, url varchar,
        first_observed_at timestamptz, last_observed_at timestamptz""",
    "rewrites": "rewritten_at timestamptz",
    "quarantine": """
        platform varchar, entity varchar, native_id varchar, reason varchar, payload varchar, observed_at timestamptz,
        source_name varchar, source_run_id varchar""",
}
SIGNALS_TABLES = {
    "mentions": """
        post_id varchar, brand_id varchar, product_id varchar, term varchar, term_kind varchar, span_start integer,
        span_end integer, matched_text varchar, extractor_version varchar, text_hash varchar, topic_id varchar, sentence varchar,
        stance varchar, stance_score float, stance_confidence float, intent varchar, intent_confidence float,
        adoption_time varchar, adopted_at timestamptz, adopted_from timestamptz, adopted_until timestamptz,
        adoption_probability float""",
    "answers": """
        post_id varchar, said varchar, sentence varchar, adoption_time varchar, adopted_at timestamptz, adopted_from timestamptz,
        adopted_until timestamptz""",
    "posts": """
        post_id varchar, language varchar, language_confidence float, disclosure_class varchar, disclosure_placement varchar,
        disclosure_cue varchar, cue_start integer, cue_end integer, extractor_version varchar, text_hash varchar,
        read_at timestamptz, reading_language varchar, language_source varchar, source_language varchar""",
}
SCORES_TABLES = {
    "nights": "as_of_date date, ends_at timestamptz",
    "missed_nights": "as_of_date date, ranked_at timestamptz",
    "unranked": "as_of_date date, step varchar, reason varchar",
    "communities": "as_of_date date, person_id varchar, community_id varchar",
    "communities_before": "as_of_date date, person_id varchar, community_id varchar",
    "authenticity": "author_id varchar, authenticity double, unusual_signals varchar[]",
}
ATTRIBUTION_TABLES = {
    "touch_credits": "touch_id varchar, markov double, shapley double",
    "influence_credits": "conversion_id varchar, touch_id varchar, post_id varchar, author_id varchar, credit double",
    "adoption_credits": "adoption_id varchar, brand_id varchar, author_id varchar, adopted_at timestamptz, credit double",
    "impacts": "as_of_date date, person_id varchar, brand_id varchar, impact double, impact_low double, impact_high double",
}


def create_raw_tables(warehouse: Warehouse, sources: Sequence[Platform]) -> None:
    """Creates every table that dbt reads and is not there yet: raw ones, also of platforms that nobody listens to, and the score's."""
    with warehouse.transaction() as connection:
        written = {
            "raw_ops": OPS_TABLES,
            "raw_signals": SIGNALS_TABLES,
            "raw_scores": SCORES_TABLES,
            "raw_attribution": ATTRIBUTION_TABLES,
        }
        for schema, tables in written.items():
            connection.execute(f"create schema if not exists {schema}")
            for name, columns in tables.items():
                connection.execute(f"create table if not exists {schema}.{name} ({columns})")
        connection.execute("create sequence if not exists raw_ops.load_ids")
        create_home_tables(connection)
        create_score_tables(connection)
        for source in sources:
            connection.execute(f"create schema if not exists raw_{source.platform}")
            for entity in source.entities:
                connection.execute(f"create table if not exists raw_{source.platform}.{entity} ({RAW_COLUMNS})")
