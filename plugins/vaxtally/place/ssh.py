"""What SFTP servers need beyond a file system: whom to trust, a sign of life, modes, any name."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

# A line that broke is noticed after this many seconds without an answer, three times.
ALIVE_SECONDS = 15
LOGIN_SECONDS = 30


def options(extras: dict[str, Any]) -> dict[str, Any]:
    """Options of the connection, from the extras that Airflow's SSH connections have.

    The server must be known: by `host_key` (as `ssh-ed25519 AAAA…`), by ~/.ssh/known_hosts, or by nothing at all where
    `no_host_key_check` is true. The library would take any server.
    """
    if str(extras.get("no_host_key_check", "")).lower() == "true":
        known: Any = None
    else:
        known = f"* {extras['host_key']}\n".encode() if extras.get("host_key") else ()
    return {
        "known_hosts": known,
        "keepalive_interval": ALIVE_SECONDS,
        "connect_timeout": LOGIN_SECONDS,
        "login_timeout": LOGIN_SECONDS,
        # One name in an old encoding would otherwise end the listing of its folder.
        "sftp_client_kwargs": {"path_errors": "surrogateescape"},
    }


def change_mode(files: "AbstractFileSystem", path: str, mode: int) -> None:
    """chmod: the file system itself has none."""
    from fsspec.asyn import sync

    async def change(pool: Any) -> None:
        async with pool.get() as channel:
            await channel.chmod(path, mode)

    connection: Any = files
    sync(connection.loop, change, connection._pool)


def take_any_name(files: "AbstractFileSystem") -> None:
    """Keep the file system from reading a path as an address: `?` and `#` may stand in a name."""
    connection: Any = files
    connection._strip_protocol = lambda path: path
