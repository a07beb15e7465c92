"""The questions of dbt_project/analyses, asked of the published file with other parameters than the files' own.

A question is a file of plain SQL that any tool runs. Its first part, `with asked as (…)`, names what may be asked otherwise, a line each:
`cast(DEFAULT as TYPE) as NAME  -- what it means`. What it needs to be answered at all is in `_analyses.yml` (`needs`, of NEEDS), and so is
what its answer has to be read with in a young home (`caveats`, of CAVEATS).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import yaml

from orchestration.settings import DBT_PROJECT, WrongUse

FOLDER = DBT_PROJECT / "analyses"
_ASKED = re.compile(r"^with asked as \(\n    select(.*?)^\)", re.DOTALL | re.MULTILINE)
_PARAMETER = re.compile(r"cast\((?P<default>.+?) as (?P<kind>[a-z ]+)\) as (?P<name>\w+),?  -- (?P<meaning>.+)")
_LIMIT = re.compile(r"^limit (\d+)\n?\Z", re.MULTILINE)
NEEDS: Mapping[str, tuple[str, str]] = {
    "nights": (
        "select count(*) > 0 from influencer_rankings",
        "no night has ranked anybody yet: `groundswell refresh` runs one",
    ),
    "two_nights": (
        "select count(distinct as_of_date) > 1 from influencer_rankings",
        "only one night is ranked: what changed can be told from the second one on, four weeks after 28 of them",
    ),
    "our_brands": (
        "select coalesce(bool_or(is_ours), false) from dim_brands",
        "no brand of brands.csv is marked as ours (is_ours): mark yours, or name one with --brand",
    ),
    "competitors": (
        "select coalesce(bool_or(not is_ours), false) from dim_brands",
        "brands.csv has no brand but ours: add your competitors",
    ),
    "mentions": (
        "select count(*) > 0 from fct_mentions where brand_id is not null",
        "no post mentions a brand of brands.csv: `groundswell status` tells of posts, brand_terms.csv holds the words that are looked for",
    ),
    "topics": (
        "select count(*) > 0 from dim_topics",
        "topics.csv holds no topic",
    ),
    "credit": (
        "select count(*) > 0 from ranking_evidence",
        "no adoption is credited to anybody yet: nobody has told that they bought after a peer's word",
    ),
    "followers": (
        "select count(*) > 0 from persons_overview where audience is not null",
        "no source tells how many followers anybody has",
    ),
    "edges": (
        "select count(*) > 0 from fct_influence_edges where edge_class in ('interacted', 'follows')",
        "nobody is known to follow or to talk with anybody",
    ),
    "persons": (
        "select coalesce(max(author_count), 0) > 1 from dim_persons",
        "nobody is known to have several accounts: `groundswell people --review` shows who may",
    ),
    "orders": (
        "select count(*) > 0 from fct_conversions",
        "no orders are loaded: a source of the kind files or databases brings them (connectors/README.md)",
    ),
    "campaigns": (
        "select count(*) > 0 from dim_campaigns",
        "campaigns.csv holds no campaign",
    ),
    "spend": (
        "select count(*) > 0 from fct_spend where author_id is not null",
        "campaign_spend.csv tells of nobody what was paid to them",
    ),
}
"""Whether the published file has what a question needs, and what is said of an empty answer where it has not."""


CAVEATS: Mapping[str, tuple[str, str]] = {
    "eight_weeks": (
        "select coalesce(min(cast(window_started_at as date)) <= max(observed_date) - 55, false) from ops_source_runs",
        "sources are listened to for less than eight weeks: of the four weeks before little or nothing is held, so that what was "
        "always said seems to have risen",
    ),
    "four_weeks_of_nights": (
        "select coalesce(max(as_of_date) - min(as_of_date) >= 28, false) from influencer_rankings",
        "less than four weeks of nights are ranked: what is compared with is the first of them, or the night of --since",
    ),
}
"""Whether the published file has what a question compares with, and what is said beside its answer where it has not."""


class UnknownQuestion(WrongUse):
    """There is no such question, or it takes no such parameter."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What may be asked otherwise: `kind` is its SQL type, `default` as SQL."""

    name: str
    kind: str
    default: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Question:
    """One file. `limit`: how many rows it answers at most; `otherwise`: what an empty answer says where all that is needed is there.

    `caveats`: of CAVEATS.
    """

    name: str
    path: Path
    about: str
    query: str
    parameters: Mapping[str, Parameter]
    limit: int | None
    needs: Sequence[str]
    otherwise: str
    caveats: Sequence[str]


