"""An example of each command, as its --help ends: every one runs as it stands in the home of the demo."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, str] = {
    "init": "groundswell init my_home --brand Morrowbean --product 'Morrowbean Press'",
    "demo": "groundswell demo my_demo",
    "refresh": "groundswell refresh",
    "status": "groundswell status --max-age 2d",
    "rank": "groundswell rank --topic espresso --language de --since 2026-09-01 --xlsx first.xlsx",
    "why": "groundswell why --person bela_sato@plaza.example --brand Morrowbean",
    "person": "groundswell person bela_sato@plaza.example",
    "ask": "groundswell ask most-influential --brand Kestrel --since 2026-09-01",
    "compare": "groundswell compare 2026-W38 2026-W39 --brand Morrowbean",
    "shortlist": "groundswell shortlist --brand Morrowbean --budget 5",
    "sql": "groundswell sql \"select * from rankings_newest where brand = 'Morrowbean'\" --csv ranking.csv",
    "explore": "groundswell explore --port 3002",
    "dashboard": "groundswell dashboard my_superset",
    "report": "groundswell report --period week --brand Morrowbean",
    "people": "groundswell people --json",
    "list add": "groundswell list add shortlist-q4 bela_sato@plaza.example --note 'met at the fair'",
    "list status": "groundswell list status shortlist-q4 bela_sato@plaza.example contacted --note 'by mail'",
    "list show": "groundswell list show shortlist-q4",
    "list export": "groundswell list export shortlist-q4 --xlsx shortlist.xlsx",
    "list import": "groundswell list import shortlist-q4 my_people.csv",
    "list remove": "groundswell list remove shortlist-q4 bela_sato@plaza.example",
    "forget": "groundswell forget bela_sato@plaza.example --yes",
    "export": "groundswell export bela_sato@plaza.example for_ada",
    "sources": "groundswell sources",
    "doctor": "groundswell doctor --offline",
    "files": "groundswell files my_exports --decimal , --currency EUR",
    "schedule": "groundswell schedule",
    "backup": "groundswell backup my_backup.tar.gz --without-secrets",
    "restore": "groundswell restore my_backup.tar.gz my_copy",
    "prune": "groundswell prune --dry-run",
    "upgrade": "groundswell upgrade",
    "dev": "groundswell dev --port 3001",
}
"""Command to the line that one types."""


def example(command: str) -> str:
    """What a command's --help ends with."""
    return f"Example: {EXAMPLES[command]}"
