-- One row per source: how its newest run went.
select
    source_name,
    channel_id,
    status,
    error,
    notes,
    record_count,
    new_count,
    rejected_count,
    request_count,
    observed_date,
    finished_at
from (
    select
        *,
        row_number() over (partition by source_name order by finished_at desc) as position
    from ops.ops_source_runs
) as runs
where position = 1
