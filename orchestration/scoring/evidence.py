"""Why somebody stands where they stand: parts that sum to their impact, what their prior is made of, and the adoptions behind it."""

from __future__ import annotations

import numpy as np
import polars as pl
from polars import col

from orchestration.scoring.inputs import CLASSES, PROXIES, Evidence
from orchestration.scoring.prior import FACTORS, authentic
from orchestration.scoring.ranking import CREDITED, SCOPES
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
EVIDENCE = {name: pl.String() for name in (*SCOPE, "person_id", "adoption_id", "mention_id", "evidence_class")} | {
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
        author_scopes.select(
            *SCOPE, "population", "person_id", "author_id", pl.lit(name).alias("component"), amount=amount, contribution=contribution
        )
        for name, (amount, contribution) in contributions.items()
    ]
    keys = [name for name in COMPONENTS if name not in ("amount", "contribution")]
    return pl.concat(parts).filter(col("contribution") != 0).sort(keys).cast(COMPONENTS)  # type: ignore[arg-type]


def prior_factors(evidence: Evidence, rates: Rates) -> pl.DataFrame:
    """One row per author and factor; the multipliers of an author give their prior rate: `everyone`, `channel`, and one of each of FACTORS.

    `amount` is the exposure, or the proxy * authenticity, `peer_group` the channel within which it is compared and `peer_count` how many
    there are known.
    """
    authors = evidence.authors
    amounts = authentic(authors.proxies, authors.authenticity[:, None])
    channel = authors.channel_ids.gather(authors.channel)
    columns = {"author_id": authors.ids, "peer_group": channel}
    everyone = pl.DataFrame(columns).with_columns(factor=pl.lit("everyone"), multiplier=pl.lit(float(np.exp(rates.prior.intercept))))
    of_channel = pl.DataFrame(columns).with_columns(
        factor=pl.lit("channel"), multiplier=pl.Series(np.exp(rates.prior.channel_effects[authors.channel]))
    )
    parts = [everyone.with_columns(peer_group=pl.lit(None, dtype=pl.String)), of_channel]
    for number, proxy in enumerate(PROXIES):
        known = ~np.isnan(amounts[:, number])
        scores = rates.scores[:, number]
        parts.append(
            pl.DataFrame(columns).with_columns(
                factor=pl.lit(proxy),
                amount=pl.Series(amounts[:, number]).fill_nan(None),
                peer_count=pl.Series(np.bincount(authors.channel, weights=known)[authors.channel]).cast(pl.Int64),
                normal_score=pl.Series(scores),
                multiplier=pl.Series(np.exp(rates.prior.slopes[number] * scores)),
            )
        )
    position = FACTORS.index("exposure")
    of_exposure = pl.DataFrame({"author_id": authors.ids, "amount": rates.exposure}).with_columns(
        factor=pl.lit("exposure"), multiplier=pl.Series(np.exp(rates.prior.slopes[position] * rates.scores[:, position]))
    )
    table = pl.concat([*parts, of_exposure], how="diagonal")
    return table.select(col(name).cast(dtype) for name, dtype in PRIOR_FACTORS.items()).sort("author_id", "factor")


def ranking_evidence(evidence: Evidence, rates: Rates, scopes: pl.DataFrame) -> pl.DataFrame:
    """The up to 50 rows of most credit per scope and person, most first; rows of equal credit by adoption and mention."""
    most_first = np.argsort(-rates.credit.credit, kind="stable")  # equals stay ordered by adoption, then mention
    mention = evidence.candidate_mention[most_first]
    author = evidence.mention_author[mention]
    credited = pl.DataFrame(
        {
            "person_id": evidence.authors.person_ids.gather(author),
            "channel_id": evidence.authors.channel_ids.gather(evidence.authors.channel[author]),
            "object_id": evidence.object_ids.gather(evidence.mention_object[mention]),
            "adoption_id": evidence.adoption_ids.gather(evidence.candidate_adoption[most_first]),
            "mention_id": evidence.mention_ids.gather(mention),
            "evidence_class": pl.Series(CLASSES, dtype=pl.String).gather(evidence.candidate_class[most_first]),
            "lag_days": evidence.lag_days[most_first],
            "credit": rates.credit.credit[most_first],
        }
    ).filter(col("credit") > 0)
    scoped = pl.concat(
        [
            credited.with_columns(scope_kind=pl.lit("all"), scope_id=pl.lit("all")),
            credited.with_columns(scope_kind=pl.lit("channel"), scope_id=col("channel_id")).drop_nulls("scope_id"),
            credited.join(
                scopes.select(col(name).cast(dtype) for name, dtype in SCOPES.items()).unique(), on="object_id", maintain_order="left"
            ),
        ],
        how="diagonal",
    )
    place = pl.int_range(pl.len()).over(*SCOPE, "person_id")
    rows = scoped.select(*EVIDENCE, place=place).filter(col("place") < EVIDENCE_ROWS)
    return rows.sort(*SCOPE, "person_id", "place").drop("place")
