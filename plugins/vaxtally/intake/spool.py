"""Files of remote places while this machine works on them: fetched once, privately under the home, deleted after.

Local files are worked on where they lie.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING

from vaxtally.errors import PlaceUnreachableError
from vaxtally.intake import places
from vaxtally.intake.discover import sha256_of
from vaxtally.place import Place, RemotePath
from vaxtally.place.listing import SIDE_BY_SIDE

if TYPE_CHECKING:
    from vaxtally.settings import Settings


def hashes(settings: "Settings", kind: str, files: list[Place]) -> Iterator[str | OSError]:
    """The SHA-256 of each, in order, or why it has none. What is remote stays in the spool for `planned`.

    Raises PlaceUnreachableError as soon as the server is gone: what came after would overtake what it did not give.
    """
    if not any(isinstance(file, RemotePath) for file in files):
        yield from (_hash(settings, kind, file) for file in files)
        return
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield from pool.map(lambda file: _hash(settings, kind, file), files)


def clear(settings: "Settings", kind: str) -> None:
    """Delete what a broken run of that kind had fetched."""
    shutil.rmtree(_folder(settings, kind), ignore_errors=True)


@contextmanager
def planned(settings: "Settings", kind: str, file: Place) -> Iterator[Path]:
    """A file that `hashes` has seen, to be read here; fetched again where another machine had fetched it."""
    if isinstance(file, Path):
        yield file
        return
    copy = _copy_path(settings, kind, file)
    try:
        if not copy.exists():
            _fetch(file, copy)
        yield copy
    finally:
        copy.unlink(missing_ok=True)


@contextmanager
def local_copy(settings: "Settings", file: Place) -> Iterator[Path]:
    """A file as it is now, to be read here."""
    if isinstance(file, Path):
        yield file
        return
    descriptor, name = mkstemp(dir=places.private_folder(settings.home / "spool"))
    os.close(descriptor)
    copy = Path(name)
    try:
        file.fetch(copy)
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def _hash(settings: "Settings", kind: str, file: Place) -> str | OSError:
    try:
        if isinstance(file, Path):
            return sha256_of(file)
        copy = _copy_path(settings, kind, file)
        _fetch(file, copy)
        return sha256_of(copy)
    except PlaceUnreachableError:
        raise
    except OSError as error:
        return error


def _fetch(file: RemotePath, copy: Path) -> None:
    places.private_folder(copy.parent)
    part = copy.with_suffix(".part")
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    file.fetch(part)
    part.replace(copy)


def _folder(settings: "Settings", kind: str) -> Path:
    return settings.home / "spool" / kind


def _copy_path(settings: "Settings", kind: str, file: RemotePath) -> Path:
    # Not under its own name, which may be a patient's.
    return _folder(settings, kind) / hashlib.sha256(str(file).encode()).hexdigest()
