-- Is the newest night complete, late, or changed in shape: one row per source.
select
    runs.source_name,
    runs.platform_id,
    runs.status,
    runs.record_count,
    runs.new_count,
    runs.rejected_count,
    count(quarantine.quarantine_id) as quarantined_count,
    runs.error,
    runs.finished_at
from ops_source_runs as runs
left join ops_quarantine as quarantine
    on runs.source_name = quarantine.source_name and runs.started_at <= quarantine.observed_at
where runs.observed_date = (select max(nights.observed_date) from ops_source_runs as nights)
group by all
order by runs.status, runs.source_name
