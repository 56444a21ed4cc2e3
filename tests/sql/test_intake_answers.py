"""The answer to a file as its unit gets it: every row accounted for, in its language, safe to open, private."""

from pathlib import Path

import pytest

from ..intake_desk import AUG_11, REPORT_HEADER, Desk, csv_bytes, people, person

MIXED = (
    person(1),
    person(2, **{"Họ và tên": ""}),
    person(3, **{"Số lô": ""}),
    person(1),
    person(5, **{"Vắc xin": '=HYPERLINK("http://x.example","y")'}),
    person(6, **{"CCCD": "79-0x012345678"}),
    person(1, **{"Vắc xin": "Moderna"}),
)


def modes(base: Path) -> set[tuple[bool, int]]:
    return {(path.is_dir(), path.stat().st_mode & 0o777) for path in (base, *base.rglob("*"))}


def test_every_row_that_is_not_simply_loaded_has_its_line(desk: Desk) -> None:
    desk.put("danh sách.csv", MIXED)
    desk.run()
    answer = desk.answer("danh sách.csv")
    assert answer.outcomes == {"loaded": 3, "duplicate": 1, "held": 1, "rejected": 2}
    assert answer.summary["rows_total"] == len(MIXED)
    found = [(line["row_number"], line["outcome"], line["rule"], line["severity"]) for line in answer.lines]
    assert found == [
        ("2", "rejected", "full_name.missing", "critical"),
        ("3", "loaded", "lot_number.missing", "warning"),
        ("4", "duplicate", "record.duplicate_in_file", "info"),
        ("5", "rejected", "vaccine.unknown", "critical"),
        ("6", "loaded", "national_id.format", "warning"),
        ("7", "held", "record.same_day_dose", "critical"),
    ]
    assert answer.summary["issues_by_rule"] == {rule: 1 for _, _, rule, _ in found}
    assert answer.summary["rows_with_warnings"] == 2
    assert [line["line"] for line in answer.lines] == ["3", "4", "5", "6", "7", "8"]
    assert answer.lines[0]["message"] == "Thiếu họ và tên."
    assert answer.lines[2]["message"] == "Trùng với dòng 1."


def test_the_summary_has_what_the_contract_names(desk: Desk) -> None:
    path = desk.put("a.csv", [*people(1, 2), person(3, **{"Ngày tiêm": "01/07/2021"})])
    content = path.read_bytes()
    desk.run()
    summary = desk.answer("a.csv").summary
    (upload,) = desk.uploads()
    assert summary["file_name"] == "a.csv"
    assert summary["sha256"] == upload.sha256
    assert (summary["unit_code"], summary["kind"], summary["status"], summary["rules"]) == (
        "HOC-1",
        "upload",
        "loaded",
        [],
    )
    assert summary["timeliness"] == {"on_time": 2, "late": 0, "very_late": 0, "too_late": 1}
    assert Path(upload.archive_path).read_bytes() == content
    assert Path(upload.archive_path).parent == desk.archive / "2021-08-10" / "HOC-1"
    assert desk.waiting() == []


def test_no_cell_becomes_a_formula_and_no_number_is_shown_whole(desk: Desk) -> None:
    desk.put("a.csv", MIXED)
    desk.run()
    lines = {line["row_number"]: line for line in desk.answer("a.csv").lines}
    assert lines["5"]["value"].startswith("'=HYPERLINK")
    assert lines["6"]["value"].endswith("5678")
    assert set(lines["6"]["value"][:-4]) == {"•"}
    content = (desk.outbox / "HOC-1" / "a.csv.result.csv").read_text("utf-8-sig")
    assert not any(cell.startswith(("=", "+", "@", '"=')) for line in content.splitlines() for cell in line.split(","))


def test_the_unit_reads_its_own_language(desk: Desk) -> None:
    desk.put("a.csv", [person(2, **{"Họ và tên": ""})], unit="HOC-2")
    desk.put("b.csv", b"only,nonsense\n1,2\n", unit="HOC-2")
    desk.run()
    assert desk.answer("a.csv", "HOC-2").lines[0]["message"] == "The name is missing."
    assert desk.answer("b.csv", "HOC-2").lines[0]["message"].startswith("Required columns are missing: ")


def test_an_answer_names_no_other_unit_and_no_other_person(desk: Desk) -> None:
    desk.put("a.csv", people(1, 2), unit="HOC-1")
    desk.put("b.csv", [person(1), person(2, **{"Họ và tên": "Võ Thị Lạ", "Ngày sinh": "01/01/1966"})], unit="HOC-2")
    desk.run()
    answer = desk.answer("b.csv", "HOC-2")
    assert answer.outcomes == {"held": 2}
    assert "record.same_dose_other_unit" in answer.rules(1)
    assert "record.identity_conflict" in answer.rules(2)
    text = str(answer.lines) + str(answer.summary)
    assert "HOC-1" not in text
    for other in (person(1), person(2)):
        assert other["Họ và tên"] not in text
        assert other["CCCD"] not in text


