"""The package without its clone: built, installed into an environment of its own, and used from any folder as the README says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

POSTS = """\
id,channel,author_id,text,published_at
p1,blogs,ada,My Morrowbean Press still makes the best cup.,2026-10-02T09:00:00Z
p2,blogs,bo,Ada convinced me: I bought a Morrowbean Press today!,2026-10-02T18:00:00Z
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment whose groundswell is the wheel's; all that it needs is found in the environment of the tests."""
    folder = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)], folder)
    [wheel] = folder.glob("groundswell-*.whl")
    run([sys.executable, "-m", "venv", str(folder / "venv")], folder)
    python = folder / "venv" / "bin" / "python"
    run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", str(wheel)], folder)
    [packages] = (folder / "venv" / "lib").glob("python*/site-packages")
    (packages / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    for name in ("dbt", "dagster"):
        script = Path(sys.executable).with_name(name).read_text(encoding="utf-8")
        (python.with_name(name)).write_text(re.sub(r"^#!.*", f"#!{python}", script), encoding="utf-8")
        python.with_name(name).chmod(0o700)
    return python.parent


@pytest.fixture(scope="module")
def lines() -> Iterator[str]:
    """The README's lines for an installation of one's own, but for the first, which installs."""
    [block] = re.findall(r"## Your own installation\n.*?```sh\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    first, *others = [line.partition("#")[0].strip() for line in block.splitlines()]
    assert first == "pip install ."
    return iter(others)


def run(command: Sequence[str], cwd: Path, codes: Sequence[int] = (0,), **environment: str) -> str:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GROUNDSWELL_", "DAGSTER_", "PYTHON"))}
    done = subprocess.run(command, cwd=cwd, env=inherited | environment, capture_output=True, text=True, check=False)
    assert done.returncode in codes, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_each_line_of_the_readme_works_from_a_folder_of_ones_own(environment: Path, lines: Iterator[str], tmp_path: Path) -> None:
    here, told = tmp_path, dict[str, str]()
    for line in lines:
        program, *arguments = shlex.split(line)
        if program == "cd":
            here = here / arguments[0]
            continue
        told[arguments[0]] = run(
            [str(environment / program), *arguments], here, COLUMNS="200", PYTHONWARNINGS="ignore", GROUNDSWELL_NOW="2026-10-03T02:00:00Z"
        )
        if "--like" in arguments:
            assert "platform: wordpress" in (here / "sources.yaml").read_text(encoding="utf-8")
            (here / "exports").mkdir()
            (here / "exports" / "posts.csv").write_text(POSTS, encoding="utf-8")
            (here / "sources.yaml").write_text("sources:\n  - {name: mine, platform: files, path: exports}\n", encoding="utf-8")
    assert "published data/published/groundswell.duckdb" in told["refresh"]
    assert "ada" in told["rank"]
    assert (here / "data" / "reports" / "2026-10-02.html").stat().st_size > 10_000
    where = run([str(environment / "python"), "-c", "import orchestration; print(orchestration.__file__)"], here)
    assert where.startswith(str(environment.parent))
    explorer = "from orchestration.publishing.explorer.server import NOTEBOOK; print(NOTEBOOK.is_file())"
    assert run([str(environment / "python"), "-c", explorer], here).endswith("True\n")
