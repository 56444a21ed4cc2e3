"""Inbox, outbox, archive and quarantine on real servers: a run over S3 and over SFTP ends as one over local folders."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from vaxtally import intake
from vaxtally.errors import PlaceUnreachableError, SettingsError, UnfinishedError
from vaxtally.intake import remote_inbox
from vaxtally.intake.retention import release_expired
from vaxtally.place import RemotePath, server
from vaxtally.settings import read_place

from .. import servers
from ..intake_desk import AUG_10, AUG_11, MORNING, Desk, csv_bytes, people, person
from ..servers import CONNECTION, FarServer, S3Server, SftpServer
from .test_intake_crash import Steps

PLACES = ("inbox", "outbox", "archive", "quarantine")


@pytest.fixture(params=["s3", "sftp"])
def far(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FarServer]:
    opened = servers.s3(monkeypatch) if request.param == "s3" else servers.sftp(tmp_path / "served", monkeypatch)
    with opened as opened_server:
        yield opened_server


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    with servers.s3(monkeypatch) as opened:
        yield opened


@pytest.fixture
def sftp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SftpServer]:
    with servers.sftp(tmp_path / "served", monkeypatch) as opened:
        yield opened


def move_to(desk: Desk, far: FarServer, *names: str) -> Desk:
    """Have the desk's places, or some of them, on the server; its list of units is there already."""
    changes: dict[str, Any] = {name: read_place(f"{far.address}/{name}") for name in names or PLACES}
    far.put("inbox/units.csv", (desk.inbox / "units.csv").read_bytes())
    desk.settings = desk.settings.with_changes(**changes)
    return desk


def summary_of(far: FarServer, path: str) -> dict[str, Any]:
    return json.loads(far.files()[f"outbox/{path}.result.json"])


def spooled(desk: Desk) -> list[Path]:
    return [path for path in (desk.settings.home / "spool").rglob("*") if path.is_file()]


def test_files_in_answers_out_files_archived_and_then_nothing(desk: Desk, far: FarServer) -> None:
    move_to(desk, far)
    good = csv_bytes([*people(1, 2), person(3, **{"Họ và tên": ""})])
    far.put("inbox/HOC-1/uploads/danh sách #1?.csv", good, MORNING)
    far.put("inbox/HOC-2/uploads/broken.csv", b"", MORNING)
    far.put("inbox/HOC-1/reports/r.csv", "Ngày,Vắc xin,Mũi,Số mũi tiêm\n09/08/2021,AZ,1,3\n".encode(), MORNING)
    far.put("inbox/HOC-1/lost.csv", good)
    summary = desk.run()
    assert summary["errors"] == []
    assert summary["misplaced_files"] == {"HOC-1": 1}
    statuses = {(upload.kind, upload.file_name): upload.status for upload in desk.uploads()}
    assert statuses == {
        ("report", "r.csv"): "loaded",
        ("upload", "danh sách #1?.csv"): "loaded",
        ("upload", "broken.csv"): "quarantined",
    }
    kept = {upload.file_name: upload.upload_id for upload in desk.uploads()}
    found = far.files()
    assert sorted(name for name in found if name.startswith("inbox/")) == ["inbox/HOC-1/lost.csv", "inbox/units.csv"]
    assert found[f"archive/2021-08-10/HOC-1/{kept['danh sách #1?.csv']}-danh sách #1?.csv"] == good
    assert found[f"quarantine/2021-08-10/HOC-2/{kept['broken.csv']}-broken.csv"] == b""
    assert sum(name.startswith("archive/2021-08-10/units/") for name in found) == 1
    answered = summary_of(far, "HOC-1/danh sách #1?.csv")
    assert (answered["rows_loaded"], answered["rows_rejected"]) == (2, 1)
    assert found["outbox/HOC-1/danh sách #1?.csv.result.csv"].startswith(b"\xef\xbb\xbf")
    assert spooled(desk) == []
    before = desk.dump()
    assert desk.run(AUG_10)["errors"] == []
    assert desk.dump() == before
    assert far.files() == found


