"""A file or folder on a server: the few methods of a path that intake needs, over the file system that Airflow opens.

Every call asks the server anew; nothing that it said before is kept. Errors are those of a local path
(FileNotFoundError, PermissionError) and PlaceUnreachableError; none of them quotes a file's name.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

# Whether a listing goes into a folder, by the parts of its path below the place that is listed.
Enters = Callable[[tuple[str, ...]], bool]
# Parts of a name that lead elsewhere. An object store keeps such keys; nothing here ever follows them.
TRICKS = ("", ".", "..")
SSH = ("sftp", "ssh")


@dataclass(frozen=True, order=True)
class RemoteFile:
    """A file as its server lists it. `modified_at` is the server's clock."""

    path: "RemotePath"
    size_bytes: int
    modified_at: datetime


@dataclass(frozen=True, order=True)
class RemotePath:
    """`scheme://[conn_id@]path`; `path` is the server's own, unescaped: `bucket/key`, or `/folder/name`."""

    scheme: str
    conn_id: str | None
    path: str

    @classmethod
    def parse(cls, text: str) -> "RemotePath":
        """From an address. Raises ValueError, without quoting it."""
        scheme, _, rest = text.partition("://")
        host, slash, below = rest.partition("/")
        conn_id, _, bucket = host.rpartition("@")
        if not scheme.replace("+", "").isalnum():
            raise ValueError("its scheme is none")
        if ":" in conn_id:
            raise ValueError("a password belongs into an Airflow connection, not into an address")
        if bucket and scheme.lower() in SSH:
            raise ValueError("the server's name belongs into an Airflow connection: sftp://connection@/folder")
        path = (bucket + slash + below).rstrip("/") if bucket else f"/{below.strip('/')}".rstrip("/")
        return cls(scheme.lower(), conn_id or None, path)

    def __str__(self) -> str:
        return f"{self.scheme}://{f'{self.conn_id}@' if self.conn_id else ''}{self.path or '/'}"

    def __truediv__(self, name: str) -> "RemotePath":
        """A place below this one. Raises ValueError for a name that leads elsewhere."""
        parts = name.split("/")
        if any(part in TRICKS or "\0" in part for part in parts):
            raise ValueError("a name that leads elsewhere")
        return replace(self, path="/".join([self.path, *parts]))

    @property
    def name(self) -> str:
        """The last part."""
        return self.path.rpartition("/")[2]

    @property
    def parent(self) -> "RemotePath":
        """The folder it lies in."""
        return replace(self, path=self.path.rpartition("/")[0])

    def with_name(self, name: str) -> "RemotePath":
        """Beside this one."""
        return self.parent / name

    def is_relative_to(self, other: object) -> bool:
        """Whether it lies below another remote place, or is it."""
        if not isinstance(other, RemotePath) or not self.is_beside(other):
            return False
        return f"{self.path}/".startswith(f"{other.path}/")

    def is_beside(self, other: "RemotePath") -> bool:
        """Whether both are on one server."""
        return (other.scheme, other.conn_id) == (self.scheme, self.conn_id)

    def relative_to(self, other: "RemotePath") -> PurePosixPath:
        """The part below `other`."""
        return PurePosixPath(self.path[len(other.path) + 1 :])

    def exists(self) -> bool:
        """Whether a file or folder of that name is there."""
        return self._info() is not None

    def is_file(self) -> bool:
        """Whether it is a file; a link is none."""
        info = self._info()
        return info is not None and info["type"] == "file"

    def is_dir(self) -> bool:
        """Whether it can hold files. In an object store any prefix can whose bucket exists."""
        from vaxtally.place import server

        return server.holds_files(self)

    def stat(self) -> RemoteFile:
        """Size and time. Raises FileNotFoundError."""
        from vaxtally.place import server

        info = self._info()
        if info is None:
            raise FileNotFoundError("no such file")
        return server.listed(self, info)

    def files(self, enters: "Enters") -> "list[RemoteFile]":
        """Every file below for whose folders `enters` says yes, given the parts of a folder's path from here.

        None where the folder does not exist.
        """
        from vaxtally.place import listing

        return listing.files(self, enters)

    def folders(self) -> "list[RemotePath]":
        """The folders right below; none where it does not exist."""
        from vaxtally.place import listing

        return listing.folders(self)

    def read_bytes(self) -> bytes:
        """The whole content."""
        return self._call("cat_file")

    def fetch(self, target: Path) -> None:
        """Copy the file here."""
        self._call("get_file", str(target))

    def put(self, source: Path) -> None:
        """Write the file from one here: whole or not at all under its own name."""
        from vaxtally.place import server

        server.put(self, source)

    def rename(self, target: "RemotePath") -> None:
        """Give it another name on the same server, in one step where the server can."""
        from vaxtally.place import server

        server.make_folder(target.parent)
        self._call("mv", target.path)

    def unlink(self, missing_ok: bool = False) -> None:
        """Delete the file."""
        try:
            self._call("rm_file")
        except FileNotFoundError:
            if not missing_ok:
                raise

    def remove_tree(self) -> None:
        """Delete the folder with all that is in it."""
        self._call("rm", recursive=True)

    def _info(self) -> dict[str, Any] | None:
        try:
            return self._call("info")
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _call(self, method: str, *arguments: Any, **options: Any) -> Any:
        from vaxtally.place import server

        return server.call(self, method, *arguments, **options)
