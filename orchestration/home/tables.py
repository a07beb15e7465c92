"""The tables of a home: what its user tells the warehouse, one CSV file each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from connectors.source import SourceError

Value = str | date | Decimal | int | bool | None
Row = Mapping[str, Value]


class HomeError(SourceError):
    """A table of the home cannot be used; one line a fault, each with file, line, column and what to write instead."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `sql_type` is what it becomes in the warehouse; an empty cell is NULL unless the column is `required`.

    `refers_to` names the table and column that must hold the value; `one_of` are the values that are known.
    `longest`: how many characters a cell has at most.
    """

    sql_type: str = "varchar"
    required: bool = False
    one_of: tuple[str, ...] = ()
    refers_to: tuple[str, str] | None = None
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One file. No two rows have the same `key` (case-insensitive where `folds_case`)."""

    columns: Mapping[str, Column]
    key: tuple[str, ...]
    folds_case: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """Every table of the home, by name, each row typed as its columns say; `lines` are those of the rows in their files."""

    folder: Path
    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    lines: Mapping[str, Sequence[int]] = field(default_factory=dict)


class ListStatus(StrEnum):
    """How far it has come with somebody on a list; whoever is more than a prospect was written to."""

    PROSPECT = "prospect"
    CONTACTED = "contacted"
    AGREED = "agreed"
    PAID = "paid"
    DECLINED = "declined"


TEXT, NEEDED = Column(), Column(required=True)
DAY, NEEDED_DAY = Column("date"), Column("date", required=True)
BRAND = Column(refers_to=("brands", "brand_id"))
OF_BRAND = Column(required=True, refers_to=("brands", "brand_id"))
PRODUCT = Column(refers_to=("products", "product_id"))
OF_CAMPAIGN = Column(required=True, refers_to=("campaigns", "campaign_id"))
LIST, LABEL, NOTE = Column(required=True, longest=100), Column(longest=100), Column(longest=1000)
AUTHOR_KINDS = ("brand", "employee", "person", "media", "organisation", "bot", "server", "feed", "collection", "group")
TERM_KIND = Column(required=True, one_of=("word", "hashtag", "handle", "domain"))

# fmt: off
TABLES: Mapping[str, Table] = {
    "brands": Table(
        {"brand_id": NEEDED, "brand_name": NEEDED, "category": NEEDED, "is_ours": Column("boolean", required=True)}, ("brand_id",)
    ),
    "products": Table(
        {"product_id": NEEDED, "brand_id": OF_BRAND, "product_name": NEEDED, "category": TEXT, "skus": TEXT}, ("product_id",)
    ),
    "brand_terms": Table(
        {"brand_id": OF_BRAND, "product_id": PRODUCT, "term": NEEDED, "kind": TERM_KIND, "exclusions": TEXT, "contexts": TEXT},
        (),
    ),
    "topics": Table({"topic_id": NEEDED, "topic_name": NEEDED, "category": TEXT}, ("topic_id",)),
    "topic_terms": Table(
        {"topic_id": Column(required=True, refers_to=("topics", "topic_id")), "term": NEEDED, "kind": TERM_KIND, "exclusions": TEXT,
         "contexts": TEXT},
        (),
    ),
    "brand_authors": Table(
        {"platform_id": Column(required=True, refers_to=("platforms", "platform_id")), "account": NEEDED, "brand_id": BRAND,
         "author_kind": Column(required=True, one_of=AUTHOR_KINDS)},
        ("platform_id", "account"),
    ),
    "person_decisions": Table(
        {"author_id": NEEDED, "other_author_id": NEEDED, "decision": Column(required=True, one_of=("same", "different")), "decided_on": DAY,
         "note": TEXT},
        (),
    ),
    "campaigns": Table(
        {"campaign_id": NEEDED, "campaign_name": TEXT, "brand_id": OF_BRAND, "product_id": PRODUCT, "starts_on": DAY, "ends_on": DAY,
         "universe": Column("bigint")},
        ("campaign_id",),
    ),
    "campaign_codes": Table(
        {"code": NEEDED, "campaign_id": OF_CAMPAIGN, "author_id": TEXT, "valid_from": DAY}, ("code", "valid_from"), folds_case=True
    ),
    "campaign_links": Table(
        {"campaign_id": OF_CAMPAIGN, "author_id": TEXT, "post_id": TEXT, "utm_source": TEXT, "utm_campaign": TEXT, "utm_content": TEXT},
        ("utm_source", "utm_campaign", "utm_content"),
    ),
    "campaign_contacts": Table(
        {"campaign_id": OF_CAMPAIGN, "author_id": NEEDED, "contacted_on": DAY,
         "outcome": Column(required=True, one_of=("agreed", "declined", "no_answer"))},
        ("campaign_id", "author_id", "contacted_on"),
    ),
    "campaign_spend": Table(
        {"campaign_id": OF_CAMPAIGN, "author_id": TEXT, "spent_on": DAY,
         "kind": Column(required=True, one_of=("fee", "commission", "gift", "media")), "amount": Column("decimal(18, 4)", required=True),
         "currency": NEEDED, "note": TEXT},
        (),
    ),
    "campaign_hold_outs": Table(
        {"campaign_id": OF_CAMPAIGN, "author_id": NEEDED, "arm": Column(required=True, one_of=("treated", "held_out"))},
        ("campaign_id", "author_id"),
    ),
    "list_members": Table(
        {"list": LIST, "author_id": NEEDED, "handle": TEXT, "status": Column(required=True, one_of=tuple(ListStatus)),
         "changed_on": NEEDED_DAY, "label": LABEL, "note": NOTE},
        ("list", "author_id", "changed_on"),
    ),
    "unit_values": Table(
        {"rule_version": NEEDED, "channel_id": TEXT, "metric": Column(required=True, one_of=("views", "likes", "comments", "shares")),
         "unit_value": Column("decimal(18, 6)", required=True), "currency": NEEDED, "valid_from": NEEDED_DAY, "valid_to": DAY,
         "source": TEXT},
        ("channel_id", "metric", "currency", "valid_from"),
    ),
}
# fmt: on
