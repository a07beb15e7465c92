"""What a person, or a log, sees of a night while it runs: a line a source, a line a step, and where the time went."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, Task, TaskID, TextColumn, TimeElapsedColumn

log = logging.getLogger("groundswell")

DEAREST = 3


class NightProgress(logging.Handler):
    """Shows the night's log records as lines: one a source, one a step.

    Every second of the night belongs to a step: what passes between two, to the second. Sources are read beside each other, and each has
    its own time. On a terminal the lines move; elsewhere each is printed when it ends.
    """

    def __init__(self, console: Console) -> None:
        super().__init__(logging.DEBUG)
        columns = (SpinnerColumn(finished_text="[green]✓"), TextColumn("{task.description:<24}"), TextColumn("{task.completed:>9,.0f}"))
        outcome = TextColumn("{task.fields[outcome]}")
        self.progress = Progress(
            *columns, TimeElapsedColumn(), outcome, console=console, get_time=monotonic, disable=not console.is_terminal
        )
        self.console = console
        self.tasks: dict[str, TaskID] = {}
        self.begun: dict[str, float] = {}
        self.seconds: dict[str, float] = {}
        self.start = self.since = monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        """Moves the record's line, or prints it where it belongs to none."""
        source, step = getattr(record, "source_name", None), getattr(record, "step", None)
        line = source or step
        if line is None:
            self.console.print(record.getMessage(), markup=False, highlight=False, soft_wrap=True)
            return
        now = monotonic()
        if line not in self.tasks:
            self.begun[line] = now if source else self.since
            self.tasks[line] = self.progress.add_task(line, total=None, outcome="")
        task = self._task(line)
        task.start_time = self.begun[line]
        finished = getattr(record, "finished", None)
        count = getattr(record, "row_count", 0)
        self.progress.update(task.id, completed=count, total=count if finished else None, outcome=finished or "")
        if finished and source:
            self._end(line, count, now - self.begun[line], finished)
        elif finished:
            self.seconds[line] = self.seconds.get(line, 0) + now - self.since
            self.since = now
            self._end(line, count, self.seconds[line], finished)

    def summary(self) -> str:
        """How long it took, and which steps most of it."""
        by_cost = sorted(self.seconds.items(), key=lambda item: -item[1])
        dearest = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in by_cost[:DEAREST])
        return f"{monotonic() - self.start:.1f} s" + (f", most of them for {dearest}" if dearest else "")

    def _end(self, line: str, count: int, seconds: float, outcome: str) -> None:
        self._task(line).finished_time = seconds
        if not self.console.is_terminal:
            self.console.print(f"{line:<24} {count:>9,} {seconds:>7.1f} s  {outcome}", markup=False, highlight=False, soft_wrap=True)

    def _task(self, line: str) -> Task:
        return next(task for task in self.progress.tasks if task.id == self.tasks[line])


@contextmanager
def shown_progress(console: Console, title: str) -> Iterator[None]:
    """Shows what is logged meanwhile, and at the end where the time went."""
    console.rule(title, align="left", style="dim")
    handler = NightProgress(console)
    with handler.progress:
        log.addHandler(handler)
        log.setLevel(logging.DEBUG)
        log.propagate = False
        try:
            yield
        finally:
            log.removeHandler(handler)
    console.print(handler.summary(), highlight=False, soft_wrap=True)