@pytest.mark.parametrize("names", [("inbox",), ("inbox", "outbox"), ("archive", "quarantine"), ("outbox",)])
def test_every_place_may_be_here_or_there(desk: Desk, far: FarServer, names: tuple[str, ...]) -> None:
    content = csv_bytes(people(1, 2))
    if "inbox" in names:
        far.put("inbox/HOC-1/uploads/a.csv", content, MORNING)
    else:
        desk.put("a.csv", content)
    move_to(desk, far, *names)
    assert desk.run()["errors"] == []
    (upload,) = desk.uploads()
    here = {
        f"{place.name}/{path.relative_to(place)}": path.read_bytes()
        for name in PLACES
        if isinstance(place := getattr(desk.settings, name), Path)
        for path in place.rglob("*")
        if path.is_file()
    }
    found = {**far.files(), **here}
    assert found[f"archive/2021-08-10/HOC-1/{upload.upload_id}-a.csv"] == content
    assert "outbox/HOC-1/a.csv.result.csv" in found
    assert not any("inbox/HOC-1" in name for name in found)


def test_an_answer_of_the_same_name_moves_to_the_history(desk: Desk, far: FarServer) -> None:
    move_to(desk, far)
    far.put("inbox/HOC-1/uploads/a.csv", csv_bytes(people(1)), MORNING)
    desk.run()
    far.put("inbox/HOC-1/uploads/a.csv", csv_bytes(people(1, 2)), MORNING)
    desk.run(AUG_11)
    first, second = desk.uploads()
    assert summary_of(far, "HOC-1/a.csv")["upload_id"] == second.upload_id
    assert f"outbox/HOC-1/history/{first.upload_id}-a.csv.result.csv" in far.files()


@pytest.mark.parametrize("done", ["staged", "applied", "copied"])
def test_killed_on_the_way_the_next_run_ends_right(desk: Desk, far: FarServer, done: str) -> None:
    move_to(desk, far)
    far.put("inbox/HOC-1/uploads/a.csv", content := csv_bytes(people(1, 2)), MORNING)
    broken = Steps(desk).plan().stage()
    if done != "staged":
        broken.apply()
    if done == "copied":
        (upload,) = desk.uploads()
        far.put(upload.archive_path.removeprefix(far.address + "/"), content)
    desk.run()
    assert desk.statuses() == [("a.csv", "loaded")]
    assert sum(name.endswith("-a.csv") for name in far.files()) == 1
    assert "inbox/HOC-1/uploads/a.csv" not in far.files()
    assert spooled(desk) == []


def test_a_file_overwritten_after_its_verdict_is_a_file_of_its_own(desk: Desk, far: FarServer) -> None:
    move_to(desk, far)
    far.put("inbox/HOC-1/uploads/a.csv", csv_bytes(people(1, 2)), MORNING)
    Steps(desk).plan().stage().apply()
    far.put("inbox/HOC-1/uploads/a.csv", csv_bytes(people(1, 2, 3)), MORNING)
    desk.run()
    assert desk.statuses() == [("a.csv", "loaded"), ("a.csv", "loaded")]
    assert summary_of(far, "HOC-1/a.csv")["rows_duplicate"] == 2


def test_a_server_that_goes_before_the_files_are_moved(desk: Desk, far: FarServer) -> None:
    move_to(desk, far)
    far.put("inbox/HOC-1/uploads/a.csv", csv_bytes(people(1, 2)), MORNING)
    Steps(desk).plan().stage().apply()
    far.stop()
    with pytest.raises(UnfinishedError):
        intake.finish_files(desk.engine, desk.settings)
    far.start()
    assert desk.run()["errors"] == []
    assert desk.statuses() == [("a.csv", "loaded")]
    assert "inbox/HOC-1/uploads/a.csv" not in far.files()


