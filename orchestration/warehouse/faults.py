"""What goes wrong with the machine under the program, told in a line: the disk, the memory, rights, damaged files.

Each fault is known by what SQLite, DuckDB, dbt, Dagster and the system say of it, wherever it shows: in an exception, in one that another
was raised from, or in the output of a process.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestration.settings import NotDone

ROOM = 2**20
SAID = 200
"""Characters that are quoted of what was said."""


class Fault(NotDone):
    """The machine, or a file of ours, does not do its part; the message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Symptom:
    """What a fault is known by, and what a person is told of it. `{place}`: the file or folder that was at work."""

    sign: str
    told: str


NO_SPACE = Symptom(
    r"No space left on device|database or disk is full|failed to offload data block|Disk quota exceeded|File too large",
    "the disk of {place} is full: free some space, then run it again; what was there before is whole",
)
FAILS = Symptom(
    r"disk I/O error|Input/output error",
    "the disk of {place} is full or fails: free some space, or see what the system says of the disk, then run it again",
)
NO_RIGHT = Symptom(
    r"Read-only file system|readonly database|Permission denied|Operation not permitted",
    "{place} cannot be written or read by this user: give them the right to (`groundswell doctor` names each), then run it again",
)
NO_MEMORY = Symptom(
    r"\bMemoryError\b|Out of Memory Error|std::bad_alloc|Cannot allocate memory|exit code `?(-9|137)`?(?!\d)",
    "memory was short, and what needed it was ended: end other programs or give the machine more, then run it again; nothing is lost",
)
NEWER = Symptom(
    r"Trying to read a database file with version number|storage version .* newer|serialized from a newer version",
    "{place} was written by a newer DuckDB than this: upgrade groundswell, then run it again",
)
DAMAGED = Symptom(
    r"Corrupt database file|not a valid DuckDB database file|Could not read enough bytes|Failure while replaying WAL"
    r"|invalidated because of a|Failed to deserialize|INTERNAL Error|Serialization Error|WAL file .* (corrupt|does not match)"
    r"|No magic bytes found|too small to be a Parquet file|TProtocolException",
    "{place} is damaged",
)
EVENTS = Symptom(
    r"database disk image is malformed|file is not a database",
    "Dagster's own record below {place} is damaged: remove the folder `dagster` there, which holds nothing but the history of runs",
)
SYMPTOMS = (NO_SPACE, FAILS, NO_RIGHT, NO_MEMORY, NEWER, DAMAGED, EVENTS)


def explained(error: BaseException | str, place: Path, remedy: str = "") -> str | None:
    """A line for a person, with what was said in brackets; None where it is no fault of the machine.

    `remedy`: what to do about `place` where it is damaged.
    """
    said = error if isinstance(error, str) else _chain(error)
    if isinstance(error, OSError) and isinstance(error.filename, str):
        place = Path(error.filename)
    for symptom in SYMPTOMS:
        line = next((line for line in said.splitlines() if re.search(symptom.sign, line)), None)
        if line is not None:
            known = NO_SPACE if symptom is FAILS and _is_full(place) else symptom
            if known is DAMAGED and (one := re.search(r"\bfile '([^']+)'", line)):
                place = Path(one[1])  # of the many that were read at once
            told = known.told.format(place=place) + (f": {remedy}" if known is DAMAGED and remedy else "")
            return f"{told} ({' '.join(line.split())[:SAID]})"
    return None


def is_short_of_memory(error: BaseException) -> bool:
    """Whether it is memory alone that is lacking."""
    said = _chain(error)
    return re.search(NO_MEMORY.sign, said) is not None and re.search(NO_SPACE.sign, said) is None


@contextmanager
def explaining(place: Path, remedy: str = "") -> Iterator[None]:
    """Whatever fault of the machine shows while `place` is at work is raised as a Fault that names it."""
    try:
        yield
    except NotDone:
        raise
    except Exception as error:
        if told := explained(error, place, remedy):
            raise Fault(told) from error
        raise


def _is_full(place: Path) -> bool:
    """Whether next to nothing is free there, which SQLite often takes for a disk that fails."""
    there = next((folder for folder in (place, *place.parents) if folder.exists()), Path.cwd())
    return shutil.disk_usage(there).free < ROOM


def _chain(error: BaseException) -> str:
    """What an exception says, and those that it was raised from or holds."""
    told, seen, waiting = [], set[int](), [error]
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        told.append(f"{type(current).__name__}: {current}")
        waiting += current.exceptions if isinstance(current, BaseExceptionGroup) else ()
        waiting += [cause for cause in (current.__cause__, current.__context__) if cause is not None]
    return "\n".join(told)
