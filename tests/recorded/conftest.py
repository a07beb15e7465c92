"""The parsed dbt project, through whose staging models recorded answers go."""

from tests.dbt_project.dbt import parsed

__all__ = ["parsed"]