def test_a_list_sent_again_with_changes_is_duplicates_and_updates(desk: Desk) -> None:
    numbers = range(1, 31)
    desk.put("a.csv", people(*numbers))
    desk.run()
    changed = [person(n, **({"Số lô": "NEW1"} if n in (3, 14, 15) else {})) for n in numbers]
    desk.put("a.csv", changed)
    desk.run(AUG_11)
    answer = desk.answer("a.csv")
    assert answer.outcomes == {"updated": 3, "duplicate": 27}
    assert {line["row_number"] for line in answer.lines if line["outcome"] == "updated"} == {"3", "14", "15"}
    assert all(line["message"] for line in answer.lines)
    assert desk.query("SELECT count(*) FROM registry.dose WHERE lot_number = 'NEW1'") == [(3,)]
    assert desk.query("SELECT count(*) FROM registry.dose_history") == [(3,)]


def test_an_earlier_answer_of_the_same_name_moves_to_the_history(desk: Desk) -> None:
    desk.put("a.csv", people(1))
    desk.run()
    first = desk.files()
    desk.put("a.csv", people(1, 2))
    desk.run(AUG_11)
    one, _ = (upload.upload_id for upload in desk.uploads())
    now = desk.files()
    assert set(now) == {
        "HOC-1/a.csv.result.csv",
        "HOC-1/a.csv.result.json",
        f"HOC-1/history/{one}-a.csv.result.csv",
        f"HOC-1/history/{one}-a.csv.result.json",
    }
    for suffix in ("csv", "json"):
        assert now[f"HOC-1/history/{one}-a.csv.result.{suffix}"] == first[f"HOC-1/a.csv.result.{suffix}"]
    assert desk.answer("a.csv").outcomes == {"loaded": 1, "duplicate": 1}


def test_a_strange_earlier_answer_is_kept_too(desk: Desk) -> None:
    folder = desk.outbox / "HOC-1"
    folder.mkdir(parents=True)
    (folder / "a.csv.result.json").write_text("[1, 2]")
    desk.put("a.csv", people(1))
    desk.run()
    assert (folder / "history" / "unknown-a.csv.result.json").read_text() == "[1, 2]"
    assert desk.answer("a.csv").outcomes == {"loaded": 1}


def test_reports_are_answered_in_folders_of_their_own(desk: Desk) -> None:
    line = {"Ngày": "09/08/2021", "Vắc xin": "Pfizer", "Mũi": "1", "Số mũi tiêm": "30"}
    desk.put("r.csv", [line, {**line, "Mũi": "x", "Vắc xin": "AZ"}], kind="reports")
    both = ({"Mã đơn vị": "HOC-2", **line}, {"Mã đơn vị": "KHONG-CO", **line})
    desk.put("city.csv", both, unit=None, kind="reports")
    desk.run()
    own, city = desk.answer("r.csv", "HOC-1/reports"), desk.answer("city.csv", "reports")
    assert own.outcomes == city.outcomes == {"loaded": 1, "rejected": 1}
    assert own.rules(2) == {"report.dose_number_invalid"}
    assert city.rules(2) == {"report.unit_unknown"}
    assert (own.summary["kind"], city.summary["unit_code"]) == ("report", None)
    desk.put("city.csv", (both[0] | {"Số mũi tiêm": "31"},), unit=None, kind="reports")
    desk.run(AUG_11)
    assert any(name.startswith("history/") for name in desk.files())
    assert desk.query("SELECT doses_given, revision FROM stats.report WHERE unit_code = 'HOC-2' ORDER BY 2") == [
        (30, 1),
        (31, 2),
    ]


def test_a_void_report_header_is_refused_like_any_file(desk: Desk) -> None:
    desk.put("r.csv", csv_bytes([], REPORT_HEADER[:2]), kind="reports")
    desk.put("e.csv", csv_bytes([], REPORT_HEADER), kind="reports")
    desk.run()
    assert desk.answer("r.csv", "HOC-1/reports").summary["rules"] == ["file.header_missing"]
    assert desk.answer("e.csv", "HOC-1/reports").status == "empty"


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_whatever_may_hold_patient_data_is_private(desk: Desk, umask: int) -> None:
    import os

    before = os.umask(umask)
    try:
        desk.put("a.csv", MIXED)
        desk.put("b.csv", b"\x00\x01", unit="HOC-2")
        desk.run()
        desk.put("a.csv", people(1))
        desk.run(AUG_11)
    finally:
        os.umask(before)
    for base in (desk.outbox, desk.archive, desk.quarantine):
        assert modes(base) == {(True, 0o700), (False, 0o600)}
