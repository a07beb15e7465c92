"""From rates to ranks: what everybody's words move per 28 days, in every scope, how sure that is, and who stands where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import polars as pl
from polars import col

from orchestration.scoring.credit import sums
from orchestration.scoring.inputs import CLASSES, Evidence, Floats, Ints
from orchestration.scoring.parameters import Parameters
from orchestration.scoring.rates import Rates, audiences_at_risk, doubt, doubt_of_controls, exposures, gamma_quantile, nobody_moved

RANKINGS = {
    "scope_kind": pl.String(),
    "scope_id": pl.String(),
    "population": pl.String(),
    "person_id": pl.String(),
    "evidence_class": pl.String(),
    "rank": pl.Int64(),
    "rank_low": pl.Int64(),
    "rank_high": pl.Int64(),
    "score": pl.Float64(),
    "impact": pl.Float64(),
    "impact_low": pl.Float64(),
    "impact_high": pl.Float64(),
    "impact_deviation": pl.Float64(),
    "safe_impact": pl.Float64(),
    "safe_rank": pl.Int64(),
    "rate": pl.Float64(),
    "rate_rank": pl.Int64(),
    "reach": pl.Float64(),
    "credit": pl.Float64(),
    "exposure": pl.Float64(),
    "data_weight": pl.Float64(),
    "mention_count": pl.Int64(),
    "seen_share": pl.Float64(),
}
SCOPES = {"object_id": pl.String(), "scope_kind": pl.String(), "scope_id": pl.String()}
CREDITED = [f"credited_{name}" for name in CLASSES]
LISTS = ("credited", "expected")  # of evidence: who moved somebody, and who is expected to from what accounts like theirs do


def author_scopes(
    evidence: Evidence, rates: Rates, scopes: pl.DataFrame, kinds: Sequence[str], days: float, parameters: Parameters
) -> Iterator[pl.DataFrame]:
    """Of each kind of scope, one row per scope and author with a mention in it, ordered by both: what an impact is the sum of.

    scopes: SCOPES. kinds: of in_scopes; each at a time, for of many mentions one kind takes as much memory as all that is learnt.
    `days`: length of the time that the mentions come from. `credited_*` is credit by class, `own_weight` = kappa, `reach_per_horizon`
    the exposure that is expected in it, `people` how many can still be moved at most, `bounded` the part of the impact that they leave;
    `seen` is the part of `reach` over seen edges, `untold` 1 where of a mention nobody tells the audience.
    """
    pairs = _author_objects(evidence, rates, parameters)
    for kind in kinds:
        yield _accounts(kind, *in_scopes(pairs, evidence, scopes, kind), evidence, rates, days, parameters)


def in_scopes(rows: pl.DataFrame, evidence: Evidence, scopes: pl.DataFrame, kind: str) -> tuple[pl.DataFrame, pl.Series]:
    """Rows of an author and an object, as often as they are in scopes of a kind, by `scope` and then as they were; and the scopes' ids.

    kind: `all`, `channel`, where the author's is known, or one of `scopes` (SCOPES), which tell of each object the brands, products and
    topics that it belongs to. `author`, `object` and `scope` are positions.
    """
    if kind == "all":
        return rows.with_columns(scope=pl.lit(0, dtype=pl.Int64)), pl.Series(["all"])
    if kind == "channel":
        ids = evidence.authors.channel_ids
        placed = rows.with_columns(scope=evidence.authors.channel[rows["author"].to_numpy()])
        if ids.null_count():
            placed = placed.filter(ids.is_not_null().gather(placed["scope"]))
    else:
        objects = pl.DataFrame({"object_id": evidence.object_ids}).with_columns(object=pl.int_range(pl.len()))
        chosen = scopes.select(col(name).cast(dtype) for name, dtype in SCOPES.items()).filter(scope_kind=kind).unique()
        chosen = chosen.join(objects, on="object_id").with_columns(scope=col("scope_id").rank("dense").cast(pl.Int64) - 1)
        ids = chosen["scope_id"].unique().sort()
        placed = rows.join(chosen.select("object", "scope"), on="object", maintain_order="left")
    return placed.sort("scope", maintain_order=True), ids


def _accounts(
    kind: str, rows: pl.DataFrame, scope_ids: pl.Series, evidence: Evidence, rates: Rates, days: float, parameters: Parameters
) -> pl.DataFrame:
    """rows: of _author_objects, by scope, author and object."""
    keys = ["scope", "author"]
    starts = _starts(rows, keys)
    numbers = [*CREDITED, "doubt", "shaken", "unmoved", "exposure", "reach", "seen", "mention_count"]
    table = rows.select(keys)[starts].with_columns(pl.Series(name, _sums(starts, rows[name].to_numpy())) for name in numbers)
    table = table.with_columns(pl.Series(name, _most(starts, rows[name].to_numpy())) for name in ("people", "untold"))
    author = table["author"].to_numpy()
    prior, overall = rates.prior.rate[author], rates.rate[author]
    outcomes = table.select(CREDITED).to_numpy().sum(axis=1)
    exposure, pseudo = table["exposure"].to_numpy(), rates.pseudo_adoptions
    strength = prior * exposure + pseudo  # (E + a / m) * m
    own_weight = prior * exposure / strength
    horizon = table["reach"].to_numpy() * parameters.horizon / days
    own_deviation = prior * np.sqrt(outcomes + table["doubt"].to_numpy() + table["shaken"].to_numpy() ** 2 + pseudo) / strength
    overall_strength = prior * rates.exposure[author] + pseudo
    overall_deviation = (
        prior * np.sqrt(rates.outcomes[author] + rates.doubt[author] + rates.shaken[author] ** 2 + pseudo) / overall_strength
    )
    kappa = np.ones(len(own_weight)) if kind == "all" else own_weight
    own_rate = prior * (outcomes + pseudo) / strength
    impact = (kappa * own_rate + (1 - kappa) * overall) * horizon
    people = table["people"].to_numpy()
    # nobody moves more peers than they reach: with nine followers somebody was to move 7.8 adoptions, more than see a post of theirs
    bounded = np.divide(people, impact, out=np.ones(len(impact)), where=impact > people)
    return table.drop(keys).with_columns(
        scope_kind=pl.lit(kind),
        scope_id=scope_ids.gather(table["scope"]),
        author_id=evidence.authors.ids.gather(author),
        person_id=evidence.authors.person_ids.gather(author),
        population=evidence.authors.populations.gather(author),
        credit=outcomes,
        prior_rate=prior,
        pseudo_adoptions=pl.lit(pseudo),
        data_weight=own_weight,
        own_weight=kappa,
        overall_rate=overall,
        reach_per_horizon=horizon,
        bounded=bounded,
        impact=impact * bounded,
        deviation=(kappa * own_deviation + (1 - kappa) * overall_deviation) * horizon * bounded,
    )


def rank_people(author_scopes: pl.DataFrame, parameters: Parameters) -> pl.DataFrame:
    """One row per scope, population and person, ordered by scope, population, rank, person.

    A person is the sum of their accounts. Who has likely moved somebody, `credited`, comes before who is `expected` to: a rank is never
    bought by an audience alone. The first list goes by `safe_impact`, the 10 % bound, the second by `impact`; equals share the best rank
    and stand by person_id.
    `score` is 100 * the share of people ranked behind, equals counted half. Intervals are quantiles of the Gamma with the mean and the
    variance of the sum: of one account whose credit is certain that is Gamma(Y + a, E + a / m), credit in doubt makes it wider. `rank_low`
    and `rank_high` are the best and the worst rank that the interval allows, the mean rank of its bounds among seeded draws from everybody
    else's distribution on the same list. `rate` is adoptions per unit of exposure, `data_weight` how much of the rate comes from credit and
    not from the prior, `seen_share` how much of the exposure that of seen edges is, NULL where nobody tells the audience.
    """
    keys = ["scope_kind", "scope_id", "population", "person_id"]
    rows = author_scopes.sort(*keys, "author_id")
    starts = _starts(rows, keys)
    amounts = {name: _sums(starts, rows[name].to_numpy()) for name in ("impact", "credit", "exposure", "mention_count")}
    reach = _sums(starts, rows["reach_per_horizon"].to_numpy())
    deviation = np.sqrt(_sums(starts, rows["deviation"].to_numpy() ** 2))
    people_at_risk = _sums(starts, rows["people"].to_numpy())
    seen, whole = (_sums(starts, rows[name].to_numpy()) for name in ("seen", "reach"))
    is_known = (whole > 0) & (_most(starts, rows["untold"].to_numpy()) == 0)
    weight = _sums(starts, rows["data_weight"].to_numpy() * rows["reach_per_horizon"].to_numpy())
    tail = (1 - parameters.interval) / 2
    people = (
        rows[starts]
        .select(keys)
        .with_columns(
            reach=reach,
            impact_deviation=deviation,
            rate=np.divide(amounts["impact"], reach, out=np.zeros(len(starts)), where=reach > 0),
            data_weight=np.divide(weight, reach, out=np.zeros(len(starts)), where=reach > 0),
            seen_share=pl.Series(np.divide(seen, whole, out=np.full(len(starts), np.nan), where=is_known)).fill_nan(None),
            impact_low=np.minimum(gamma_quantile(amounts["impact"], deviation, tail), people_at_risk),
            impact_high=np.minimum(gamma_quantile(amounts["impact"], deviation, 1 - tail), people_at_risk),
            safe_impact=np.minimum(gamma_quantile(amounts["impact"], deviation, parameters.safe_bound), people_at_risk),
            **{name: pl.Series(values) for name, values in amounts.items()},
        )
    )
    scope = ["scope_kind", "scope_id", "population"]
    is_credited = -np.expm1(_sums(starts, rows["unmoved"].to_numpy())) >= parameters.likely_moved
    people = people.with_columns(evidence_class=pl.when(pl.Series(is_credited)).then(pl.lit(LISTS[0])).otherwise(pl.lit(LISTS[1])))
    of_list = [*scope, "evidence_class"]
    key = pl.when(col("evidence_class") == LISTS[0]).then(col("safe_impact")).otherwise(col("impact"))
    before = pl.when(col("evidence_class") == LISTS[0]).then(0).otherwise((col("evidence_class") == LISTS[0]).sum().over(scope))
    people = people.with_columns(
        rank=before + key.rank("min", descending=True).over(of_list).cast(pl.Int64),
        ahead=before.cast(pl.Int64),
        safe_rank=col("safe_impact").rank("min", descending=True).over(scope),
        rate_rank=before + col("rate").rank("min", descending=True).over(of_list).cast(pl.Int64),
    )
    people = people.with_columns(score=100 * (1 - (col("rank").rank("average").over(scope) - 0.5) / pl.len().over(scope)))
    people = people.sort(*scope, "rank", "person_id")
    low, high = _rank_intervals(people, of_list, parameters)
    ranked = people.with_columns(rank_low=pl.Series(low), rank_high=pl.Series(high))
    return ranked.select(col(name).cast(dtype) for name, dtype in RANKINGS.items())


def _rank_intervals(people: pl.DataFrame, of_list: list[str], parameters: Parameters) -> tuple[Ints, Ints]:
    """The ranks that people would have with the bounds of their own interval, among draws of everybody else on their list.

    Draws follow the order of ranks, not of ids. The rank itself is always inside.
    """
    low, high = np.zeros(people.height, dtype=np.int64), np.zeros(people.height, dtype=np.int64)
    columns = [people[name].to_numpy() for name in ("impact", "impact_deviation", "impact_low", "impact_high", "rank", "ahead")]
    tail = (1 - parameters.interval) / 2
    for start, end in pairwise([*_starts(people, of_list).tolist(), people.height]):
        impact, deviation, lower, upper, rank, before = (column[start:end] for column in columns)
        count = max(parameters.rank_draws // (end - start), 20)
        is_sure = (impact <= 0) | (deviation <= 0)
        shape = np.where(is_sure, 1.0, impact / np.where(is_sure, 1.0, deviation)) ** 2
        draws = np.random.default_rng(parameters.seed).standard_gamma(shape, (count, end - start)) * (impact / shape)
        draws[:, is_sure] = impact[is_sure]
        draws = np.sort(draws, axis=None)
        ahead = [(draws.size - np.searchsorted(draws, bound, "right")) / count for bound in (upper, lower)]
        best, worst = (np.rint(1 + others - np.where(is_sure, 0.0, own)) for others, own in zip(ahead, (tail, 1 - tail), strict=True))
        low[start:end] = np.minimum(np.maximum(best, 1) + before, rank)
        high[start:end] = np.maximum(np.minimum(worst, end - start) + before, rank)
    return low, high


def _author_objects(evidence: Evidence, rates: Rates, parameters: Parameters) -> pl.DataFrame:
    """Sums per author and object; mentions are ordered by both."""
    pairs = pl.DataFrame({"author": evidence.mention_author, "object": evidence.mention_object})
    starts = _starts(pairs, ["author", "object"])
    pair = np.repeat(np.arange(len(starts)), np.diff(starts, append=pairs.height))
    author = evidence.mention_author[starts]
    seen, hidden = (sums(pair, exposure, len(starts)) for exposure in exposures(evidence, parameters))
    credited = pair[evidence.candidate_mention] * len(CLASSES) + evidence.candidate_class
    credit = sums(credited, rates.credit.credit, len(starts) * len(CLASSES)).reshape(-1, len(CLASSES))
    return pl.DataFrame(
        {
            "author": author,
            "object": evidence.mention_object[starts],
            "mention_count": np.diff(starts, append=pairs.height),
            "doubt": sums(pair[evidence.candidate_mention], doubt(rates.credit.credit), len(starts)),
            "shaken": sums(pair[evidence.candidate_mention], doubt_of_controls(rates.credit.credit, rates.controls), len(starts)),
            "unmoved": sums(pair[evidence.candidate_mention], nobody_moved(evidence, rates), len(starts)),
            "exposure": seen + rates.pointing_rate * hidden,
            "reach": seen + hidden,
            "seen": seen,
            "untold": _most(starts, (~evidence.is_reach_known).astype(np.float64)),
            "people": _most(starts, audiences_at_risk(evidence)),
        }
    ).with_columns(pl.Series(name, credit[:, position]) for position, name in enumerate(CREDITED))


def _starts(rows: pl.DataFrame, keys: list[str]) -> Ints:
    """Where each group of rows of equal keys begins, in rows that are ordered by them."""
    return rows.select(pl.struct(keys).rle_id().is_first_distinct().alias("first"))["first"].arg_true().to_numpy().astype(np.int64)


def _sums(starts: Ints, values: Floats) -> Floats:
    """Sums of the groups, added in the order of the rows."""
    return np.add.reduceat(values, starts) if len(starts) else values[:0]


def _most(starts: Ints, values: Floats) -> Floats:
    """The largest of each group."""
    return np.maximum.reduceat(values, starts) if len(starts) else values[:0]
