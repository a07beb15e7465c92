"""What the score reads: five frames as SQL gives them, and the same as arrays in one fixed order.

Whatever order the rows come in, and however often a row is repeated, the arrays are the same: rows are unique by their key and sorted
by it. Where two rows of one key differ, the first by all columns stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from polars import col

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

PROXIES = ("audience", "engagement_rate", "engager_count")
POINTING_PSEUDO = 5.0  # how many mentions the usual audience counts for where a channel's is learnt from pointers
CLASSES = ("explicit", "interacted", "follows", "same_thread")  # of evidence; explicit comes before the class of the edge

# One row per account with a mention. `population`: `public`, or the kind of author that is ranked apart (see _rankings.yml).
# `audience` people; `engagement_rate` engagements per view, or per follower where views are not reported; `engager_count` different
# people; `authenticity` in [0, 1]. NULL is unknown: of a proxy the middle of its channel, of authenticity 1.
AUTHORS = {
    "author_id": pl.String(),
    "person_id": pl.String(),
    "channel_id": pl.String(),
    "population": pl.String(),
    "audience": pl.Float64(),
    "engagement_rate": pl.Float64(),
    "engager_count": pl.Float64(),
    "authenticity": pl.Float64(),
}
# One row per mention of an object. `exposure`: the sum, over the people with an edge from the author who had not adopted the object,
# of class weight * (1 - 2^(-d / half-life)), d = days until the earliest of window, as-of time and their own adoption.
# `hidden_reach`: people reached, at risk and without a known edge (estimated reach less seen audience), 0 where all are seen. NULL, where
# nobody tells, counts as the middle of its channel, or as what the channel's pointers say.
# `seen_people`: how many people have an edge and had not adopted the object when it was said; NULL is unknown and bounds nothing.
MENTIONS = {
    "mention_id": pl.String(),
    "author_id": pl.String(),
    "object_id": pl.String(),
    "exposure": pl.Float64(),
    "hidden_reach": pl.Float64(),
    "seen_people": pl.Float64(),
}
# One row per person and object, the first adoption. `day` counts from the Monday of week 0.
ADOPTIONS = {
    "adoption_id": pl.String(),
    "object_id": pl.String(),
    "community_id": pl.String(),
    "week": pl.Int32(),
    "day": pl.Int32(),
}
# One row per adoption and mention of its object by another person within the window before it, with an edge from the author to the
# adopter or an explicit pointer. `edge_class` NULL: a pointer alone, class weight 1. Of an author who speaks of the object all the time one
# mention stands for those of a day (int_score_hazards): its class weight is that of all.
CANDIDATES = {
    "adoption_id": pl.String(),
    "mention_id": pl.String(),
    "edge_class": pl.String(),
    "class_weight": pl.Float64(),
    "is_explicit": pl.Boolean(),
    "lag_days": pl.Float64(),
}
# One row per community, object and week with anyone at risk: days that people of the community spent without the object.
CELLS = {"community_id": pl.String(), "object_id": pl.String(), "week": pl.Int32(), "person_days": pl.Float64()}


@dataclass(frozen=True, slots=True)
class Authors:
    """One row per account, by author_id. `proxies` has a column per name of PROXIES, NaN where unknown."""

    ids: pl.Series
    person_ids: pl.Series
    populations: pl.Series
    channel: Ints
    channel_ids: pl.Series
    proxies: Floats
    authenticity: Floats


@dataclass(frozen=True, slots=True)
class Cells:
    """Organic cells by object, community, week; the codes say which of each."""

    community: Ints
    object: Ints
    week: Ints
    person_days: Floats


@dataclass(frozen=True, slots=True)
class Days:
    """Days on which an object was adopted: `of_adoption` is that of each adoption, `week` the object and week that a day lies in.

    `length` is how many days an object's week has, `week_of_cell` which of them an organic cell is of.
    """

    of_adoption: Ints
    week: Ints
    length: Floats
    week_of_cell: Ints


@dataclass(frozen=True, slots=True)
class Evidence:
    """All rows as arrays; names without `_ids` are positions in the frame of that name.

    Mentions are ordered by author, object, mention; candidates by adoption, mention. `candidate_class` is a position in CLASSES,
    `has_edge` false for a pointer alone.
    """

    authors: Authors
    cells: Cells
    object_ids: pl.Series
    mention_ids: pl.Series
    mention_author: Ints
    mention_object: Ints
    exposure: Floats
    hidden_reach: Floats
    is_reach_known: Flags
    seen_people: Floats
    adoption_ids: pl.Series
    adoption_cell: Ints
    days: Days
    candidate_adoption: Ints
    candidate_mention: Ints
    candidate_class: Ints
    candidate_weight: Floats
    is_explicit: Flags
    has_edge: Flags
    lag_days: Floats


def encode(
    authors: pl.DataFrame, mentions: pl.DataFrame, adoptions: pl.DataFrame, candidates: pl.DataFrame, cells: pl.DataFrame
) -> Evidence:
    """The five frames as arrays.

    Raises ValueError for a row that names an unknown author, mention or adoption, has no week or day, or has a number below 0 or none.
    """
    authors = _by_key(_cast(authors, AUTHORS), "author_id")
    mentions = _by_key(_cast(mentions, MENTIONS), "mention_id")
    adoptions = _by_key(_cast(adoptions, ADOPTIONS), "adoption_id")
    cells = _cast(cells, CELLS)
    if adoptions.select("week", "day").null_count().sum_horizontal().item() or cells["week"].null_count():
        raise ValueError("every adoption has a week and a day, and every cell a week")
    objects = pl.concat([frame["object_id"].unique() for frame in (cells, adoptions, mentions)]).unique().sort()
    all_cells, adoption_cell, weeks = _all_cells(cells, adoptions, objects)
    author, item = positions(mentions["author_id"], authors["author_id"]), positions(mentions["object_id"], objects)
    candidates = _numbered(_cast(candidates, CANDIDATES), adoptions["adoption_id"], mentions["mention_id"])
    order = np.lexsort((item, author))
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    author, item, mentions = author[order], item[order], mentions.drop("author_id", "object_id")[order]
    channels = authors["channel_id"].unique().sort()
    channel = positions(authors["channel_id"], channels)
    candidate_mention = position[candidates["mention"].to_numpy()]
    pointing = np.bincount(candidate_mention[candidates["edge_class"].is_null().to_numpy()], minlength=len(order))
    hidden = _hidden_reach(pl.DataFrame({"hidden_reach": mentions["hidden_reach"], "channel": channel[author], "pointing": pointing}))
    return Evidence(
        Authors(
            authors["author_id"],
            authors["person_id"],
            authors["population"],
            channel,
            channels,
            authors.select(PROXIES).cast(pl.Float64).fill_null(float("nan")).to_numpy().reshape(-1, len(PROXIES)),
            _amounts(authors["authenticity"].fill_null(1.0)),
        ),
        all_cells,
        objects,
        mentions["mention_id"],
        author,
        item,
        _amounts(mentions["exposure"].fill_null(0.0)),
        _amounts(hidden),
        mentions["hidden_reach"].is_not_null().to_numpy(),
        np.where(mentions["seen_people"].is_null().to_numpy(), np.inf, _amounts(mentions["seen_people"].fill_null(0.0))),
        adoptions["adoption_id"],
        adoption_cell,
        _days(adoptions["day"].to_numpy(), adoption_cell, all_cells, weeks),
        candidates["adoption"].to_numpy(),
        candidate_mention,
        positions(candidates["evidence_class"], pl.Series(CLASSES)),
        _amounts(candidates["class_weight"]),
        candidates["is_explicit"].to_numpy(),
        candidates["edge_class"].is_not_null().to_numpy(),
        _amounts(candidates["lag_days"]),
    )


def _all_cells(cells: pl.DataFrame, adoptions: pl.DataFrame, objects: pl.Series) -> tuple[Cells, Ints, Ints]:
    """The cells and those that adoptions alone are in, which of them each adoption is in, and the weeks that the codes stand for.

    Object, community and week go as one number: to sort 2.5 million cells by their texts took longer than all of the rest.
    """
    communities, weeks = (
        pl.concat([frame[name].unique() for frame in (cells, adoptions)]).unique().sort() for name in ("community_id", "week")
    )

    def keys(rows: pl.DataFrame) -> Ints:
        community, week = positions(rows["community_id"], communities), positions(rows["week"], weeks)
        return (positions(rows["object_id"], objects) * len(communities) + community) * len(weeks) + week

    told = _by_key(pl.DataFrame({"cell": keys(cells), "person_days": cells["person_days"]}), "cell")
    adopted = keys(adoptions)
    key = pl.concat([told["cell"], pl.Series(adopted)]).unique().sort().to_numpy()
    person_days = np.zeros(len(key))
    person_days[np.searchsorted(key, told["cell"].to_numpy())] = _amounts(told["person_days"])
    pair, week = np.divmod(key, max(len(weeks), 1))
    item, community = np.divmod(pair, max(len(communities), 1))
    return Cells(community, item, week, person_days), np.searchsorted(key, adopted), weeks.to_numpy()


def _numbered(candidates: pl.DataFrame, adoption_ids: pl.Series, mention_ids: pl.Series) -> pl.DataFrame:
    """Candidates by adoption and mention, each by its place among the ids, and classed."""
    places = [
        pl.Series("adoption", positions(candidates["adoption_id"], adoption_ids)),
        pl.Series("mention", positions(candidates["mention_id"], mention_ids)),
    ]
    return classed(_by_key(candidates.drop("adoption_id", "mention_id").with_columns(places), "adoption", "mention"))


def classed(candidates: pl.DataFrame) -> pl.DataFrame:
    """Candidates with what they are evidence of: a pointer comes before the class of the edge."""
    is_explicit = col("is_explicit").fill_null(False) | col("edge_class").is_null()
    return candidates.with_columns(is_explicit, evidence_class=pl.when(is_explicit).then(pl.lit(CLASSES[0])).otherwise("edge_class"))


def _days(day: Ints, adoption_cell: Ints, cells: Cells, weeks: Ints) -> Days:
    """day: of each adoption. The first and the last week are as long as adoptions were seen in them."""
    objects_weeks, week_of_cell = np.unique(cells.object * len(weeks) + cells.week, return_inverse=True)
    begins = 7 * weeks[objects_weeks % max(len(weeks), 1)]
    length = np.full(len(begins), 7)
    first, last = (day.min(), day.max()) if len(day) else (0, 0)
    if len(day):
        length = np.clip(np.minimum(begins + 6, last) - np.maximum(begins, first) + 1, 1, 7)
    _, one, of_adoption = np.unique(cells.object[adoption_cell] * (last - first + 1) + day - first, return_index=True, return_inverse=True)
    return Days(of_adoption, week_of_cell[adoption_cell[one]], length.astype(np.float64), week_of_cell)


def _cast(frame: pl.DataFrame, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    return frame.select(col(name).cast(dtype) for name, dtype in schema.items())


def _by_key(rows: pl.DataFrame, *key: str) -> pl.DataFrame:
    ordered = rows.sort(key)
    if not ordered.select(pl.all_horizontal(col(name).eq_missing(col(name).shift()) for name in key).any()).item():
        return ordered
    return rows.sort(*key, *(name for name in rows.columns if name not in key)).unique(subset=key, keep="first", maintain_order=True)


def _hidden_reach(mentions: pl.DataFrame) -> pl.Series:
    """As told, or else the middle of the channel; of a channel in which nobody tells, as many as its pointers say.

    mentions: hidden_reach, channel, and by how many candidates that have no edge they are pointed at (pointing).
    Those are the people who would point as often, at so many pointers a person as where audiences are told. It is one figure for the
    channel: an audience made as large as the pointers of its own author would have nothing left to shrink by.
    """
    told = col("hidden_reach")
    known = mentions.filter(told.is_not_null())
    people, pointers = float(known["hidden_reach"].sum()), float(known["pointing"].sum())
    middle = known["hidden_reach"].median() if known.height else None
    usual = float(middle) if isinstance(middle, float) and middle > 0 else 1.0
    per_person = (pointers + 1) / (people + usual)
    of_channel = (col("pointing").sum() + POINTING_PSEUDO * per_person * usual) / (per_person * (pl.len() + POINTING_PSEUDO))
    return mentions.select(hidden_reach=pl.coalesce(told, told.median().over("channel"), of_channel.over("channel")))["hidden_reach"]


def positions(values: pl.Series, ids: pl.Series) -> Ints:
    """Where each value stands among the ids."""
    frame = pl.DataFrame({"id": values.rename("id")})
    index = pl.DataFrame({"id": ids.cast(values.dtype).rename("id"), "position": np.arange(len(ids), dtype=np.int64)})
    found = frame.join(index, on="id", how="left", nulls_equal=True, maintain_order="left")["position"]
    if missing := found.null_count():
        raise ValueError(f"{missing} rows name {values.name or 'a value'} that is not there, such as {values.filter(found.is_null())[0]!r}")
    return found.to_numpy()


def mean_ranks(values: Floats) -> Floats:
    """Ranks from 1, equals at their mean. scipy.stats has the same, and takes .4 s to import."""
    return pl.Series(values).rank("average").to_numpy()


def _amounts(values: pl.Series) -> Floats:
    if not (values.is_finite() & (values >= 0)).fill_null(False).all():
        raise ValueError(f"{values.name} must be finite and at least 0 in every row")
    return values.to_numpy()
