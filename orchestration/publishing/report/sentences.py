"""The three sentences that a page begins with: what changed, who moves most, what to do; each with its number and its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from orchestration.publishing.report.figures import Change, share
from orchestration.publishing.report.mentions import Listening
from orchestration.publishing.report.people import Person, Ranking
from orchestration.publishing.report.periods import Period
from orchestration.publishing.report.texts import NAMED, UNKNOWN, day, number, percent, shown, signed
from orchestration.publishing.report.voice import Voice

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


def what_changed(brands: Mapping[str, Voice], period: Period, known: Listening) -> Markup:
    """Of the figures of brands the one that changed most clearly; or that none did, or that there is nothing to compare with."""
    if not brands:
        return Markup("No brand is named in brands.csv yet.")
    named, voices = _names(list(brands)), list(brands.values())
    now, before = (sum(getattr(voice.mentions, when) or 0 for voice in voices) for when in ("now", "before"))
    if not known.is_comparable:
        people = f" by {number(voices[0].people.now)} people" if len(voices) == 1 else ""
        return Markup("{}: {} mentions{} {}. {}.").format(named, number(now), people, period.now.called, _uncompared(period, known))
    if not now and not before:
        return Markup("Nobody spoke of {} {}, nor {}.").format(named, period.now.called, period.before.called)
    figures = [(change, told, brand) for brand, voice in brands.items() for change, told in _figures(voice)]
    change, told, brand = max(figures, key=lambda figure: figure[0].errors)
    said = told(name(brand), change, period)
    if not change.stands_out(len(figures)):
        return Markup("None of {} figures of {} changed by more than chance leaves open among so many. The nearest: {}").format(
            len(figures), named, said
        )
    others = [other for other in brands if other != brand and any(of.stands_out(len(figures)) for of, _ in _figures(brands[other]))]
    return said + (Markup(" Figures of {} changed clearly, too.").format(_names(others)) if others else "")


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
        return Markup("{}, and nobody who is ranked first is left to be written to.").format(nothing)
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


def _names(brands: Sequence[str]) -> Markup:
    """Some of them, as a list."""
    named = [name(brand) for brand in brands[:4]] + ([Markup("{} more").format(len(brands) - 4)] if len(brands) > 4 else [])
    return Markup(" and ").join(filter(None, (Markup(", ").join(named[:-1]), named[-1])))


def _uncompared(period: Period, known: Listening) -> str:
    if known.since is None:
        return "No source has told when it was listened to, so that nothing can be compared"
    later = f"listening began on {day(known.since, year=True)}, after the first day of the time before ({period.before.short})"
    return f"There is nothing to compare with yet, and no interval: {later}"


def _figures(voice: Voice) -> tuple[tuple[Change, Callable[[Markup, Change, Period], Markup]], ...]:
    return (voice.share, _of_share), (voice.stance, _of_stance), (voice.mentions, _of_mentions)


def _of_share(brand: Markup, change: Change, period: Period) -> Markup:
    return Markup("The share of voice of {} {} from {} {} to {} {} ({}).").format(
        brand, _verb(change), percent(change.before), period.before.called, percent(change.now), period.now.called, moved(change)
    )


def _of_stance(brand: Markup, change: Change, period: Period) -> Markup:
    return Markup("The net sentiment towards {} {} from {} {} to {} {}, of \N{MINUS SIGN}1 to 1 ({}).").format(
        brand, _verb(change), signed(change.before, 2), period.before.called, signed(change.now, 2), period.now.called, stepped(change)
    )


def _of_mentions(brand: Markup, change: Change, period: Period) -> Markup:
    return Markup("{} was mentioned {} times {} against {} {} ({}).").format(
        brand, number(change.now), period.now.called, number(change.before), period.before.called, grown(change)
    )


def _verb(change: Change) -> str:
    return "rose" if (change.gained or 0) > 0 else "fell"


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
