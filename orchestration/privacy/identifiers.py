"""Everything by which a person's accounts can be known in a warehouse, and what stands in for it.

Some identifiers are theirs alone and are looked for everywhere: ids with their platform, long ids, addresses, handles and names that nobody
else bears, texts that nobody else wrote. Others are short or shared (`17`, `anna`): those are only looked for where an account or a post is
named, in what is of the platform.
"""

from __future__ import annotations

import json
import re
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from orchestration.privacy.others import in_ids_of_others, plain_address, said_by_chance, shared_with, values_of
from orchestration.warehouse.warehouse import literal

MARK = "forgotten"
"""What stands in for names, texts and native ids."""
LEAST_TEXT = 30
"""Characters. What is shorter is said by many: "I love it!"."""
AT = "@<span>"
"""How pages of the Fediverse write the sign before a handle."""
LEAST_HANDLE = 4
"""Signs of a handle that is looked for with its @."""
PERSON_COLUMNS = ("author_id", "person_id", "actor_author_id", "other_author_id", "follower_author_id", "followed_author_id",
                  "audience_person_id", "adopter_person_id")  # fmt: skip
"""Columns of an author or a person whose row it is."""
POST_COLUMNS = ("post_id",)
OWN_IDS = frozenset({"id", "idstr", "uri", "did", "guid", "pk", "nativeid", "acct", "username", "handle", "login", "screenname"})
"""Names, without case and signs, that a platform's answer gives to what a thing itself is known by."""
WRITERS = frozenset(
    {
        "author", "account", "user", "by", "actor", "owner", "creator", "member", "commenter", "authorid", "accountid", "userid", "actorid",
        "ownerid", "creatorid", "actorauthorid", "authorchannelid", "uid", "followerid", "followedid", "follower", "followed", "from",
        "authorfullname", "commentinguser", "submitteruser", "channelid", "creatorref", "ownerpage", "podcastid", "feedid", "collectionid",
        "followeruri", "followeduri",
    }
)  # fmt: skip
"""Names that it gives to whose a thing is."""
ASKED = {
    **dict.fromkeys(("display_name", "user_name", "author_name", "host_name", "person"), "names"),
    "handle": "handles",
    **dict.fromkeys(("url", "canonical_url", "websites", "verified_websites"), "addresses"),
    **dict.fromkeys(("body", "text", "title", "bio", "sentence", "excerpt", "edit_comment", "transcript", "description"), "texts"),
}
"""What a column of a row of theirs tells of them."""


@dataclass(slots=True)
class Identifiers:
    """What is looked for; `authors`, `persons` and `post_ids` make a row theirs.

    `keys`: author, person, post and derived ids, each to its pseudonym; `certain`: what else is theirs alone, looked for everywhere;
    `accounts` and `posts`: short or shared ids by platform; `names`: every name and handle, to be looked for in pages;
    `natives`: platforms' ids among `certain`, and whether of an `account` or a `post`.
    Of accounts that are kept as nodes without a name: `node`, what they are called then, and `instead`, what stands in for the certain.
    """

    authors: Sequence[str]
    persons: Sequence[str]
    post_ids: Sequence[str]
    keys: dict[str, str] = field(default_factory=dict)
    certain: set[str] = field(default_factory=set)
    accounts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    posts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    names: set[str] = field(default_factory=set)
    natives: dict[str, str] = field(default_factory=dict)
    node: str = ""
    instead: dict[str, str] = field(default_factory=dict)

    @property
    def replacements(self) -> Mapping[str, str]:
        """Every string that is looked for everywhere, and what stands in for it."""
        return dict.fromkeys(self.certain, MARK) | self.instead | self.keys


def collect(connection: duckdb.DuckDBPyConnection, authors: Sequence[str], person: str, *, is_whole: bool) -> Identifiers:
    """Reads the identifiers of accounts out of every table that has columns of them; `is_whole`: these are all accounts of the person."""
    tables = columns_by_table(connection)
    mine = f"({', '.join(map(literal, authors))})"
    posts = sorted(
        set().union(
            *(
                values_of(connection, f"select post_id from {table} where author_id in {mine} and post_id is not null")
                for table, columns in tables.items()
                if {"author_id", "post_id", "published_at"} <= columns.keys()
            )
        )
    )
    persons = [person] if is_whole or person in authors else []
    found = Identifiers(authors, persons, posts)
    for key in dict.fromkeys((*authors, *persons, *posts)):
        found.keys[key] = pseudonym()
    _natives(found)
    _of_payloads(connection, tables, mine, found)
    _of_rows(connection, tables, mine, found)
    return found


