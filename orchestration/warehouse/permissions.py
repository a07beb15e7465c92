"""Who may read what this installation keeps: its owner alone, and a group what is published, where a setting names one."""

from __future__ import annotations

import grp
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from orchestration.settings import NotDone, Settings

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
PASSED_THROUGH = 0o710
"""A group may go through the data folder to what is published, and see nothing on the way."""
SHARED_FOLDER, SHARED_FILE = 0o2750, 0o640
"""Files that are made in the published folder belong to its group, which reads them."""


class NoSuchGroup(NotDone):
    """GROUNDSWELL_SHARED_GROUP names no group that this user may share with."""


def tighten(settings: Settings) -> None:
    """Gives every file and folder of the data folder the mode that it has to have; what is another user's stays as it is.

    Raises:
        NoSuchGroup: the group that is to read what is published does not exist, or this user is not in it.
    """
    if settings.shared_group:
        settings.published.parent.mkdir(parents=True, exist_ok=True)
        for folder in (settings.folder, settings.published.parent):
            _share(folder, settings.shared_group)
    for path, mode in wrong_modes(settings):
        if path.stat().st_uid == os.geteuid():
            path.chmod(mode)


def wrong_modes(settings: Settings) -> Iterator[tuple[Path, int]]:
    """What has another mode than it should, and that mode."""
    published = settings.published.parent
    for folder, _, files in os.walk(settings.folder):
        is_shared = settings.shared_group is not None and Path(folder).is_relative_to(published)
        top = Path(folder) == settings.folder and settings.shared_group is not None
        modes = [(Path(folder), SHARED_FOLDER if is_shared else PASSED_THROUGH if top else PRIVATE_FOLDER)]
        modes += [(Path(folder, name), SHARED_FILE if is_shared else PRIVATE_FILE) for name in files]
        yield from ((path, mode) for path, mode in modes if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) != mode)


def as_its_folder(path: Path) -> None:
    """Lets those read a new file or folder who may read the folder that it lies in."""
    shared = path.parent.stat().st_mode & stat.S_IRGRP
    if path.is_dir():
        path.chmod(SHARED_FOLDER if shared else PRIVATE_FOLDER)
    else:
        path.chmod(SHARED_FILE if shared else PRIVATE_FILE)


def closed_parents(settings: Settings) -> list[Path]:
    """Folders above the data folder that the group cannot go through, so that what is published stays out of its reach."""
    if settings.shared_group is None:
        return []
    group = _group(settings.shared_group)
    closed = []
    for folder in settings.folder.parents:
        status = folder.stat()
        if not status.st_mode & stat.S_IXOTH and not (status.st_gid == group and status.st_mode & stat.S_IXGRP):
            closed.append(folder)
    return closed


def read_by_others(file: Path) -> str | None:
    """A sentence where a file of secrets can be read by more than its owner."""
    if not file.exists() or not stat.S_IMODE(file.stat().st_mode) & 0o077:
        return None
    return f"{file} can be read by others than its owner (mode {stat.S_IMODE(file.stat().st_mode):o}): chmod 600 {file}"


def _group(name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise NoSuchGroup(
            f"GROUNDSWELL_SHARED_GROUP: there is no group {name!r}: make it (groupadd {name}) or leave the setting out"
        ) from None


def _share(folder: Path, name: str) -> None:
    if folder.stat().st_gid == _group(name):
        return
    try:
        for path in [folder, *(folder.rglob("*") if folder.name == "published" else ())]:
            if not path.is_symlink():
                shutil.chown(path, group=name)
    except PermissionError:
        raise NoSuchGroup(
            f"GROUNDSWELL_SHARED_GROUP: {folder} cannot be given to {name!r}: the user who runs groundswell has to be in that group"
        ) from None
