"""The servers behind remote places: opened once a process through Airflow, asked, and given up when lost."""

import errno
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaxtally.errors import PlaceUnreachableError, SettingsError
from vaxtally.place.remote import SSH, RemoteFile, RemotePath

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

# They list everything below a prefix in one go, have no folders, and an object appears whole.
OBJECT_STORES = ("s3", "s3a", "s3n", "gs", "gcs", "abfs", "abfss", "adl", "wasb")
# What file systems call the time of a file's last change.
_TIMES = ("mtime", "LastModified", "last_modified", "updated", "modified", "created")
# Of this machine, not of the server.
_OURS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE)

_open: dict[tuple[int, str, str | None], "AbstractFileSystem"] = {}
_opening = threading.Lock()


def is_object_store(place: RemotePath) -> bool:
    """Whether the server has no folders and shows files whole only."""
    return place.scheme in OBJECT_STORES


def call(place: RemotePath, method: str, *arguments: Any, **options: Any) -> Any:
    """Call a method of the file system on the place."""
    with _answering(place) as files:
        return getattr(files, method)(place.path or "/", *arguments, **options)


def put(place: RemotePath, source: Path) -> None:
    """Write a file, privately: whole or not at all under its own name."""
    if is_object_store(place):
        with _answering(place) as files:
            files.put_file(str(source), place.path)
        return
    make_folder(place.parent)
    part = place.with_name(f".{place.name[:100]}.part")
    with _answering(part) as files:
        files.put_file(str(source), part.path)
        make_private(place, part.path)
        with suppress(FileNotFoundError):
            if place.scheme not in SSH:  # its rename replaces
                files.rm_file(place.path)
        files.mv(part.path, place.path)


def make_folder(place: RemotePath) -> None:
    """Make a folder and those above it that are missing, 0700 where the server knows modes."""
    if is_object_store(place) or not place.path:
        return
    options = {"permissions": 0o700} if place.scheme in SSH else {}
    with suppress(FileExistsError):
        call(place, "makedirs", exist_ok=True, **options)


def make_private(place: RemotePath, path: str) -> None:
    """Mode 0600 for a file, where the server knows modes."""
    if place.scheme in SSH:
        from vaxtally.place import ssh

        with _answering(place) as files:
            ssh.change_mode(files, path, 0o600)


def holds_files(place: RemotePath) -> bool:
    """Whether a folder is there; in an object store, whether the bucket is."""
    looked_at = RemotePath(place.scheme, place.conn_id, place.path.partition("/")[0])
    try:
        if is_object_store(place):
            call(looked_at, "ls", refresh=True)
            return True
        return call(place, "info")["type"] == "directory"
    except FileNotFoundError:
        return False


def listed(path: RemotePath, info: dict[str, Any]) -> RemoteFile:
    """A file from what its server says about it. Raises PlaceUnreachableError where that lacks a time."""
    found = next((info[name] for name in _TIMES if info.get(name) is not None), None)
    if isinstance(found, int | float):
        found = datetime.fromtimestamp(found, UTC)
    if not isinstance(found, datetime):
        raise PlaceUnreachableError(f"{_root(path)} does not say when a file was changed; it cannot be an inbox.")
    return RemoteFile(path, info["size"], found if found.tzinfo else found.replace(tzinfo=UTC))


@contextmanager
def _answering(place: RemotePath) -> "Iterator[AbstractFileSystem]":
    """The file system; what it raises becomes an error of ours that quotes no name."""
    try:
        yield _file_system(place)
    except (SettingsError, PlaceUnreachableError):
        raise
    except FileNotFoundError:
        raise FileNotFoundError(errno.ENOENT, "no such file") from None
    except (IsADirectoryError, NotADirectoryError, FileExistsError) as error:
        raise type(error)(error.errno or errno.EEXIST, "a folder or file is in the way") from None
    except PermissionError:
        raise PermissionError(errno.EACCES, "the server refuses") from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _OURS:
            raise OSError(error.errno, os.strerror(error.errno)) from None
        _give_up(place)
        raise PlaceUnreachableError(
            f"{_root(place)} does not answer as it should ({type(error).__name__}). Nothing is lost; the next run"
            " tries again."
        ) from None


def _file_system(place: RemotePath) -> "AbstractFileSystem":
    key = (os.getpid(), place.scheme, place.conn_id)
    with _opening:
        if key not in _open:
            with _own_logging():
                _open[key] = _opened(place)
        return _open[key]


@contextmanager
def _own_logging() -> Iterator[None]:
    """Keep logging as it is: Airflow, where this imports it, sets it up anew, for standard output.

    That is where the command's summary stands alone. In Airflow's own processes nothing is set up here.
    """
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def _opened(place: RemotePath) -> "AbstractFileSystem":
    from airflow.sdk.io.fs import get_fs, has_fs

    from vaxtally.place import ssh

    if not has_fs(place.scheme):
        raise SettingsError(f"No provider of Airflow opens {place.scheme}://.")
    options: dict[str, Any] = {}
    extras = _extras(place)
    if place.scheme in SSH:
        options = ssh.options(extras)
    # Several libraries tell names of files below this level.
    for library in ("asyncssh", "s3fs", "botocore", "aiobotocore", "fsspec"):
        logging.getLogger(library).setLevel(logging.WARNING)
    files = get_fs(place.scheme, place.conn_id, options)
    if place.scheme in SSH:
        ssh.take_any_name(files)
    # What was listed before says nothing about now.
    files.dircache.use_listings_cache = False
    return files


def _extras(place: RemotePath) -> dict[str, Any]:
    """The connection's extras. Raises SettingsError where there is no such connection: S3 would go on as anybody."""
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return Connection.get(place.conn_id).extra_dejson if place.conn_id else {}
    except AirflowNotFoundException:
        raise SettingsError(f"{_root(place)}: there is no Airflow connection {place.conn_id!r}.") from None


def _give_up(place: RemotePath) -> None:
    """Open the server anew the next time: a connection that broke stays broken."""
    with _opening:
        lost = _open.pop((os.getpid(), place.scheme, place.conn_id), None)
    if lost is not None:
        type(lost).clear_instance_cache()


def forget_all() -> None:
    """Open every server anew the next time, as after a connection was changed."""
    for _, scheme, conn_id in list(_open):
        _give_up(RemotePath(scheme, conn_id, ""))


def _root(place: RemotePath) -> str:
    """The server, without any name below it."""
    return str(RemotePath(place.scheme, place.conn_id, place.path.partition("/")[0]))
