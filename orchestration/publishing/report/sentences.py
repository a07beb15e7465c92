"""The three sentences that a page begins with: what changed, who moves most, what to do; each with its number and its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from orchestration.publishing.report.figures import Change, share
from orchestration.publishing.report.people import Person, Ranking
from orchestration.publishing.report.periods import Period
from orchestration.publishing.report.texts import NAMED, UNKNOWN, day, number, percent, shown, signed
from orchestration.publishing.report.voice import Listening, Voice

SURELY = "90\N{NO-BREAK SPACE}% interval"


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions for advice that were asked in a period and before, and how many of these nobody answered."""

    asked: int = 0
    open: int = 0
    asked_before: int = 0
    open_before: int = 0


def name(text: str) -> Markup:
    """A name from outside, in whatever script, apart from the direction of what stands around it."""
    return Markup("<bdi>{}</bdi>").format(shown(text, NAMED))


def what_changed(brand: str, voice: Voice, period: Period, known: Listening) -> Markup:
    """The figure of a brand that changed most clearly; or that none did, or that there is nothing to compare with."""
    named, said = name(brand), number(voice.mentions.now)
    if not known.is_comparable:
        told = Markup("{} was mentioned {} times by {} people {}").format(named, said, number(voice.people.now), period.now.called)
        if known.since is None:
            return told + ". No source has told when it was listened to, so that nothing can be compared."
        later = f"listening began on {day(known.since, year=True)}, after the first day of the time before ({period.before.short})"
        return told + f". There is nothing to compare with yet, and no interval: {later}."
    if not voice.mentions.now and not voice.mentions.before:
        return Markup("Nobody spoke of {} {}, nor {}.").format(named, period.now.called, period.before.called)
    clearest = max((voice.share, voice.stance, voice.mentions), key=lambda change: (change.is_certain, change.clearness))
    if not clearest.is_certain:
        told = Markup("Nothing that is said of {} changed by more than chance leaves open: {} mentions {} against {} {}").format(
            named, said, period.now.called, number(voice.mentions.before), period.before.called
        )
        return told + f" ({grown(voice.mentions)}), share of voice {percent(voice.share.now)} ({moved(voice.share)})."
    if clearest is voice.mentions:
        told = Markup("{} was mentioned {} {}: {} times {} against {} {}").format(
            named, "more" if (clearest.gained or 0) > 0 else "less", "often", said, period.now.called, number(clearest.before),
            period.before.called,
        )  # fmt: skip
        return told + f" ({grown(clearest)})."
    verb = "rose" if (clearest.gained or 0) > 0 else "fell"
    if clearest is voice.share:
        return Markup("The share of voice of {} {} from {} {} to {} {} ({}).").format(
            named, verb, percent(clearest.before), period.before.called, percent(clearest.now), period.now.called, moved(clearest)
        )
    return Markup("The net stance towards {} {} from {} {} to {} {}, of \N{MINUS SIGN}1 to 1 ({}).").format(
        named, verb, signed(clearest.before, 2), period.before.called, signed(clearest.now, 2), period.now.called, stepped(clearest)
    )


def what_changed_most(brands: Mapping[str, Voice], period: Period, known: Listening) -> Markup:
    """The same of the brand of whose figures one changed most clearly."""
    if not brands:
        return Markup("No brand is named in brands.csv yet.")
    clearest = max(brands, key=lambda brand: max((of.is_certain, of.clearness) for of in _figures(brands[brand])))
    told = what_changed(clearest, brands[clearest], period, known)
    others = [brand for brand in brands if brand != clearest and any(of.is_certain for of in _figures(brands[brand]))]
    if not others or not known.is_comparable:
        return told
    return told + Markup(" Figures of {} changed clearly, too.").format(Markup(", ").join(name(brand) for brand in others[:5]))


