"""How well a night of a planted world is scored: figures of the score, of baselines, and of the score with a part taken away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from polars import col

from orchestration.scoring.backtest import (
    calibration_factor,
    captured,
    coverage,
    ndcg,
    order,
    predictive_interval,
    rank_biased_overlap,
    spearman,
)
from orchestration.scoring.baselines import BASELINES, baseline_scores
from orchestration.scoring.controls import CONTROLS, REVERSED, Controls
from orchestration.scoring.credit import sums
from orchestration.scoring.inputs import Evidence, Floats, positions
from orchestration.scoring.parameters import Parameters
from orchestration.scoring.ranking import rank_people
from orchestration.scoring.rates import Rates, learn_rates
from tests.orchestration.scoring.birdspotter import BIRDSPOTTER, influence
from tests.orchestration.scoring.observed import Night, accounts_in_scopes, half_of, night
from tests.orchestration.scoring.worlds import CHANNELS, HARD, INTERACTIONS_ONLY, NULL, Plan, World, make_world

AS_OF, END = 120.0, 180.0  # days: learn from what came before, hold it against what came then
CREDIT_BASELINES = ("decayed credit (Goyal)", "equal split (Goyal)", "explicit only")
Measures = dict[str, float]


@dataclass(frozen=True)
class Scored:
    """A night with its rates and the people of scope `all`."""

    evidence: Evidence
    rates: Rates
    accounts: pl.DataFrame
    people: pl.DataFrame


def score(seen: Night, parameters: Parameters) -> Scored:
    evidence = seen.evidence()
    rates = learn_rates(evidence, parameters, Controls.of(evidence, seen.controls, parameters))
    of_all = accounts_in_scopes(evidence, rates, seen.as_of, parameters).filter(scope_kind="all")
    return Scored(evidence, rates, of_all, rank_people(of_all, parameters))


def standing(seen: Night, scored: Scored) -> Floats:
    """The order that is published, as a score by person."""
    return seen.people(scored.people.with_columns(standing=1 / col("rank")), "standing")


def ablations(seen: Night) -> Iterator[tuple[str, Night, Parameters]]:
    """The same night with one part of the method taken away."""
    whole = Parameters()
    one = pl.lit("everyone").alias("community_id")
    merged = seen.cells.group_by("object_id", "week").agg(col("person_days").sum()).with_columns(one)
    yield "no shrinking (Y / E)", seen, replace(whole, pseudo_adoptions=1e-9, pseudo_deviation=1e-6)
    yield "a fixed at .6", seen, replace(whole, pseudo_deviation=1e-6)
    yield "exposure in full", seen, replace(whole, exposure_ridge=1e12)
    yield "no homophily cells", replace(seen, cells=merged, adoptions=seen.adoptions.with_columns(one)), whole
    unpointed = seen.candidates.filter(col("edge_class").is_not_null()).with_columns(is_explicit=pl.lit(False))
    yield "no explicit pointers", replace(seen, candidates=unpointed), whole
    yield "no organic rate", replace(seen, cells=seen.cells.with_columns(col("person_days") * 1e12)), whole
    yield "constant prior", seen, replace(whole, ridge=1e12, exposure_ridge=1e12)
    even = (7 * col("week") + pl.int_range(pl.len()) % 7).cast(pl.Int32)
    yield "organic rate by week", replace(seen, adoptions=seen.adoptions.with_columns(day=even)), whole
    yield "a pointer counts 30", seen, replace(whole, explicit_factor=30.0)
    yield "strata shrunk by 50", seen, replace(whole, control_pairs=50.0)
    yield "no placebo", replace(seen, controls=seen.controls.filter(control=REVERSED)), whole
    yield "no control", replace(seen, controls=pl.DataFrame(schema=CONTROLS)), whole
    yield "no authenticity", replace(seen, authors=seen.authors.with_columns(authenticity=pl.lit(1.0))), whole


def baselines(seen: Night, evidence: Evidence) -> dict[str, Floats]:
    """Scores by person: what the nightly backtest has, decayed partial credit, equal split, pointers alone, and BirdSpotter's."""
    followers = seen.world.accounts.group_by("person_id").agg(col("followers").sum(), engagement=col("likes").sum())
    linked = seen.world.edges.filter(col("first_at") < seen.as_of).join(
        seen.world.accounts.select("author_id", owner="person_id"), on="author_id"
    )
    engagers = linked.filter(col("edge_class") == "interacted").group_by(person_id="owner").agg(engagers=col("person_id").n_unique())
    figures = followers.join(engagers, on="person_id", how="left")
    places = {end: pl.Series(positions(linked[name], figures["person_id"])) for end, name in (("person", "owner"), ("peer", "person_id"))}
    table = baseline_scores(figures, pl.DataFrame(places).unique(), evidence)
    scores = {name: seen.people(table, name) for name in BASELINES}
    author = evidence.mention_author[evidence.candidate_mention]
    decay, pointed = np.exp2(-evidence.lag_days / 3), evidence.is_explicit.astype(np.float64)
    for name, weight in zip(CREDIT_BASELINES, (decay, np.ones(len(author)), pointed), strict=True):
        total = sums(evidence.candidate_adoption, weight, len(evidence.adoption_ids))[evidence.candidate_adoption]
        credit = sums(author, np.divide(weight, total, out=np.zeros(len(author)), where=total > 0), len(evidence.authors.ids))
        by_author = pl.DataFrame({"person_id": evidence.authors.person_ids, "credit": credit})
        scores[name] = seen.people(by_author.group_by("person_id").agg(col("credit").sum()), "credit")
    of_events = influence(events(seen, followers))
    return scores | {name: seen.people(of_events, column) for name, column in BIRDSPOTTER.items()}


