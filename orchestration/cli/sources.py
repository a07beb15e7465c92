"""What the command line reads from the warehouse: the state of its sources."""

from __future__ import annotations

from typing import Any

from orchestration.warehouse.warehouse import Warehouse


def source_states(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    """Per source: its cursor, the records of all its nights, its newest night and that night's error."""
    if not warehouse.path.exists():
        return {}
    with warehouse.connect() as connection:
        rows = connection.execute(
            """
            select source_name, any_value(cursors.cursor) as cursor, sum(new_count)::bigint as row_count,
                max(night)::varchar as last_night, arg_max(status, load_id) as last_status,
                arg_max({'error': error}, load_id).error as last_error
            from raw_ops.source_runs left join raw_ops.cursors using (source_name)
            group by source_name
            """
        )
        names = [column[0] for column in rows.description or []]
        return {row[0]: dict(zip(names[1:], row[1:], strict=True)) for row in rows.fetchall()}
