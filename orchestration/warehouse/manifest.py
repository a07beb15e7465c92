"""dbt's manifest: parsed once for each version of the dbt project, then kept beside the warehouse."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import orjson

from orchestration.settings import DBT_PROJECT, NotDone, Settings, room_models
from orchestration.warehouse.faults import Fault, explained

KEY = "manifest.key"


class ProjectNotParsed(NotDone):
    """dbt cannot read its project; the message says why."""


def prepared_manifest(settings: Settings) -> Path:
    """The manifest in the data folder, where every dbt step of a night finds and leaves it.

    It is taken over or parsed anew where it is missing, broken or of another version of the project.

    Raises:
        ProjectNotParsed: the installation is damaged.
    """
    folder, key = settings.folder / "dbt", project_key()
    if not _is_of(folder, key):
        folder.mkdir(parents=True, exist_ok=True)
        built = DBT_PROJECT / "target"
        if _is_of(built, key):
            fresh = folder / f".manifest.{os.getpid()}"
            try:
                shutil.copyfile(built / "manifest.json", fresh)
                fresh.replace(folder / "manifest.json")
            finally:
                fresh.unlink(missing_ok=True)
        else:
            parse_project(folder)
        (folder / KEY).write_text(key, encoding="utf-8")
    return folder / "manifest.json"


def project_key() -> str:
    """A hash of every file of the dbt project, and dbt's version."""
    digest = hashlib.sha256(version("dbt-core").encode())
    for file in sorted(path for path in DBT_PROJECT.rglob("*") if path.is_file() and path.suffix in {".sql", ".yml", ".csv"}):
        inside = file.relative_to(DBT_PROJECT)
        if inside.parts[0] not in {"target", "logs"}:
            digest.update(str(inside).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def parse_project(folder: Path) -> None:
    """Writes the manifest into a folder. Raises ProjectNotParsed."""
    places = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), "--target-path", str(folder)]
    command = [str(Path(sys.executable).with_name("dbt")), "--quiet", "--no-use-colors", "parse", *places]
    environment = {"GROUNDSWELL_WAREHOUSE": "unused.duckdb", "DBT_LOG_PATH": str(folder)} | os.environ
    environment["GROUNDSWELL_MODELS"] = room_models()
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError as error:
        raise ProjectNotParsed(f"dbt cannot be started: {error}: install groundswell anew") from error
    if told := explained(f"{done.stdout}{done.stderr} exit code {done.returncode}", folder) if done.returncode else None:
        raise Fault(told)
    if done.returncode:
        raise ProjectNotParsed(f"dbt cannot read {DBT_PROJECT}: {(done.stdout + done.stderr).strip()[-500:]}: install groundswell anew")


def _is_of(folder: Path, key: str) -> bool:
    try:
        if "nodes" not in orjson.loads((folder / "manifest.json").read_bytes()):
            return False
        return (folder / KEY).read_text(encoding="utf-8") == key
    except (OSError, ValueError):
        return False


def main() -> None:
    """Parses into the project's own target folder, from which new data folders take the manifest over."""
    target = DBT_PROJECT / "target"
    if not _is_of(target, project_key()):
        parse_project(target)
        (target / KEY).write_text(project_key(), encoding="utf-8")


if __name__ == "__main__":
    main()
