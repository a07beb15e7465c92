"""One refresh at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from orchestration.settings import NotDone, Settings

WAIT_SECONDS = 1
"""Whoever asks `is_refreshing` holds the lock for a moment, which must not cost a night."""


class RefreshRunning(NotDone):
    """Another refresh writes this warehouse; two at once would not know of each other's cursors."""


@contextmanager
def only_refresh(settings: Settings, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Holds this installation's lock, which the system frees when the process ends, however it ends. Reentrant in a process.

    waiting: where given, another process that holds it is waited for, however long that takes; called when that begins.

    Raises:
        RefreshRunning: another process holds it.
    """
    settings.folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.folder / "refresh.lock", is_singleton=True, thread_local=False)
    try:
        lock.acquire(timeout=WAIT_SECONDS)
    except Timeout:
        if waiting is None:
            raise RefreshRunning(f"a refresh of {settings.folder} is running: wait for its end, then try again") from None
        waiting()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def is_refreshing(settings: Settings) -> bool:
    """Whether another process refreshes this installation now."""
    path = settings.folder / "refresh.lock"
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except (Timeout, OSError):
        return True