def who_moves(ranking: Ranking | None, of: str) -> Markup:
    """Whoever surely rose among the first, else the first."""
    if ranking is None or not ranking.people:
        return Markup("Nobody is ranked for {} yet: nobody who may be ranked has spoken of it in the nights that were scored.").format(
            name(of)
        )
    risen = [one for one in ranking.people if one.before and one.before["is_certain"] and one.before["impact_gained"] > 0]
    one = max(risen, key=lambda person: person.row["impact"], default=ranking.people[0])
    told = Markup("{} {} {} adoptions in 28 days ({} {} to {}), at rank {} to {}").format(
        name(one.row["person"]),
        "is expected to move most peers, though nobody is credited yet:" if one.row["evidence_class"] != "credited" else "moves",
        number(one.row["impact"], 1), SURELY, number(one.row["impact_low"], 1), number(one.row["impact_high"], 1),
        one.row["rank_low"], one.row["rank_high"],
    )  # fmt: skip
    return told + f"; {_since(one, ranking)}."


def what_to_do(asked: Asked, ranking: Ranking | None, of: str, period: Period, known: Listening) -> Markup:
    """Questions to answer first, then people to write to."""
    if asked.open:
        value, low, high = share(asked.open, asked.asked)
        told = Markup("Answer {} of the {} questions that were asked about {} {}: nobody has ({}, {} {} to {})").format(
            number(asked.open), number(asked.asked), name(of), period.now.called, percent(value), SURELY, percent(low), percent(high)
        )
        if not known.is_comparable:
            return told + "."
        return told + f"; {number(asked.open_before)} of {number(asked.asked_before)} are open from {period.before.short}."
    nothing = (
        f"Of {number(asked.asked)} questions {period.now.called} none waits"
        if asked.asked
        else f"Nobody asked for advice {period.now.called}"
    )
    wanted = (
        [one.row for one in ranking.people if one.row["is_contacted"] is False and one.row["evidence_class"] == "credited"]
        if ranking
        else []
    )
    if not wanted:
        return Markup("{}, and nobody among the first is left to be written to.").format(nothing)
    return Markup("{}: write to {}, whom nobody has contacted: {} adoptions in 28 days ({} {} to {}).").format(
        nothing, name(wanted[0]["person"]), number(wanted[0]["impact"], 1), SURELY,
        number(wanted[0]["impact_low"], 1), number(wanted[0]["impact_high"], 1),
    )  # fmt: skip


def grown(change: Change) -> str:
    """By what share a count grew, and what chance leaves open."""
    return _with_interval(change, lambda value: signed(value * 100), "\N{NO-BREAK SPACE}%")


def moved(change: Change) -> str:
    """By how many points a share of 1 moved."""
    return _with_interval(change, lambda value: signed(value * 100, 1), "\N{NO-BREAK SPACE}points")


def stepped(change: Change) -> str:
    """How far a mean moved."""
    return _with_interval(change, lambda value: signed(value, 2), "")


def _with_interval(change: Change, written: Callable[[float], str], unit: str) -> str:
    if change.before is None:
        return "nothing to compare with"
    if change.gained is None:
        return "none before" if not change.before else UNKNOWN
    if change.low is None or change.high is None:
        return f"{written(change.gained)}{unit}, too few for an interval"
    return f"{written(change.gained)}{unit}, {SURELY} {written(change.low)} to {written(change.high)}{unit}"


def _figures(voice: Voice) -> tuple[Change, ...]:
    return voice.share, voice.stance, voice.mentions


def _since(one: Person, ranking: Ranking) -> str:
    if ranking.compared is None:
        return "there is no earlier night to compare with"
    if one.before is None:
        return f"not ranked on {day(ranking.compared)}"
    before, places = one.before, one.before["rank_before"] - one.row["rank"]
    stood = f"{number(before['impact_before'], 1)} on {day(ranking.compared)}"
    if not places:
        return f"at place {one.row['rank']} as on {day(ranking.compared)}, when it was {number(before['impact_before'], 1)}"
    change = f"{abs(places)} {'place' if abs(places) == 1 else 'places'} {'up' if places > 0 else 'down'}"
    sure = "for certain" if before["is_certain"] else "which chance may explain"
    return f"{change} from {stood}, {sure}"
