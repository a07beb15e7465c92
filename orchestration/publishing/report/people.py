"""Who moves their peers, for each brand and over all: the first, what speaks for them, where they stood before, who rose and fell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from orchestration.publishing.rankings import evidence, what_controls_leave
from orchestration.publishing.report.periods import Period

Row = dict[str, Any]
PEOPLE = 10
"""Shown of each ranking."""
QUOTES = 3
"""Of what each of them is credited with."""
MOVERS = 5
FIRST = f"""
select * from rankings_newest
where scope_kind in ('all', 'brand') and rank <= {PEOPLE}
order by scope_kind, scope_id, rank, person_id
"""
MOVED = f"""
with nights as (
    select distinct rankings.as_of_date, rankings.score_version, versions.first_as_of_date
    from influencer_rankings as rankings
    inner join dim_score_versions as versions on rankings.score_version = versions.score_version
),
newest as (
    select last_as_of_date as as_of_date, score_version from dim_score_versions where is_current
),
earlier as (
    select nights.as_of_date, nights.score_version
    from nights inner join newest on nights.as_of_date < newest.as_of_date
    order by
        case when nights.as_of_date <= $until then nights.as_of_date end desc nulls last,
        nights.as_of_date asc,
        case when nights.score_version = newest.score_version then 0 else 1 end asc,
        nights.first_as_of_date desc,
        nights.score_version asc
    limit 1
)
select
    now.scope_kind, now.scope_id, now.person_id, coalesce(persons.person, now.person_id) as person,
    before.as_of_date as before_date, now.as_of_date,
    before.rank as rank_before, now.rank,
    before.impact as impact_before, before.impact_low as impact_low_before, before.impact_high as impact_high_before,
    now.impact, now.impact_low, now.impact_high,
    now.impact - before.impact as impact_gained,
    now.mention_count - before.mention_count as mentions_gained,
    now.score_version = before.score_version
    and (now.impact_low > before.impact_high or now.impact_high < before.impact_low) as is_certain,
    case
        when before.score_version != now.score_version then 'version'
        when now.mention_count != before.mention_count then 'behaviour'
        when now.rank between before.rank_low and before.rank_high then 'within the old interval'
        else 'data'
    end as because
from influencer_rankings as now
inner join newest on now.as_of_date = newest.as_of_date and now.score_version = newest.score_version
inner join influencer_rankings as before
    on
        now.scope_kind = before.scope_kind and now.scope_id = before.scope_id and now.population = before.population
        and now.person_id = before.person_id
inner join earlier on before.as_of_date = earlier.as_of_date and before.score_version = earlier.score_version
left join persons_overview as persons on now.person_id = persons.person_id
where now.scope_kind in ('all', 'brand') and now.population = 'public'
qualify
    now.rank <= {PEOPLE}
    or row_number() over (partition by now.scope_kind, now.scope_id order by impact_gained desc, now.person_id) <= {MOVERS}
    or row_number() over (partition by now.scope_kind, now.scope_id order by impact_gained asc, now.person_id) <= {MOVERS}
order by now.scope_kind, now.scope_id, impact_gained desc, now.person_id
"""


@dataclass(frozen=True, slots=True)
class Person:
    """One of a ranking: their row of rankings_newest, that of before where there is one, and what they are credited with."""

    row: Row
    before: Row | None
    evidence: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Who moves most, as of a night, beside an earlier one. `compared`: the earlier night; None where there is none."""

    people: Sequence[Person] = ()
    ranked_on: date | None = None
    compared: date | None = None
    risen: Sequence[Row] = ()
    fallen: Sequence[Row] = ()
    controls: str = ""


def rankings(connection: duckdb.DuckDBPyConnection, period: Period) -> dict[tuple[str, str], Ranking]:
    """By kind and id of what they are of; those of which nobody is ranked are missing."""
    first = connection.execute(FIRST).pl().to_dicts()
    moved = connection.execute(MOVED, {"until": period.before.last}).pl().to_dicts()
    version = connection.execute("select score_version from dim_score_versions where is_current").fetchall()
    before = {(row["scope_kind"], row["scope_id"], row["person_id"]): row for row in moved}
    if not first or not version:
        return {}
    night = {"night": first[0]["ranked_on"], "version": version[0][0]}
    quoted: dict[tuple[str, str, str], list[Row]] = {}
    places = [(row["scope_kind"], row["scope_id"], row["person_id"]) for row in first]
    for row in evidence(connection, night, places, QUOTES).to_dicts():
        quoted.setdefault((row["scope_kind"], row["scope_id"], row["spoke_id"]), []).append(row)
    controls = {kind: what_controls_leave(connection, night["night"], night["version"], kind) for kind in ("all", "brand")}
    found: dict[tuple[str, str], list[Person]] = {}
    for row, place in zip(first, places, strict=True):
        found.setdefault(place[:2], []).append(Person(row, before.get(place), quoted.get(place, [])))
    return {
        of: Ranking(
            people,
            night["night"],
            next((row["before_date"] for row in moved), None),
            [row for row in moved if (row["scope_kind"], row["scope_id"]) == of and row["impact_gained"] > 0][:MOVERS],
            [row for row in moved if (row["scope_kind"], row["scope_id"]) == of and row["impact_gained"] < 0][: -MOVERS - 1 : -1],
            controls[of[0]],
        )
        for of, people in found.items()
    }
