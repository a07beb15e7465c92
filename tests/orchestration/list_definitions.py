"""What Dagster loads, a line each: assets; steps of the nightly job; schedules and resources; what says too little; freshness; sensors."""

from __future__ import annotations

from orchestration.definitions import defs
from orchestration.settings import Settings


def main() -> None:
    Settings().export()
    found = defs()
    print(*sorted(key.to_user_string() for key in found.resolve_all_asset_keys()))
    print(*sorted(node for node in found.get_job_def("nightly").graph.node_dict))
    print(*(schedule.name for schedule in found.schedules or ()), *sorted(found.resources or ()))
    specs = list(found.resolve_all_asset_specs())
    bare = [spec for spec in specs if spec.group_name == "default" or not (spec.description and spec.owners and spec.kinds)]
    print(*(spec.key.to_user_string() for spec in bare))
    print(*sorted(spec.key.to_user_string() for spec in specs if spec.freshness_policy))
    print(*sorted(f"{sensor.name}:{sensor.default_status.value}" for sensor in found.sensors or ()))
