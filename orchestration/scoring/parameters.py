"""Every number that the score depends on. A changed number is another score version."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of a score version; `influence-2` are the defaults. Days, unless said otherwise."""

    history: float = 180.0  # how far back mentions and adoptions are learnt from
    window: float = 14.0  # how long after a mention an adoption may be credited to it
    half_life: float = 3.0  # of a mention's effect
    # How many times likelier a pointed-at mention is the cause than the same mention not pointed at. At 30 the first hundred of planted
    # worlds are .006 worse and those of the simulated web .002.
    explicit_factor: float = 60.0
    # Class weights of edges, which SQL puts into candidates and exposure. An audience that is counted, not seen, follows.
    interacted_weight: float = 1.0
    follows_weight: float = 0.5
    same_thread_weight: float = 0.1
    pseudo_adoptions: float = 0.6  # `a`: how many adoptions the prior rate counts for, before pointers say
    pseudo_deviation: float = 1.0  # how far off that guess may be: standard deviation of its logarithm
    organic_pseudo_adoptions: float = 2.0  # how many adoptions the wider cell's organic rate counts for
    pointing_rate: float = 0.25  # share of caused adoptions that point at their cause, before there is data
    pointing_pseudo_credit: float = 10.0  # how much credit that guess counts for
    # Share of the adoptions that mentions are presumed to cause before there is data. The passes are few, so this is where they come from:
    # from .25, a world in which nobody moves anybody is credited 3.8 %, from .05 1.9 %, and the order of people is as good.
    presumed_share: float = 0.05
    control_pairs: float = 200.0  # how many pairs the wider stratum's control counts for; at 50 chance in small strata takes credit away
    one_way_pairs: float = 100.0  # how many are enough to leave mutual ones out
    # Relative deviation of credit that controls may take too much away: over an edge that is not seen, reversed pairs hold influence,
    # too. In planted worlds, whose crawler sees half of the edges at most, .86 to 1.03 of what is caused and seen is credited.
    unseen_doubt: float = 0.3
    rounds: int = 3  # each ends with a new fit of the prior
    passes: int = 3  # of credit, organic rate and rate, in a round
    engagement_pseudo_count: float = 10.0  # how many engagements the channel's rate counts for against an account's own
    ridge: float = 1.0  # penalty on the slopes of the prior, in units of squared normal scores
    exposure_ridge: float = 1.0  # penalty on its slope of log exposure
    horizon: float = 28.0  # what an impact is given for
    interval: float = 0.9
    # Quantile by which people are ranked: in the simulated web it foretells .703 / .385 (NDCG@100 of past / future, three seeds) where the
    # mean does .642 / .365 and credit alone .692 / .363; in planted worlds as much, but .02 less where no edge but of talk is seen.
    safe_bound: float = 0.1
    likely_moved: float = 0.5  # how likely it has to be that a person moved anybody at all, to stand among those who did
    rank_draws: int = 20_000  # of a scope, and at least 20 a person
    seed: int = 5

    @property
    def score_version(self) -> str:
        """Name and a hash of all parameters."""
        return f"influence-2-{hashlib.sha256(orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS)).hexdigest()[:8]}"
