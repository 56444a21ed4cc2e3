"""The drop folders where they are on a server: the same files in the same order as if they were local.

Whether a file is still being written is asked of the server's own clock, which may go wrong: a hidden file is written
beside the waiting ones, its time read, and deleted. In an object store a file appears when it is whole.
"""

import logging
import os
from collections.abc import Iterator
from pathlib import PurePosixPath

from vaxtally.intake.discover import DEPARTMENT_FOLDER, KIND_OF_FOLDER, WaitingFile, is_finished
from vaxtally.place import RemotePath, server
from vaxtally.place.remote import RemoteFile

log = logging.getLogger(__name__)

CLOCK_NAME = ".vaxtally-clock"


def lying_files(inbox: RemotePath, kind: str) -> Iterator[WaitingFile]:
    """Every file of a kind in the drop folders, in no order."""
    for file, parts in _listed(inbox):
        folder, unit_code = (parts[1], parts[0]) if len(parts) == 3 else (parts[0], None)
        if unit_code == DEPARTMENT_FOLDER or (unit_code is None and folder != DEPARTMENT_FOLDER):
            continue
        if KIND_OF_FOLDER.get(folder) == kind and len(parts) > 1:
            yield _waiting(file, kind, unit_code)


def misplaced_files(inbox: RemotePath) -> Iterator[str]:
    """Files beside the drop folders of a unit, relative to the inbox."""
    for _, parts in _listed(inbox):
        if len(parts) == 2 and parts[0] != DEPARTMENT_FOLDER:
            yield "/".join(parts)


def rested(inbox: RemotePath, files: list[WaitingFile], rest_seconds: float) -> list[WaitingFile]:
    """Those of the files that are no longer being written, as far as the server's times tell."""
    if not files or rest_seconds <= 0 or server.is_object_store(inbox):
        return files
    now = _server_time(RemotePath.parse(files[0].path).parent)
    return [file for file in files if now is not None and now - file.changed_at >= rest_seconds]


def is_at_rest(file: RemotePath, rest_seconds: float) -> bool:
    """The same of one file."""
    if rest_seconds <= 0 or server.is_object_store(file):
        return True
    now = _server_time(file.parent)
    return now is not None and now - file.stat().modified_at.timestamp() >= rest_seconds


def _server_time(folder: RemotePath) -> float | None:
    """The server's clock, by the time of a file that is written into the folder; None where that is refused."""
    probe = folder / f"{CLOCK_NAME}-{os.getpid()}"
    try:
        server.call(probe, "pipe_file", b"")
        try:
            return probe.stat().modified_at.timestamp()
        finally:
            probe.unlink(missing_ok=True)
    except PermissionError:
        log.error("no file may be written to the inbox: its clock cannot be asked, nor could a file be moved away")
        return None


def _listed(inbox: RemotePath) -> Iterator[tuple[RemoteFile, tuple[str, ...]]]:
    """Files two or three levels below the inbox, with the parts of their path there."""
    for file in inbox.files(_enters):
        parts = PurePosixPath(file.path.relative_to(inbox)).parts
        if len(parts) in (2, 3) and is_finished(file.path.name):
            yield file, parts


def _enters(parts: tuple[str, ...]) -> bool:
    if len(parts) == 1:
        return not parts[0].startswith(".")
    return len(parts) == 2 and parts[0] != DEPARTMENT_FOLDER and parts[1] in KIND_OF_FOLDER


def _waiting(file: RemoteFile, kind: str, unit_code: str | None) -> WaitingFile:
    changed_at = file.modified_at.timestamp()
    return WaitingFile(int(changed_at), file.path.name, str(file.path), kind, unit_code, file.size_bytes, changed_at)