def test_a_server_that_goes_in_the_middle_of_reading(
    desk: Desk, far: FarServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the run counts: a later file would overtake one that could not be fetched."""
    move_to(desk, far)
    for n in range(3):
        far.put(f"inbox/HOC-1/uploads/{n}.csv", csv_bytes(people(n)), MORNING + n)
    fetch = RemotePath.fetch

    def fetch_and_go(self: RemotePath, target: Path) -> None:
        if self.name == "1.csv":
            far.stop()
        fetch(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(RemotePath, "fetch", fetch_and_go)
        patched.setattr("vaxtally.intake.spool.SIDE_BY_SIDE", 1)
        with pytest.raises(PlaceUnreachableError, match=f"{CONNECTION}@.*next run") as raised:
            desk.run()
    assert "1.csv" not in str(raised.value)
    assert desk.uploads() == []
    far.start()
    desk.run()
    assert desk.statuses() == [("0.csv", "loaded"), ("1.csv", "loaded"), ("2.csv", "loaded")]
    assert spooled(desk) == []


def test_names_that_lead_elsewhere_are_nobodys(desk: Desk, s3: S3Server) -> None:
    move_to(desk, s3)
    content = csv_bytes(people(1))
    tricks = ["HOC-1/../HOC-2/uploads/x.csv", "/HOC-1/uploads/x.csv", "HOC-1/uploads//x.csv", "HOC-1/uploads/../x.csv"]
    for key in [*tricks, "HOC-1/uploads/", "HOC-1/uploads/.x.csv", "HOC-1/uploads/x.part", "HOC-1/uploads/d/x.csv"]:
        s3.put(f"inbox/{key}", content)
    s3.put(r"inbox/HOC-1/uploads/a..\x'; DROP.csv", content)
    desk.run()
    assert desk.statuses() == [(r"a..\x'; DROP.csv", "loaded")]
    assert sum(name.startswith("inbox/") for name in s3.files()) == len(tricks) + 5


def test_thirteen_hundred_folders_of_a_bucket_are_one_listing(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    from vaxtally.intake.discover import waiting_files

    for n in range(1300):
        s3.backend.put_object("city", f"vaxtally/inbox/U-{n:04}/uploads/a.csv", b"x")
    inbox = read_place(f"{s3.address}/inbox")
    calls: list[str] = []
    call = server.call

    def counted(place: RemotePath, method: str, *arguments: Any, **options: Any) -> Any:
        calls.append(method)
        return call(place, method, *arguments, **options)

    monkeypatch.setattr(server, "call", counted)
    found = waiting_files(inbox, "upload", 60, None)  # pyright: ignore[reportArgumentType]
    assert len({file.unit_code for file in found}) == 1300
    assert calls == ["find"]


def test_links_hidden_and_growing_files_of_a_server_are_left(desk: Desk, sftp: SftpServer) -> None:
    """The server's clock decides: this one is an hour slow, as the file's time is."""
    move_to(desk, sftp)
    far_folder = sftp.folder / "vaxtally" / "inbox" / "HOC-1" / "uploads"
    outside = sftp.folder / "vaxtally" / "outside.csv"
    outside.write_bytes(csv_bytes(people(9)))
    sftp.put("inbox/HOC-1/uploads/old.csv", csv_bytes(people(1)), MORNING)
    sftp.put("inbox/HOC-1/uploads/new.csv", csv_bytes(people(2)))
    sftp.put("inbox/HOC-1/uploads/.hidden.csv", csv_bytes(people(3)), MORNING)
    sftp.put("inbox/HOC-1/uploads/x.csv.filepart", csv_bytes(people(4)), MORNING)
    (far_folder / "link.csv").symlink_to(outside)
    (sftp.folder / "vaxtally" / "inbox" / "units.csv").touch()
    os.utime(sftp.folder / "vaxtally" / "inbox" / "units.csv", (MORNING, MORNING))
    desk.run(rest_seconds=30.0)
    assert desk.statuses() == [("old.csv", "loaded")]
    assert sorted(path.name for path in far_folder.iterdir()) == [
        ".hidden.csv", "link.csv", "new.csv", "x.csv.filepart",
    ]  # fmt: skip
    desk.run(rest_seconds=0.0)
    assert desk.statuses() == [("old.csv", "loaded"), ("new.csv", "loaded")]


def test_a_servers_own_clock_says_what_has_rested(sftp: SftpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server an hour behind: by our clock its newest file would have rested for an hour."""
    from vaxtally.intake.discover import waiting_files

    inbox = read_place(f"{sftp.address}/inbox")
    sftp.put("inbox/HOC-1/uploads/new.csv", b"x", MORNING)
    monkeypatch.setattr(remote_inbox, "_server_time", lambda folder: MORNING + 5.0)
    assert waiting_files(inbox, "upload", 30, None) == []  # pyright: ignore[reportArgumentType]
    assert len(waiting_files(inbox, "upload", 5, None)) == 1  # pyright: ignore[reportArgumentType]


def test_a_name_in_an_old_encoding_is_made_readable(desk: Desk, sftp: SftpServer) -> None:
    move_to(desk, sftp)
    sftp.put("inbox/HOC-1/uploads/" + os.fsdecode(b"danh s\xe1ch.csv"), csv_bytes(people(1)), MORNING)
    desk.run()
    ((name, status),) = desk.statuses()
    assert (name.startswith("danh s�ch-"), status) == (True, "loaded")


def test_what_is_made_on_a_server_is_private(desk: Desk, sftp: SftpServer) -> None:
    move_to(desk, sftp)
    sftp.put("inbox/HOC-1/uploads/a.csv", csv_bytes(people(1)), MORNING)
    desk.run()
    base = sftp.folder / "vaxtally"
    made = [path for name in ("outbox", "archive") for path in (base / name, *(base / name).rglob("*"))]
    assert len(made) > 6
    assert {path.stat().st_mode & 0o777 for path in made if path.is_dir()} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in made if path.is_file()} == {0o600}


