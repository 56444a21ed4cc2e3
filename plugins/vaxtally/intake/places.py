"""Where a file goes after its verdict, and where its answer lies. Everything made here is private (0700/0600).

A place is a folder of this machine or one on a server; see `vaxtally.place`.
"""

import errno
import filecmp
import hashlib
import os
import shutil
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

from vaxtally.place import Place, RemotePath

if TYPE_CHECKING:
    from vaxtally.settings import Settings

LONGEST_NAME_BYTES = 255
LONGEST_SUFFIX_BYTES = 16

AnyPlace = TypeVar("AnyPlace", Path, RemotePath, Place)


def private_folder(path: AnyPlace) -> AnyPlace:
    """Make a folder and its missing parents, each 0700."""
    if isinstance(path, RemotePath):
        return path  # made with the first file that is put there
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    return path


def write_private(path: Place, content: bytes) -> None:
    """Write a file 0600, whole or not at all."""
    if isinstance(path, RemotePath):
        with TemporaryDirectory(prefix="vaxtally-") as folder:
            local = Path(folder) / "content"
            local.write_bytes(content)
            path.put(local)
        return
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    part.replace(path)


def move_private(source: Place, target: Place) -> None:
    """Move a file to its private place, also across file systems and servers: there it is copied, compared, deleted."""
    if isinstance(source, Path) and isinstance(target, Path):
        private_folder(target.parent)
        shutil.move(source, target)
        target.chmod(0o600)
        return
    with TemporaryDirectory(prefix="vaxtally-") as folder:
        here = source if isinstance(source, Path) else _fetched(source, Path(folder) / "source")
        copy_private(here, target)
        _compare(here, target, Path(folder) / "copy")
    source.unlink()


def copy_private(source: Path, target: Place) -> None:
    """Copy a file that is here to a private place."""
    if isinstance(target, RemotePath):
        target.put(source)
        return
    part = private_folder(target.parent) / (fit_name(target.name, room=5) + ".part")
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    shutil.copyfile(source, part)
    part.replace(target)


def _fetched(source: RemotePath, target: Path) -> Path:
    source.fetch(target)
    return target


def _compare(source: Path, target: Place, copy: Path) -> None:
    """Raise OSError unless the target has the source's bytes."""
    if not filecmp.cmp(source, _fetched(target, copy) if isinstance(target, RemotePath) else target, shallow=False):
        raise OSError(errno.EIO, "the copy differs from the file")


def kept_path(received_on: date, unit_code: str | None, upload_id: int, name: str) -> str:
    """`<day>/<unit or department>/<upload id>-<file name>`, below the archive or the quarantine folder."""
    return f"{received_on.isoformat()}/{unit_code or 'department'}/{fit_name(f'{upload_id}-{name}')}"


def fit_name(name: str, room: int = 0) -> str:
    """The name, shortened before its suffix where it and `room` more bytes would not fit a file system."""
    encoded = name.encode()
    if len(encoded) + room <= LONGEST_NAME_BYTES:
        return name
    suffix = Path(name).suffix if len(Path(name).suffix.encode()) <= LONGEST_SUFFIX_BYTES else ""
    mark = "~" + hashlib.sha256(encoded).hexdigest()[:8] + suffix
    return encoded[: LONGEST_NAME_BYTES - room - len(mark.encode())].decode(errors="ignore") + mark


def answer_folder(settings: "Settings", kind: str, unit_code: str | None) -> Place:
    """`outbox/<unit>`, `outbox/<unit>/reports` or `outbox/reports`."""
    folder = settings.outbox / unit_code if unit_code else settings.outbox
    return folder / "reports" if kind == "report" else folder
