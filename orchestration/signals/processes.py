"""Many batches of posts, each read by one of several processes; few are read where they are."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

POSTS_OF_ONE = 50_000
"""As many posts, whose words repeat, take as long to read as a process takes to start and to load the models."""
BYTES_OF_ONE = 768 * 2**20
"""What a process needs: the libraries, the models, the vectors that it keeps, and a batch."""
Read = TypeVar("Read")


def processes_for(posts: int, memory: int) -> int:
    """How many processes to read so many posts in: one a core, as far as the bytes of memory have room for them and as they pay."""
    return max(min(os.cpu_count() or 1, memory // BYTES_OF_ONE, posts // POSTS_OF_ONE), 1)


def each_read(read: Callable[..., Read], batches: Iterable[tuple[Any, ...]], count: int) -> Iterator[Read]:
    """`read` of each batch, in their order, by `count` processes, or by this one where that is 1; no more than one batch waits.

    read: a function of a module, which a process finds by its name; what it is given and gives is pickled.

    Raises:
        MemoryError: a process was ended from outside, as the system does where memory is short. What was given before is read.
    """
    if count == 1:
        yield from (read(*batch) for batch in batches)
        return
    # started anew: a fork of a process with threads, as Polars and DuckDB have, may wait for ever for what one of them held
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_stay_with_the_night)
    waiting: deque[Future[Read]] = deque()
    try:
        for batch in batches:
            waiting.append(_begun(pool, read, batch))
            if len(waiting) > count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise MemoryError("a process that reads posts was ended from outside") from error
    except BaseException:
        for process in multiprocessing.active_children():  # nobody waits for what they read
            process.kill()  # who started the night may have had SIGTERM ignored, which they inherit
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _begun(pool: ProcessPoolExecutor, read: Callable[..., Read], batch: tuple[Any, ...]) -> Future[Read]:
    """Hands over a batch, for which a process may be started; it inherits that SIGINT is held back, which is this process's to answer."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return pool.submit(read, *batch)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _stay_with_the_night() -> None:
    """Ends with the process that it reads for, however that ends."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
