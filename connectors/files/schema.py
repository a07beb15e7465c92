"""The one documented schema of files that other tools export, and its check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import polars as pl

CHANNELS = ("blogs", "message_boards", "podcasts", "microblogs", "bookmarks", "social_networks", "communities", "wikis", "vlogs")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an entity.

    `type` is a key of TYPES; `choices`, where given, are the only values; `is_hashed`: kept as a keyed hash; `is_vital`: an empty cell
    says something of its own, so that a row whose cell cannot be read is not kept without it; `unless`: not required beside one of these.
    """

    name: str
    type: str
    description: str
    required: bool = False
    choices: tuple[str, ...] = ()
    is_hashed: bool = False
    is_vital: bool = False
    unless: tuple[str, ...] = ()

    @property
    def loses_row(self) -> bool:
        """Whether a row is lost where this cell cannot be read."""
        return self.required or self.is_vital

    @property
    def expected(self) -> str:
        """What a value has to be, in words."""
        return f"one of {', '.join(self.choices)}" if self.choices else TYPES[self.type][0]


def _moment(text: pl.Expr) -> pl.Expr:
    moment = text.str.replace(r"^(\d{4}-\d\d-\d\d) ", "${1}T").str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)
    return pl.when(moment.dt.year().is_between(1, 9999)).then(moment)


def _matching(pattern: str) -> Callable[[pl.Expr], pl.Expr]:
    return lambda text: pl.when(text.str.contains(pattern)).then(text)


REVIEW = "review:"
"""What makes a review's id the id of a post: no other post begins so."""

TYPES: Mapping[str, tuple[str, Callable[[pl.Expr], pl.Expr]]] = {
    "text": ("text without NUL characters", _matching(r"^[^\x00]*$")),
    "post": (
        "text that does not begin with review:",
        lambda text: pl.when(~text.str.starts_with(REVIEW)).then(_matching(r"^[^\x00]*$")(text)),
    ),
    "url": ("an http:// or https:// address", _matching(r"^(?i:https?)://[^\s\x00]+$")),
    "count": (
        "a whole number from 0",
        lambda text: _matching(r"^\d{1,13}$")(text.str.replace(r"\.0+$", "")).cast(pl.Int64, strict=False),
    ),
    "amount": ("an amount from 0 such as 19.90", _matching(r"^\d{1,14}(\.\d{1,4})?$")),
    "decimal": ("a number such as 19.90", _matching(r"^-?\d{1,14}(\.\d{1,4})?$")),
    "currency": ("an ISO 4217 code such as EUR", _matching(r"^[A-Z]{3}$")),
    "flag": (
        "yes or no",
        lambda text: _matching(r"^(?i:yes|no|true|false|1|0)$")(text).str.to_lowercase().is_in(["yes", "true", "1"]),
    ),
    "timestamp": ("a time with its zone such as 2026-09-01T10:00:00Z", _moment),
}
"""What each type expects, and how text becomes it: null where it does not fit. Decimals stay text, so that no cent is lost."""

_CHANNEL = Column("channel", "text", "The kind of channel it comes from.", required=True, choices=CHANNELS)

