"""Private folders and files, names that fit, retention."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxtally.errors import SettingsError
from vaxtally.intake import places
from vaxtally.intake.retention import release_expired
from vaxtally.place import place_of
from vaxtally.settings import Settings


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_what_is_made_is_private(tmp_path: Path) -> None:
    folder = places.private_folder(tmp_path / "a" / "b")
    places.write_private(folder / "x.csv", b"1")
    assert [mode(path) for path in (tmp_path / "a", folder, folder / "x.csv")] == [0o700, 0o700, 0o600]


def test_existing_folders_keep_their_mode(tmp_path: Path) -> None:
    before = mode(tmp_path)
    places.private_folder(tmp_path / "a")
    assert mode(tmp_path) == before


def test_moved_files_are_private(tmp_path: Path) -> None:
    source = tmp_path / "s.csv"
    source.write_text("1")
    source.chmod(0o644)
    places.move_private(source, tmp_path / "kept" / "s.csv")
    assert mode(tmp_path / "kept" / "s.csv") == 0o600
    assert not source.exists()


@given(st.text(alphabet=st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_a_name_fits_any_file_system(name: str) -> None:
    fitted = places.fit_name(name, room=17)
    assert len(fitted.encode()) + 17 <= 255
    assert fitted == name or "~" in fitted


def test_long_names_that_differ_late_stay_apart() -> None:
    assert places.fit_name("x" * 300 + "1.csv") != places.fit_name("x" * 300 + "2.csv")
    assert places.fit_name("x" * 300 + "1.csv").endswith(".csv")


def test_retention_lets_whole_days_go_and_nothing_else(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, retention_days=10)
    for name in ("2021-08-31", "2021-09-09", "2021-09-10", "notes"):
        (tmp_path / "archive" / name / "U1").mkdir(parents=True)
    assert release_expired(settings, date(2021, 9, 20)) == [date(2021, 8, 31), date(2021, 9, 9)]
    assert sorted(path.name for path in (tmp_path / "archive").iterdir()) == ["2021-09-10", "notes"]


@pytest.mark.parametrize(
    "address",
    [
        "/data/inbox",
        "s3://units@city/in box",
        "s3://city",
        "sftp://units@/in/box",
        "sftp://units@/",
        "gs://a@b/c#1?x=2",
    ],
)
def test_an_address_is_given_back(address: str) -> None:
    assert str(place_of(address)) == address
    assert place_of(str(place_of(address) / "a.csv")) == place_of(address) / "a.csv"


def test_a_file_address_is_a_local_folder() -> None:
    assert place_of("file:///data/in%20box") == Path("/data/in box")


@pytest.mark.parametrize(
    "address", ["s3://key:secret@bucket/x", "sftp://units@host.example/x", "file://host/x", "://secret"]
)
def test_a_wrong_address_is_refused_and_not_quoted(address: str) -> None:
    with pytest.raises(SettingsError, match="VAXTALLY_INBOX") as raised:
        Settings.from_environment({"VAXTALLY_INBOX": address})
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("name", ["..", "a/../b", "", ".", "a//b", "a\0b"])
def test_no_name_leads_out_of_a_remote_place(name: str) -> None:
    with pytest.raises(ValueError, match="elsewhere"):
        place_of("s3://units@city/inbox") / name


def test_local_places_need_neither_airflow_nor_fsspec(tmp_path: Path) -> None:
    """Their import costs seconds, which every local run would pay."""
    script = f"""
import sys
from datetime import UTC, datetime
from pathlib import Path
from vaxtally import cli, intake, oneshot
from vaxtally.intake import discover, quarantine, retention
from vaxtally.place import place_of
from vaxtally.settings import Settings
settings = Settings(home=Path({str(tmp_path)!r}))
discover.waiting_files(settings.inbox, "upload", 0, datetime.now(UTC))
retention.release_expired(settings, datetime.now(UTC).date())
assert not {{"airflow", "fsspec", "s3fs", "sshfs"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True)
