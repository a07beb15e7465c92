"""Dagster's event log, with its connections kept open and what comes by the hundred written at once."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from dagster import DagsterEventType, EventLogEntry, StringSource
from dagster._config.config_schema import UserConfigSchema
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

PLANS = {DagsterEventType.ASSET_MATERIALIZATION_PLANNED, DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED}
"""Of each table and each check one, every night: what a night then has no reason to do would be shown as skipped."""
BY_THE_HUNDRED = {
    DagsterEventType.ASSET_MATERIALIZATION,
    DagsterEventType.ASSET_CHECK_EVALUATION,
    DagsterEventType.STEP_OUTPUT,
}
"""Of each table one, in a moment: they wait for the next event of another kind, or for a reader."""


class EventLog(SqliteEventLogStorage):
    """The same files as SqliteEventLogStorage writes; that one makes an engine and opens and closes a file for each event.

    A thousand asset and check events took 12.8 s of one core with it, and 5.4 s with each in transactions of its own.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._lock = threading.RLock()
        self._waiting: list[EventLogEntry] = []
        self._begun: dict[str, Connection] | None = None
        self._engine = cache(self._opened)
        self._engines: list[Engine] = []
        weakref.finalize(self, _close, self._engines)
        super().__init__(base_dir, inst_data)

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """What dagster.yaml says."""
        return {"base_dir": StringSource}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> EventLog:
        """As dagster.yaml says it."""
        return cls(str(Path(config_value["base_dir"]) / "events"), inst_data)

    def store_event(self, event: EventLogEntry) -> None:
        """Writes an event and those that wait, a transaction a file, or lets it wait; leaves plans out."""
        if event.dagster_event_type in PLANS:
            return
        with self._lock:
            self._waiting.append(event)
            if event.dagster_event_type not in BY_THE_HUNDRED:
                self._write()

    def _write(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._begun = {}
        try:
            with ExitStack() as self._transactions:
                for event in waiting:
                    super().store_event(event)
        finally:
            self._begun = None

    def dispose(self) -> None:
        """Closes all that is open."""
        with self._lock:
            self._write()
        super().dispose()
        for shard in list(self._initialized_dbs):
            self._engine(shard).dispose()

    def delete_events(self, run_id: str) -> None:
        """Forgets a run: its rows among all runs', and its own file, which Dagster would leave behind, emptied."""
        with self.index_connection() as connection:
            self.delete_events_for_run(connection, run_id)
            connection.execute(AssetCheckExecutionsTable.delete().where(AssetCheckExecutionsTable.c.run_id == run_id))
        if run_id in self._initialized_dbs:
            self._engine(run_id).dispose()
            self._initialized_dbs.discard(run_id)
        for file in self.run_files(run_id):
            file.unlink(missing_ok=True)

    def run_files(self, run_id: str) -> list[Path]:
        """A run's own file, and what SQLite has beside it."""
        return [file for end in ("", "-wal", "-shm") if (file := Path(f"{self.path_for_shard(run_id)}{end}")).exists()]

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._lock:
            if self._begun is None and self._waiting:
                self._write()
            if self._begun is None:
                with self._transaction(shard) as connection:
                    yield connection
            else:
                if shard not in self._begun:
                    self._begun[shard] = self._transactions.enter_context(self._transaction(shard))
                yield self._begun[shard]

    @contextmanager
    def _transaction(self, shard: str) -> Iterator[Connection]:
        engine = self._engine(shard)
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        with engine.begin() as connection:
            yield connection

    def _opened(self, shard: str) -> Engine:
        timeout = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False}
        engine = create_engine(self.conn_string_for_shard(shard), connect_args=timeout)
        # with its write-ahead log, SQLite then keeps all events through a crash of ours; waiting for the disk took 4 s a night
        event.listen(engine, "connect", lambda connection, _: connection.execute("pragma synchronous = normal"))
        self._engines.append(engine)
        return engine


def _close(engines: list[Engine]) -> None:
    """At the end of the process: SQLite leaves 4 MB of write-ahead log beside each file whose last connection is not closed."""
    for engine in engines:
        engine.dispose()