SCHEMA: Mapping[str, tuple[Column, ...]] = {
    "authors": (
        Column("id", "text", "The account's stable id in the tool it comes from.", required=True),
        _CHANNEL,
        Column("name", "text", "The name shown."),
        Column("handle", "text", "The name it is addressed by."),
        Column("url", "url", "The account's page."),
        Column("bio", "text", "What it says of itself."),
        Column(
            "kind",
            "text",
            "Who is behind it.",
            choices=("person", "brand", "media", "employee", "organisation", "bot", "server", "feed", "collection", "group"),
        ),
        Column("followers", "count", "How many follow it."),
        Column("following", "count", "How many it follows."),
        Column("posts", "count", "How many posts it has written."),
        Column("created_at", "timestamp", "When the account was made."),
    ),
    "posts": (
        Column("id", "post", "The post's stable id in the tool it comes from.", required=True),
        _CHANNEL,
        Column("author_id", "text", "The author's id in authors.", required=True),
        Column(
            "author_name", "text", "The name that a guest left, for whom author_id is empty; where both are empty, the author is unknown."
        ),
        Column("published_at", "timestamp", "When it was published.", required=True),
        Column("edited_at", "timestamp", "When it was last edited."),
        Column("url", "url", "The post's page."),
        Column("title", "text", "Its title."),
        Column("text", "text", "Its plain text."),
        Column("language", "text", "Its language as the tool says, as a BCP 47 tag."),
        Column("in_reply_to_id", "text", "The id of the post it answers."),
        Column("views", "count", "How often it was seen."),
        Column("likes", "count", "How many liked it."),
        Column("comments", "count", "How many answered it."),
        Column("shares", "count", "How many passed it on."),
        Column("saves", "count", "How many kept it."),
        Column("reported_by", "text", "The listening tool that reports it."),
        Column("reported_reach", "count", "How many it reached as that tool estimates; no reach of ours is made of it."),
        Column("reported_sentiment", "text", "Its sentiment as that tool says; no stance of ours is made of it."),
    ),
    "interactions": (
        Column("id", "text", "The interaction's stable id in the tool it comes from.", required=True),
        Column("kind", "text", "What was done.", required=True, choices=("reply", "repost", "quote", "link", "mention", "like")),
        Column("actor_id", "text", "The id in authors of who did it.", required=True),
        Column("occurred_at", "timestamp", "When it was done.", required=True),
        Column("target_author_id", "text", "The id in authors of whom it was done to."),
        Column("target_post_id", "text", "The id of the post it was done to."),
        Column("post_id", "text", "The id of the post it was done with (a reply, a quote)."),
    ),
    "follows": (
        Column("follower_id", "text", "The id in authors of who follows.", required=True),
        Column("followed_id", "text", "The id in authors of who is followed.", required=True),
        Column("since", "timestamp", "When it began."),
    ),
    "orders": (
        Column("order_id", "text", "The order's id; one order is one row.", required=True),
        Column("kind", "text", "What it is; an order where nothing is said.", choices=("order", "sign_up"), is_vital=True),
        Column("ordered_at", "timestamp", "When it was placed.", required=True),
        Column(
            "brand_id",
            "text",
            "The brand, as in brands.csv; not needed where sku or product_name tells.",
            required=True,
            unless=("sku", "product_name"),
        ),
        Column("product_id", "text", "The product, as in products.csv."),
        Column("sku", "text", "The SKUs of what was bought, one a line; products.csv says whose they are."),
        Column("product_name", "text", "The names of what was bought, one a line, where no SKU tells."),
        Column(
            "customer_key",
            "text",
            "Whatever tells the customer from others in all of their orders; kept as a hash under the secret hash_key alone.",
            is_hashed=True,
        ),
        Column("customer_author_id", "text", "The customer's own account, as in dim_authors, where they told which it is."),
        Column("quantity", "count", "How many pieces."),
        Column("revenue", "amount", "What was paid, without tax; what is given back later is a row of refunds.", required=True),
        Column("margin", "decimal", "What of it is left after the cost of the goods."),
        Column("currency", "currency", "The currency of revenue and margin.", required=True),
        Column("promo_code", "text", "The code that was redeemed."),
        Column("utm_source", "text", "The tag utm_source of the link that was followed."),
        Column("utm_medium", "text", "The tag utm_medium."),
        Column("utm_campaign", "text", "The tag utm_campaign."),
        Column("utm_term", "text", "The tag utm_term."),
        Column("utm_content", "text", "The tag utm_content."),
        Column("referrer", "url", "The page that the customer came from."),
        Column("heard_from", "text", "What they answered when asked how they heard of the brand."),
        Column("tags", "text", "The shop's own tags of the order, with commas between."),
    ),
    "refunds": (
        Column("refund_id", "text", "The refund's or cancellation's id.", required=True),
        Column("order_id", "text", "The order's id in orders.", required=True),
        Column("kind", "text", "What it is; a refund where nothing is said.", choices=("refund", "cancellation"), is_vital=True),
        Column("refunded_at", "timestamp", "When it happened.", required=True),
        Column("revenue", "amount", "What was given back, without tax; empty: all that is left of the order.", is_vital=True),
        Column("margin", "decimal", "What the margin loses by it; empty: as much of it as of the revenue.", is_vital=True),
        Column("currency", "currency", "The currency; it has to be the order's.", required=True),
    ),
    "reviews": (
        Column("id", "text", "The review's stable id in the tool it comes from.", required=True),
        Column("product_id", "text", "The product, as in products.csv."),
        Column("brand_id", "text", "The brand, as in brands.csv."),
        Column("author_id", "text", "The author's id in authors; never an e-mail address."),
        Column("author_name", "text", "The author's name shown; never an e-mail address."),
        Column("rating", "decimal", "How many stars."),
        Column("title", "text", "Its title."),
        Column("text", "text", "Its plain text."),
        Column("language", "text", "Its language as the tool says, as a BCP 47 tag."),
        Column("reviewed_at", "timestamp", "When it was written.", required=True),
        Column("is_verified_purchase", "flag", "Whether the tool knows that the author bought."),
        Column("url", "url", "The review's own page, not the product's."),
        Column("likes", "count", "How many found it helpful."),
    ),
    "reported_conversions": (
        Column("id", "text", "What is counted and when: the tool, the first and last day and the tags.", required=True),
        Column("reported_by", "text", "The tool that attributes them.", required=True),
        Column("starts_at", "timestamp", "When the time begins that they are counted for.", required=True),
        Column("ends_at", "timestamp", "When it ends.", required=True),
        Column("utm_source", "text", "The source that the tool says they came from."),
        Column("utm_medium", "text", "The medium."),
        Column("utm_campaign", "text", "The campaign."),
        Column("conversions", "decimal", "How many, as that tool attributes them.", required=True),
        Column("revenue", "decimal", "What they brought, as that tool says."),
        Column("currency", "currency", "The currency of revenue."),
    ),
}
"""The columns of each entity. A file may leave out what is not required; empty text is "not reported"."""

