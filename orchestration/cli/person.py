"""`groundswell person`: one page of a person."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import polars as pl
import typer

from orchestration.cli.answers import show_frame
from orchestration.cli.options import AsJson
from orchestration.cli.ranking_pages import interval
from orchestration.cli.terminal import markup, say
from orchestration.publishing.persons import overview
from orchestration.settings import Settings
from orchestration.warehouse.warehouse import open_published

HEADINGS = {
    "accounts": "Accounts, and by what they are known to be one person's",
    "places": "Places in the newest night",
    "weeks": "What they said of brands and topics, by week",
    "posts": "Posts that went furthest",
    "answered_by": "Who answers, passes on or names them most",
    "payments": "What was paid or given to them",
    "lists": "Lists that they are on",
}


def person_command(
    name: Annotated[str, typer.Argument(metavar="PERSON", help="A person's or account's id, handle or name.")], as_json: AsJson = False
) -> None:
    """Shows all that the published file tells of a person on one page."""
    with open_published(Settings().published) as connection:
        page = overview(connection, name)
    if as_json:
        typer.echo(json.dumps(page, default=str))
    else:
        show_person(page)


def show_person(page: Mapping[str, Any]) -> None:
    """The page, without the parts that are empty."""
    one = page["person"]
    say(f"\n[bold]{markup(one['person'])}[/] {markup(one['person_id'])}")
    audience = "unknown" if one["audience"] is None else f"{one['audience']:,}"
    reach = "unknown" if one["reach"] is None else f"{one['reach']:,}"
    say(
        f"  {one['account_count']} accounts on {markup(one['channels'])}; followers: {audience}; peers who are known: {one['peer_count']:,}"
    )
    said = f"in all that is held {one['post_count']:,} posts, {one['mention_count']:,} mentions"
    said += f" ({one['paid_mention_count']:,} disclosed as paid)"
    if one["net_sentiment"] is not None:
        said += f", net sentiment {one['net_sentiment']:+.2f}"
    say(f"  {said}; people reached by them: {reach}; {one['engagement']:,} likes, comments and shares")
    if one["brands"]:
        say(f"  speaks of {markup(one['brands'])}")
    if one["rank"] is not None:
        say(f"  moves {one['impact']:.2f} adoptions in 28 days over all brands (90 %: {one['impact_low']:.2f} to {one['impact_high']:.2f})")
    if one["currency"]:
        say(
            f"  paid or given {one['cost'] or 0:,.2f} {markup(one['currency'])}; "
            f"credited with {one['influenced_conversions'] or 0:.1f} conversions, "
            f"{one['influenced_net_revenue'] or 0:,.2f} {markup(one['currency'])}"
        )
    told = (
        "nobody has written to them" if not one["is_contacted"] else f"written to, last on {one['last_contacted_on'] or 'an unknown day'}"
    )
    say(f"  {told}{', and they agreed' if one['has_agreed'] else ''}; last active {str(one['last_active_at'] or 'never')[:10]}")
    for part, heading in HEADINGS.items():
        if page[part]:
            say(f"\n[bold]{heading}[/]")
            show_frame(_shown(part, page[part]))


def _shown(part: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    if part != "places":
        return pl.DataFrame(rows, infer_schema_length=None)
    return pl.DataFrame(
        [
            {
                "of": row["scope"] if row["scope_kind"] == "all" else f"{row['scope_kind']} {row['scope']}",
                "rank": row["rank"],
                "ranks": interval(row["rank_low"], row["rank_high"]),
                "moves": round(row["impact"], 2),
                "evidence": row["evidence_count"],
                "because": row["evidence_class"],
            }
            for row in rows
        ]
    )
