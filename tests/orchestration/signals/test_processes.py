"""Several processes that read posts: the same rows as of one, none left behind, and a line where one is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestration.signals import nightly
from orchestration.signals.nightly import read_posts
from orchestration.signals.processes import BYTES_OF_ONE, each_read, processes_for
from orchestration.warehouse.faults import explained
from tests.orchestration.signals.test_nightly import FIRST, execute, filled

MORE = """insert into intermediate.int_posts (post_id, text, media_type)
    select 'more ' || number, 'I bought a Kestrel for trails, day ' || number, 'text' from range(30) as numbers (number)"""
LEFT_ALONE = """
import sys
from orchestration.signals.processes import each_read
reading = each_read(eval, (('__import__("os").getpid()',) for _ in range(9)), 2)
print(next(reading), flush=True)
sys.stdin.read()
"""
AT_WORK = """
import signal, time
from orchestration.signals.processes import each_read

def batches():
    yield (60,)
    print("begun", flush=True)
    yield (60,)

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which who is started in the background ignores
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # as some who start a night leave it, which all that it starts inherit
    list(each_read(time.sleep, batches(), 2))
else:
    time.sleep(1)
"""


def test_several_processes_read_what_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    for count in (1, 2):
        warehouse = filled(tmp_path / f"{count}.duckdb")
        execute(warehouse, MORE)
        monkeypatch.setattr(nightly, "BATCH_POSTS", 7)
        monkeypatch.setattr(nightly, "processes_for", lambda posts, memory, count=count: count)
        assert read_posts(warehouse, FIRST).posts == 32
        read.append([execute(warehouse, f"from raw_signals.{table}") for table in ("mentions", "answers", "posts")])
    assert read[0] == read[1]
    assert len(read[0][0]) == 62


def test_a_process_that_is_ended_is_told_of_in_a_line(tmp_path: Path) -> None:
    batches = [(0,), (os.getpid(),)]
    with pytest.raises(MemoryError) as raised:
        list(each_read(_ended_unless, batches, 2))
    assert "memory was short" in (explained(raised.value, tmp_path) or "")


def _ended_unless(process: int) -> int:
    if process:
        os.kill(os.getpid(), signal.SIGKILL)
    return process


def test_none_outlives_the_night_that_it_reads_for() -> None:
    with subprocess.Popen([sys.executable, "-c", LEFT_ALONE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as night:
        assert night.stdout
        reader = int(night.stdout.readline())
        os.kill(reader, 0)
        night.kill()
    until = time.monotonic() + 20
    while _lives(reader):
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize("seconds", [0.3, 2])
def test_a_night_that_a_terminal_ends_ends_at_once_and_alone_tells_of_it(tmp_path: Path, seconds: float) -> None:
    """SIGINT goes to all processes, while they import and while they read."""
    night = tmp_path / "night.py"
    night.write_text(AT_WORK, encoding="utf-8")
    with subprocess.Popen([sys.executable, night], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0) as running:
        assert running.stdout
        assert running.stdout.readline() == "begun\n"
        time.sleep(seconds)
        began = time.monotonic()
        os.killpg(running.pid, signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert time.monotonic() - began < 20
    assert said.count("Traceback") == 1, said  # the night's own


def _lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_there_are_as_many_as_pay_and_have_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    assert [processes_for(posts, 64 * BYTES_OF_ONE) for posts in (0, 99_999, 100_000, 10**6)] == [1, 1, 2, 4]
    assert [processes_for(10**6, int(room * BYTES_OF_ONE)) for room in (0.2, 1.9, 2.5)] == [1, 1, 2]
