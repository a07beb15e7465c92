"""`groundswell schedule`: units that systemd accepts, for homes with awkward names, and a line for cron."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli.app import app
from orchestration.cli.schedule import units
from orchestration.settings import Settings
from tests.homes import make_sandbox_home

SYSTEMD = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(SYSTEMD is None, reason="no systemd-analyze is installed: apt install systemd")


@pytest.fixture(params=["brand", 'our "brand" at 100 % $HOME'])
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = make_sandbox_home(tmp_path / request.param)
    folder.joinpath(".env").write_text("GROUNDSWELL_TIMEZONE=Pacific/Auckland\nGROUNDSWELL_NIGHT_MINUTES=60\n")
    monkeypatch.setenv("GROUNDSWELL_HOME", str(folder))
    return folder


def installed(home: Path, units_folder: Path) -> tuple[str, dict[str, str]]:
    done = CliRunner().invoke(app, ["schedule", "--install", "--folder", str(units_folder)])
    assert done.exit_code == 0, done.output
    return done.output, {path.name: path.read_text() for path in sorted(units_folder.iterdir())}


def test_the_timer_runs_this_program_for_this_home_at_two_in_its_zone(home: Path, tmp_path: Path) -> None:
    told, files = installed(home, tmp_path / "units")
    failed, service, timer = files
    assert (failed, service) == (f"{timer[:-6]}-failed.service", f"{timer[:-6]}.service")
    assert "OnCalendar=*-*-* 02:00:00 Pacific/Auckland\nPersistent=true\n" in files[timer]
    assert f"OnFailure={failed}\n" in files[service]
    assert "TimeoutStartSec=420min\n" in files[service]
    assert "SuccessExitStatus=3\n" in files[service]
    assert '"refresh"\n' in files[service]
    assert '"status" "--max-age" "26h" "--alert"\n' in files[failed]
    assert f"systemctl --user enable --now {timer}" in told
    assert "systemctl --user daemon-reload" in told
    assert "loginctl enable-linger" in told


@needs_systemd
def test_systemd_accepts_them(home: Path, tmp_path: Path) -> None:
    program = tmp_path / "groundswell"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    folder = tmp_path / "units"
    folder.mkdir()
    for name, content in units(Settings(), program).items():
        folder.joinpath(name).write_text(content)
    for path in folder.iterdir():
        verified = subprocess.run([str(SYSTEMD), "verify", "--man=no", str(path)], capture_output=True, text=True, check=False)
        assert (verified.returncode, verified.stderr) == (0, "")


@needs_systemd
def test_the_timer_leaves_out_a_day_that_has_no_two_o_clock() -> None:
    """The night after ranks the one that was left out."""
    for zone, days in {
        "America/New_York": ("2026-03-07", "2026-03-08", "2026-03-09"),
        "Australia/Lord_Howe": ("2026-10-03", "2026-10-04", "2026-10-05"),
        "Pacific/Auckland": ("2026-09-26", "2026-09-27", "2026-09-28"),
    }.items():
        command = [str(SYSTEMD), "calendar", f"--base-time={days[0]} 00:00:00", "--iterations=4", f"*-*-* 02:00:00 {zone}"]
        told = subprocess.run(command, capture_output=True, text=True, check=True, env={"TZ": zone, "PATH": "/usr/bin:/bin"}).stdout
        elapses = re.findall(r"^ *(?:Next elapse|Iter[^:]*): \w+ (\S+ \S+)", told, re.MULTILINE)
        assert elapses[:2] == [f"{days[0]} 02:00:00", f"{days[2]} 02:00:00"]


def test_cron_gets_one_line_with_the_zone_before_it(home: Path) -> None:
    done = CliRunner().invoke(app, ["schedule"])
    *_, zone, line = done.output.splitlines()
    assert zone == "CRON_TZ=Pacific/Auckland"
    assert line.startswith("0 2 * * * ")
    words = shlex.split(line.replace(r"\%", "%"))
    assert words[6:9] == ["-C", str(home), "refresh"]
    assert words[-4:] == ["status", "--max-age", "26h", "--alert"]
    assert "%" not in line.replace(r"\%", "")


def test_another_homes_units_stay(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, before = installed(home, tmp_path / "units")
    other = make_sandbox_home(tmp_path / "other" / home.name)
    monkeypatch.setenv("GROUNDSWELL_HOME", str(other))
    done = CliRunner().invoke(app, ["schedule", "--install", "--folder", str(tmp_path / "units")])
    assert done.exit_code == 1
    assert "is another home's" in str(done.exception)
    assert {path.name: path.read_text() for path in sorted((tmp_path / "units").iterdir())} == before


def test_what_only_this_shell_knows_is_told_without_its_value(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_CONTACT", "hidden@brand.example")
    done = CliRunner().invoke(app, ["schedule"])
    assert "GROUNDSWELL_CONTACT is set in this shell alone" in done.output
    assert "hidden" not in done.output
