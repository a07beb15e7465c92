"""How many adoptions a unit of exposure to an author causes: credit, organic rates and authors' rates, each learnt from the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaincinv, gammaln

from orchestration.scoring.controls import Controls
from orchestration.scoring.credit import Credit, assign_credit, day_lifts, kernel, organic_rates, shrink, sums, without_the_alike
from orchestration.scoring.inputs import Evidence, Floats
from orchestration.scoring.parameters import Parameters
from orchestration.scoring.prior import FACTORS, Prior, authentic, fit_prior, log_sizes, proxy_scores


@dataclass(frozen=True, slots=True)
class Rates:
    """What was learnt. Per author: rate = (outcomes + a) / (exposure + a / prior rate), the mean of a Gamma posterior.

    `exposure` is that part of an author's exposure whose adoptions can be seen: all of the audience with an edge, and of the hidden
    audience the share `pointing_rate`, since only who points at the cause is seen there. `reach` is both parts in full. `scores` has a
    column per name of FACTORS, `pseudo_adoptions` is the `a` that was learnt. `credit` is the last division, by `divided_rate` per author
    and `divided_hazard`, the organic one, per adoption.
    """

    credit: Credit
    divided_rate: Floats
    divided_hazard: Floats
    organic_rates: Floats
    prior: Prior
    scores: Floats
    pointing_rate: float
    outcomes: Floats
    doubt: Floats
    shaken: Floats
    exposure: Floats
    reach: Floats
    rate: Floats
    pseudo_adoptions: float
    controls: Controls | None


def learn_rates(evidence: Evidence, parameters: Parameters, controls: Controls | None = None) -> Rates:
    """Rounds of passes, each round followed by a new fit of the prior. Authors without exposure or credit have their prior rate.

    controls: None where no control was made; then all that the organic rate does not explain is credited.
    """
    count = len(evidence.authors.ids)
    proxies = proxy_scores(evidence.authors)
    factor = kernel(evidence, parameters)
    seen, hidden = (sums(evidence.mention_author, exposure, count) for exposure in exposures(evidence, parameters))
    author = evidence.mention_author[evidence.candidate_mention]
    cells = len(evidence.cells.person_days)
    unmoved = np.ones(len(evidence.adoption_cell))
    organic = sums(evidence.adoption_cell, unmoved, cells)
    everyone = organic.sum() / max(seen.sum() + parameters.pointing_rate * hidden.sum(), 1.0)
    rate = np.full(count, parameters.presumed_share * everyone)
    prior = Prior(rate, 0.0, np.zeros(len(evidence.authors.channel_ids)), np.zeros(len(FACTORS)))
    pseudo, pointed = parameters.pseudo_adoptions, pointer_counts(evidence)
    pointing = parameters.pointing_rate
    for _ in range(parameters.rounds):
        for _ in range(parameters.passes):
            organic_rate = organic_rates(evidence.cells, organic, parameters.organic_pseudo_adoptions)
            lifts = day_lifts(evidence.days, evidence.cells, organic_rate, unmoved)
            divided_rate, divided_hazard = rate, organic_rate[evidence.adoption_cell] * lifts
            credit = assign_credit(evidence, factor, divided_rate, divided_hazard)
            if controls is not None:
                credit = without_the_alike(credit, controls.persuasion(credit.credit), evidence.candidate_adoption)
            unmoved = credit.organic
            organic = sums(evidence.adoption_cell, unmoved, cells)
            outcomes = sums(author, credit.credit, count)
            if controls is None or controls.is_shown:
                pointing = pointing_rate(evidence, credit.credit, parameters)
            exposure = seen + pointing * hidden
            rate = shrink(outcomes, exposure, prior.rate, pseudo)
        scores = np.column_stack([proxies, log_sizes(exposure)])
        prior = fit_prior(outcomes, exposure, scores, evidence.authors.channel, len(evidence.authors.channel_ids), parameters)
        pseudo = learn_pseudo_adoptions(pointed, prior.rate * exposure, parameters)
        rate = shrink(outcomes, exposure, prior.rate, pseudo)
    uncertain = sums(author, doubt(credit.credit), count)
    shaken = sums(author, doubt_of_controls(credit.credit, controls), count)
    return Rates(
        credit,
        divided_rate,
        divided_hazard,
        organic_rate,
        prior,
        scores,
        pointing,
        outcomes,
        uncertain,
        shaken,
        exposure,
        seen + hidden,
        rate,
        pseudo,
        controls,
    )


def exposures(evidence: Evidence, parameters: Parameters) -> tuple[Floats, Floats]:
    """Exposure per mention: of the audience with an edge, and of the authentic part of the hidden one."""
    whole_effect = 1 - 2 ** (-parameters.window / parameters.half_life)
    people = authentic(evidence.hidden_reach, evidence.authors.authenticity[evidence.mention_author])
    return evidence.exposure, np.asarray(people * parameters.follows_weight * whole_effect)


def audiences_at_risk(evidence: Evidence) -> Floats:
    """How many people a mention reaches who may still be moved; infinite where nobody tells."""
    hidden = authentic(evidence.hidden_reach, evidence.authors.authenticity[evidence.mention_author])
    return np.where(evidence.is_reach_known, evidence.seen_people + hidden, np.inf)


def doubt(credit: Floats) -> Floats:
    """Per candidate, the variance that comes from not knowing whether it was the cause: credit * (1 - credit)."""
    return np.asarray(credit * (1 - credit))


def doubt_of_controls(credit: Floats, controls: Controls | None) -> Floats:
    """Per candidate, the standard deviation that the controls leave to its credit; those of a person move together."""
    return np.zeros(len(credit)) if controls is None else credit * controls.doubt()


def nobody_moved(evidence: Evidence, rates: Rates) -> Floats:
    """Per candidate, the logarithm of the chance that it was not the cause; their sum is that of having moved nobody.

    Where the controls leave it open whether anybody moves anybody, only who is pointed at counts.
    """
    counts = evidence.is_explicit | (rates.controls is None or rates.controls.is_shown)
    return np.where(counts, np.log1p(-np.minimum(rates.credit.credit, 1 - 1e-12)), 0.0)


def pointing_rate(evidence: Evidence, credit: Floats, parameters: Parameters) -> float:
    """Which share of those who were won over says by whom: measured where an edge shows the others, too.

    Where the controls leave open whether edges move anybody, that cannot be measured, and the guess stays: of pointers alone it would be 1
    (.35 to .54 in the simulated web, .18 to .28 by all that the organic rate leaves).
    """
    seen = credit[evidence.has_edge].sum()
    pointed = credit[evidence.has_edge & evidence.is_explicit].sum()
    weight = parameters.pointing_pseudo_credit
    return float((pointed + parameters.pointing_rate * weight) / (seen + weight))


def gamma_quantile(mean: Floats, deviation: Floats, quantile: float) -> Floats:
    """Quantiles of Gamma distributions of these means and standard deviations; 0 where the mean is 0."""
    safe_mean, safe_deviation = np.where(mean > 0, mean, 1.0), np.where(deviation > 0, deviation, 1.0)
    # most people are like others of their prior: of 534,000 in a night 3,745 have a shape of their own
    shapes, place = np.unique((safe_mean / safe_deviation) ** 2, return_inverse=True)
    quantiles = gammaincinv(shapes, quantile)[place]
    return np.where((mean > 0) & (deviation > 0), quantiles * safe_deviation**2 / safe_mean, mean)


def pointer_counts(evidence: Evidence) -> Floats:
    """How many adoptions point at an author, whatever their mentions."""
    author = evidence.mention_author[evidence.candidate_mention][evidence.is_explicit]
    pairs = np.unique(np.column_stack([evidence.candidate_adoption[evidence.is_explicit], author]), axis=0)
    return sums(pairs[:, 1], np.ones(len(pairs)), len(evidence.authors.ids))


def learn_pseudo_adoptions(pointed: Floats, expected: Floats, parameters: Parameters) -> float:
    """How unequal people are whose prior is equal: the shape `a` of Gamma rates under which the counts of pointers are likeliest.

    Negative binomial with means in proportion to `expected`, and log a normal around `pseudo_adoptions`, so that few pointers
    leave it there. Of pointers, not of credit, which `a` itself has smoothed (.755, no help); fixed at .6 it was too large where few move
    many: in the simulated web, where pointers say .2, 60 of the first 100 had next to no credit, with `a` learnt 18.
    """
    guess, known = parameters.pseudo_adoptions, expected > 0
    counts, means = pointed[known], expected[known]
    if counts.sum() == 0:
        return guess
    means = means * counts.sum() / means.sum()

    def loss(log_a: float) -> float:
        a = np.exp(log_a)
        likelihood = gammaln(counts + a) - gammaln(a) + a * np.log(a / (a + means)) + counts * np.log(means / (a + means))
        return float(-likelihood.sum() + ((log_a - np.log(guess)) / parameters.pseudo_deviation) ** 2 / 2)

    span = 3 * parameters.pseudo_deviation
    return float(guess * np.exp(minimize_scalar(lambda step: loss(np.log(guess) + step), bounds=(-span, span), method="bounded").x))
