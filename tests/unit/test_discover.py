"""Which waiting files are seen, and in which order."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vaxtally.intake.discover import misplaced_files, sha256_of, waiting_files

NOW = datetime(2021, 9, 20, 5, 0, tzinfo=UTC)


def drop(inbox: Path, path: str, modified: float = 1_632_000_000, content: str = "x") -> Path:
    file = inbox / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    os.utime(file, (modified, modified))
    return file


def names(inbox: Path, kind: str = "upload", rest: float = 0) -> list[str]:
    return [str(Path(file.path).relative_to(inbox)) for file in waiting_files(inbox, kind, rest, NOW)]


def test_order_is_time_to_the_second_then_name_then_path(tmp_path: Path) -> None:
    drop(tmp_path, "B/uploads/2.csv", 1000.9)
    drop(tmp_path, "A/uploads/2.csv", 1000.1)
    drop(tmp_path, "C/uploads/1.csv", 1000.5)
    drop(tmp_path, "D/uploads/9.csv", 999)
    assert names(tmp_path) == ["D/uploads/9.csv", "C/uploads/1.csv", "A/uploads/2.csv", "B/uploads/2.csv"]


def test_reports_come_from_units_and_from_the_department(tmp_path: Path) -> None:
    drop(tmp_path, "A/reports/a.csv", 2)
    drop(tmp_path, "reports/all.csv", 1)
    found = waiting_files(tmp_path, "report", 0, NOW)
    assert [(file.unit_code, file.name) for file in found] == [(None, "all.csv"), ("A", "a.csv")]


@pytest.mark.parametrize(
    "name", [".hidden.csv", "list.csv.part", "list.TMP", "~$list.xlsx", "Thumbs.db", "desktop.ini"]
)
def test_unfinished_files_are_never_touched(tmp_path: Path, name: str) -> None:
    drop(tmp_path, f"A/uploads/{name}")
    assert names(tmp_path) == []


def test_symbolic_links_are_not_followed(tmp_path: Path) -> None:
    target = drop(tmp_path, "outside.csv")
    (tmp_path / "A" / "uploads").mkdir(parents=True)
    (tmp_path / "A" / "uploads" / "link.csv").symlink_to(target)
    assert names(tmp_path) == []


def test_a_file_that_was_just_written_rests_first(tmp_path: Path) -> None:
    # Its modification time is old, as after `cp -p`; its change time is not.
    file = drop(tmp_path, "A/uploads/a.csv", 1000)
    changed = datetime.fromtimestamp(file.stat().st_ctime, UTC)
    assert waiting_files(tmp_path, "upload", 60, changed) == []
    assert len(waiting_files(tmp_path, "upload", 0, changed)) == 1


def test_files_beside_the_drop_folders_are_told(tmp_path: Path) -> None:
    drop(tmp_path, "A/lost.csv")
    drop(tmp_path, "units.csv")
    assert misplaced_files(tmp_path) == ["A/lost.csv"]


def test_no_inbox_is_no_file(tmp_path: Path) -> None:
    assert names(tmp_path / "nowhere") == []


def test_sha256(tmp_path: Path) -> None:
    file = drop(tmp_path, "A/uploads/a.csv", content="abc")
    assert sha256_of(file) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_name_in_an_old_encoding_is_made_readable(tmp_path: Path) -> None:
    folder = tmp_path / "A" / "uploads"
    folder.mkdir(parents=True)
    name = os.fsdecode("danh sách".encode("utf-16-le")[:9].replace(b"\0", b"") + b"\xe1ch.csv")
    (folder / name).write_text("x")
    (found,) = waiting_files(tmp_path, "upload", 0, NOW)
    assert found.name.encode().endswith(b".csv")
    assert Path(found.path).read_text() == "x"
