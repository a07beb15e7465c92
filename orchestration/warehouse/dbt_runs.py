"""dbt, in this process: it builds some models of its project and lets go of the warehouse."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, wait
from itertools import count
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from orchestration.settings import DBT_PROJECT
from orchestration.warehouse.manifest import PARSED

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunner, dbtRunnerResult
    from dbt_common.events.base_types import EventMsg

log = logging.getLogger("groundswell")

INTERRUPT_SECONDS = 0.1


class ModelsFailed(Exception):
    """Models could not be built; the message says which and why, a line each."""


def build_models(manifest: Path, names: Sequence[str], step: str) -> None:
    """Builds these seeds and models, each after those of them that it reads; what dbt prints goes to the standard output.

    It runs in a thread of its own: whatever ends this one, a signal above all, interrupts what DuckDB computes, and dbt with it.
    step: of the night, whose line of progress counts what is built.

    Raises:
        ModelsFailed: some were not built; the others are.
    """
    # Takes a second and a half, which a night that has nothing to build is spared; and is done here, so that whatever ends this thread
    # then finds a dbt that can be interrupted.
    from dbt.cli.main import dbtRunner

    done: Future[dbtRunnerResult] = Future()

    def run() -> None:
        if not done.set_running_or_notify_cancel():
            return
        try:
            done.set_result(_invoked(dbtRunner, manifest, names, step))
        except BaseException as error:
            done.set_exception(error)

    thread = Thread(target=run, name="dbt")
    with _let_go():
        try:
            thread.start()
            wait([done])  # not `join`, after whose interruption Python 3.11 takes a running thread for one that has ended
        except BaseException:
            while not done.cancel() and not done.done():
                with contextlib.suppress(Exception):  # it may just be opening or closing what was to be interrupted
                    _interrupt()
                wait([done], INTERRUPT_SECONDS)
            raise
    result = done.result()
    if result.exception is not None:
        raise ModelsFailed(f"{type(result.exception).__name__}: {result.exception}") from result.exception
    results: Any = result.result
    if failed := [one for one in results if one.status == "error"]:
        raise ModelsFailed("\n".join(f"{one.node.name}: {one.message}" for one in failed))


def _invoked(runner: type[dbtRunner], manifest: Path, names: Sequence[str], step: str) -> dbtRunnerResult:
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    built = count(1)

    def told(event: EventMsg) -> None:
        if event.info.name == "NodeFinished":
            log.debug("built", extra={"step": step, "row_count": next(built)})

    # read anew for each step: dbt writes what it has compiled into it
    parsed = Manifest.from_msgpack(manifest.with_name(PARSED).read_bytes(), decoder=extended_mashumuro_decoder)
    parsed.build_flat_graph()  # type: ignore[no-untyped-call]
    places = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), "--target-path", str(manifest.parent)]
    # `build` also looks for tests, from each node through all that is above it
    has_seeds = any(node.name in names for key, node in parsed.nodes.items() if key.startswith("seed."))
    command = "build" if has_seeds else "run"
    # its own log of each query costs a tenth of a small build; what it prints, and why a model failed, is in refresh.log
    options = ["--no-use-colors", "--no-write-json", "--cache-selected-only", "--log-level-file", "none", command]
    return runner(parsed, [told]).invoke([*options, *places, "--select", *names])


@contextlib.contextmanager
def _let_go() -> Iterator[None]:
    """Closes the warehouse at the end, and takes dbt's functions from it: where it stays open, the next dbt finds none of its own there."""
    try:
        yield
    finally:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.adapters.factory import reset_adapters

        from orchestration.warehouse.text_functions import remove_functions

        opened = DuckDBConnectionManager._ENV
        reset_adapters()  # type: ignore[no-untyped-call]
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        if opened is not None:
            remove_functions(opened.conn)
            opened.close()


def _interrupt() -> None:
    """Ends what dbt's connections compute now."""
    from dbt.adapters.factory import FACTORY

    for adapter in list(FACTORY.adapters.values()):
        adapter.cancel_open_connections()  # type: ignore[attr-defined]
