"""Publishes a file to a database; says how many rows that were, and the most memory that this process had (kB)."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from orchestration.publishing.database import publish_to_database

if __name__ == "__main__":
    counts = publish_to_database(sys.argv[1], Path(sys.argv[2]), {})
    # not ru_maxrss, which begins with that of the process that started this one
    [peak] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(sum(counts.values()), peak)
