"""Commands in processes of their own, forked from one that has imported what takes seconds (preloaded.py); each worker has such a server.

Of the 40 seconds of a processor that a small first night takes, 8 went into imports; of the 2 of a small command, all but a few tenths.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.homes import ROOT

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.preloaded"])
_INPUT, _OUTPUT, _ERRORS = "input", "output", "errors"


@dataclass(frozen=True, slots=True)
class Running:
    """A command that was started; its folder holds what it reads and prints."""

    process: BaseProcess
    folder: tempfile.TemporaryDirectory[str]

    def finish(self, seconds: float = 900) -> subprocess.CompletedProcess[str]:
        """How it ended, and what it printed."""
        self.process.join(seconds)
        code = self.process.exitcode
        if code is None:
            self.process.kill()
            raise TimeoutError(f"still running after {seconds} s")
        with self.folder as folder:
            printed = (Path(folder, name).read_text(encoding="utf-8") for name in (_OUTPUT, _ERRORS))
            return subprocess.CompletedProcess([self.process.name], code, *printed)


def groundswell(*arguments: str, environment: Mapping[str, str], folder: Path = ROOT, answer: str = "") -> subprocess.CompletedProcess[str]:
    """How a `groundswell` command ended that was started in a folder, with nothing but this environment; `answer` is what it is told."""
    return start("orchestration.cli.app", *arguments, environment=environment, folder=folder, answer=answer).finish()


def start(module: str, *arguments: str, environment: Mapping[str, str], folder: Path = ROOT, answer: str = "") -> Running:
    """Starts a module's `main`, as a command with these arguments."""
    place = tempfile.TemporaryDirectory(prefix="groundswell-")
    Path(place.name, _INPUT).write_text(answer, encoding="utf-8")
    process = fork(_main, module, arguments, folder, dict(environment), place.name)
    return Running(process, place)


def fork(act: Callable[..., None], *arguments: object) -> BaseProcess:
    """Starts a function of a module in a process of its own."""
    process = _SERVER.Process(target=act, args=arguments)
    process.start()
    return process


def _main(module: str, arguments: tuple[str, ...], folder: Path, environment: dict[str, str], place: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for name, flags, number in ((_INPUT, os.O_RDONLY, 0), (_OUTPUT, os.O_WRONLY, 1), (_ERRORS, os.O_WRONLY, 2)):
        opened = os.open(Path(place, name), flags | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding="utf-8")
    sys.argv = ["groundswell", *arguments]
    warnings.simplefilter("ignore")
    import_module(module).main()
