"""The pages of rank and why, as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from math import prod
from operator import itemgetter
from statistics import NormalDist
from typing import Any

import polars as pl
from polars import col

from orchestration.cli.terminal import markup, out, say, table, text
from orchestration.scoring.parameters import Parameters

ORDERED = ("ordered", "signed_up")
EVIDENCE_SHOWN = 10
WIDE = 110  # columns of a terminal that has room for handles
ORDER_NAMES = {
    "rank": "Whose words move most peers",
    "safe_rank": "The safe picks: who moves most peers with 90 % certainty",
    "rate_rank": "Whose words persuade best, per person reached",
}
ORDERED_BY = {
    "rank": "what they move for sure, in 9 of 10 cases",
    "safe_rank": "what they move for sure, in 9 of 10 cases",
    "rate_rank": "adoptions per person reached, of those who likely moved somebody first",
}
COMPONENT_NAMES = {
    "credited_explicit": "credit: the adopter points at them",
    "credited_interacted": "credit: the adopter had talked with them",
    "credited_follows": "credit: the adopter follows them",
    "credited_same_thread": "credit: the adopter was in the same thread",
    "expected_of_peers": "what accounts like this one do",
    "other_scopes": "what they do for everything else",
}
FACTOR_NAMES = {
    "everyone": "everyone: adoptions for 1,000 people reached",
    "channel": "the channel",
    "audience": "audience",
    "engagement_rate": "engagement rate",
    "engager_count": "different engagers",
    "exposure": "exposure",
}
FIGURE_UNITS = {"audience": "followers", "engager_count": "people", "exposure": "reached"}
LIST_NAMES = {
    "credited": "likelier than not, they moved somebody: they stand on the first list",
    "expected": "expected from what accounts like this one do: nobody is known to have been moved, and the first list stands before them",
    None: "ranked before evidence came first",
}
CLASS_NAMES = {
    "explicit": "points at it",
    "interacted": "had talked with them",
    "follows": "follows them",
    "same_thread": "was in the same thread",
}


def show_ranking(
    frame: pl.DataFrame,
    of: str | None,
    sure: Mapping[str, Any],
    order: str = "rank",
    population: str = "public",
    *,
    is_some: bool = False,
) -> None:
    """A table of people, and below it how far to trust it. `of`: what it is of; `is_some`: only some were asked for."""
    if frame.is_empty():
        among = "" if population == "public" else f" as {population}"
        which = "of those who are asked for nobody" if is_some else "nobody"
        say(f"{which} is ranked{among} for {markup(of or 'all brands')} yet")
        return
    say(f"\n[bold]{ORDER_NAMES[order]}: {markup(of or 'all brands')}[/], as of {frame['as_of_date'][0]}")
    if is_some:
        say("Only who was asked for is shown: ranks and figures are those of all. What changed between two periods: groundswell compare")
    is_wide = out.width >= WIDE
    amount = {"rank": ["impact", "90 %"], "safe_rank": ["at least", "90 %"], "rate_rank": ["per 1,000", "impact"]}[order]
    columns = ["rank" if order == "rank" else "place", "ranks", "person", "platform", *amount, "credit", "mentions", "confidence"]
    lists = frame.partition_by("evidence_class", maintain_order=True) if order == "rank" else [frame]
    for people in lists:
        if order == "rank" and people["evidence_class"][0] == "expected":
            say("\n[bold]Expected from what accounts like theirs do[/] [dim](no adoption is credited to them)[/]")
        out.print(table([*columns, "handle"] if is_wide else columns, _rows(people, order, is_wide), right=[*columns[:2], *columns[4:]]))
    for line in _how_sure(frame, sure, order):
        say(line)


def _rows(people: pl.DataFrame, order: str, is_wide: bool) -> list[list[str]]:
    return [
        [
            str(row[order]), interval(row["rank_low"], row["rank_high"]), text(row["person"], 80), text(row["platform"]),
            *_amount(row, order), f"{row['credit']:.1f}", str(row["mention_count"]), f"{row['data_weight']:.0%}",
            *([text(row["handle"], 40)] if is_wide else []),
        ]
        for row in people.to_dicts()
    ]  # fmt: skip


def show_why(page: Mapping[str, Any], brand: str | None) -> None:
    """One person's score, opened."""
    ranking = page["ranking"]
    about = markup(brand or "all brands")
    kind = "people" if ranking["population"] == "public" else f"accounts of {markup(ranking['population'])}"
    say(f"\n[bold]{markup(ranking['person'])}[/] ({_account(ranking)}) and {about}, as of {ranking['as_of_date']}")
    say(
        f"  rank {ranking['rank']:,} of {ranking['people']:,} {kind}, between {ranking['rank_low']} and {ranking['rank_high']}; "
        f"safe pick {ranking['safe_rank']}, persuasion {ranking['rate_rank']}; score {ranking['score']:.1f}"
    )
    say(f"  {LIST_NAMES[ranking['evidence_class']]}")
    say(f"  {page['controls']}")
    say(
        f"  moves [bold]{ranking['impact']:.2f}[/] adoptions in 28 days that would not have happened anyway "
        f"(90 %: {ranking['impact_low']:.2f} to {ranking['impact_high']:.2f}){_forecast(ranking)}"
    )
    say("\n[bold]The score as a product[/]")
    terms = [
        ["persuasion", f"{1000 * ranking['rate']:.2f}", "adoptions for 1,000 people reached"],
        [
            "x reach",
            f"{ranking['reach']:,.1f}",
            "people reached in 28 days who have not adopted, by the thousand; weak ties count less",
        ],
        ["= impact", f"{ranking['impact']:.2f}", "adoptions in 28 days"],
    ]
    out.print(table(["term", "value", "unit"], terms, right=["value"]))
    components = sorted(page["components"], key=lambda row: (row["author_id"], [*COMPONENT_NAMES].index(row["component"])))
    several = len({row["author_id"] for row in components}) > 1
    say("\n[bold]The same as a sum[/] [dim](amount x times = adoptions in 28 days)[/]")
    parts = [
        [COMPONENT_NAMES[row["component"]], *_part(row), f"{row['contribution']:.3f}", *([_handle(row)] if several else [])]
        for row in components
    ]
    parts.append(["sum", "", "", f"{sum(row['contribution'] for row in components):.3f}", *([""] if several else [])])
    out.print(table(["part", "amount", "times", "adoptions", *(["account"] if several else [])], parts, right=["adoptions"]))
    say("\n[bold]What accounts like this one do[/] [dim](each figure multiplies what stands above it)[/]")
    factors = []
    for account, rows in groupby(page["factors"], key=itemgetter("author_id")):
        whose = [text(account, 40)] if several else []
        of_account = list(rows)
        factors += [[FACTOR_NAMES[row["factor"]], _figure(row), _standing(row), _multiplier(row), *whose] for row in of_account]
        product = 1000 * prod(row["multiplier"] for row in of_account)
        factors.append(["= adoptions for 1,000 people reached", "", "", f"{product:.2f}", *whose])
    out.print(table(["factor", "figure", "among peers", "times", *(["account"] if several else [])], factors, right=["figure", "times"]))
    if ranking["unusual_signals"]:
        say(
            f"\nThe audience is unusual: {markup(ranking['unusual_signals'])}; {ranking['authenticity']:.0%} of it counts. "
            "Unusual is not false: it may be a public event."
        )
    evidence: Sequence[Mapping[str, Any]] = page["evidence"]
    say(f"\n[bold]The adoptions behind it[/] [dim]({min(len(evidence), EVIDENCE_SHOWN)} of {len(evidence)} rows; --json has all)[/]")
    if not evidence:
        say("  none is credited yet: this rank rests on what accounts like this one do")
    for row in evidence[:EVIDENCE_SHOWN]:
        _show_evidence(row)
    if any(row["adoption_kind"] in ORDERED for row in evidence):
        say(
            "\nCredit of an order is for winning a customer of the brand here, whatever they bought. Attribution shares out the order "
            "itself, by the product that was bought: there it may be credited to others, or to nobody (groundswell ask who-brings-sales)."
        )


