"""How much of an audience counts, from what anybody can see of it. What stands out is unusual, not false: a spike may be a public event."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from polars import col


@dataclass(frozen=True, slots=True)
class ShareSignal:
    """A share of the audience that does not count, and the share from which it is named."""

    name: str
    unusual_from: float


@dataclass(frozen=True, slots=True)
class PatternSignal:
    """A figure that is unusual from (or, `is_low`, up to) a bound, and what part of the audience then still counts."""

    name: str
    bound: float
    factor: float
    is_low: bool = False


# Thresholds as published (HypeAuditor's help pages, SparkToro's audit); factors are ours, small enough that no single pattern decides.
SHARES = (
    ShareSignal("ghost_share", 0.4),  # followers without avatar, posts and bio
    ShareSignal("new_follower_share", 0.3),  # follower accounts younger than 30 days
    ShareSignal("default_name_share", 0.4),  # names as a platform hands them out
    ShareSignal("unexplained_growth_share", 0.2),  # gained on days of growth z > 4 without more mentions, and not lost again since
    ShareSignal("unanswered_like_share", 0.2),  # of likes: beyond four times what their comments lead one to expect
    ShareSignal("lost_after_growth_share", 0.2),  # gained in a spike and lost again within 30 days
)
PATTERNS = (
    PatternSignal("following_count", 1500, 0.9),  # mass following
    PatternSignal("following_per_follower", 5, 0.9),
    PatternSignal("likes_per_comment_to_peers", 4, 0.7),  # times what is usual in the channel
    PatternSignal("like_variation", 0.1, 0.7, is_low=True),  # standard deviation / mean of likes per post: packs of one size
    PatternSignal("duplicate_comment_share", 0.4, 0.7),
    PatternSignal("short_comment_share", 0.7, 0.9),  # under five words
    PatternSignal("burst_share", 0.6, 0.8),  # of engagement within 60 seconds of each other
    PatternSignal("pod_share", 0.5, 0.8),  # of comments by the same few who comment each other
    PatternSignal("reach_to_peers", 0.2, 0.7, is_low=True),  # views per follower, times the median of channel and size
    PatternSignal("inactive_engager_share", 0.5, 0.8),  # engagers who never posted themselves
)
FIGURES = {"author_id": pl.String()} | {signal.name: pl.Float64() for signal in (*SHARES, *PATTERNS)}
AUTHENTICITY = {"author_id": pl.String(), "authenticity": pl.Float64(), "unusual_signals": pl.List(pl.String())}


def authenticity(figures: pl.DataFrame) -> pl.DataFrame:
    """One row per author, by author_id. figures: author_id and any columns of FIGURES; what is missing or NULL is unknown and says nothing.

    authenticity = (1 - the largest of the shares that do not count) * the factors of the unusual patterns. Shares are of the same
    followers, so the largest is taken, and they count in full below their threshold, too: n ghosts more leave (1 - share) * followers
    as it was. `unusual_signals` are the names, in the order above.
    """
    unknown = pl.lit(None, dtype=pl.Float64)
    known = figures.select(
        (col(name).cast(dtype) if name in figures.columns else unknown.alias(name)) for name, dtype in FIGURES.items()
    ).sort(*FIGURES)
    known = known.unique(subset="author_id", keep="first", maintain_order=True)
    shares = [col(signal.name).fill_nan(None).clip(0, 1).fill_null(0.0) for signal in SHARES]
    unusual = {signal.name: col(signal.name) >= signal.unusual_from for signal in SHARES}
    unusual |= {signal.name: col(signal.name) <= signal.bound if signal.is_low else col(signal.name) >= signal.bound for signal in PATTERNS}
    authentic = 1 - pl.max_horizontal(shares)
    for signal in PATTERNS:
        authentic = authentic * pl.when(unusual[signal.name]).then(signal.factor).otherwise(1.0)
    names = [pl.when(is_unusual).then(pl.lit(name)) for name, is_unusual in unusual.items()]
    return known.select("author_id", authenticity=authentic, unusual_signals=pl.concat_list(names).list.drop_nulls()).cast(AUTHENTICITY)  # type: ignore[arg-type]
