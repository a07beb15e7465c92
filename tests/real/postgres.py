"""A PostgreSQL server of our own, from the programs that are installed (Debian: `apt install postgresql`)."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests.real.peers import free_ports


def programs() -> Path | None:
    """The folder of initdb and pg_ctl, which Debian keeps off the path."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), default=None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of its superuser's database."""
    folder = programs()
    if folder is None:
        pytest.skip("no PostgreSQL server is installed: apt install postgresql")
    # It refuses to run as root.
    as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    [port] = free_ports(1)
    with tempfile.TemporaryDirectory(dir="/var/tmp", ignore_cleanup_errors=True) as home:
        data, log = Path(home) / "data", Path(home) / "log"
        if as_user:
            shutil.chown(home, "postgres")

        def run(*command: str) -> None:
            subprocess.run([*as_user, str(folder / command[0]), "-D", str(data), *command[1:]], check=True, stdout=subprocess.DEVNULL)

        run("initdb", "-U", "pg", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        run("pg_ctl", "-w", "-s", "-l", str(log), "-o", f"-h 127.0.0.1 -p {port} -k {home} -c fsync=off", "start")
        try:
            yield f"postgresql+psycopg://pg@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-w", "-s", "-m", "immediate", "stop")


@pytest.fixture
def new_database(postgres: str) -> Iterator[Callable[[], str]]:
    """Makes an empty database; gives its address."""
    server = sa.create_engine(postgres, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    made = []

    def make() -> str:
        name = f"test_{uuid4().hex}"
        with server.connect() as connection:
            connection.execute(sa.text(f"create database {name}"))
        made.append(name)
        return sa.make_url(postgres).set(database=name).render_as_string(hide_password=False)

    yield make
    with server.connect() as connection:
        for name in made:
            connection.execute(sa.text(f"drop database {name} with (force)"))
