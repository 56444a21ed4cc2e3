"""The embedded server: shared by processes, gone with the last, unharmed by kill -9, and nobody's folders loosened."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from vaxtally import embedded_postgres, lock
from vaxtally.embedded_postgres import EmbeddedPostgresError, cluster, place

USE = """
import sys
from pathlib import Path
from vaxtally import embedded_postgres
with embedded_postgres.serve(Path(sys.argv[1])) as server:
    print(server.ensure_database("vaxtally"), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    embedded_postgres.remove(tmp_path / "home")


@pytest.fixture
def open_home(tmp_path: Path) -> Iterator[Path]:
    """A home that any account can reach; pytest's own folders are 0700."""
    folder = Path(f"/var/tmp/vaxtally-test-{os.getpid()}")
    folder.mkdir()
    yield folder / "home"
    embedded_postgres.remove(folder / "home")
    subprocess.run(["rm", "-r", str(folder)], check=True)


def start_user(home: Path) -> tuple[subprocess.Popen, str]:
    """Another process that uses the home's server until its standard input closes; and the URL it was given."""
    user = subprocess.Popen([sys.executable, "-c", USE, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    return user, user.stdout.readline().decode().strip()


def server_processes(home: Path) -> list[int]:
    return cluster.processes(place.find_place(home).data)


def keeper_pid(home: Path) -> int:
    return int((home / "postgres" / "keeper").read_text())


def wait_until_stopped(home: Path, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while server_processes(home) or not lock.is_free(home / "postgres" / "keeper"):
        assert time.monotonic() < deadline, "the server still runs"
        time.sleep(0.05)


def query(url: str, statement: str) -> object:
    import psycopg

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchone()[0] if cursor.description else None


def test_starts_with_the_promised_settings_and_stops(home: Path) -> None:
    with embedded_postgres.serve(home) as server:
        url = server.ensure_database("vaxtally")
        assert server.ensure_database("vaxtally") == url
        shown = {
            name: query(url, f"SHOW {name}")
            for name in ("fsync", "synchronous_commit", "jit", "listen_addresses", "work_mem", "server_encoding")
        }
        provider = query(url, "SELECT format('%s %s', datlocprovider, datlocale) FROM pg_database LIMIT 1")
        query(url, "CREATE EXTENSION pg_trgm")
        assert query(url, "SELECT similarity('Nguyễn', 'nguyễn')") == 1
        assert query(url, "SELECT lower('NGUYỄN ĐỨC')") == "nguyễn đức"
    assert shown == {
        "fsync": "on", "synchronous_commit": "on", "jit": "off",
        "listen_addresses": "127.0.0.1", "work_mem": "64MB", "server_encoding": "UTF8",
    }  # fmt: skip
    assert provider == "b C.UTF-8"
    assert server_processes(home) == []


def test_password_is_private_and_needed(home: Path) -> None:
    import psycopg

    with embedded_postgres.serve(home) as server:
        assert stat.S_IMODE((home / "postgres" / "password").stat().st_mode) == 0o600
        with pytest.raises(psycopg.OperationalError, match="password"):
            query(server.url("postgres").replace(server.password, "wrong"), "SELECT 1")


def test_a_second_process_shares_the_server_and_the_last_one_stops_it(home: Path) -> None:
    first, url = start_user(home)
    with embedded_postgres.serve(home) as server:
        assert server.url("vaxtally") == url
        first.communicate()
        assert query(url, "SELECT 1") == 1, "the starter has left, the server stays"
    assert server_processes(home) == []


def test_processes_that_start_at_once_share_one_server(home: Path) -> None:
    users = [subprocess.Popen([sys.executable, "-c", USE, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
             for _ in range(3)]  # fmt: skip
    assert len({user.stdout.readline() for user in users}) == 1
    for user in users:
        user.communicate()
    wait_until_stopped(home)


def test_a_killed_user_takes_the_server_along_and_data_stays(home: Path) -> None:
    user, url = start_user(home)
    query(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    user.send_signal(signal.SIGKILL)
    user.communicate()
    wait_until_stopped(home)
    with embedded_postgres.serve(home) as server:
        assert query(server.url("vaxtally"), "SELECT answer FROM kept") == 42


def test_kill_9_of_everything_is_recovered_silently(home: Path) -> None:
    user, url = start_user(home)
    query(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    for pid in [user.pid, keeper_pid(home), *server_processes(home)]:
        # Some end by themselves once their parent is gone.
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    with embedded_postgres.serve(home) as server:
        assert query(server.url("vaxtally"), "SELECT answer FROM kept") == 42
    assert time.monotonic() - began < 10
    user.communicate()


def test_the_server_ends_with_a_killed_keeper(home: Path) -> None:
    user, _ = start_user(home)
    os.kill(keeper_pid(home), signal.SIGKILL)
    wait_until_stopped(home)
    user.communicate()


def test_a_killed_server_is_replaced_for_the_next_user(home: Path) -> None:
    user, url = start_user(home)
    for pid in server_processes(home):
        os.kill(pid, signal.SIGKILL)
    with embedded_postgres.serve(home) as server:
        assert query(server.ensure_database("vaxtally"), "SELECT 1") == 1
        assert server.url("vaxtally") == url, "on the old port, so the first user's address is good again"
        user.communicate()


def test_it_gets_the_memory_that_the_environment_says(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEDDED_POSTGRES_SHARED_BUFFERS", "24MB")
    with embedded_postgres.serve(home) as server:
        assert query(server.ensure_database("vaxtally"), "SHOW shared_buffers") == "24MB"


def test_a_pid_file_that_names_a_stranger_is_no_obstacle(home: Path) -> None:
    with embedded_postgres.serve(home):
        pid_file = place.find_place(home).data / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with embedded_postgres.serve(home) as server:
        assert server.answers()


def test_a_cut_short_initdb_is_done_again(home: Path) -> None:
    (home / "postgres").mkdir(parents=True)
    (place.find_place(home).data.with_name("data.new")).mkdir()
    with embedded_postgres.serve(home) as server:
        assert server.answers()


def test_remove_refuses_while_in_use_and_leaves_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with embedded_postgres.serve(home):
        outside = place.find_place(home).outside
        with pytest.raises(EmbeddedPostgresError, match="in use"):
            embedded_postgres.remove(home)
    embedded_postgres.remove(home)
    assert not (home / "postgres").exists()
    assert outside is None or not outside.exists()


def test_an_unusable_home_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(EmbeddedPostgresError, match="cannot be used"), embedded_postgres.serve(tmp_path / "file"):
        pass


def test_a_server_that_cannot_start_is_told_in_a_sentence(home: Path) -> None:
    with embedded_postgres.serve(home):
        data = place.find_place(home).data
    (data / "PG_VERSION").write_text("9.1\n")
    with pytest.raises(EmbeddedPostgresError, match="did not start"), embedded_postgres.serve(home):
        pass


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account for the server")


@as_root
def test_root_below_a_private_folder_loosens_nothing(home: Path) -> None:
    home.parent.chmod(0o700)
    before = {folder: folder.stat().st_mode for folder in home.parents}
    with embedded_postgres.serve(home) as server:
        assert server.answers()
        outside = place.find_place(home).outside
        owners = set()
        for pid in server_processes(home):
            # a worker may have ended since
            with suppress(FileNotFoundError):
                owners.add(Path(f"/proc/{pid}").stat().st_uid)
    assert owners
    assert {folder: folder.stat().st_mode for folder in home.parents} == before
    assert 0 not in owners
    assert stat.S_IMODE((outside / "data").stat().st_mode) == 0o700


@as_root
def test_a_home_deleted_without_its_place_begins_empty(home: Path) -> None:
    home.parent.chmod(0o700)
    with embedded_postgres.serve(home) as server:
        server.ensure_database("vaxtally")
    shutil.rmtree(home)
    with embedded_postgres.serve(home) as server, server._connect() as connection:
        assert not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'vaxtally'").fetchone()


@as_root
def test_root_in_the_open_needs_no_place_outside(open_home: Path) -> None:
    with embedded_postgres.serve(open_home) as server:
        assert server.answers()
        assert place.find_place(open_home).data == open_home / "postgres" / "data"


@as_root
def test_root_with_a_private_wheel_uses_a_copy(open_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "_runs", lambda account, binaries: "binaries-" in str(binaries))
    site = place.find_place(open_home)
    account = place.prepare(site)
    monkeypatch.undo()
    assert account and site.outside
    assert site.binaries.is_relative_to(site.outside)
    assert place._runs(account, site.binaries)


@as_root
def test_a_copied_home_does_not_share_the_place(home: Path, tmp_path: Path) -> None:
    with embedded_postgres.serve(home):
        pass
    copy = tmp_path / "copy"
    (copy / "postgres").mkdir(parents=True)
    (copy / "postgres" / "place").write_text((home / "postgres" / "place").read_text())
    with pytest.raises(EmbeddedPostgresError, match="moved or copied"), embedded_postgres.serve(copy):
        pass
    embedded_postgres.remove(copy)
    assert place.find_place(home).data.exists()
