"""Whoever was forgotten, in a page that was written before: rank and numbers of the score, and nothing else."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from orchestration.privacy.identifiers import Identifiers
from orchestration.privacy.places import erase_file
from orchestration.privacy.redaction import Redactor
from orchestration.publishing.report.forgotten import without_details
from orchestration.publishing.report.mentions import Listening
from orchestration.publishing.report.page import Report, render
from orchestration.publishing.report.people import Person, Ranking
from orchestration.publishing.report.periods import Edition, period
from orchestration.publishing.report.sentences import Asked
from orchestration.settings import Settings

NIGHT = date(2026, 10, 2)
SCORE = {
    "rank_low": 1, "rank_high": 9, "impact": 4.25, "impact_low": 1.5, "impact_high": 8.2,
    "evidence_class": "credited",
    "platform": "mastodon", "audience": 48_217, "earned_mention_count": 31, "paid_mention_count": 2,
    "is_contacted": True, "last_contacted_on": date(2026, 9, 3), "last_active_at": datetime(2026, 9, 29, tzinfo=UTC),
    "best_quote": None, "best_quote_url": None, "beside": None,
}  # fmt: skip
BEFORE = {
    "rank_before": 3, "impact_before": 2.5, "impact_low_before": 0.5, "impact_high_before": 6.5, "is_certain": False, "impact_gained": 1.75,
}  # fmt: skip
CREDITED = {
    "said": "The press is quiet.", "said_url": "https://plaza.example/1", "credit": 0.5, "person": "Cy", "lag_days": 2.0,
    "adopter_said": "Bought it.", "adopter_url": None, "adopter_person_id": "cy",
}  # fmt: skip


def person(rank: int, name: str, url: str, **otherwise: Any) -> Person:
    return Person(SCORE | {"rank": rank, "person": name, "url": url} | otherwise, BEFORE, [CREDITED])


def page(*people: Person) -> str:
    ranking = Ranking(people, NIGHT, date(2026, 9, 25))
    of = period(Edition.night, NIGHT)
    report = Report(of, Listening(date(2026, 9, 1), 4, []), False, True, "2026-10-02.html", [], ranking, [], Asked(), [], [], [], [])
    return render(report)["2026-10-02.html"]


def places(text: str) -> list[str]:
    return re.findall(r"<li><details>.*?</details></li>", text, re.DOTALL)


def test_rank_and_score_stay_and_all_else_goes() -> None:
    written = page(person(1, "Vera Marchetti", "https://plaza.example/@vera"), person(2, "Abe Lindt", "https://plaza.example/@abe"))
    identifiers = Identifiers(
        ["m:1"], [], [], {"m:1": "forgotten:0123456789abcdef"}, {"https://plaza.example/@vera"}, names={"Vera Marchetti"}
    )
    changed = without_details(Redactor(identifiers).pages.replaced(written))
    theirs, others = places(changed)
    assert others == places(written)[1]
    assert re.sub(r"<svg.*</svg>", "", theirs, flags=re.DOTALL) == (
        '<li><details><summary><span class="rank">1</span>\n<span class="who"><bdi>forgotten</bdi></span>\n<span class="chart">'
        '</span>\n<span class="numbers">4.25 <small>1.50\N{EN DASH}8.20</small></span>\n'
        '<span class="moved"><small>up from 3</small></span></summary>\n'
        '<div class="opened">\n<dl class="facts">\n<div><dt>Rank between</dt><dd>1 and 9</dd></div>\n'
        "<div><dt>Impact on 25 September</dt><dd>2.50 (0.50\N{EN DASH}6.50), "
        "the difference may be chance</dd></div></dl>\n</div></details></li>"
    )
    assert without_details(changed) == changed


def test_a_page_that_an_earlier_version_left_with_details_loses_them_when_anybody_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "2026-10-02.html"
    path.write_text(page(person(1, "forgotten", ""), person(2, "Abe Lindt", "https://plaza.example/@abe")), encoding="utf-8")
    before, told = path.read_text(encoding="utf-8"), list[str]()
    nobody = Redactor(Identifiers(["m:9"], [], [], {"m:9": "forgotten:0123456789abcdef"}))
    for _ in range(2):
        assert erase_file(path, Settings(home=tmp_path), nobody, lambda: told.append("rewritten")) == 0
    assert told == ["rewritten"]
    theirs, others = places(path.read_text(encoding="utf-8"))
    assert "Followers" not in theirs
    assert others == places(before)[1]


def test_whoever_is_known_by_an_id_alone_and_a_name_like_the_mark() -> None:
    text = page(person(1, "forgotten:0123456789abcdef", "x"), person(2, "Forgotten Coast", "https://plaza.example/@coast"))
    theirs, others = places(without_details(text))
    assert "Followers" not in theirs
    assert others == places(text)[1]