def events(seen: Night, followers: pl.DataFrame) -> pl.DataFrame:
    """What was said and adopted until the night, as birdspotter.EVENTS: who adopts has the followers of all their accounts."""
    said = seen.mentions.select("object_id", "person_id", "followers", at="mentioned_at")
    adopted = seen.adoptions.join(followers, on="person_id").select("object_id", "person_id", "followers", at="adopted_at")
    return pl.concat([said, adopted])


def halves(seen: Night, parameters: Parameters) -> tuple[Floats, Floats]:
    """The ranking from what either half of the audience shows."""
    world = seen.world
    both = []
    for half in (0, 1):
        members = half_of(world.people, half)
        mine = {name: getattr(world, name).join(members.select("person_id"), on="person_id", how="semi") for name in ("edges", "adoptions")}
        accounts = world.accounts.with_columns(col("followers") / 2)
        halved = night(replace(world, people=members, accounts=accounts, **mine), seen.as_of, parameters)
        both.append(standing(seen, score(halved, parameters)))
    return both[0], both[1]


def shuffled(world: World) -> World:
    """Adoption times permuted among the adopters of an object in a community: no order is left, all demand is."""
    group = ["community_id", "object_id"]
    times = world.adoptions.with_columns(adopted_at=col("adopted_at").shuffle(seed=3).over(group))
    return replace(world, adoptions=times)


def main_channels(frame: pl.DataFrame, amount: str, people: pl.Series) -> Floats:
    """Shares of channels among these people, each in the channel where they have most."""
    most = frame.filter(col("person_id").is_in(people.implode())).sort("person_id", amount, "author_id", descending=[False, True, False])
    first = most.unique(subset="person_id", keep="first", maintain_order=True)
    return np.array([(first["channel_id"] == channel).mean() or 0.0 for channel in CHANNELS])


def measure(seen: Night) -> Measures:
    """All figures of a night in a world with influence."""
    parameters = Parameters()
    world = seen.world
    scored = score(seen, parameters)
    future, past = seen.outcomes(AS_OF, END), seen.outcomes(0, AS_OF)
    impact = standing(seen, scored)
    figures = {
        "ndcg": ndcg(impact, future), "ceiling": ndcg(past, future), "top 5 %": captured(impact, future),
        "top 5 % of ceiling": captured(past, future),
    }  # fmt: skip
    figures["share of ceiling"] = figures["ndcg"] / figures["ceiling"]
    before = world.adoptions.filter(col("adopted_at") < AS_OF)
    figures |= {"credited": credited(scored), "truly caused": float(before["caused_by"].is_not_null().sum()) / before.height}
    traced = seen.candidates.join(seen.mentions.select("mention_id", "author_id"), on="mention_id").select("adoption_id", "author_id")
    seen_causes = before.join(
        traced.unique(), left_on=["adoption_id", "caused_by_author"], right_on=["adoption_id", "author_id"], how="semi"
    )
    figures["truly caused and seen"] = seen_causes.height / before.height
    others = baselines(seen, scored.evidence)
    figures |= {f"ndcg {name}": ndcg(scores, future) for name, scores in others.items()}
    figures |= {f"top 5 % {name}": captured(scores, future) for name, scores in others.items()}
    bought = seen.people(world.accounts.group_by("person_id").agg(col("is_bought").any()), "is_bought")
    everyone = {"score": impact, "ceiling": past} | others
    figures |= {f"bought {name}": bought[order(scores)[:100]].mean() / bought.mean() for name, scores in everyone.items()}
    return figures | channel_shares(seen, scored) | intervals(seen, scored, parameters) | rate_order(seen, scored)


def channel_shares(seen: Night, scored: Scored) -> Measures:
    world = seen.world
    caused = world.adoptions.filter((col("adopted_at") >= AS_OF) & col("caused_by").is_not_null())
    causes = caused.group_by(person_id="caused_by", author_id="caused_by_author").agg(count=pl.len())
    accounts = world.accounts.select("author_id", "channel_id")
    best = causes.group_by("person_id").agg(col("count").sum()).sort("count", "person_id", descending=[True, False])["person_id"][:100]
    truth = main_channels(causes.join(accounts, on="author_id"), "count", best)
    ours = main_channels(scored.accounts.join(accounts, on="author_id"), "impact", scored.people["person_id"][:100])
    shares = {f"channel {name}": share for name, share in zip(CHANNELS, ours, strict=True)}
    return shares | {f"true channel {name}": share for name, share in zip(CHANNELS, truth, strict=True)}


