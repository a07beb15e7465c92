"""Whom somebody means by a name: exactly so called, else by a word of the name; and whom they may mean where that is nobody, or several."""

from __future__ import annotations

import duckdb
import polars as pl
from polars import col

from orchestration.publishing.scopes import UnknownName

SHOWN = 5
EXACT = """
select bridge.person_id, min(case
    when $name in (bridge.person_id, bridge.author_id) then 1
    when ltrim(lower($name), '@') in (ltrim(lower(authors.handle), '@'), lower(authors.display_name), lower(persons.display_name)) then 2
    when ltrim(lower($name), '@') = split_part(ltrim(lower(authors.handle), '@'), '@', 1) then 3
end) as tier
from bridge_persons_authors as bridge
left join dim_persons as persons on bridge.person_id = persons.person_id
left join dim_authors as authors on bridge.author_id = authors.author_id and authors.is_current
group by bridge.person_id having tier is not null order by tier, bridge.person_id
"""
"""By id, by a whole name or handle, by a handle without its server; only what is found first counts."""
CALLED = r"""
with called as (
    select bridge.person_id, authors.display_name, authors.handle,
        strip_accents(lower(concat_ws(' ', authors.display_name, split_part(ltrim(authors.handle, '@'), '@', 1)))) as folded
    from bridge_persons_authors as bridge
    inner join dim_authors as authors on bridge.author_id = authors.author_id and authors.is_current
),
worded as (
    select *, list_filter(regexp_split_to_array(folded, '[^\pL\pN]+'), word -> word != '') as words from called
),
meant as (
    select strip_accents(lower($name)) as folded,
        list_filter(regexp_split_to_array(strip_accents(lower($name)), '[^\pL\pN]+'), word -> word != '') as words
)
"""
"""Accounts with the words of their name and of their handle without its server, case and accents aside; and those of the name asked."""
OF_WORDS = f"""{CALLED}
select person_id, coalesce(any_value(worded.display_name), any_value(worded.handle)) as name
from worded cross join meant left join persons_overview as persons using (person_id)
where len(meant.words) > 0 and list_has_all(worded.words, meant.words)
group by person_id order by any_value(persons.rank) nulls last, name, person_id
"""
ALIKE = f"""{CALLED},
near as (
    select person_id, coalesce(display_name, handle) as name, list_max(list_transform(
        list_concat([coalesce(strip_accents(lower(display_name)), '')], worded.words), word -> jaro_winkler_similarity(word, meant.folded)
    )) as likeness
    from worded cross join meant
)
select person_id, any_value(name) as name from near where likeness >= 0.88
group by person_id order by max(likeness) desc, person_id limit {SHOWN}
"""


BESIDE = """
select person_id, concat_ws(
    ', ', platform, case when contains(ltrim(handle, '@'), '@') then handle
        else concat_ws(' at ', handle, case when regexp_matches(url, '^https?://') then regexp_extract(url, '^https?://([^/]+)', 1) end) end
)
from persons_overview where list_contains($people, person_id)
"""


def namesakes(connection: duckdb.DuckDBPyConnection, frame: pl.DataFrame) -> dict[str, str]:
    """Channel and handle of people who share their name with another of the frame, by `person_id`; no others are in it."""
    several = frame.filter(col("person_id").n_unique().over("person") > 1)["person_id"].drop_nulls().unique()
    return dict(connection.execute(BESIDE, {"people": several.to_list()}).fetchall()) if len(several) else {}


def told_apart(connection: duckdb.DuckDBPyConnection, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame as it is shown: where several bear a name of its column `person`, channel and handle stand behind it."""
    if not {"person", "person_id"} <= set(frame.columns) or not (beside := namesakes(connection, frame)):
        return frame
    told = pl.format("{} ({})", "person", col("person_id").replace_strict(beside, default=None, return_dtype=pl.String()))
    return frame.with_columns(person=pl.coalesce(told, "person"))


def person_id(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """The id of the one person whom a name means: their or an account's id, a handle or name, or whole words of one.

    Case and accents are the same, and a handle may leave out its server.

    Raises:
        UnknownName: nobody is called that, or several are; with those who may be meant.
    """
    found = connection.execute(EXACT, {"name": name}).fetchall()
    people = [person for person, tier in found if tier == found[0][1]]
    if len(people) == 1:
        return str(people[0])
    if people:
        beside = dict(connection.execute(BESIDE, {"people": people[:SHOWN]}).fetchall())
        which = [f"{person!r} ({beside[person]})" if person in beside else repr(person) for person in people[:SHOWN]]
        raise UnknownName(f"{len(people)} people are called {name!r}: give one's id, such as {', '.join(which)}")
    worded = connection.execute(OF_WORDS, {"name": name}).fetchall()
    if len(worded) == 1:
        return str(worded[0][0])
    if worded:
        raise UnknownName(f"{len(worded):,} people have {name!r} in their name: give one's id, such as {_told(worded)}")
    alike = connection.execute(ALIKE, {"name": name}).fetchall()
    hint = f"did you mean {_told(alike)}?" if alike else "give a name, handle or id as `groundswell rank` shows it"
    raise UnknownName(f"nobody here is called {name!r}: {hint}")


def _told(people: list[tuple[str, str]]) -> str:
    return ", ".join(f"{name} ({person!r})" if name else repr(person) for person, name in people[:SHOWN])
