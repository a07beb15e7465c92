-- Is the newest night complete, late, or changed in shape: one row per source.
select
    runs.source_name,
    runs.platform_id,
    runs.status,
    runs.record_count,
    runs.new_count,
    runs.rejected_count,
    (
        select count(*)
        from ops.ops_quarantine as quarantine
        where quarantine.source_name = runs.source_name and quarantine.observed_at >= runs.started_at
    ) as quarantined_count,
    runs.error,
    runs.finished_at
from ops.ops_source_runs as runs
where runs.observed_date = (select max(nights.observed_date) from ops.ops_source_runs as nights)
order by runs.status, runs.source_name