@cache
def questions() -> Mapping[str, Question]:
    """All questions by name, as `most-influential`, in the order of their numbers."""
    written = yaml.safe_load((FOLDER / "_analyses.yml").read_text(encoding="utf-8"))["analyses"]
    return {found.name: found for found in map(_question, written)}


def question(name: str) -> Question:
    """The question of a name, or of the name or number of its file.

    Raises:
        UnknownQuestion: there is none.
    """
    plain = name.strip().lower().replace("_", "-")
    for known in questions().values():
        number = known.path.stem.partition("_")[0]
        if plain in {known.name, number, number[1:], number[1:].lstrip("0"), known.path.stem.replace("_", "-")}:
            return known
    raise UnknownQuestion(f"no question {name!r}: `groundswell ask --list` shows all {len(questions())}")


def ask(connection: duckdb.DuckDBPyConnection, asked: Question, values: Mapping[str, Any], limit: int | None = None) -> pl.DataFrame:
    """The answer. `values` by the parameters' names; `limit`: how many rows at most, instead of the file's own number.

    Raises:
        UnknownQuestion: it does not take one of these.
    """
    if unknown := values.keys() - asked.parameters.keys():
        taken = ", ".join(map(option, asked.parameters)) or "nothing"
        raise UnknownQuestion(f"{asked.name} does not take {option(sorted(unknown)[0])}; it takes {taken}, and --limit")
    query = _asked(asked, values)
    bound = dict(values)
    if limit is not None:
        query, bound["row_limit"] = _LIMIT.sub("", query) + "limit $row_limit", limit
    try:
        return connection.execute(query, bound or None).pl()
    except (duckdb.ConversionException, duckdb.OutOfRangeException) as error:
        raise UnknownQuestion(f"{asked.name} cannot be asked so: {str(error).splitlines()[0]}") from None


def how_many(connection: duckdb.DuckDBPyConnection, asked: Question, values: Mapping[str, Any]) -> int:
    """How many rows the answer has without a limit."""
    query = _LIMIT.sub("", _asked(asked, values))
    ((count,),) = connection.execute(f"select count(*) from ({query}) as answer", dict(values) or None).fetchall()
    return int(count)


def _asked(asked: Question, values: Mapping[str, Any]) -> str:
    query = asked.query
    for name in values:
        given = asked.parameters[name]
        query = query.replace(f"cast({given.default} as {given.kind}) as {name}", f"cast(${name} as {given.kind}) as {name}")
    return query


def option(name: str) -> str:
    """How a parameter is given on the command line."""
    return f"--{name.replace('_', '-')}"


def why_empty(connection: duckdb.DuckDBPyConnection, asked: Question) -> str:
    """Why an answer is empty: the first thing that it needs and that is not there, or that there is nothing of the kind."""
    for need in asked.needs:
        query, reason = NEEDS[need]
        ((is_there,),) = connection.execute(query).fetchall()
        if not is_there:
            return reason
    return asked.otherwise


def caveats(connection: duckdb.DuckDBPyConnection, asked: Question) -> list[str]:
    """What has to be said beside an answer, because what it compares with is not there yet."""
    rules = [CAVEATS[name] for name in asked.caveats]
    return [told for query, told in rules if not connection.execute(query).fetchall()[0][0]]


def _question(written: Mapping[str, Any]) -> Question:
    path = FOLDER / f"{written['name']}.sql"
    query = path.read_text(encoding="utf-8")
    block = _ASKED.search(query)
    found = [Parameter(**one.groupdict()) for one in _PARAMETER.finditer(block.group(1))] if block else []
    meta = written["config"]["meta"]
    return Question(
        path.stem.partition("_")[2].replace("_", "-"),
        path,
        written["description"].strip(),
        query,
        {one.name: one for one in found},
        int(limit.group(1)) if (limit := _LIMIT.search(query)) else None,
        meta["needs"],
        meta["otherwise"].strip(),
        meta.get("caveats", ()),
    )
