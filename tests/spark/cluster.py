"""A Spark cluster on this machine's loopback: a master and workers, each a process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import pyspark


class Cluster:
    """A master with `workers` of one core and `memory` each, whose logs and scratch files are in `folder`; ended when left.

    Raises:
        TimeoutError: They did not find each other.
    """

    def __init__(self, folder: Path, workers: int, memory: str = "1500m") -> None:
        self.folder = folder
        self.count = workers
        self.memory = memory
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.processes: list[subprocess.Popen[bytes]] = []

    @property
    def master(self) -> str:
        """What a session is given to run here."""
        return f"spark://127.0.0.1:{self.port}"

    def __enter__(self) -> Cluster:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._start("master.Master", "--port", str(self.port))
        self._await("master.Master-0.log", "I have been elected leader", 1)
        for number in range(self.count):
            work = self.folder / f"worker-{number}"
            self._start("worker.Worker", "--cores", "1", "--memory", self.memory, "--work-dir", str(work), self.master)
        self._await("master.Master-0.log", "Registering worker", self.count)
        return self

    def kill_a_worker(self) -> None:
        """Kills the last worker that is alive, and with it what it was working on."""
        worker = self.processes.pop()
        worker.kill()
        worker.wait()
        print(f"killed a worker of {self.master}", flush=True)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in reversed(self.processes):
            process.terminate()
            process.wait()

    def _start(self, role: str, *arguments: str) -> None:
        command = [str(Path(pyspark.__file__).parent / "bin" / "spark-class"), f"org.apache.spark.deploy.{role}", "--host", "127.0.0.1"]
        command += ["--webui-port", "0", *arguments]
        told = {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
        with (self.folder / f"{role}-{len(self.processes)}.log").open("wb") as log:
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=os.environ | told))

    def _await(self, log: str, words: str, times: int) -> None:
        until = time.monotonic() + 120
        while (self.folder / log).read_text(encoding="utf-8").count(words) < times:
            if time.monotonic() > until:
                raise TimeoutError(f"Spark's processes do not find each other: see {self.folder}")
            time.sleep(0.5)
