"""Journeys: the touches that a customer had with a brand, in order of time, and whether an order came of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars import col

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

TOUCHES = {
    "journey_id": pl.String(),
    "brand_id": pl.String(),
    "player_id": pl.String(),
    "touched_at": pl.Datetime("us", "UTC"),
    "is_converted": pl.Boolean(),
}


@dataclass(frozen=True, slots=True)
class Takers:
    """Who took part in each journey, once: rows sorted by journey; `share` is 1 / the touches that the player had in it."""

    journey: Numbers
    player: Numbers
    share: Floats


@dataclass(frozen=True)
class Journeys:
    """Touches sorted by journey and step; touches at one time are one step. Journeys, players and steps count from 0.

    A player is somebody who touches for one brand: journeys for different brands have nothing in common.
    """

    journey: Numbers
    step: Numbers
    player: Numbers
    is_converted: NDArray[np.bool_]
    player_count: int

    @cached_property
    def takers(self) -> Takers:
        """Who took part in each journey."""
        key = self.journey * max(self.player_count, 1) + self.player
        found, touches = np.unique(key, return_counts=True)
        return Takers(found // max(self.player_count, 1), found % max(self.player_count, 1), 1.0 / touches)


def encode(touches: pl.DataFrame) -> tuple[Journeys, Numbers]:
    """The journeys of touches (TOUCHES), and for each touch of `Journeys` its row in the frame."""
    coded = touches.select(
        journey=(col("journey_id").rank("dense") - 1).cast(pl.Int64),
        player=(pl.struct("brand_id", "player_id").rank("dense") - 1).cast(pl.Int64),
        touched_at="touched_at",
        is_converted="is_converted",
        row=pl.int_range(pl.len()),
    ).sort("journey", "touched_at", "player")
    journey = coded["journey"].to_numpy()
    begins = np.diff(journey, prepend=-1) != 0
    is_next = np.diff(coded["touched_at"].to_physical().to_numpy(), prepend=0) != 0
    steps = np.cumsum(is_next | begins)
    firsts = np.flatnonzero(begins)
    found = Journeys(
        journey=journey,
        step=steps - np.repeat(steps[firsts], np.diff(np.append(firsts, journey.size))),
        player=coded["player"].to_numpy(),
        is_converted=coded["is_converted"].to_numpy()[firsts].astype(np.bool_),
        player_count=int(coded["player"].max() or 0) + 1 if coded.height else 0,  # type: ignore[arg-type]
    )
    return found, coded["row"].to_numpy()


def divided(journeys: Journeys, value: Floats) -> Floats:
    """The credit of each touch: a journey's shares of what its takers are worth (`value`, one each of `takers`), equal where all are 0.

    A taker's touches share equally. Credits of a journey sum to 1.
    """
    takers = journeys.takers
    count = journeys.is_converted.size
    total = np.bincount(takers.journey, value, count)
    value = np.where(total[takers.journey] > 0, value, 1.0)
    total = np.bincount(takers.journey, value, count)
    credit = value / total[takers.journey] * takers.share
    key = takers.journey * journeys.player_count + takers.player
    return credit[np.searchsorted(key, journeys.journey * journeys.player_count + journeys.player)]
