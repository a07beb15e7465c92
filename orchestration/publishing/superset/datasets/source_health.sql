-- One row per source: how its newest run went, and what share of the mentions in its posts was not read.
select
    runs.source_name,
    runs.channel_id,
    runs.status,
    runs.error,
    runs.notes,
    runs.record_count,
    runs.new_count,
    runs.rejected_count,
    runs.request_count,
    runs.observed_date,
    runs.finished_at,
    readings.unread_mention_count / readings.mention_count as unread_share
from (
    select
        *,
        row_number() over (partition by source_name order by finished_at desc) as position
    from ops.ops_source_runs
) as runs
left join ops.ops_source_readings as readings on runs.source_name = readings.source_name
where runs.position = 1
