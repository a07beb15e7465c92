"""The demo's own sandbox."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.cli import demo


def test_another_program_at_its_address_is_not_taken_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = demo.demo_home(tmp_path / "demo")
    (settings.folder / "sandbox").mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setattr(demo, "SANDBOX", f"http://127.0.0.1:{other.getsockname()[1]}")
        with pytest.raises(demo.DemoRefused, match="another program answers"), demo.running_sandbox(settings):
            pytest.fail("it began")


def test_where_nobody_answers_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = demo.demo_home(tmp_path / "demo")
    (settings.folder / "sandbox").mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    monkeypatch.setattr(demo, "SANDBOX", f"http://127.0.0.1:{free}")
    with demo.running_sandbox(settings):
        demo.set_clock(datetime(2026, 10, 1, tzinfo=UTC))
