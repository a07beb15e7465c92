"""How well a ranking foretold what came: measures of ranked lists and of forecasts. Never NaN: 0 where there is nothing."""

from __future__ import annotations

import numpy as np
import polars as pl
from polars import col
from scipy.special import nbdtrik

from orchestration.scoring.inputs import Floats, Ints, mean_ranks

BACKTESTS = {
    "ranker": pl.String(),
    "ndcg_100": pl.Float64(),
    "captured_by_5_percent": pl.Float64(),
    "spearman": pl.Float64(),
    "calibration_factor": pl.Float64(),
    "coverage": pl.Float64(),
    "person_count": pl.Int64(),
    "adoption_count": pl.Float64(),
}


def backtest(rankings: pl.DataFrame, outcomes: pl.DataFrame, baselines: pl.DataFrame, forecast_factor: float) -> pl.DataFrame:
    """One row per ranker: the score first, then each column of baselines. Everybody who was ranked or had an outcome counts.

    rankings: person_id, rank, impact, impact_deviation of one scope on the day. outcomes: person_id, adoptions, what is credited to them in
    the horizon after it. baselines: person_id and scores of the same day; who is missing has 0. `forecast_factor` is the one that the
    backtests before this one gave; `calibration_factor` is what it should have been, `coverage` that of 90 % forecast intervals.
    """
    people = pl.concat([rankings.select("person_id"), outcomes.select("person_id")]).unique().sort("person_id")
    joined = people
    for frame in (
        rankings.select("person_id", (1 / col("rank")).alias("rank"), "impact", "impact_deviation"),
        outcomes.select("person_id", "adoptions"),
        baselines,
    ):
        joined = joined.join(frame, on="person_id", how="left", maintain_order="left")
    columns = {name: joined[name].cast(pl.Float64).fill_null(0.0).to_numpy() for name in joined.columns if name != "person_id"}
    ranked, impact, deviation, came = (columns.pop(name) for name in ("rank", "impact", "impact_deviation", "adoptions"))
    low, high = predictive_interval(impact * forecast_factor, deviation * forecast_factor)
    rows = [
        {
            "ranker": ranker,
            "ndcg_100": ndcg(scores, came),
            "captured_by_5_percent": captured(scores, came),
            "spearman": spearman(scores, came),
            "calibration_factor": calibration_factor(impact, came) if ranker == "score" else None,
            "coverage": coverage(low, high, came) if ranker == "score" else None,
            "person_count": len(came),
            "adoption_count": float(came.sum()),
        }
        for ranker, scores in {"score": ranked, **columns}.items()
    ]
    return pl.DataFrame(rows, schema=BACKTESTS)


def order(scores: Floats) -> Ints:
    """Positions from best to worst; equals in the order in which they stand (ids, where rows are sorted by id)."""
    return np.argsort(-scores, kind="stable")


def ndcg(scores: Floats, outcomes: Floats, depth: int = 100) -> float:
    """Normalised discounted cumulative gain with gain ln(1 + outcome) and discount log2(1 + rank)."""
    gain = np.log1p(outcomes)
    discount = 1 / np.log2(np.arange(2, min(depth, len(gain)) + 2))
    ideal = float((np.sort(gain)[::-1][:depth] * discount).sum())
    return float((gain[order(scores)][:depth] * discount).sum()) / ideal if ideal > 0 else 0.0


def captured(scores: Floats, outcomes: Floats, share: float = 0.05) -> float:
    """Which part of all outcomes the best `share` of the people had."""
    total = float(outcomes.sum())
    return float(outcomes[order(scores)][: max(1, round(share * len(scores)))].sum()) / total if total > 0 else 0.0


def calibration_factor(forecast: Floats, outcomes: Floats) -> float:
    """By what a forecast has to be multiplied to sum to what came; 1 where nothing was forecast."""
    return float(outcomes.sum() / forecast.sum()) if forecast.sum() > 0 else 1.0


def coverage(lower: Floats, upper: Floats, values: Floats) -> float:
    """Share of values inside their interval, bounds included."""
    return float(((lower <= values) & (values <= upper)).mean()) if len(values) else 0.0


def predictive_interval(mean: Floats, deviation: Floats, interval: float = 0.9) -> tuple[Floats, Floats]:
    """Bounds for a count whose Poisson mean has a Gamma distribution with this mean and deviation (negative binomial)."""
    mean, deviation = np.maximum(mean, 1e-12), np.maximum(deviation, 1e-12)
    shape, odds = (mean / deviation) ** 2, mean / (mean + deviation**2)
    tail = (1 - interval) / 2
    return np.maximum(np.ceil(nbdtrik(tail, shape, odds)), 0), np.maximum(np.ceil(nbdtrik(1 - tail, shape, odds)), 0)


def spearman(first: Floats, second: Floats) -> float:
    """Rank correlation, equals at their mean rank; 0 where one side has no order."""
    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(mean_ranks(first), mean_ranks(second))[0, 1])


def rank_biased_overlap(first: Floats, second: Floats, persistence: float = 0.98, depth: int = 200) -> float:
    """RBO of two rankings of the same people, extrapolated from `depth` (Webber 2010, RBO_ext)."""
    depth = min(depth, len(first))
    if depth == 0:
        return 0.0
    place = np.empty((2, len(first)), dtype=np.int64)
    for row, scores in zip(place, (first, second), strict=True):
        row[order(scores)] = np.arange(1, len(scores) + 1)
    together = np.bincount(place.max(axis=0), minlength=depth + 1)[1 : depth + 1].cumsum()
    ranks = np.arange(1, depth + 1)
    agreement = together / ranks
    weights = persistence**ranks
    return float((1 - persistence) / persistence * (agreement * weights).sum() + agreement[-1] * persistence**depth)