def pseudonym() -> str:
    """A new name that leads back to nobody."""
    return f"{MARK}:{secrets.token_hex(8)}"


def columns_by_table(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Columns and their types, by the quoted name of each table of the database that is used."""
    rows = connection.execute(
        """
        select schema_name, table_name, column_name, data_type
        from duckdb_columns() inner join duckdb_tables() using (database_name, schema_name, table_name)
        where database_name = current_database() order by schema_name, table_name, column_index
        """
    ).fetchall()
    tables: dict[str, dict[str, str]] = {}
    for schema, table, column, kind in rows:
        tables.setdefault(f'"{schema}"."{table}"', {})[column] = kind
    return tables


def _natives(found: Identifiers) -> None:
    for keys, shared in ((found.authors, found.accounts), (found.post_ids, found.posts)):
        for key in keys:
            platform, _, native = key.partition(":")
            _add_native(found, shared, platform, native)
            if (end := re.split(r"[/#?=]", native)[-1]) != native and is_distinctive(end):
                _add_native(found, shared, platform, end)


def _add_native(found: Identifiers, shared: dict[str, set[str]], platform: str, native: str) -> None:
    if is_distinctive(native):
        found.certain.add(native)
        found.natives[native] = "account" if shared is found.accounts or found.natives.get(native) == "account" else "post"
    elif native:
        shared[platform].add(native.lower())


def _of_payloads(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Mapping[str, str]], mine: str, found: Identifiers) -> None:
    """Ids that a platform's own answers have of their accounts and posts and staging does not keep, such as those of one server alone."""
    told: dict[str, list[tuple[dict[str, set[str]], str]]] = defaultdict(list)
    for table, columns in tables.items():
        name = table.strip('"').split('"."')[-1]
        platform, _, entity = name.removeprefix("stg_").partition("__")
        raw = f'"raw_{platform}"."{entity}"'
        if not {"native_id", "author_id"} <= columns.keys() or "payload" not in tables.get(raw, {}):
            continue
        ids = found.posts if any(name.endswith("post_id") for name in columns) else found.accounts
        for payload in values_of(
            connection, f"select payload from {raw} where native_id in (select native_id from {table} where author_id in {mine})"
        ):
            value = json.loads(payload)
            for key, item in value.items() if isinstance(value, dict) else ():
                plain = letters(key)
                if plain in OWN_IDS and _is_id(item):
                    told[str(item)].append((ids, platform))
                elif plain in WRITERS and "post_id" in columns:
                    inside = item.items() if isinstance(item, dict) else [("id", item)]
                    for inner, text in inside:
                        if letters(inner) in OWN_IDS and _is_id(text):
                            told[str(text)].append((found.accounts, platform))
    of_accounts = [text for text, places in told.items() if any(shared is found.accounts for shared, _ in places)]
    own = {author.partition(":")[0] for author in found.authors}  # where nobody else is called so
    of_others = in_ids_of_others(connection, tables, mine, of_accounts, but=own)
    for text, places in told.items():
        for shared, platform in places:
            if text.lower() in of_others:
                shared[platform].add(text.lower())
            else:
                _add_native(found, shared, platform, text)


def letters(key: str) -> str:
    """A field's name as OWN_IDS and WRITERS have it: its letters alone, in lower case."""
    return re.sub(r"[^a-z]", "", key.lower())


def _is_id(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and 0 < len(str(value)) <= 300


def is_distinctive(text: str) -> bool:
    """Whether a string is hardly anything else than an id: long, and no word or number of everyday life."""
    return (
        len(text) >= 16
        or (len(text) >= 8 and not text.isdigit() and re.search(r"[0-9_.\-:/]", text) is not None)
        or (len(text) >= 12 and text.isdigit())
    )


def _of_rows(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Mapping[str, str]], mine: str, found: Identifiers) -> None:
    """Names, handles, addresses, texts, hashed ids and customer keys, out of rows of theirs."""
    connection.execute("create or replace temp table posts_of_theirs (post_id varchar)")
    for first in range(0, len(found.post_ids), 1000):
        rows = ", ".join(f"({literal(post)})" for post in found.post_ids[first : first + 1000])
        connection.execute(f"insert into posts_of_theirs values {rows}")
    theirs: dict[str, set[str]] = defaultdict(set)
    others: dict[str, list[str]] = defaultdict(list)
    for table, columns in tables.items():
        if "as_of_date" in columns:
            continue
        conditions = [f"{name} in {mine}" for name in ("author_id", "actor_author_id") if name in columns]
        if not conditions and "post_id" in columns:
            conditions = ["post_id in (select post_id from posts_of_theirs)"]
        where = " or ".join(conditions)
        for column, kind in columns.items():
            if (asked := ASKED.get(column)) and "author_id" in columns and kind in ("VARCHAR", "VARCHAR[]"):
                value = f'unnest("{column}")' if kind == "VARCHAR[]" else f'"{column}"'
                theirs[asked] |= values_of(connection, f"select distinct {value} from {table} where {where}")
                others[asked].append(f"select lower(value) from (select {value} as value from {table} where author_id not in {mine})")
            elif where and kind == "VARCHAR" and column.endswith("_id") and _is_own_id(table, column, columns):
                hashed = f"""({where}) and regexp_full_match("{column}", '[0-9a-f]{{32,64}}')"""
                _add_keys(found, values_of(connection, f'select distinct "{column}" from {table} where {hashed}'))
            if kind == "VARCHAR" and column in ("customer_key", "customer_id") and "customer_author_id" in columns:
                _add_keys(found, values_of(connection, f'select distinct "{column}" from {table} where customer_author_id in {mine}'))
    if '"raw_home"."campaign_codes"' in tables:
        codes = f"select distinct code from raw_home.campaign_codes where author_id in {mine}"
        found.certain |= {code for code in values_of(connection, codes) if len(code) >= 4}
    for asked, values in sorted(theirs.items(), key=lambda one: one[0] == "texts"):  # which are asked with what names them
        if asked == "handles":
            values |= {local for value in values if (local := value.removeprefix("@").split("@")[0])}
            others[asked] += [f"select split_part(ltrim(value, '@'), '@', 1) from ({query}) as handles (value)" for query in others[asked]]
        shared = shared_with(connection, values, others[asked])
        if asked == "texts":
            rare = (value for value in values if len(value.strip()) >= LEAST_TEXT and value.strip().lower() not in shared)
            shared |= said_by_chance(connection, tables, mine, rare, found.certain - found.natives.keys())
        elif asked in ("addresses", "handles"):
            shared |= in_ids_of_others(connection, tables, mine, values)
        _sort(asked, values, shared, found)


def _is_own_id(table: str, column: str, columns: Mapping[str, str]) -> bool:
    """Whether a column tells what a table's rows are known by: of what others did, such as whom somebody moved, the ids are theirs."""
    return column == next(iter(columns)) and not table.startswith('"raw_')


def _add_keys(found: Identifiers, keys: Iterable[str]) -> None:
    for key in keys:
        found.keys.setdefault(key, pseudonym())


def _sort(kind: str, values: Iterable[str], shared: set[str], found: Identifiers) -> None:
    platforms = {author.partition(":")[0] for author in found.authors}
    for value in filter(None, (value.strip() for value in values)):
        is_shared = value.lower() in shared
        if kind == "texts":
            if len(value) >= LEAST_TEXT and not is_shared:
                found.certain.add(value)
        elif kind == "addresses":
            plain = plain_address(value)
            if not is_shared and len(plain) >= 8:
                found.certain |= {value, plain}
        elif kind == "names":
            found.names.add(value)
            if not is_shared and len(value) >= 7 and " " in value:
                found.certain.add(value)
        else:
            plain = value.removeprefix("@")
            found.names.add(plain)
            if not is_shared and is_distinctive(plain):
                found.certain.add(plain)
            elif not is_shared and len(plain) >= LEAST_HANDLE:
                found.certain |= {f"@{plain}", f"{AT}{plain}"}
            for platform in platforms:
                found.accounts[platform].add(plain.lower())