def intervals(seen: Night, scored: Scored, parameters: Parameters) -> Measures:
    """Coverage of the planted impact, and of the next 28 days by the forecast that a backtest 28 days ago has scaled."""
    planted = seen.world.expected.filter(col("day") < AS_OF).join(seen.world.accounts.select("author_id", "person_id"), on="author_id")
    planted = planted.group_by("person_id").agg(impact=col("adoptions").sum() * parameters.horizon / AS_OF)
    people = scored.people.join(planted, on="person_id", suffix="_planted").sort("person_id")
    earlier = night(seen.world, AS_OF - parameters.horizon, parameters)
    then = seen.people(score(earlier, parameters).people, "impact")
    factor = calibration_factor(then, seen.outcomes(AS_OF - parameters.horizon, AS_OF))
    impact, next_days = seen.people(scored.people, "impact"), seen.outcomes(AS_OF, AS_OF + parameters.horizon)
    deviation = scored.accounts.group_by("person_id").agg(deviation=(col("deviation") ** 2).sum().sqrt())
    low, high = predictive_interval(impact * factor, seen.people(deviation, "deviation") * factor)
    sure = impact > 1
    values = people["impact_planted"].to_numpy()
    lower, upper = people["impact_low"].to_numpy(), people["impact_high"].to_numpy()
    top = people["rank"].to_numpy() <= 300
    return {
        "coverage": coverage(lower, upper, values), "coverage of the first 300": coverage(lower[top], upper[top], values[top]),
        "coverage of the next 28 days": coverage(low, high, next_days),
        "coverage of the next 28 days, impact > 1": coverage(low[sure], high[sure], next_days[sure]),
        "calibration factor": factor, "calibration left": calibration_factor(impact * factor, next_days),
    }  # fmt: skip


def rate_order(seen: Night, scored: Scored) -> Measures:
    """Rank correlation of rates with the planted persuasiveness, among accounts with exposure."""
    planted = seen.world.accounts.sort("author_id")["persuasiveness"].to_numpy()
    rates = scored.rates
    known = rates.reach > 0
    raw = np.divide(rates.outcomes, rates.exposure, out=np.zeros(len(known)), where=rates.exposure > 0)
    engagement = seen.authors.sort("author_id")["engagement_rate"].to_numpy()
    return {
        "rates: theta": spearman(rates.rate[known], planted[known]), "rates: raw Y / E": spearman(raw[known], planted[known]),
        "rates: prior alone": spearman(rates.prior.rate[known], planted[known]),
        "rates: shown engagement": spearman(engagement[known], planted[known]),
    }  # fmt: skip


def credited(scored: Scored) -> float:
    """Which share of all adoptions is credited to somebody."""
    return float(1 - scored.rates.credit.anyway.mean())


def credited_of_near(scored: Scored) -> float:
    """Which share of the adoptions that have a candidate is credited to somebody."""
    near = len(np.unique(scored.evidence.candidate_adoption))
    return float(scored.rates.credit.credit.sum() / near) if near else 0.0


def measure_seed(seed: int) -> Measures:
    """Every world of a seed, prefixed with its name."""
    parameters = Parameters()
    seen, null, hard, hidden = (
        night(make_world(replace(plan, seed=seed)), AS_OF, parameters) for plan in (Plan(), NULL, HARD, INTERACTIONS_ONLY)
    )
    figures = measure(seen)
    for prefix, other in (("hard: ", hard), ("hidden: ", hidden)):
        figures |= {prefix + name: value for name, value in measure(other).items()}
    quiet = score(null, parameters)
    figures["null"], figures["null, of those with a candidate"] = credited(quiet), credited_of_near(quiet)
    for prefix, at in (("", seen), ("hidden ", hidden), ("null ", null)):
        for name, without, changed in ablations(at):
            figures |= {f"{prefix}{key} without: {name}": value for key, value in ablated(at, score(without, changed)).items()}
    first, second = halves(seen, parameters)
    figures |= {"split-half Spearman": spearman(first, second), "split-half RBO": rank_biased_overlap(first, second)}
    first, second = (seen.outcomes(0, AS_OF, half) for half in (0, 1))
    figures |= {"split-half Spearman of ceiling": spearman(first, second), "split-half RBO of ceiling": rank_biased_overlap(first, second)}
    unordered = shuffled(seen.world)
    figures["credited, shuffled"] = credited(score(night(unordered, AS_OF, parameters), parameters))
    pointless = replace(unordered, pointers=unordered.pointers.clear())
    return figures | {"credited, shuffled, no pointers": credited(score(night(pointless, AS_OF, parameters), parameters))}


def ablated(seen: Night, scored: Scored) -> Measures:
    future, impact = seen.outcomes(AS_OF, END), standing(seen, scored)
    bought = seen.people(seen.world.accounts.group_by("person_id").agg(col("is_bought").any()), "is_bought")
    return {
        "credited": credited(scored), "ndcg": ndcg(impact, future), "top 5 %": captured(impact, future),
        "bought": bought[order(impact)[:100]].mean() / bought.mean(),
    }  # fmt: skip
