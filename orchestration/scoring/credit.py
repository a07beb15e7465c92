"""Who gets how much of an adoption: competing causes, one of which is that it would have happened anyway.

Every mention that could have caused an adoption, and the organic rate of the adopter's community, object and week, is a hazard per day.
What caused the adoption is each of them in proportion (the branching probabilities of a Hawkes process, arXiv 1708.06401).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from orchestration.scoring.inputs import Cells, Days, Evidence, Flags, Floats, Ints
from orchestration.scoring.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Credit:
    """Shares of adoptions: `credit` and `alike` per candidate, `organic` per adoption. Those of one adoption sum to 1.

    `alike` is what peers who are alike and speak of the same do without being moved; `anyway` is that and the organic share, per adoption.
    """

    credit: Floats
    alike: Floats
    organic: Floats
    anyway: Floats


def kernel(evidence: Evidence, parameters: Parameters) -> Floats:
    """Per candidate, the hazard per day at a rate of 1: class weight * explicit factor * (ln 2 / h) * 2^(-lag / h)."""
    return decayed(evidence.candidate_weight, evidence.is_explicit, evidence.lag_days, parameters)


def decayed(weight: Floats, is_explicit: Flags, lag_days: Floats, parameters: Parameters) -> Floats:
    """The same of candidates alone."""
    decay = log(2) / parameters.half_life * np.exp2(-lag_days / parameters.half_life)
    return np.asarray(weight * np.where(is_explicit, parameters.explicit_factor, 1.0) * decay)


def assign_credit(evidence: Evidence, kernel: Floats, rates: Floats, organic_hazard: Floats) -> Credit:
    """One division of every adoption. rates: per author, adoptions per unit of exposure; organic_hazard: per adoption, adoptions a day."""
    return divide(evidence.candidate_adoption, rates[evidence.mention_author[evidence.candidate_mention]] * kernel, organic_hazard)


def divide(candidate_adoption: Ints, hazard: Floats, organic_hazard: Floats) -> Credit:
    """The same of the candidates' own hazards. No adoption asks for another: a part of them comes out as it does among all."""
    total = organic_hazard + sums(candidate_adoption, hazard, len(organic_hazard))
    credit = hazard / np.where(total > 0, total, 1.0)[candidate_adoption]
    organic = np.where(total > 0, organic_hazard / np.where(total > 0, total, 1.0), 1.0)
    return Credit(credit, np.zeros(len(credit)), organic, organic)


def without_the_alike(credit: Credit, persuasion: Floats, candidate_adoption: Ints) -> Credit:
    """The same with a part of each candidate's hazard that is persuasion; the rest is that of being alike."""
    alike = credit.credit * (1 - persuasion)
    anyway = credit.organic + sums(candidate_adoption, alike, len(credit.organic))
    return Credit(credit.credit * persuasion, alike, credit.organic, anyway)


def organic_rates(cells: Cells, organic: Floats, pseudo_adoptions: float) -> Floats:
    """Adoptions per person-day that nobody caused, per cell; `organic` is their number per cell.

    A cell's rate is shrunk toward its object's rate * the community's lift * the week's lift, and those toward the object's, and that
    toward the rate of all: Gamma shrinkage at every step, so that a cell nobody adopted in has no rate of 0.
    """
    days = cells.person_days
    overall = _ratio(organic.sum(), days.sum())

    def rate(group: Ints, parent: Floats) -> Floats:
        size = int(group.max(initial=-1)) + 1
        observed, at_risk = sums(group, organic, size)[group], sums(group, days, size)[group]
        return shrink(observed, at_risk, parent, pseudo_adoptions)

    of_object = rate(cells.object, np.full(len(days), overall))
    of_community = rate(cells.object * (cells.community.max(initial=0) + 1) + cells.community, of_object)
    of_week = rate(cells.object * (cells.week.max(initial=0) + 1) + cells.week, of_object)
    expected = np.divide(of_community * of_week, of_object, out=np.zeros(len(days)), where=of_object > 0)
    return shrink(organic, days, expected, pseudo_adoptions)


def day_lifts(days: Days, cells: Cells, organic_rates: Floats, organic: Floats) -> Floats:
    """Per adoption, how many times its week's organic rate the object's is on its day, shrunk toward once.

    `organic` is the share of each adoption that nobody caused: whom no word reached tells what a day brings to everybody. How far days
    differ is learnt, by moments: Var = E + E^2 / a, where days are as even as chance makes them nothing is moved.
    """
    a_day = sums(days.week_of_cell, organic_rates * cells.person_days, len(days.length)) / days.length
    expected, observed = a_day[days.week], sums(days.of_adoption, organic, len(days.week))
    beyond_chance = (observed * (observed - 2 * expected)).sum() + (days.length * a_day * (a_day - 1)).sum()
    if beyond_chance <= 0 or not expected.all():
        return np.ones(len(organic))
    pseudo = (days.length * a_day**2).sum() / beyond_chance
    return np.asarray((observed + pseudo) / (expected + pseudo))[days.of_adoption]


def shrink(outcomes: Floats, exposure: Floats, prior: Floats, pseudo_outcomes: float) -> Floats:
    """The mean of the Gamma posterior (Y + a) / (E + a / m); 0 where the prior rate m is 0."""
    return np.asarray(prior * (outcomes + pseudo_outcomes) / (prior * exposure + pseudo_outcomes))


def sums(group: Ints, values: Floats, size: int) -> Floats:
    """Sums by group, added in the order of the rows."""
    return np.bincount(group, weights=values, minlength=size).astype(np.float64)


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator > 0 else 0.0
