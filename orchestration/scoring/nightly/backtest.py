"""The nightly backtest: the ranking of 28 days ago against what has come since, beside what others rank by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import duckdb
import numpy as np
import polars as pl
from polars import col

from orchestration.scoring.backtest import BACKTESTS, backtest
from orchestration.scoring.baselines import BASELINES, baseline_scores
from orchestration.scoring.inputs import Evidence, Flags, Floats
from orchestration.scoring.parameters import Parameters

OUTCOMES = {"credited": pl.lit(True), "explicit": col("is_explicit")}
ROWS = {"forecast_date": pl.Date(), "outcome": pl.String(), **BACKTESTS, "reason": pl.String()}

FIGURES = """
with followers as (
    select author_id, arg_max(follower_count, observed_date) as followers
    from marts.fct_authors where observed_date <= $day group by author_id
),
engagement as (
    select posts.author_id, sum(latest.engagement) as engagement
    from (
        select post_id,
            arg_max(coalesce(like_count, 0)::double + coalesce(comment_count, 0) + coalesce(share_count, 0), observed_date) as engagement
        from marts.fct_engagement where observed_date <= $day group by post_id
    ) as latest inner join marts.fct_posts as posts on latest.post_id = posts.post_id
    group by posts.author_id
),
engagers as (
    select target.person_id, count(distinct actor.person_id) as engagers
    from marts.fct_interactions as acts
    inner join marts.bridge_persons_authors as actor on acts.actor_author_id = actor.author_id
    inner join marts.bridge_persons_authors as target on acts.target_author_id = target.author_id
    where acts.occurred_at < $end and acts.kind in ('reply', 'repost', 'quote', 'link') and actor.person_id <> target.person_id
    group by target.person_id
)
select bridge.person_id, sum(followers.followers)::double as followers, sum(engagement.engagement)::double as engagement,
    any_value(engagers.engagers)::double as engagers
from marts.bridge_persons_authors as bridge
left join followers on bridge.author_id = followers.author_id
left join engagement on bridge.author_id = engagement.author_id
left join engagers on bridge.person_id = engagers.person_id
group by bridge.person_id order by bridge.person_id
"""
EDGES = """
with people as (
    select person_id, row_number() over (order by person_id) - 1 as place
    from (select distinct person_id from marts.bridge_persons_authors)
)
select distinct people.place::int as person, peers.place::int as peer
from marts.fct_influence_edges as edges
inner join marts.bridge_persons_authors as bridge on edges.author_id = bridge.author_id
inner join people on bridge.person_id = people.person_id
inner join people as peers on edges.audience_person_id = peers.person_id
where edges.first_at < $end and edges.edge_class in ('interacted', 'follows')
"""
"""By place in FIGURES, which has everybody of bridge_persons_authors by person_id: of millions of edges the texts take much more memory."""


def night_end(night: date, zone: tzinfo) -> datetime:
    """The midnight after a night's date in a time zone, in UTC."""
    return datetime.combine(night + timedelta(days=1), time(), zone).astimezone(UTC)


def nightly_backtest(
    connection: duckdb.DuckDBPyConnection, evidence: Evidence, credit: Floats, adopted_at: pl.Series, as_of: date, parameters: Parameters,
    zone: tzinfo = UTC,
) -> pl.DataFrame:  # fmt: skip
    """One row per outcome and ranker; one row per outcome with the reason where there is no ranking to test.

    credit: of each candidate. adopted_at: of each adoption. Tested is the public in scope `all`.
    """
    then = as_of - timedelta(days=round(parameters.horizon))
    ranked = connection.execute(
        """
        select person_id, rank, impact, impact_deviation from marts.influencer_rankings
        where as_of_date = ? and score_version = ? and scope_kind = 'all' and population = 'public' order by person_id
        """,
        [then, parameters.score_version],
    ).pl()
    if ranked.is_empty():
        reason = f"this version did not rank anybody as of {then}"
        none = [{"forecast_date": then, "outcome": outcome, "ranker": "score", "reason": reason} for outcome in OUTCOMES]
        return pl.DataFrame(none, schema=ROWS)
    times = {"day": then, "end": night_end(then, zone)}
    figures = connection.execute(FIGURES, times).pl()
    edges = connection.execute(EDGES, {"end": times["end"]}).pl()
    is_early, is_later = adopted_at < night_end(then, zone), adopted_at >= night_end(as_of, zone)
    others = baseline_scores(figures, edges, of_candidates(evidence, is_early.to_numpy()[evidence.candidate_adoption]))
    others = others.select("person_id", *BASELINES)
    since = np.flatnonzero(~(is_early | is_later).to_numpy()[evidence.candidate_adoption])
    author = evidence.mention_author[evidence.candidate_mention[since]]
    moved = pl.DataFrame(
        {
            "person_id": evidence.authors.person_ids.gather(author),
            "is_explicit": evidence.is_explicit[since],
            "credit": credit[since],
        }
    )
    public = evidence.authors.person_ids.filter(evidence.authors.populations == "public").unique()
    moved = moved.filter(col("person_id").is_in(public.implode()))
    factor = rolling_factor(connection, pl.DataFrame(schema=ROWS), as_of, parameters)
    rows = []
    for outcome, counts in OUTCOMES.items():
        came = (
            moved.filter(counts).sort("person_id", "credit").group_by("person_id", maintain_order=True).agg(adoptions=col("credit").sum())
        )
        measured = backtest(ranked, came, others, 1.0 if factor is None else factor)
        rows.append(measured.with_columns(forecast_date=pl.lit(then), outcome=pl.lit(outcome), reason=pl.lit(None, dtype=pl.String)))
    return pl.concat(rows).select(*ROWS)


def rolling_factor(connection: duckdb.DuckDBPyConnection, tonight: pl.DataFrame, as_of: date, parameters: Parameters) -> float | None:
    """The mean calibration factor of the backtests of the last 28 nights, tonight's too; None where none measured anything."""
    earlier = connection.execute(
        """
        select calibration_factor from marts.score_backtests
        where score_version = ? and as_of_date < ? and as_of_date > ? and ranker = 'score' and outcome = 'credited'
            and calibration_factor is not null
        order by as_of_date
        """,
        [parameters.score_version, as_of, as_of - timedelta(days=round(parameters.horizon))],
    ).fetchall()
    measured = tonight.filter((col("ranker") == "score") & (col("outcome") == "credited"))["calibration_factor"].drop_nulls().to_list()
    factors = [factor for (factor,) in earlier] + measured
    return float(np.mean(factors)) if factors else None


def of_candidates(evidence: Evidence, kept: Flags) -> Evidence:
    """The same with these candidates alone."""
    names = ("candidate_adoption", "candidate_mention", "candidate_class", "candidate_weight", "is_explicit", "has_edge", "lag_days")
    return replace(evidence, **{name: getattr(evidence, name)[kept] for name in names})
