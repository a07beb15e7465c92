"""One refresh at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from orchestration.settings import NotDone, Settings


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
        lock.acquire(timeout=0)
    except Timeout:
        if waiting is None:
            raise RefreshRunning(f"a refresh of {settings.folder} is running: wait for its end, then try again") from None
        waiting()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
