"""What a step of the night builds: the models that read something else than when they were last built, and no other.

Every table and every rule has its record in raw_ops.built: a hash of what it was made from, and one of what came of that. A table's record
goes before it is touched and comes when all of its step is built, so that whatever ends a night leaves none that is not true.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date

import duckdb

from orchestration.warehouse.broken_rules import BrokenRule, note_broken_rules
from orchestration.warehouse.dbt_runs import build_models
from orchestration.warehouse.project import Node, Project, Rule, Source
from orchestration.warehouse.published_record import NIGHT
from orchestration.warehouse.warehouse import Warehouse


class RuleBroken(Exception):
    """Rows break rules that no row of input can break; the message names them, a line each."""


NOTHING_TOLD = "not there"
"""The contents of a table that is not there: a source that nobody has written, or a model whose platform has told nothing yet."""
NO_LOAD = str((None,))
"""The contents of a source that is there and empty."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a step did, by dbt's unique ids: rows of what it built, None of views, and how many break each rule that it asked for."""

    counts: Mapping[str, int | None]
    found: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Records:
    """Hashes by dbt's unique id: of what each table and each rule's answer was made from, and of all that is there to be read.

    `standing`: the ids of all tables and views that are there, and of all rules.
    """

    standing: Set[str]
    inputs: Mapping[str, str]
    contents: dict[str, str]

    def of(self, version: str, reads: Sequence[str]) -> str | None:
        """What something that reads these is made from now; None where it is not known of all of them."""
        read = [self.contents.get(key) for key in reads]
        return None if None in read else hashlib.sha256("\0".join([version, *map(str, read)]).encode()).hexdigest()

    def look_through(self, project: Project, view: Node) -> None:
        """Sets a view's contents to what it reads now, which is not known where that is to be built first."""
        read = self.of(project.version, view.reads)
        if read is None:
            self.contents.pop(view.key, None)
        else:
            self.contents[view.key] = read


def build(warehouse: Warehouse, project: Project, night: date, step: str, keys: Set[str]) -> Built:
    """Builds what would come out otherwise than it is, of the step's nodes with these keys, and asks what rules they break now.

    Raises:
        ModelsFailed: models could not be built; the next night builds again all that were to be.
        RuleBroken: a rule that stops a night is broken.
    """
    with warehouse.kept_open():
        return _build(warehouse, project, night, step, keys)


def _build(warehouse: Warehouse, project: Project, night: date, step: str, keys: Set[str]) -> Built:
    nodes = [node for node in project.of(step) if node.key in keys]
    rules = [rule for rule in project.rules.values() if rule.step == step and not keys.isdisjoint(rule.reads)]
    with warehouse.connect() as connection:
        records = _records(connection, project, [*nodes, *rules])
    left_out = _of_silent_rooms(project, records)
    records.contents.update(dict.fromkeys(left_out, NOTHING_TOLD))
    nodes = [node for node in nodes if node.key not in left_out]
    rules = [rule for rule in rules if left_out.isdisjoint(rule.reads)]
    stale = _stale(project, nodes, records)
    if stale:
        with warehouse.transaction() as connection:
            connection.execute("delete from raw_ops.built where list_contains(?, key)", [[node.key for node in stale]])
        build_models(project.manifest, [node.name for node in stale], step)
    counts: dict[str, int | None] = {}
    found: dict[str, int] = {}
    fresh: list[tuple[str, str, str]] = []
    with warehouse.connect() as connection:
        for node in nodes:
            if node.is_view:
                records.look_through(project, node)
            if node in stale:
                inputs = _inputs(project, node, records)
                counts[node.key], content = _content(connection, node, records.contents.get(node.key) if node.is_view else inputs)
                if inputs is not None:
                    records.contents[node.key] = content
                    fresh.append((node.key, inputs, content))
        for rule in rules:
            inputs = records.of(project.version, rule.reads)
            if inputs is None or inputs != records.inputs.get(rule.key):
                ((found[rule.key],),) = connection.execute(f"select count(*) from ({rule.query}) as broken").fetchall()
                records.contents[rule.key] = str(found[rule.key])
                if inputs is not None and not (rule.stops and found[rule.key]):  # which is asked for again the next night
                    fresh.append((rule.key, inputs, str(found[rule.key])))
    broken = [(rule, int(records.contents[rule.key])) for rule in rules if int(records.contents[rule.key])]
    with warehouse.transaction() as connection:
        if fresh:
            connection.executemany("insert or replace into raw_ops.built values (?, ?, ?)", fresh)
        told = [BrokenRule(rule.name, project.nodes[rule.node].name, count) for rule, count in broken if not rule.stops]
        note_broken_rules(connection, night, step, told)
    if stopping := [f"{count:,} rows break the rule {rule.name}" for rule, count in broken if rule.stops]:
        raise RuleBroken("\n".join(stopping))
    return Built(counts, found)