KEYS: Mapping[str, tuple[str, ...]] = {
    "authors": ("id",),
    "posts": ("id",),
    "interactions": ("id",),
    "follows": ("follower_id", "followed_id"),
    "orders": ("order_id",),
    "refunds": ("refund_id",),
    "reviews": ("id",),
    "reported_conversions": ("id",),
}
"""What makes a row of an entity itself; a later row of the same key replaces it."""

TIMES: Mapping[str, str] = {
    "posts": "published_at",
    "interactions": "occurred_at",
    "follows": "since",
    "orders": "ordered_at",
    "refunds": "refunded_at",
    "reviews": "reviewed_at",
    "reported_conversions": "starts_at",
}
"""When a row of an entity came to be."""


def checked(entity: str, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    """Rows of text as rows of the schema's types, and for each row why it is lost, and which of its cells are ("" where none is)."""
    columns = SCHEMA[entity]
    texts = {
        column.name: pl.when(pl.col(column.name).str.strip_chars() != "").then(pl.col(column.name))
        if column.name in rows.columns
        else pl.lit(None, pl.String)
        for column in columns
    }
    typed = {column.name: _typed(column, texts[column.name]) for column in columns}
    told = {column.name: _problems(column, texts, typed[column.name]) for column in columns}
    losses = [problem for column in columns if column.loses_row for problem in told[column.name]]
    flaws = [problem for column in columns if not column.loses_row for problem in told[column.name]]
    found = rows.select(_together(losses).alias("losses"), _together(flaws).alias("flaws"))
    return rows.select(**typed), found["losses"], found["flaws"]


def _together(problems: list[pl.Expr]) -> pl.Expr:
    return pl.concat_str(problems, separator="; ", ignore_nulls=True) if problems else pl.lit("")


def _typed(column: Column, text: pl.Expr) -> pl.Expr:
    fits = TYPES[column.type][1](text)
    return pl.when(text.is_in(column.choices)).then(fits) if column.choices else fits


def _problems(column: Column, texts: Mapping[str, pl.Expr], typed: pl.Expr) -> list[pl.Expr]:
    text = texts[column.name]
    unfit = pl.format(f"column {column.name}: '{{}}' is not {column.expected}", text.str.slice(0, 80))
    problems: list[pl.Expr] = [pl.when(text.is_not_null() & typed.is_null()).then(unfit)]
    if column.required:
        is_lacking = pl.all_horizontal(text.is_null(), *(texts[other].is_null() for other in column.unless))
        or_else = f"; of {', '.join(column.unless)} one is enough" if column.unless else ""
        problems.append(pl.when(is_lacking).then(pl.lit(f"column {column.name}: is empty, expected {column.expected}{or_else}")))
    return problems


def missing_columns(entity: str, columns: Iterable[str]) -> list[str]:
    """The columns that an entity has to have and that are not among these."""
    there = set(columns)
    return [column.name for column in SCHEMA[entity] if column.required and not there & {column.name, *column.unless}]
