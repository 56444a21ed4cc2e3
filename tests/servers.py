"""Real servers on loopback that hold drop folders: S3 (moto) and SFTP (asyncssh). They stop and start.

What a test puts there and finds there goes past the code under test: by boto3, or by the disk below the SFTP server.
"""

import asyncio
import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest

from vaxtally.loopback import free_port

CONNECTION = "units_server"


class FarServer(Protocol):
    """`address`: of an empty place for inbox and the others."""

    address: str

    def put(self, path: str, content: bytes, at: float | None = None) -> None: ...
    def files(self) -> dict[str, bytes]: ...
    def remove(self, path: str) -> None: ...
    def stop(self) -> None: ...
    def start(self) -> None: ...


@dataclass
class S3Server:
    port: int
    requests: list[str] = field(default_factory=list)
    address: str = f"s3://{CONNECTION}@city/vaxtally"
    _moto: Any = None

    @property
    def client(self) -> Any:
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3", endpoint_url=f"http://127.0.0.1:{self.port}", region_name="us-east-1",
            aws_access_key_id="key-of-tests", aws_secret_access_key="secret-of-tests", config=Config(proxies={}),
        )  # fmt: skip

    @property
    def backend(self) -> Any:
        """Where the server keeps its buckets: this process."""
        from moto.s3.models import s3_backends

        return s3_backends["123456789012"]["global"]

    def start(self) -> None:
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._moto = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self._moto.start()

    def stop(self) -> None:
        self._moto.stop()

    def put(self, path: str, content: bytes, at: float | None = None) -> None:
        self.client.put_object(Bucket="city", Key=f"vaxtally/{path}", Body=content)

    def files(self) -> dict[str, bytes]:
        client = self.client
        pages = client.get_paginator("list_objects_v2").paginate(Bucket="city", Prefix="vaxtally/")
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        return {key[9:]: client.get_object(Bucket="city", Key=key)["Body"].read() for key in keys}

    def remove(self, path: str) -> None:
        self.client.delete_object(Bucket="city", Key=f"vaxtally/{path}")


@dataclass
class SftpServer:
    """Its root is `folder`: no client sees more of the disk."""

    folder: Path
    port: int
    host_key: Any
    address: str = f"sftp://{CONNECTION}@/vaxtally"
    _loop: Any = None
    _thread: Any = None
    _listener: Any = None
    _connections: list[Any] = field(default_factory=list)

    def start(self) -> None:
        import asyncssh

        logging.getLogger("asyncssh").setLevel(logging.WARNING)
        connections = self._connections

        class Login(asyncssh.SSHServer):
            def connection_made(self, conn: Any) -> None:
                connections.append(conn)

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == ("units", "password of tests")

        async def listen() -> None:
            self._listener = await asyncssh.listen(
                "127.0.0.1", self.port, server_factory=Login, server_host_keys=[self.host_key],
                sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=os.fsencode(self.folder)),
                reuse_address=True,
            )  # fmt: skip
            ready.set()

        ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(listen(), self._loop)
        assert ready.wait(10)

    def stop(self) -> None:
        """As if the machine had lost its power: no good-bye to anybody."""

        def end() -> None:
            for connection in self._connections:
                connection.abort()
            self._connections.clear()
            self._listener.close()
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.call_later(0.1, self._loop.stop)

        self._loop.call_soon_threadsafe(end)
        self._thread.join(10)
        self._loop.close()

    def put(self, path: str, content: bytes, at: float | None = None) -> None:
        target = self.folder / "vaxtally" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        if at is not None:
            os.utime(target, (at, at))

    def files(self) -> dict[str, bytes]:
        base = self.folder / "vaxtally"
        return {str(path.relative_to(base)): path.read_bytes() for path in base.rglob("*") if path.is_file()}

    def remove(self, path: str) -> None:
        (self.folder / "vaxtally" / path).unlink()


@contextmanager
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """A server with an empty bucket, and the Airflow connection to it in the environment."""
    server = S3Server(free_port())
    server.start()
    try:
        server.client.create_bucket(Bucket="city")
        extra = {"endpoint_url": f"http://127.0.0.1:{server.port}", "region_name": "us-east-1"}
        connection = {"conn_type": "aws", "login": "key-of-tests", "password": "secret-of-tests", "extra": extra}
        monkeypatch.setenv(f"AIRFLOW_CONN_{CONNECTION.upper()}", json.dumps(connection))
        yield server
    finally:
        server.stop()
        server.backend.reset()
        forget_servers()


@contextmanager
def sftp(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SftpServer]:
    """A server with an empty folder, and the Airflow connection to it, host key included, in the environment."""
    import asyncssh

    key = asyncssh.generate_private_key("ssh-ed25519")
    server = SftpServer(folder, free_port(), key)
    (folder / "vaxtally").mkdir(parents=True)
    extra = {"host_key": key.export_public_key().decode().strip()}
    connection = {
        "conn_type": "sftp", "host": "127.0.0.1", "port": server.port, "login": "units",
        "password": "password of tests", "extra": extra,
    }  # fmt: skip
    monkeypatch.setenv(f"AIRFLOW_CONN_{CONNECTION.upper()}", json.dumps(connection))
    server.start()
    try:
        yield server
    finally:
        server.stop()
        forget_servers()


def forget_servers() -> None:
    """The next test's server has another port under the same name."""
    from vaxtally.place import server

    server.forget_all()