def _records(connection: duckdb.DuckDBPyConnection, project: Project, read: Sequence[Node | Rule]) -> Records:
    """What was recorded of all that is there, and what the sources are now that some nodes and rules read."""
    recorded = connection.execute("select key, inputs, content from raw_ops.built").fetchall()
    there = set(
        connection.execute(
            "select schema_name, table_name from duckdb_tables() union all select schema_name, view_name from duckdb_views()"
        ).fetchall()
    )
    standing = {key for key, node in project.nodes.items() if (node.schema, node.name) in there} | project.rules.keys()
    redacted = (
        dict(connection.execute("select 'raw_' || platform || '.' || entity, count(*) from raw_ops.redactions group by all").fetchall())
        if ("raw_ops", "redactions") in there
        else {}
    )
    records = Records(
        standing,
        {key: inputs for key, inputs, _ in recorded if key in standing},
        {key: content for key, _, content in recorded if key in standing},
    )
    for key in sorted(_seen(project, read) & project.sources.keys()):
        source = project.sources[key]
        if (source.schema, source.name) in there:
            found = str(connection.execute(_told(source)).fetchone())
            again = redacted.get(f"{source.schema}.{source.name}") if source.is_appended else None
            records.contents[key] = f"{found} {again}" if again else found
        else:
            records.contents[key] = NOTHING_TOLD
    for node in project.nodes.values():
        if node.is_view and node.key in records.inputs:
            records.look_through(project, node)
    return records


def _of_silent_rooms(project: Project, records: Records) -> set[str]:
    """The models of platforms that have told nothing yet, and that no platform which has told something reads.

    They are not built, and what unites all platforms does without them (macros/unions.sql).
    """
    in_rooms = [node for node in project.nodes.values() if node.room]
    heard = {
        node.room
        for node in in_rooms
        if node.key in records.standing
        or any(records.contents.get(read, NOTHING_TOLD) not in {NOTHING_TOLD, NO_LOAD} for read in node.reads if read in project.sources)
    }
    heard |= {project.nodes[read].room for node in in_rooms if node.room in heard for read in node.reads if read in project.nodes}
    return {node.key for node in in_rooms if node.room not in heard}


def _told(source: Source) -> str:
    """The query of what tells whether a source is another than before, for those who read it."""
    if source.is_appended:
        return f"select max(load_id) from {source.table}"
    of_these = f" where {NIGHT} = (select max({NIGHT}) from {source.table})" if source.is_by_night else ""
    return f"select (select count(*) from {source.table}), sum(hash(hash(rows))) from {source.table} as rows{of_these}"


def _seen(project: Project, read: Sequence[Node | Rule]) -> set[str]:
    """All that some nodes and rules read, through views too."""
    seen = {key for one in read for key in one.reads}
    for node in reversed(list(project.nodes.values())):
        if node.is_view and node.key in seen:
            seen.update(node.reads)
    return seen


def _inputs(project: Project, node: Node, records: Records) -> str | None:
    """What a node is made from now: a view from its own text alone."""
    return records.of(project.version, () if node.is_view else node.reads)


def _stale(project: Project, nodes: Sequence[Node], records: Records) -> list[Node]:
    """The nodes that read something else than they were built from, or something that is built now."""
    stale: list[Node] = []
    for node in nodes:
        if node.is_view and node.key in records.inputs:
            records.look_through(project, node)
        inputs = _inputs(project, node, records)
        if inputs is None or inputs != records.inputs.get(node.key):
            records.contents.pop(node.key, None)
            stale.append(node)
    return stale


def _content(connection: duckdb.DuckDBPyConnection, node: Node, read: str | None) -> tuple[int | None, str]:
    """How many rows a table has, and what tells whether they are others than before, in whatever order.

    A view is what it reads, and so is, with its number of rows, a table that is only added to: neither is read to its end for it.
    """
    if node.is_view:
        return None, str(read)
    if node.is_appended:
        ((count,),) = connection.execute(f"select count(*) from {node.table}").fetchall()
        return count, f"{read} {count}"
    ((count, total),) = connection.execute(f"select count(*), sum(hash(hash(rows))) from {node.table} as rows").fetchall()
    return count, f"{count} {total}"
