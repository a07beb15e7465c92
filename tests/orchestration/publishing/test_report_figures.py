"""Periods, figures with what chance leaves open, and the sentences made from them."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import Any

import numpy as np
import pytest
from markupsafe import Markup

from orchestration.publishing.report import charts
from orchestration.publishing.report.figures import Change, growth, share
from orchestration.publishing.report.mentions import Listening
from orchestration.publishing.report.people import Person, Ranking
from orchestration.publishing.report.periods import WINDOWS, Edition, period
from orchestration.publishing.report.sentences import Asked, what_changed, what_to_do, who_moves
from orchestration.publishing.report.texts import signed
from orchestration.publishing.report.voice import SILENCE, Voice

OF = period(Edition.night, date(2026, 10, 2))
KNOWN = Listening(date(2026, 9, 1), 4, [])
UNKNOWN_BEFORE = Listening(date(2026, 9, 22), 1, [])


def plain(text: Markup) -> str:
    return unescape(re.sub("<[^>]*>", "", text)).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("edition", "night", "name", "now", "before"),
    [
        (Edition.night, "2026-10-02", "2026-10-02", ("2026-09-26", "2026-10-02"), ("2026-09-19", "2026-09-25")),
        (Edition.week, "2026-10-02", "2026-W39", ("2026-09-21", "2026-09-27"), ("2026-09-14", "2026-09-20")),
        (Edition.week, "2026-10-04", "2026-W40", ("2026-09-28", "2026-10-04"), ("2026-09-21", "2026-09-27")),
        (Edition.week, "2027-01-03", "2026-W53", ("2026-12-28", "2027-01-03"), ("2026-12-21", "2026-12-27")),
        (Edition.month, "2026-10-02", "2026-09", ("2026-09-01", "2026-09-30"), ("2026-08-01", "2026-08-31")),
        (Edition.month, "2026-09-30", "2026-09", ("2026-09-01", "2026-09-30"), ("2026-08-01", "2026-08-31")),
        (Edition.month, "2027-01-30", "2026-12", ("2026-12-01", "2026-12-31"), ("2026-11-01", "2026-11-30")),
    ],
)
def test_periods_end_with_the_night_or_are_over_by_then(
    edition: Edition, night: str, name: str, now: tuple[str, str], before: tuple[str, str]
) -> None:
    of = period(edition, date.fromisoformat(night))
    assert of.name == name
    assert [(str(window.first), str(window.last)) for window in (of.now, of.before)] == [now, before]
    assert len(of.windows) == WINDOWS
    assert [(later.first - earlier.last).days for later, earlier in zip(of.windows, of.windows[1:], strict=False)] == [1] * (WINDOWS - 1)


def test_who_was_none_before_grew_by_no_share() -> None:
    assert growth(0, 12) == Change(0, 12, -1.0)
    assert growth(5, 0) == Change(5, 0)
    assert growth(5, None) == Change(5, None)


def test_a_share_has_wilsons_interval() -> None:
    assert [round(part, 3) for part in share(49, 57)] == [0.860, 0.768, 0.919]
    assert share(0, 5)[0:2] == (0.0, 0.0)
    assert share(5, 5)[2] == 1.0


def person(**otherwise: Any) -> Person:
    row = {
        "person": "Ada", "evidence_class": "credited", "impact": 4.25, "impact_low": 1.5, "impact_high": 8.2, "rank": 1, "rank_low": 1,
        "rank_high": 9, "is_contacted": False,
    }  # fmt: skip
    before = {"rank_before": 3, "impact_before": 2.0, "is_certain": False, "impact_gained": 2.25}
    return Person(row | otherwise.pop("row", {}), None if otherwise.pop("is_new", False) else before | otherwise, [])


STILL = Change(0.5, 0.5, 0.0, -0.1, 0.1)
SAME, MORE = growth(100, 98), growth(200, 98)


def voice(mentions: Change, share: Change = STILL, stance: Change = STILL) -> Voice:
    return Voice(mentions, Change(30, 20), share, stance)


def test_what_changed_is_the_clearest_figure() -> None:
    assert plain(what_changed({"Kestrel": voice(MORE)}, OF, KNOWN)) == (
        "Kestrel was mentioned 200 times in the seven days to 2 October 2026 against 98 in the seven days before "
        "(+104 %, 90 % interval +67 to +150 %)."
    )
    fell = Change(0.4, 0.6, -0.2, -0.223, -0.177, 14.1)
    assert plain(what_changed({"Kestrel": voice(MORE, fell)}, OF, KNOWN)) == (
        "The share of voice of Kestrel fell from 60 % in the seven days before to 40 % in the seven days to 2 October 2026 "
        "(\N{MINUS SIGN}20.0 points, 90 % interval \N{MINUS SIGN}22.3 to \N{MINUS SIGN}17.7 points)."
    )
    warmer = Change(0.5, -0.25, 0.75, 0.727, 0.773, 53.0)
    assert plain(what_changed({"Kestrel": voice(SAME, stance=warmer)}, OF, KNOWN)) == (
        "The net sentiment towards Kestrel rose from \N{MINUS SIGN}0.25 in the seven days before to +0.50 in the seven days to "
        "2 October 2026, of \N{MINUS SIGN}1 to 1 (+0.75, 90 % interval +0.73 to +0.77)."
    )


def test_it_is_said_when_nothing_changed_beyond_chance() -> None:
    assert plain(what_changed({"Kestrel": voice(SAME)}, OF, KNOWN)) == (
        "None of 3 figures of Kestrel changed by more than chance leaves open among so many. The nearest: Kestrel was mentioned "
        "100 times in the seven days to 2 October 2026 against 98 in the seven days before (+2 %, 90 % interval \N{MINUS SIGN}19 to +29 %)."
    )


def test_the_more_figures_are_looked_at_the_further_one_has_to_move() -> None:
    little = growth(130, 98)
    assert little.stands_out(1)
    brands = {f"Brand {number}": voice(little if number == 2 else SAME) for number in range(4)}
    assert not plain(what_changed({"Brand 2": voice(little)}, OF, KNOWN)).startswith("Brand 2 was mentioned")
    told = plain(what_changed(brands, OF, KNOWN))
    assert told.startswith(
        "None of 12 figures of Brand 0, Brand 1, Brand 2 and Brand 3 changed by more than chance leaves open among so many. The nearest: "
    )
    random, rounds, called = np.random.default_rng(3), 500, 0
    for _ in range(rounds):
        drawn = [growth(*random.poisson(200, 2)) for _ in range(9)]
        called += max(drawn, key=lambda change: change.errors).stands_out(9)
    assert called / rounds < 0.13


def test_of_several_brands_the_clearest_is_told_of_and_the_others_named() -> None:
    told = plain(what_changed({"One": voice(SAME), "Two": voice(growth(300, 98)), "Three": voice(growth(40, 98))}, OF, KNOWN))
    assert told.startswith("Two was mentioned 300 times")
    assert told.endswith(" Figures of Three changed clearly, too.")


def test_it_is_said_when_there_is_nothing_to_compare_with() -> None:
    later = (
        "There is nothing to compare with yet, and no interval: listening began on 22 September 2026, after the first day of the time "
        "before (19\N{EN DASH}25 Sep)."
    )
    alone, several = {"Kestrel": voice(Change(100, None))}, {"Kestrel": voice(Change(100, None)), "Two": SILENCE}
    assert plain(what_changed(alone, OF, UNKNOWN_BEFORE)) == (
        f"Kestrel: 100 mentions by 30 people in the seven days to 2 October 2026. {later}"
    )
    assert plain(what_changed(several, OF, UNKNOWN_BEFORE)) == f"Kestrel and Two: 100 mentions in the seven days to 2 October 2026. {later}"
    nobody = Voice(Change(0, 0), Change(0, 0), Change(None, None), Change(None, None))
    assert plain(what_changed({"Kestrel": nobody}, OF, KNOWN)) == (
        "Nobody spoke of Kestrel in the seven days to 2 October 2026, nor in the seven days before."
    )
    assert plain(what_changed({}, OF, KNOWN)) == "No brand is named in brands.csv yet."
    untold = plain(what_changed(alone, OF, Listening(None, 0, [])))
    assert untold.endswith("No source has told when it was listened to, so that nothing can be compared.")


def test_who_moves_most_and_since_when() -> None:
    night = date(2026, 9, 25)
    assert plain(who_moves(None, "Kestrel")).startswith("Nobody is ranked for Kestrel yet")
    assert plain(who_moves(Ranking([person()], date(2026, 10, 2), night), "Kestrel")) == (
        "Ada moves 4.2 adoptions in 28 days (90 % interval 1.5 to 8.2), at rank 1 to 9; 2 places up from 2.0 on 25 September, "
        "which chance may explain."
    )
    risen = person(row={"person": "Bo", "rank": 2}, is_certain=True)
    assert plain(who_moves(Ranking([person(), risen], date(2026, 10, 2), night), "Kestrel")).startswith("Bo moves 4.2")
    assert plain(who_moves(Ranking([person(is_new=True)], date(2026, 10, 2), night), "K")).endswith("; not ranked on 25 September.")
    assert plain(who_moves(Ranking([person(is_new=True)]), "K")).endswith("; there is no earlier night to compare with.")
    expected = person(row={"evidence_class": "expected"})
    assert "is expected to move most peers, though nobody is credited yet: 4.2" in plain(who_moves(Ranking([expected]), "K"))


def test_what_to_do_are_questions_then_people() -> None:
    assert plain(what_to_do(Asked(57, 49, 51, 45), None, "Kestrel", OF, KNOWN)) == (
        "Answer 49 of the 57 questions that were asked about Kestrel in the seven days to 2 October 2026: nobody has (86 %, 90 % interval "
        "77 % to 92 %); 45 of 51 are open from 19\N{EN DASH}25 Sep."
    )
    alone = plain(what_to_do(Asked(57, 49), None, "Kestrel", OF, UNKNOWN_BEFORE))
    assert alone.endswith("(86 %, 90 % interval 77 % to 92 %).")
    assert plain(what_to_do(Asked(3, 0), Ranking([person()]), "Kestrel", OF, KNOWN)) == (
        "Of 3 questions in the seven days to 2 October 2026 none waits: write to Ada, whom nobody has contacted: 4.2 adoptions in 28 days "
        "(90 % interval 1.5 to 8.2)."
    )
    assert plain(what_to_do(Asked(), Ranking([person(row={"is_contacted": True})]), "Kestrel", OF, KNOWN)) == (
        "Nobody asked for advice in the seven days to 2 October 2026, and nobody who is ranked first is left to be written to."
    )


def test_names_are_escaped_and_stand_apart() -> None:
    hostile = "<b>\u202e\u05d0\u05d1"
    for told in (
        what_changed({hostile: voice(MORE)}, OF, KNOWN),
        who_moves(Ranking([person(row={"person": hostile})]), "x"),
        who_moves(None, hostile),
        what_to_do(Asked(2, 1), None, hostile, OF, KNOWN),
        what_to_do(Asked(), Ranking([person(row={"person": hostile})]), "x", OF, KNOWN),
    ):
        assert "<bdi>&lt;b&gt;\u05d0\u05d1</bdi>" in told


def test_charts_say_their_numbers_and_leave_gaps() -> None:
    drawn = charts.line([3, None, 1, None, None], 'Mentions "<')
    assert 'aria-label="Mentions &#34;&lt;, oldest first: 1, not known, 3"' in drawn
    assert drawn.count("<path") == 1  # the axis: no line leads over a gap
    assert charts.columns([0, 4], "Mentions", 8).count("<rect") == 1
    assert 'aria-label="2.00, between 1.00 and 3.00"' in charts.interval(1, 2, 3, 3)
    assert "nan" not in charts.line([], "x") + charts.line([0, 0], "x") + charts.interval(0, 0, 0, 0)
    assert [signed(value, 1) for value in (0.04, -0.04, -2.0, None)] == ["0.0", "0.0", "\N{MINUS SIGN}2.0", "\N{EN DASH}"]
