"""What a ranking is of, and which of its people are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from orchestration.settings import NotDone, WrongUse


class UnknownName(NotDone):
    """No brand, product, topic, channel or person of this name is known, or several are."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One ranking among those of a night: over all, or of a brand, product, topic or channel."""

    kind: str
    id: str
    name: str


ALL = Scope("all", "all", "all brands")
KINDS = {
    "brand": "brands.csv", "product": "products.csv", "topic": "topics.csv", "channel": "the warehouse", "campaign": "campaigns.csv",
}  # fmt: skip
"""What has a name of its own, and where the names stand; there are rankings of all but campaigns."""


def scope(connection: duckdb.DuckDBPyConnection, kind: str, name: str) -> Scope:
    """What of a kind has this id or name, whatever its case.

    Raises:
        WrongUse: the name is empty.
        UnknownName: with those that there are.
    """
    known: dict[str, str] = dict(connection.execute(f"select {kind}_id, {kind}_name from dim_{kind}s order by 1").fetchall())
    for known_id, known_name in known.items():
        if name.casefold() in {known_id.casefold(), (known_name or "").casefold()}:
            return Scope(kind, known_id, known_name or known_id)
    if not name.strip():
        raise WrongUse(f"--{kind} names none: give an id or a name, or leave it out")
    raise UnknownName(f"no {kind} {name!r} in {KINDS[kind]}: there are {', '.join(known) or 'none'}")


def scope_asked(connection: duckdb.DuckDBPyConnection, names: Mapping[str, str | None]) -> Scope:
    """The scope that is named, by kind; over all where none is.

    Raises:
        WrongUse: several are.
        UnknownName: there is none of this name.
    """
    asked = [(kind, name) for kind, name in names.items() if name is not None]
    if len(asked) > 1:
        raise WrongUse(f"{' and '.join(f'--{kind}' for kind, _ in asked)} are rankings of their own: choose one")
    return scope(connection, *asked[0]) if asked else ALL


@dataclass(frozen=True, slots=True)
class Only:
    """Which people of a ranking are shown; their places stay what they are among all.

    `since`: who spoke of it on this day or later; `until`: as of the last night until this day; `language`: of most of their posts;
    `least_evidence`: with so many adoptions as evidence at least; `channel`: who spoke of it there, by id.
    """

    since: date | None = None
    until: date | None = None
    language: str | None = None
    least_evidence: int = 0
    channel: str | None = None

    def conditions(self, of: Scope) -> tuple[str, dict[str, Any]]:
        """As SQL on `rankings`, each beginning with `and`, and its parameters."""
        said: list[str] = []
        values: dict[str, Any] = {"until": self.until} if self.until else {}
        if self.since or self.channel:
            when = (" and said.said_at >= $since" if self.since else "") + (" and said.said_at < $until::date + 1" if self.until else "")
            there = " and said.channel = $channel" if self.channel else ""
            said.append(f"""and exists (
                from mentions_enriched as said
                where said.person_id = rankings.person_id{when}{there} and {OF[of.kind]}
            )""")
            values |= {"since": self.since} if self.since else {}
            values |= {"channel": self.channel} if self.channel else {}
            values |= {} if of.kind == "all" else {"id": of.id}
        if self.language:
            said.append("and rankings.person_id in (select person_id from persons_overview where language = lower($language))")
            values["language"] = self.language
        if self.least_evidence:
            said.append("""and (
                select count(distinct evidence.adoption_id)
                from ranking_evidence as evidence
                where (evidence.as_of_date, evidence.score_version, evidence.scope_kind, evidence.scope_id, evidence.person_id)
                    = (rankings.as_of_date, rankings.score_version, rankings.scope_kind, rankings.scope_id, rankings.person_id)
            ) >= $least_evidence""")
            values["least_evidence"] = self.least_evidence
        return " ".join(said), values


EVERYBODY = Only()
OF = {
    "all": "said.brand_id is not null",
    "brand": "said.brand_id = $id",
    "product": "said.product_id = $id",
    "channel": "said.channel = $id and said.brand_id is not null",
    "topic": """said.brand_id in (
        select brands.brand_id from dim_brands as brands inner join dim_topics as topics on brands.category = topics.category
        where topics.topic_id = $id
    )""",
}
"""Which mentions count for a scope of a kind, as in rankings_newest."""
