"""Why somebody stands where they stand: parts that sum to their impact, what their prior is made of, and the adoptions behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from polars import col

from orchestration.scoring.inputs import CLASSES, PROXIES, Evidence, Floats
from orchestration.scoring.prior import FACTORS, authentic
from orchestration.scoring.ranking import CREDITED, in_scopes
from orchestration.scoring.rates import Rates

EVIDENCE_ROWS = 50
SCOPE = ["scope_kind", "scope_id"]
COMPONENTS = {name: pl.String() for name in (*SCOPE, "population", "person_id", "author_id", "component")} | {
    "amount": pl.Float64(),
    "contribution": pl.Float64(),
}
PRIOR_FACTORS = {
    "author_id": pl.String(),
    "factor": pl.String(),
    "amount": pl.Float64(),
    "peer_group": pl.String(),
    "peer_count": pl.Int64(),
    "normal_score": pl.Float64(),
    "multiplier": pl.Float64(),
}
EVIDENCE = {name: pl.String() for name in (*SCOPE, "person_id", "evidence_class")} | {
    "position": pl.Int64(),
    "adoption": pl.Int64(),
    "mention": pl.Int64(),
    "lag_days": pl.Float64(),
    "credit": pl.Float64(),
}


def ranking_components(author_scopes: pl.DataFrame) -> pl.DataFrame:
    """One row per scope, author and component that is not 0. The contributions of a person in a scope sum to their impact.

    `credited_<class>`: credit of that class (amount) * kappa / (E + a / m) * expected exposure. `expected_of_peers`: the same of the
    pseudo-adoptions a, which is what accounts with such an audience and engagement do. `other_scopes`: the rate in all scopes together
    (amount), for the part 1 - kappa that this scope says too little about.
    """
    per_adoption = (
        col("own_weight")
        * col("prior_rate")
        / (col("prior_rate") * col("exposure") + col("pseudo_adoptions"))
        * col("reach_per_horizon")
        * col("bounded")
    )
    contributions = {name: (col(name), col(name) * per_adoption) for name in CREDITED}
    contributions["expected_of_peers"] = (col("pseudo_adoptions"), col("pseudo_adoptions") * per_adoption)
    contributions["other_scopes"] = (
        col("overall_rate"),
        (1 - col("own_weight")) * col("overall_rate") * col("reach_per_horizon") * col("bounded"),
    )
    parts = [
        author_scopes.select(amount=amount, contribution=contribution).with_row_index("row").filter(col("contribution") != 0)
        .with_columns(component=pl.lit(name))
        for name, (amount, contribution) in sorted(contributions.items())
    ]  # fmt: skip
    rows = pl.concat(parts).sort("row", maintain_order=True)
    return author_scopes.select(*SCOPE, "population", "person_id", "author_id")[rows["row"]].with_columns(rows.drop("row")).select(
        col(name).cast(dtype) for name, dtype in COMPONENTS.items()
    )  # fmt: skip


def prior_factors(evidence: Evidence, rates: Rates) -> Iterator[pl.DataFrame]:
    """Of each factor, one row per author. Those of an author multiply to their prior rate: `everyone`, `channel`, each of FACTORS.

    `amount` is the exposure, or the proxy * authenticity, `peer_group` the channel within which it is compared and `peer_count` how many
    there are known.
    """
    authors, prior = evidence.authors, rates.prior
    amounts = authentic(authors.proxies, authors.authenticity[:, None])
    channel = authors.channel_ids.gather(authors.channel)

    def factor(name: str, multiplier: Floats, **columns: pl.Series) -> pl.DataFrame:
        told = pl.DataFrame({"author_id": authors.ids, "multiplier": multiplier} | columns).with_columns(factor=pl.lit(name))
        return pl.concat(
            [pl.DataFrame(schema=PRIOR_FACTORS), told.select(col(one).cast(PRIOR_FACTORS[one]) for one in told.columns)], how="diagonal"
        )

    yield factor("everyone", np.full(len(authors.ids), np.exp(prior.intercept)))
    yield factor("channel", np.exp(prior.channel_effects[authors.channel]), peer_group=channel)
    for number, proxy in enumerate(PROXIES):
        known, scores = ~np.isnan(amounts[:, number]), rates.scores[:, number]
        yield factor(
            proxy,
            np.exp(prior.slopes[number] * scores),
            amount=pl.Series(amounts[:, number]).fill_nan(None),
            peer_group=channel,
            peer_count=pl.Series(np.bincount(authors.channel, weights=known)[authors.channel]),
            normal_score=pl.Series(scores),
        )
    position = FACTORS.index("exposure")
    yield factor("exposure", np.exp(prior.slopes[position] * rates.scores[:, position]), amount=pl.Series(rates.exposure))


def ranking_evidence(evidence: Evidence, rates: Rates, scopes: pl.DataFrame, kinds: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Of each kind of scope, as author_scopes, the up to 50 rows of most credit per scope and person, most first.

    Equals go by adoption, then mention. `position` counts from 1; `adoption` and `mention` are places in the evidence.
    """
    most_first = np.argsort(-rates.credit.credit, kind="stable")  # equals stay ordered by adoption, then mention
    most_first = most_first[rates.credit.credit[most_first] > 0]
    mention = evidence.candidate_mention[most_first]
    author = evidence.mention_author[mention]
    credited = pl.DataFrame(
        {"author": author, "object": evidence.mention_object[mention], "candidate": most_first}
        | {"person": evidence.authors.person_ids.rank("dense").gather(author)}
    )
    for kind in kinds:
        rows, scope_ids = in_scopes(credited, evidence, scopes, kind)
        rows = rows.with_columns(position=1 + pl.int_range(pl.len()).over("scope", "person")).filter(col("position") <= EVIDENCE_ROWS)
        rows = rows.sort("scope", "person", "position")
        candidate = rows["candidate"].to_numpy()
        yield rows.select(
            "position",
            scope_kind=pl.lit(kind),
            scope_id=scope_ids.gather(rows["scope"]),
            person_id=evidence.authors.person_ids.gather(rows["author"]),
            evidence_class=pl.Series(CLASSES, dtype=pl.String).gather(evidence.candidate_class[candidate]),
            adoption=pl.Series(evidence.candidate_adoption[candidate]),
            mention=pl.Series(evidence.candidate_mention[candidate]),
            lag_days=pl.Series(evidence.lag_days[candidate]),
            credit=pl.Series(rates.credit.credit[candidate]),
        ).select(col(name).cast(dtype) for name, dtype in EVIDENCE.items())