def interval(low: int, high: int) -> str:
    """Ranks from best to worst: 4-19."""
    return str(low) if low == high else f"{low}-{high}"


def _amount(row: Mapping[str, Any], order: str) -> list[str]:
    forecast = f"{row['forecast']:.2f}"
    if order == "rate_rank":
        return [f"{1000 * row['rate']:.2f}", forecast]
    factor = row["calibration_factor"] or 1
    first = forecast if order == "rank" else f"{row['safe_impact'] * factor:.2f}"
    return [first, f"{row['impact_low'] * factor:.1f}-{row['impact_high'] * factor:.1f}"]


def _how_sure(frame: pl.DataFrame, sure: Mapping[str, Any], order: str) -> list[str]:
    count = frame.height
    lines = [
        "[dim]impact: adoptions to expect in 28 days because they speak; ranks, 90 %: what the data leaves open; "
        f"order: {ORDERED_BY[order]}; credit: adoptions credited to them; "
        f"mentions: of the {Parameters().history:.0f} days that the score looks at, "
        "without warnings, complaints and questions; confidence: how much of it is their own data"
        "[/]",
        f"{sure['people']:,} people are ranked; {sure['credit']:.1f} adoptions are credited to them.",
        f"{sure['credited']:,} of them likely moved somebody and stand first; the others are expected to.",
    ]
    lines.append(sure["controls"])
    lines.append(
        f"Together these {count} reach {sure['peers']:,} different peers whom we know ({sure['counted_peers']:,} counted one by one). "
        "This is who moves most; who together reach most different people: groundswell shortlist."
    )
    if order == "rank" and count < sure["people"]:
        certain = frame.filter(col("rank_high") <= count).height
        lines.append(f"Of these {count}, {certain} would be here even at their worst rank.")
    hidden = frame["seen_share"].drop_nulls()
    if len(hidden):
        lines.append(f"{sum(hidden) / len(hidden):.0%} of their exposure rests on connections that were seen, the rest on estimated reach.")
    lines.append(_calibration(sure["calibration_factor"]))
    lines.append(_tested(sure["backtests"]))
    return lines


