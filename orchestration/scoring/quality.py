"""How far a person's figures rest on what was seen."""

from __future__ import annotations

import polars as pl
from polars import col

from orchestration.scoring.inputs import Evidence
from orchestration.scoring.parameters import Parameters
from orchestration.scoring.ranking import SCOPES
from orchestration.scoring.rates import exposures

SEEN_SHARES = {name: pl.String() for name in ("scope_kind", "scope_id", "person_id")} | {"seen_share": pl.Float64()}


def seen_shares(evidence: Evidence, scopes: pl.DataFrame, parameters: Parameters) -> pl.DataFrame:
    """One row per scope and person with a mention in it: exposure of seen edges / all exposure; NULL where nobody tells the audience.

    scopes: SCOPES.
    """
    seen, hidden = exposures(evidence, parameters)
    author = evidence.mention_author
    mentions = pl.DataFrame(
        {
            "person_id": evidence.authors.person_ids.gather(author),
            "channel_id": evidence.authors.channel_ids.gather(evidence.authors.channel[author]),
            "object_id": evidence.object_ids.gather(evidence.mention_object),
            "seen": seen,
            "whole": seen + hidden,
            "is_known": evidence.is_reach_known,
        }
    )
    scoped = pl.concat(
        [
            mentions.with_columns(scope_kind=pl.lit("all"), scope_id=pl.lit("all")),
            mentions.with_columns(scope_kind=pl.lit("channel"), scope_id=col("channel_id")).drop_nulls("scope_id"),
            mentions.join(scopes.select(col(name).cast(dtype) for name, dtype in SCOPES.items()).unique(), on="object_id"),
        ],
        how="diagonal",
    )
    keys = ["scope_kind", "scope_id", "person_id"]
    people = scoped.sort(*keys, "seen", "whole").group_by(keys, maintain_order=True)
    sums = people.agg(col("seen").sum(), col("whole").sum(), col("is_known").all())
    share = pl.when(col("is_known") & (col("whole") > 0)).then(col("seen") / col("whole"))
    return sums.select(*keys, seen_share=share).cast(SEEN_SHARES)  # type: ignore[arg-type]
