"""How a command ends that is told to: `kill`, a timer's end, a machine that shuts down."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(BaseException):
    """The process was told to end; the message says what becomes of its work."""

    def __init__(self, number: int) -> None:
        name = signal.Signals(number).name
        super().__init__(f"ended by {name}: nothing is lost, and readers keep the night before; `groundswell refresh` goes on from here")
        self.exit_code = 128 + number


def stop(number: int, frame: FrameType | None) -> None:
    """The handler of a signal. Raises Stopped."""
    raise Stopped(number)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Raises Stopped at the end where a signal came meanwhile, whoever handled it: Dagster takes all of them for a failing step."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    others = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(others)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            came = [number for number in pipe.read() if number in before]
        if came:
            raise Stopped(came[0])