def _calibration(factor: float | None) -> str:
    if factor is None:
        return "Forecasts are not calibrated yet: trust the order more than the amounts."
    return f"Forecasts are multiplied by {factor:.2f}: what the backtests of the last 28 nights say."


def _tested(tests: Sequence[Mapping[str, Any]]) -> str:
    ours = next((test for test in tests if test["ranker"] == "score"), None)
    if ours is None or ours["ndcg_100"] is None:
        return f"No backtest yet: {markup(ours['reason']) if ours else 'none was made'}."
    others = ", ".join(f"{markup(test['ranker'])} {test['ndcg_100']:.2f}" for test in tests if test["ranker"] != "score")
    held = "" if ours["coverage"] is None else f"; {ours['coverage']:.0%} of the forecasts held"
    return f"Backtest of {ours['forecast_date']}: NDCG@100 {ours['ndcg_100']:.2f} ({others}){held}."


def _forecast(ranking: Mapping[str, Any]) -> str:
    if ranking["calibration_factor"] is None:
        return ""
    return f"; forecast, x {ranking['calibration_factor']:.2f}: {ranking['forecast']:.2f}"


def _part(row: Mapping[str, Any]) -> tuple[str, str]:
    """Amount and what it is multiplied by, with their units."""
    times = row["contribution"] / row["amount"]
    if row["component"] == "other_scopes":
        return f"{1000 * row['amount']:.2f} adoptions for 1,000 reached", f"{times:,.1f} reached, by the thousand"
    what = "credited" if row["component"].startswith("credited_") else "that their example counts for"
    return f"{row['amount']:.2f} adoptions {what}", f"{times:.3f} in 28 days for each"


def _figure(row: Mapping[str, Any]) -> str:
    if row["factor"] in ("everyone", "channel"):
        return ""
    if row["amount"] is None:
        return "unknown"
    if row["factor"] == "engagement_rate":
        return f"{row['amount']:.2%}"
    return f"{row['amount']:,.0f} {FIGURE_UNITS[row['factor']]}"


def _standing(row: Mapping[str, Any]) -> str:
    if row["factor"] == "channel":
        return text(row["peer_group"])
    if row["amount"] is None or row["normal_score"] is None:
        return ""
    below = int(100 * NormalDist().cdf(row["normal_score"]))
    return f"above {below} % of {row['peer_count']:,} in {text(row['peer_group'])}"


def _multiplier(row: Mapping[str, Any]) -> str:
    return f"{1000 * row['multiplier']:.2f}" if row["factor"] == "everyone" else f"x {row['multiplier']:.2f}"


def _account(row: Mapping[str, Any]) -> str:
    return ", ".join(markup(part, 80) for part in (row["platform"], row["handle"], row["person_id"]) if part)


def _handle(row: Mapping[str, Any]) -> str:
    return text(row["handle"] or row["author_id"], 40)


def _show_evidence(row: Mapping[str, Any]) -> None:
    who = markup(row["person"] or "a customer", 40)
    what = markup(row["adoption_kind"] or "adopted")
    say(
        f"\n  [bold]{row['credit']:.2f}[/] of: {who} {what} {markup(row['object_id'] or '')} on {_day(row['adopted_at'])}, "
        f"{_lag(row['lag_days'])} later; {CLASS_NAMES[row['evidence_class']]}"
    )
    for sentence, url, day in (
        (row["said"], row["said_url"], row["said_at"]),
        (row["adopter_said"], row["adopter_url"], row["adopted_at"]),
    ):
        if sentence or url:
            said = f"“{markup(sentence, 240)}”" if sentence else "[dim]no sentence of it is held[/]"
            say(f"    {_day(day)}  {said}  [dim]{markup(url or '', 300)}[/]")


def _lag(days: float) -> str:
    return f"{days:.1f} days" if days >= 1 else f"{24 * days:.0f} hours"


def _day(moment: Any) -> str:
    return moment.strftime("%Y-%m-%d") if isinstance(moment, date) else "?"
