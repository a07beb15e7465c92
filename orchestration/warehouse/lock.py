"""One refresh at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from orchestration.settings import NotDone, Settings


class RefreshRunning(NotDone):
    """Another refresh writes this warehouse; two at once would not know of each other's cursors."""


@contextmanager
def only_refresh(settings: Settings, *, wait: bool = False) -> Iterator[None]:
    """Holds this installation's lock, which the system frees when the process ends, however it ends. Reentrant in a process.

    wait: for another process to let go of it, however long that takes.

    Raises:
        RefreshRunning: another process holds it.
    """
    settings.folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.folder / "refresh.lock", is_singleton=True, thread_local=False)
    try:
        lock.acquire(timeout=-1 if wait else 0)
    except Timeout:
        raise RefreshRunning(f"a refresh of {settings.folder} is running: wait for its end, then try again") from None
    try:
        yield
    finally:
        lock.release()
