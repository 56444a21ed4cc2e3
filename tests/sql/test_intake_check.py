"""`vaxtally check`: what the unit would be told, without a trace."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from vaxtally import intake
from vaxtally.clock import RunTime
from vaxtally.errors import UsageError
from vaxtally.intake import check

from ..intake_desk import AUG_10, Desk, people, person

ROWS = [person(1), person(2, **{"Họ và tên": ""}), person(4, **{"Vắc xin": "Moderna"}), person(1), person(5)]
# An id and when it was drawn are a run's own.
OWN = ("upload_id", "received_on")


def checked(desk: Desk, path: Path, unit: str = "HOC-1", kind: str = "upload") -> Any:
    return check.check_file(desk.engine, desk.settings, RunTime.now(desk.settings, AUG_10), path, unit, kind)


def lines(found: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(found.lines.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    "content", [ROWS, [], b"%PDF-1.4", people(*range(4)), [person(n, **{"Mũi": "x"}) for n in range(25)]]
)
def test_it_says_what_a_run_would_and_changes_nothing(desk: Desk, content: Any) -> None:
    desk.put("before.csv", [person(4), person(5)])
    desk.run()
    path = desk.put("a.csv", content)
    outside = desk.folder / "a.csv"
    outside.write_bytes(path.read_bytes())
    before, files = desk.dump(), desk.files()
    found = checked(desk, outside)
    assert (desk.dump(), desk.files()) == (before, files)
    assert outside.is_file()
    desk.run()
    answer = desk.answer("a.csv")
    assert lines(found) == answer.lines
    assert {k: v for k, v in found.summary.items() if k not in OWN} == {
        k: v for k, v in answer.summary.items() if k not in OWN
    }


def test_a_report_is_checked_as_one(desk: Desk) -> None:
    desk.run()
    path = desk.put("r.csv", [{"Ngày": "09/08/2021", "Vắc xin": "AZ", "Mũi": "1", "Số mũi tiêm": "-3"}], kind="reports")
    found = checked(desk, path, kind="report")
    assert [line["rule"] for line in lines(found)] == ["report.count_invalid"]
    assert desk.uploads() == []


def test_what_was_taken_in_already_is_said(desk: Desk) -> None:
    path = desk.put("a.csv", people(1))
    copy = desk.folder / "copy.csv"
    copy.write_bytes(path.read_bytes())
    desk.run()
    found = checked(desk, copy)
    assert found.summary["status"] == "repeated"
    assert "a.csv" in lines(found)[0]["message"]


@pytest.mark.parametrize(("name", "unit"), [("none.csv", "HOC-1"), ("a.csv", "HOC-9")])
def test_no_file_or_no_unit_is_wrong_usage(desk: Desk, name: str, unit: str) -> None:
    desk.run()
    path = desk.put("a.csv", people(1))
    with pytest.raises(UsageError):
        checked(desk, path.with_name(name), unit)
    assert desk.query("SELECT * FROM intake.staged_file") == []


def test_a_run_beside_it_disturbs_neither(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.run()
    path = desk.put("a.csv", ROWS)
    outside = desk.folder / "a.csv"
    outside.write_bytes(path.read_bytes())
    answer = check._answer

    def answer_after_a_run(*arguments: Any) -> Any:
        intake.plan_files(desk.engine, desk.settings, RunTime.now(desk.settings, AUG_10), "upload")
        return answer(*arguments)

    monkeypatch.setattr(check, "_answer", answer_after_a_run)
    assert checked(desk, outside).summary["rows_rejected"] == 1
    desk.run()
    assert desk.query("SELECT count(*) FROM intake.staged_file") == [(0,)]


def test_what_a_killed_check_left_is_dropped_by_the_next_run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.run()
    path = desk.put("a.csv", ROWS)
    with monkeypatch.context() as patched:
        patched.setattr(check.staging, "drop_shard", lambda *_: None)
        patched.setattr(check.db, "run", _but_delete(check.db.run))
        checked(desk, path)
    assert desk.query("SELECT check_only FROM intake.staged_file") == [(True,)]
    desk.run()
    assert desk.query("SELECT check_only FROM intake.staged_file") == []
    partitions = "SELECT 1 FROM pg_inherits WHERE inhparent = 'intake.staged_row'::regclass"
    assert desk.query(partitions) == []


def _but_delete(run: Any) -> Any:
    def killed(connection: Any, name: str, parameters: Any = None) -> Any:
        return None if name == "intake/staged_file/delete" else run(connection, name, parameters)

    return killed
