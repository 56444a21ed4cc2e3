"""Every rule about a whole file, from the drop folder to the answer; other files are unharmed."""

import io
import zipfile
from pathlib import Path

import pytest

from ..intake_desk import AUG_11, HEADER, Desk, csv_bytes, people, person

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def workbook(rows: list[dict[str, str]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(list(HEADER))
    for row in rows:
        book.active.append(list(row.values()))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    return target.getvalue()


def doubled() -> bytes:
    """A second column "Vaccine" that says something else."""
    rows = [{**row, "Vaccine": "Moderna"} for row in people(1, 2)]
    return csv_bytes(rows, (*HEADER, "Vaccine"))


def month_first() -> list[dict[str, str]]:
    return [person(n, **{"Ngày tiêm": f"08/{day}/2021"}) for n, day in enumerate((13, 14, 20, 21, 25, 28), start=1)]


REFUSED = {
    "windows-1258": (csv_bytes(people(1, 2)).decode("utf-8-sig").encode("utf-16")[2:-1], None),
    "broken utf-8": (csv_bytes(people(1, 2)).replace("Số lô".encode(), b"S\xfe\xff l"), "file.encoding"),
    "zero bytes": (b"", "file.unreadable"),
    "truncated workbook": (workbook(people(1, 2))[:-900], "file.unreadable"),
    "zip bomb": (bomb(), "file.unreadable"),
    "encrypted": (OLE_MAGIC + b"EncryptedPackage" + bytes(2000), "file.unreadable"),
    "a PDF": (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj", "file.unreadable"),
    "NUL bytes": (csv_bytes(people(1, 2)) + b"\x00\x00\x00", "file.unreadable"),
    "no header": (b"1,2,3\n4,5,6\n", "file.header_missing"),
    "two columns for one field": (doubled(), "file.header_ambiguous"),
    "the same header twice": (
        csv_bytes(people(1)).replace("Số lô".encode(), "Vắc xin".encode()),
        "file.header_ambiguous",
    ),
    "month first": (csv_bytes(month_first()), "file.date_order"),
}


def test_each_broken_file_is_quarantined_with_its_rule_and_harms_no_other(desk: Desk) -> None:
    for number, (name, (content, _)) in enumerate(REFUSED.items()):
        desk.put(f"{name}.csv", content)
        desk.put(f"sound {number}.csv", people(100 + number), unit="HOC-2")
    summary = desk.run()
    assert summary["errors"] == []
    for name, (_, rule) in REFUSED.items():
        answer = desk.answer(f"{name}.csv")
        assert answer.status == "quarantined", name
        if rule:
            assert answer.summary["rules"] == [rule], name
        (line,) = answer.lines
        assert (line["row_number"], line["severity"], line["rule"]) == ("0", "critical", answer.summary["rules"][0])
        assert line["message"]
        assert answer.summary["rows_total"] == 0
    assert desk.waiting() == []
    for upload in desk.uploads():
        kept = Path(upload.archive_path)
        assert kept.is_relative_to(desk.quarantine if upload.unit_code == "HOC-1" else desk.archive)
        assert upload.unit_code == "HOC-2" or kept.read_bytes() == REFUSED[upload.file_name.removesuffix(".csv")][0]
    assert summary["uploads"]["rows"]["loaded"] == len(REFUSED)


def test_a_file_without_rows_is_empty_and_archived(desk: Desk) -> None:
    desk.put("a.csv", [])
    desk.put("b.xlsx", workbook([]))
    desk.run()
    for name in ("a.csv", "b.xlsx"):
        answer = desk.answer(name)
        assert (answer.status, answer.summary["rules"]) == ("empty", ["file.empty"])
        assert answer.lines[0]["message"] == "Tệp không có dòng dữ liệu nào."
    assert all(Path(upload.archive_path).is_relative_to(desk.archive) for upload in desk.uploads())
    desk.put("a.csv", [])
    desk.run(AUG_11)
    assert desk.answer("a.csv").status == "repeated"


@pytest.mark.parametrize("unit", ["KHONG-CO", "không có", "history"])
def test_a_folder_that_is_no_units_is_answered_there(desk: Desk, unit: str) -> None:
    desk.put("a.csv", people(1), unit=unit)
    desk.run()
    answer = desk.answer("a.csv", unit)
    assert (answer.status, answer.summary["rules"]) == ("quarantined", ["file.unit_unknown"])
    assert answer.lines[0]["message"] == f"Đơn vị {unit} không có trong danh mục."
    assert desk.query("SELECT count(*) FROM registry.dose") == [(0,)]


def test_a_mostly_rejected_file_loads_nothing_and_is_judged_afresh(desk: Desk) -> None:
    bad = [person(n, **{"Họ và tên": ""}) for n in range(1, 12)]
    desk.put("a.csv", [*bad, *people(*range(12, 21))])
    desk.run()
    answer = desk.answer("a.csv")
    assert (answer.status, answer.summary["rules"]) == ("quarantined", ["file.mostly_rejected"])
    assert answer.outcomes == {"rejected": 20}
    assert answer.rules(0) == {"file.mostly_rejected"}
    assert answer.rules(1) == {"full_name.missing"}
    assert answer.rules(20) == {"file.mostly_rejected"}
    assert desk.query("SELECT count(*) FROM registry.dose") == [(0,)]
    assert desk.query("SELECT count(*) FROM intake.row WHERE outcome = 'rejected'") == [(20,)]
    # The same bytes again are judged afresh; so is the corrected list, and now it is loaded.
    desk.put("a.csv", [*bad, *people(*range(12, 21))])
    desk.run(AUG_11)
    assert desk.answer("a.csv").status == "quarantined"
    desk.put("a.csv", people(*range(1, 21)))
    desk.run(AUG_11)
    assert desk.answer("a.csv").outcomes == {"loaded": 20}


@pytest.mark.parametrize(("rows", "bad"), [(20, 10), (19, 19)])
def test_half_of_the_rows_or_a_short_list_is_not_mostly_rejected(desk: Desk, rows: int, bad: int) -> None:
    desk.put("a.csv", [person(n, **({"Họ và tên": ""} if n < bad else {})) for n in range(rows)])
    desk.run()
    answer = desk.answer("a.csv")
    assert answer.status == "loaded"
    assert answer.summary["rows_rejected"] == bad


def test_the_same_bytes_again_are_repeated_and_name_the_first(desk: Desk) -> None:
    desk.put("first.csv", people(1, 2))
    desk.run()
    desk.put("again.csv", people(1, 2))
    desk.put("other unit.csv", people(1, 2), unit="HOC-2")
    desk.run(AUG_11)
    answer = desk.answer("again.csv")
    assert (answer.status, answer.summary["rules"], answer.summary["rows_total"]) == ("repeated", [], 0)
    (line,) = answer.lines
    first = desk.uploads()[0].upload_id
    assert line["row_number"] == "0"
    assert line["message"] == f"Tệp này giống hệt tệp first.csv (lượt {first}, nhận ngày 10/08/2021); không nạp lại."
    assert desk.answer("other unit.csv", "HOC-2").outcomes == {"held": 2}
    assert desk.query("SELECT count(*) FROM registry.dose") == [(2,)]


def test_two_files_with_the_same_bytes_in_one_run(desk: Desk) -> None:
    desk.put("a.csv", people(1, 2))
    desk.put("b.csv", people(1, 2))
    desk.put("c.csv", b"%PDF-1.4")
    desk.put("d.csv", b"%PDF-1.4")
    desk.run()
    assert desk.statuses() == [
        ("a.csv", "loaded"),
        ("b.csv", "repeated"),
        ("c.csv", "quarantined"),
        ("d.csv", "quarantined"),
    ]
    assert "a.csv" in desk.answer("b.csv").lines[0]["message"]


def test_a_quarantined_file_sent_again_is_judged_afresh(desk: Desk) -> None:
    desk.put("a.csv", people(1), unit="HOC-9")
    desk.run()
    desk.list_units(**{"HOC-1": "vi", "HOC-9": "vi"})
    desk.put("a.csv", people(1), unit="HOC-9")
    desk.run(AUG_11)
    assert desk.answer("a.csv", "HOC-9").outcomes == {"loaded": 1}


@pytest.mark.parametrize(
    "name",
    [
        "Danh sách tiêm – Nguyễn Thị Bưởi.csv",
        "quote\"s, and 'more'; $(x) %s.csv",
        "two\nlines.csv",
        "a..b..csv",
        "..x.csv",
        "=cmd.csv",
        "é" * 123 + ".xlsx.csv",
        b"\xfe\xffdanh s\xe1ch.csv",
    ],
)
def test_any_file_name_comes_back_on_its_answer(desk: Desk, name: str | bytes) -> None:
    path = desk.put(name, people(1))
    hidden = path.name.startswith(".")
    desk.run()
    if hidden:
        assert desk.waiting() == [f"HOC-1/uploads/{path.name}"]
        return
    (upload,) = desk.uploads()
    assert (upload.status, desk.waiting()) == ("loaded", [])
    assert Path(upload.archive_path).is_file()
    if isinstance(name, str):
        assert upload.file_name == name
    results = sorted(path.name for path in (desk.outbox / "HOC-1").iterdir())
    assert [result[-11:] for result in results] == [".result.csv", "result.json"]
    assert results[0].startswith(upload.file_name[:12])
    desk.put(upload.file_name, people(1, 2))
    desk.run(AUG_11)
    assert desk.statuses()[1] == (upload.file_name, "loaded")
