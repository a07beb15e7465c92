"""What being alike and common occasions bring alone: pairs in time, held against the same pairs with time reversed.

What comes after an adoption cannot have moved anybody. Among people who speak of an object for the first time within the window before
or after a peer adopted it, those after (`reversed`) are as many as those before (`forward`) where nobody moves anybody; what is more
before is persuasion. Reversed time and reversed edges: Anagnostopoulos, Kumar and Mahdian 2008, Christakis and Fowler 2007; as a
negative control, Lipsitch, Tchetgen Tchetgen and Cohen 2010.

Whether the reversal itself leans is measured in the same way of adoptions as if of another object, which nobody's word about it can have
brought; what it leaves too many is taken off. With times shuffled among an object's adoptions of four weeks pairs are counted, too, but
not taken off: who was moved comes after the word at whosever time, and the shuffle keeps .2 to .65 of what is caused and seen (planted
worlds, dense and rare objects). In planted worlds reversed pairs are .98 to 1.06 of the forward ones where nobody moves anybody; where a
third of adoptions are caused, as much as is caused and seen is credited (.184 of all, .067 of .068 where only talk is seen; .37 of .43
where a few write most, for who is moved back over an edge that nobody saw counts as reversed).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from polars import col
from scipy.special import ndtri

from orchestration.scoring.inputs import CLASSES, Evidence, Floats, Ints
from orchestration.scoring.parameters import Parameters

# One row per adoption and person with an edge to the adopter, older than both, who spoke of its object for the first time within the
# window of it, as far as both sides of their word were seen. `control` REVERSED, SHUFFLED or PLACEBO. `lag_days` is below 0 where they
# spoke after, `channel_id` where they spoke; `is_one_way`: they do not hear the adopter, who cannot have moved them; `is_unmoved`: they
# had not adopted it themselves by then.
CONTROLS = {
    "control": pl.String(),
    "adoption_id": pl.String(),
    "object_id": pl.String(),
    "person_id": pl.String(),
    "channel_id": pl.String(),
    "edge_class": pl.String(),
    "is_one_way": pl.Boolean(),
    "is_unmoved": pl.Boolean(),
    "is_explicit": pl.Boolean(),
    "lag_days": pl.Float64(),
}
REVERSED = "reversed time"
SHUFFLED = "shuffled times"
PLACEBO = "another object"
LEVELS = ("lag_band", "edge_class", "channel_id", "sparseness")  # each shrunk toward the one without it
BANDS = (3.0, 7.0)  # days; persuasion is over soon, being alike is not
RARE = 20  # adoptions of an object, below which its organic rate knows next to nothing
EVERY = "all"
SCORE_CONTROLS = {name: pl.String() for name in ("object_kind", "control", *LEVELS)} | {
    "forward": pl.Int64(),
    "reversed": pl.Int64(),
    "excess": pl.Int64(),
    "excess_low": pl.Float64(),
    "excess_high": pl.Float64(),
    "excess_share": pl.Float64(),
    "share_deviation": pl.Float64(),
}


@dataclass(frozen=True, slots=True)
class Controls:
    """`table` is SCORE_CONTROLS without object_kind, the whole first; of no pairs it is one row of zeros. `strata`: their LEVELS.

    Per candidate the `stratum` that it counts in (-1 for pointers, which are evidence of their own) and its `weight` in the count of that
    stratum's pairs; per stratum `excess_share`, its `deviation`, and `allowed_share`, up to which credit is believed: one deviation more,
    for a stratum measured too low loses all, one measured too high gains nothing (of what was caused and seen in planted worlds
    .87 is credited without it, 1.0 with it). `is_shown`: the interval of all excess lies above 0.
    """

    table: pl.DataFrame
    strata: pl.DataFrame
    stratum: Ints
    weight: Floats
    excess_share: Floats
    deviation: Floats
    allowed_share: Floats
    unseen: float
    is_shown: bool

    @classmethod
    def of(cls, evidence: Evidence, pairs: pl.DataFrame, parameters: Parameters) -> Controls:
        """pairs: CONTROLS."""
        adopted = np.bincount(evidence.cells.object[evidence.adoption_cell], minlength=len(evidence.object_ids))
        objects = pl.DataFrame({"object_id": evidence.object_ids, "adopted": adopted})
        counted = _strata(counted_pairs(pairs.filter(control=REVERSED), parameters).join(objects, on="object_id", how="left"))
        others = pl.concat(_counts(counted_pairs(pairs.filter(control=name), parameters), name) for name in (SHUFFLED, PLACEBO))
        candidates = stratified(
            pl.DataFrame(
                {
                    "edge_class": pl.Series(CLASSES, dtype=pl.String).gather(evidence.candidate_class),
                    "channel_id": evidence.authors.channel_ids.gather(evidence.authors.channel[_author(evidence)]),
                    "adopted": adopted[evidence.mention_object[evidence.candidate_mention]],
                    "lag_days": evidence.lag_days,
                    "adoption": evidence.candidate_adoption,
                    "person": evidence.authors.person_ids.gather(_author(evidence)),
                    "is_explicit": evidence.is_explicit,
                }
            )
        )
        strata = candidates.filter(~col("is_explicit")).select(LEVELS).unique().sort(LEVELS).with_row_index("stratum")
        table, shares = _shrunk(counted, strata, others, parameters)
        place = candidates.join(strata, on=LEVELS, how="left", nulls_equal=True, maintain_order="left").select(
            pl.when(~col("is_explicit")).then(col("stratum").cast(pl.Int64)).otherwise(-1)
        )
        total = table.row(0, named=True)
        if counted.is_empty():  # nothing was measured
            shares = shares.with_columns(excess_share=pl.lit(1.0), share_deviation=pl.lit(0.0), allowed_share=pl.lit(1.0))
        return cls(
            table,
            strata.select(LEVELS),
            place.to_series().to_numpy(),
            candidates["weight"].to_numpy(),
            shares["excess_share"].to_numpy(),
            shares["share_deviation"].to_numpy(),
            shares["allowed_share"].to_numpy(),
            parameters.unseen_doubt,
            bool(total["excess_low"] > 0),
        )

    def persuasion(self, credit: Floats) -> Floats:
        """Per candidate, which part of its hazard is persuasion: what leaves no stratum more credit than its pairs in excess allow."""
        is_edge = self.stratum >= 0
        place, size = self.stratum[is_edge], len(self.excess_share)
        given = np.bincount(place, credit[is_edge], size).astype(np.float64)
        part = np.ones(len(credit))
        part[is_edge] = believed(given, self.allowed_share * np.bincount(place, self.weight[is_edge], size))[place]
        return part

    def doubt(self) -> Floats:
        """Per candidate, the standard deviation of its credit that comes from the controls, relative to it.

        That of the few pairs, and `unseen`: where the other direction of an edge was not seen, a reversed pair may be influence, too.
        """
        few = np.divide(self.deviation, self.excess_share, out=np.ones(len(self.deviation)), where=self.excess_share > self.deviation)
        relative = np.hypot(few, self.unseen)
        return np.where(self.stratum >= 0, relative[self.stratum] if len(relative) else 0.0, 0.0)


def believed(given: Floats, allowed: Floats) -> Floats:
    """Per stratum, which part of the credit given there is no more than what is allowed."""
    return np.minimum(np.divide(allowed, given, out=np.ones(len(given)), where=given > 0), 1.0)


def stratified(candidates: pl.DataFrame) -> pl.DataFrame:
    """Candidates with their LEVELS and `weight`; no adoption asks for another.

    candidates: edge_class, channel_id, adopted, how often its object was, lag_days, is_explicit, adoption, person, who said it.
    """
    # words of one person that one adoption may go back to are one pair
    is_pair = ~col("is_explicit")
    weight = pl.when(is_pair).then(1 / is_pair.sum().over("adoption", "person")).otherwise(0.0)
    return _strata(candidates).with_columns(weight=weight)


def _author(evidence: Evidence) -> Ints:
    return evidence.mention_author[evidence.candidate_mention]


def counted_pairs(pairs: pl.DataFrame, parameters: Parameters) -> pl.DataFrame:
    """Of each edge class the pairs one of whom cannot have moved the other, or all where those are too few.

    Pairs that point at each other are left out: their evidence is their own.
    First, the same of who speaks without having adopted: who adopts and says so may have been moved by the adopter over others (a dense
    world of files: with them 1,898 pairs in time, 1,895 reversed and .13 of the truth credited, without 1,102, 1,008 and .32).
    """
    pairs = pairs.filter(~col("is_explicit"))
    for name in ("is_unmoved", "is_one_way"):
        enough = col(name).sum().over("edge_class") >= parameters.one_way_pairs
        pairs = pairs.filter(col(name) | ~enough)
    return pairs


def _strata(rows: pl.DataFrame) -> pl.DataFrame:
    days = col("lag_days").abs()
    return rows.with_columns(
        lag_band=pl.when(days <= BANDS[0]).then(pl.lit("0 to 3 days")).when(days <= BANDS[1]).then(pl.lit("3 to 7 days")).otherwise(
            pl.lit("more than 7 days")
        ),
        channel_id=col("channel_id").fill_null("unknown"),
        sparseness=pl.when(col("adopted").fill_null(0) < RARE).then(pl.lit("rare")).otherwise(pl.lit("common")),
    )  # fmt: skip


def _counts(pairs: pl.DataFrame, control: str) -> pl.DataFrame:
    return pairs.select(pl.lit(control).alias("control"), *_directions())


def _directions() -> tuple[pl.Expr, pl.Expr]:
    return (col("lag_days") > 0).sum().alias("forward"), (col("lag_days") < 0).sum().alias("reversed")


def _whole(counts: pl.DataFrame) -> pl.DataFrame:
    """The share of reversed pairs around one half, no influence, with a weight of two pairs."""
    return counts.with_columns(
        reversed_share=(col("reversed") + 1) / (col("forward") + col("reversed") + 2), weight=col("forward") + col("reversed") + 2.0
    )


def _shrunk(pairs: pl.DataFrame, strata: pl.DataFrame, others: pl.DataFrame, parameters: Parameters) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The table of all levels, and the share of each of the strata, in their order.

    The share of reversed pairs is Beta: of the whole around one half, of every further level around that of the level before it, with a
    weight of `control_pairs`. All excess is less by what the placebo shows of its own, and by the positive part of James and Stein,
    1 - (deviation / share)^2 of the whole: where that is no larger than chance, nothing is left of what chance gives to parts of it.
    Without, shuffled real purchases (Ciao) were credited 8 %, with it none.
    """
    before = _whole(pairs.select(_directions()))
    tables = [before]
    for depth in range(1, len(LEVELS) + 1):
        names = list(LEVELS[:depth])
        known = pl.concat([pairs.select(names), strata.select(names)]).unique().sort(names)
        counts = known.join(pairs.group_by(names).agg(_directions()), on=names, how="left", nulls_equal=True)
        counts = counts.with_columns(col("forward", "reversed").fill_null(0))
        parent = before.select(*names[:-1], prior="reversed_share")
        joined = counts.join(parent, on=names[:-1], nulls_equal=True) if depth > 1 else counts.join(parent, how="cross")
        pseudo, found = parameters.control_pairs, col("forward") + col("reversed")
        before = joined.with_columns(
            reversed_share=(col("reversed") + pseudo * col("prior")) / (found + pseudo), weight=found + pseudo
        ).drop("prior")
        tables.append(before)
    of_strata = pl.concat([table.with_columns(_share()) for table in tables], how="diagonal").with_columns(control=pl.lit(REVERSED))
    share, deviation = of_strata.select("excess_share", "share_deviation").row(0)
    lean, lean_deviation = _lean(others.filter(control=PLACEBO))
    left, spread = share - lean, float(np.hypot(deviation, lean_deviation))
    kept = left / share * max(1 - (spread / left) ** 2, 0.0) if left > 0 else 0.0
    of_strata = of_strata.with_columns(col("excess_share") * kept, allowed_share=(col("excess_share") + col("share_deviation")) * kept)
    leaves = strata.join(of_strata.drop_nulls(LEVELS[-1]), on=LEVELS, how="left", nulls_equal=True, maintain_order="left")
    of_others = _whole(others).with_columns(_share())
    deviation = ndtri((1 + parameters.interval) / 2) * (col("forward") + col("reversed")).sqrt()
    table = pl.concat([of_strata, of_others], how="diagonal").with_columns(
        excess=col("forward").cast(pl.Int64) - col("reversed").cast(pl.Int64), deviation=deviation,
        leaning=pl.when(control=REVERSED).then(lean * col("forward")).otherwise(0.0),
    ).with_columns(
        excess_low=col("excess") - col("leaning") - col("deviation"), excess_high=col("excess") - col("leaning") + col("deviation")
    )  # fmt: skip
    published = {name: dtype for name, dtype in SCORE_CONTROLS.items() if name != "object_kind"}
    shown = table.with_columns(col(LEVELS).fill_null(EVERY)).select(col(name).cast(dtype) for name, dtype in published.items())
    return shown, leaves


def _lean(placebo: pl.DataFrame) -> tuple[float, float]:
    """Which share of forward pairs the reversal leaves too many by itself, and its standard deviation.

    Both 0 where that is no more than chance.
    """
    share, deviation = _whole(placebo).select(_share()).row(0)
    if share <= deviation:
        return 0.0, 0.0
    return share * (1 - (deviation / share) ** 2), deviation


def _share() -> list[pl.Expr]:
    """The excess as a share of forward pairs, 1 - p / (1 - p) and not below 0, and its standard deviation, from those of the Beta p."""
    p = col("reversed_share")
    return [
        (1 - p / (1 - p)).clip(0.0, 1.0).alias("excess_share"),
        ((p * (1 - p) / (col("weight") + 1)).sqrt() / (1 - p) ** 2).alias("share_deviation"),
    ]