def test_a_server_with_another_key_is_not_trusted(
    desk: Desk, sftp: SftpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncssh

    move_to(desk, sftp)
    name = f"AIRFLOW_CONN_{CONNECTION.upper()}"
    connection = json.loads(os.environ[name])
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    for extra in ({"host_key": other}, {}):
        monkeypatch.setenv(name, json.dumps(connection | {"extra": extra}))
        with pytest.raises(PlaceUnreachableError, match="HostKeyNotVerifiable"):
            desk.run()
    monkeypatch.setenv(name, json.dumps(connection | {"extra": {"no_host_key_check": True}}))
    desk.run()


def test_a_connection_that_nobody_made_is_wrong_usage(desk: Desk, s3: S3Server) -> None:
    desk.settings = desk.settings.with_changes(inbox=read_place("s3://nobody@city/inbox"))
    with pytest.raises(SettingsError, match="no Airflow connection 'nobody'"):
        desk.run()


def test_days_whose_retention_ended_go(desk: Desk, far: FarServer) -> None:
    move_to(desk, far)
    far.put("archive/2001-01-01/HOC-1/1-a.csv", b"x")
    far.put("archive/notes/a.csv", b"x")
    far.put("inbox/HOC-1/uploads/a.csv", csv_bytes(people(1)), MORNING)
    settings = desk.settings.with_changes(retention_days=30)
    assert release_expired(settings, AUG_10) == [date(2001, 1, 1)]
    desk.run()
    assert release_expired(settings, AUG_10 + timedelta(days=30)) == []
    assert release_expired(settings, AUG_10 + timedelta(days=31)) == [date(2021, 8, 10)]
    assert [name for name in far.files() if name.startswith("archive/")] == ["archive/notes/a.csv"]


def test_a_quarantined_file_goes_back_to_a_server(desk: Desk, far: FarServer) -> None:
    from vaxtally.clock import RunTime
    from vaxtally.intake import quarantine

    move_to(desk, far)
    far.put("inbox/HOC-1/uploads/a.csv", b"", MORNING)
    desk.run()
    time = RunTime.now(desk.settings, AUG_10)
    (back,) = quarantine.retry(desk.engine, desk.settings, time, quarantine.Chosen(), "An")
    assert back.problem is None
    assert far.files()["inbox/HOC-1/uploads/a.csv"] == b""
    desk.run()
    assert desk.statuses() == [("a.csv", "quarantined")] * 2


def test_the_commands_summary_is_all_there_is_on_standard_output(desk: Desk, far: FarServer) -> None:
    """Airflow, once imported, would log to standard output."""
    far.put("inbox/units.csv", (desk.inbox / "units.csv").read_bytes())
    far.put("inbox/HOC-1/uploads/a.csv", csv_bytes(people(1, 2)), MORNING)
    environment = os.environ | {
        "VAXTALLY_REGISTRY_URL": desk.url,
        "VAXTALLY_HOME": str(desk.folder / "home"),
        "VAXTALLY_MAIL_MODE": "off",
        "AIRFLOW_HOME": str(desk.folder / "airflow"),
    }
    command = [sys.executable, "-m", "vaxtally.cli", "run", "--json", "--as-of", "2021-08-10"]
    places = ["--inbox", f"{far.address}/inbox", "--outbox", f"{far.address}/outbox"]
    done = subprocess.run([*command, *places], check=False, env=environment, capture_output=True, text=True)
    summary = json.loads(done.stdout)
    assert (done.returncode, summary["errors"]) == (0, [])
    assert summary["uploads"]["files"] == {"loaded": 1}
    assert "alembic" not in done.stderr, "nor is it more talkative than it is asked to be"
    assert "outbox/HOC-1/a.csv.result.csv" in far.files()
