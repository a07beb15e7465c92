"""dbt's manifest: parsed once for each version of the dbt project, then kept beside the warehouse."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import orjson

from orchestration.settings import DBT_PROJECT, NotDone, Settings, room_models
from orchestration.warehouse.faults import Fault, explained

BUILT = DBT_PROJECT / "target" / "prepared"
"""From which new data folders take it over; beside what a dbt that is started by hand leaves in `target`."""
KEY = "manifest.key"
JSON, PARSED = "manifest.json", "partial_parse.msgpack"
"""What is read here, with the SQL of every data test; and what dbt builds models and seeds from, without parsing anything again."""


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
        if _is_of(BUILT, key):
            _take(BUILT, folder)
        else:
            parse_project(folder)
        (folder / KEY).write_text(key, encoding="utf-8")
    return folder / JSON


def project_key() -> str:
    """A hash of every file of the dbt project, and dbt's version."""
    digest = hashlib.sha256(f"dbt {version('dbt-core')}, with the SQL of tests, to build models and seeds".encode())
    for file in sorted(path for path in DBT_PROJECT.rglob("*") if path.is_file() and path.suffix in {".sql", ".yml", ".csv"}):
        inside = file.relative_to(DBT_PROJECT)
        if inside.parts[0] not in {"target", "logs"}:
            digest.update(str(inside).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def parse_project(folder: Path) -> None:
    """Writes the manifest into a folder. Raises ProjectNotParsed."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        places = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), "--target-path", place]
        dbt = [str(Path(sys.executable).with_name("dbt")), "--quiet", "--no-use-colors"]
        command = [*dbt, "compile", "--select", "test_type:data", "--no-introspect", *places]
        # an empty file by the warehouse's name: what is compiled names it
        environment = os.environ | {"GROUNDSWELL_WAREHOUSE": str(Path(place, "warehouse.duckdb")), "DBT_LOG_PATH": place}
        environment["GROUNDSWELL_MODELS"] = room_models()
        try:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        except OSError as error:
            raise ProjectNotParsed(f"dbt cannot be started: {error}: install groundswell anew") from error
        if told := explained(f"{done.stdout}{done.stderr} exit code {done.returncode}", folder) if done.returncode else None:
            raise Fault(told)
        if done.returncode:
            raise ProjectNotParsed(f"dbt cannot read {DBT_PROJECT}: {(done.stdout + done.stderr).strip()[-500:]}: install groundswell anew")
        _keep_what_is_built(Path(place) / PARSED)
        _take(Path(place), folder)


def _keep_what_is_built(parsed: Path) -> None:
    """Takes out what a night does not build: each of its steps reads the file, and the graph of what is in it."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    manifest = Manifest.from_msgpack(parsed.read_bytes(), decoder=extended_mashumuro_decoder)
    manifest.nodes = {key: node for key, node in manifest.nodes.items() if key.startswith(("model.", "seed.", "operation."))}
    for others in (manifest.unit_tests, manifest.exposures, manifest.metrics, manifest.semantic_models, manifest.docs, manifest.files):
        others.clear()
    parsed.write_bytes(manifest.to_msgpack())


def _take(parsed: Path, folder: Path) -> None:
    for name in (JSON, PARSED):
        fresh = folder / f".{name}.{os.getpid()}"
        try:
            shutil.copyfile(parsed / name, fresh)
            fresh.replace(folder / name)
        finally:
            fresh.unlink(missing_ok=True)


def _is_of(folder: Path, key: str) -> bool:
    try:
        if "nodes" not in orjson.loads((folder / JSON).read_bytes()) or not (folder / PARSED).is_file():
            return False
        return (folder / KEY).read_text(encoding="utf-8") == key
    except (OSError, ValueError):
        return False


def main() -> None:
    """Parses into the project's own folder."""
    if not _is_of(BUILT, project_key()):
        parse_project(BUILT)
        (BUILT / KEY).write_text(project_key(), encoding="utf-8")


if __name__ == "__main__":
    main()
