"""The dbt project stays fit for both engines: what only one of them says is behind a macro that has a side for each."""

from __future__ import annotations

import re

import pytest

from tests.dbt_project.warehouse import PROJECT

MACROS = "\n".join(path.read_text(encoding="utf-8") for path in sorted((PROJECT / "macros").glob("*.sql")))
DISPATCHED = sorted(set(re.findall(r"adapter\.dispatch\('(\w+)', 'groundswell'\)", MACROS)))
DEFINED = set(re.findall(r"\{%-? macro (\w+)\(", MACROS))
OF_DUCKDB = {
    "a list in brackets": r"(?:then|else|coalesce\(|, ) ?\[|\[\d\]",
    "a lambda": r"\blambda \w+:",
    "varchar": r"\bvarchar\b",
    "timestamptz": r"(?<!\{ )\btimestamptz\b(?!\(\))",
    "a union by name": r"\bunion all by name\b",
    "an asof join": r"\basof (?:inner |left )?join\b",
    "a star with replacements": r"\* (?:replace|exclude) \(",
    "named groups of a regular expression": r"regexp_extract\([^']*'[^']*', \[",
    "whole division": r" // ",
    "arg_max": r"\barg_(?:max|min)\(",
    "an order within an aggregate": r"\b(?:sum|mode|list|array_agg)\([^()]* order by ",
    "a quote within a text": r"'[^'\n]*[a-z ]''[a-z ][^'\n]*'",
}
"""What DuckDB understands and Spark does not, for which README.md names the macro or the plainer words."""


def test_every_dispatched_macro_has_a_side_for_each_engine() -> None:
    assert len(DISPATCHED) > 40
    missing = [
        f"{engine}__{name}"
        for name in DISPATCHED
        for engine in ("duckdb", "spark")
        if not DEFINED & {f"{engine}__{name}", f"default__{name}"}
    ]
    assert not missing


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_no_side_is_of_a_macro_that_nobody_dispatches(engine: str) -> None:
    # union_by_name is union_of's; the others are dbt's own
    assert {name.removeprefix(f"{engine}__") for name in DEFINED if name.startswith(f"{engine}__")} - set(DISPATCHED) <= {"load_csv_rows"}


def test_a_model_is_one_text_for_both_engines() -> None:
    asking = [
        path.name
        for path in (PROJECT / "models").rglob("*.sql")
        if re.search(r"\btarget\.(?:type|name|schema|database)\b", path.read_text(encoding="utf-8"))
    ]
    assert not asking


@pytest.mark.parametrize("what", OF_DUCKDB)
def test_no_model_is_written_in_what_duckdb_alone_understands(what: str) -> None:
    found = []
    for path in sorted((PROJECT / "models").rglob("*.sql")):
        text = re.sub(r"\{#.*?#\}|\{%-? set .*?%\}|\{\{.*?\}\}|--[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.S)
        found += [f"{path.name}: {match.group()}" for match in re.finditer(OF_DUCKDB[what], text)]
    assert not found
