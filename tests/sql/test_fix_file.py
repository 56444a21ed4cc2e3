"""The fix file: what waits goes out in the unit's own columns, and comes back corrected."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from ..intake_desk import AUG_10, AUG_11, HEADER, Desk, csv_bytes, people, person

BAD_SEX = {"Giới tính": "?"}
ADDED = ["vaxtally_ref", "Kết quả (Vaxtally)", "Lý do (Vaxtally)"]
AUG_12 = AUG_11.replace(day=12)


def fix_path(desk: Desk, name: str, unit: str = "HOC-1", suffix: str = ".fix.csv") -> Path:
    return desk.outbox / unit / f"{name}{suffix}"


def read_csv(path: Path) -> list[list[str]]:
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def as_csv(rows: list[list[str]], delimiter: str = ",") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def corrected(rows: list[list[str]], **changes: str) -> list[list[str]]:
    """The rows with these columns (by header, `_` for a space) set in every row."""
    header, *body = rows
    places = {header.index(name): value for name, value in changes.items()}
    return [header, *([places.get(place, cell) for place, cell in enumerate(row)] for row in body)]


def open_rows(desk: Desk) -> list[tuple[int, int, str]]:
    return [
        tuple(row)
        for row in desk.query(
            "SELECT upload_id, row_number, outcome FROM intake.row WHERE closed_at IS NULL ORDER BY 1, 2"
        )
    ]


def reviews(desk: Desk) -> list[tuple[Any, ...]]:
    return [
        tuple(row) for row in desk.query("SELECT status, upload_id, row_number FROM registry.review ORDER BY review_id")
    ]


def test_only_what_waits_goes_out_in_the_units_own_columns(desk: Desk) -> None:
    header = (*HEADER, "Ghi chú riêng", "Ghi chú riêng")
    rows = [
        person(1),
        person(2, **BAD_SEX),
        person(3, **{"Vắc xin": "Lạ", "Họ và tên": ""}),
        person(1, **{"Vắc xin": "Moderna"}),
    ]
    lines = [[*(row[name] for name in HEADER), f"a{n}", f"b{n}"] for n, row in enumerate(rows)]
    desk.put("ds.csv", as_csv([["DANH SÁCH TIÊM"], [], list(header), *lines]))
    desk.run()
    found = read_csv(fix_path(desk, "ds.csv"))
    upload_id = desk.uploads()[0].upload_id
    assert found[0] == [*header, *ADDED]
    assert [row[: len(header)] for row in found[1:]] == lines[1:]
    assert [row[len(header)] for row in found[1:]] == [f"V{upload_id}-{n}" for n in (2, 3, 4)]
    assert [row[-2] for row in found[1:]] == ["Cần sửa (rejected)", "Cần sửa (rejected)", "Chờ Sở xem xét (held)"]
    assert found[1][-1] == "Giới tính phải là Nam hoặc Nữ."
    assert found[2][-1] == "Thiếu họ và tên. Không nhận dạng được vắc xin: Lạ."
    assert fix_path(desk, "ds.csv").stat().st_mode & 0o777 == 0o600
    assert desk.answer("ds.csv").summary["fix_file"] == "ds.csv.fix.csv"


def test_a_sound_file_a_report_and_a_refused_file_have_none(desk: Desk) -> None:
    desk.put("a.csv", people(1))
    desk.put("b.csv", b"only,nonsense\n1,2\n")
    desk.put("r.csv", [{"Ngày": "09/08/2021", "Vắc xin": "Lạ", "Mũi": "1", "Số mũi tiêm": "3"}], kind="reports")
    desk.run()
    assert not [name for name in desk.files() if ".fix." in name]
    assert desk.answer("a.csv").summary["fix_file"] is None


def test_a_corrected_row_is_loaded_and_closes_the_one_it_names(desk: Desk) -> None:
    desk.put("a.csv", [person(1), *people(2, 3, **BAD_SEX)])
    desk.run()
    fixed = corrected(read_csv(fix_path(desk, "a.csv")), **{"Giới tính": "Nam"})
    # Another name and another day than before: nothing but the reference tells which row it was.
    fixed[1][0], fixed[1][2], fixed[1][3], fixed[1][4] = "Trần Thị Khác", "01/02/1990", "079090222333", "0903999888"
    desk.put("a.csv.fix.csv", as_csv(fixed))
    desk.run(AUG_11)
    assert desk.answer("a.csv.fix.csv").outcomes == {"loaded": 2}
    assert open_rows(desk) == []
    first, second = desk.uploads()
    closed = desk.query("SELECT closed_by_upload_id, closed_by_row_number FROM intake.row ORDER BY row_number")
    assert [tuple(row) for row in closed] == [(second.upload_id, 1), (second.upload_id, 2)]
    # The old file's sums stand; its fix file is gone, its last state in the history.
    assert desk.answer("a.csv").outcomes == {"loaded": 1, "rejected": 2}
    assert desk.answer("a.csv").summary["fix_file"] is None
    assert not fix_path(desk, "a.csv").exists()
    assert f"HOC-1/history/{first.upload_id}.1-a.csv.fix.csv" in desk.files()


def test_the_fix_file_shrinks_to_what_is_left(desk: Desk) -> None:
    desk.put("a.csv", people(1, 2, 3, **BAD_SEX))
    desk.run()
    header, one, two, three = read_csv(fix_path(desk, "a.csv"))
    desk.put("b.csv", as_csv(corrected([header, two], **{"Giới tính": "Nam"})))
    desk.run(AUG_11)
    assert read_csv(fix_path(desk, "a.csv")) == [header, one, three]


def test_rows_loaded_before_are_not_loaded_twice(desk: Desk) -> None:
    desk.put("a.csv", [person(1), person(2, **BAD_SEX)])
    desk.run()
    header, row = read_csv(fix_path(desk, "a.csv"))
    (fixed,) = corrected([header, row], **{"Giới tính": "Nam"})[1:]
    whole = [[*(person(1)[name] for name in HEADER), "", "", ""], fixed]
    desk.put("a.csv", as_csv([header, *whole]))
    desk.run(AUG_11)
    assert desk.answer("a.csv").outcomes == {"loaded": 1, "duplicate": 1}
    desk.put("again.csv", as_csv([header, fixed, *whole]))
    desk.run(AUG_12)
    assert desk.answer("again.csv").outcomes == {"duplicate": 3}


def test_of_one_record_never_two_rows_are_open(desk: Desk) -> None:
    desk.put("a.csv", [person(1, **BAD_SEX)])
    desk.run()
    first = read_csv(fix_path(desk, "a.csv"))
    desk.put("b.csv", as_csv(corrected(first, **{"Vắc xin": "Lạ"})))
    desk.run(AUG_11)
    one, two = (upload.upload_id for upload in desk.uploads())
    assert open_rows(desk) == [(two, 1, "rejected")]
    second = read_csv(fix_path(desk, "b.csv"))
    assert second[0] == first[0]
    assert second[1][len(HEADER)] == f"V{two}-1"
    # The first fix file once more, mended otherwise: what it names was closed by b.csv, whose row is meant now.
    desk.put("c.csv", as_csv(corrected(first, **{"Giới tính": "X"})))
    desk.run(AUG_12)
    three = desk.uploads()[-1].upload_id
    assert open_rows(desk) == [(three, 1, "rejected")]
    desk.put("d.csv", as_csv(corrected(second, **{"Giới tính": "Nam", "Vắc xin": "Pfizer"})))
    desk.run(AUG_12)
    assert open_rows(desk) == []
    assert one < two < three


def test_several_files_at_once_close_as_one_after_the_other(desk: Desk) -> None:
    desk.put("a.csv", people(1, 2, **BAD_SEX))
    desk.run()
    fix = read_csv(fix_path(desk, "a.csv"))
    desk.put("b.csv", as_csv(corrected(fix, **{"Vắc xin": "Lạ"})))
    desk.put("c.csv", as_csv(corrected(fix[:2], **{"Giới tính": "Nam"})))
    desk.put("d.csv", as_csv(corrected([fix[0], fix[2]], **{"Số lô": "X1"})))
    desk.run(AUG_11)
    last = desk.uploads()[-1].upload_id
    assert open_rows(desk) == [(last, 1, "rejected")]


def test_a_held_row_sent_anew_has_one_open_review(desk: Desk) -> None:
    desk.put("a.csv", people(1), unit="HOC-2")
    desk.put("b.csv", people(1))
    desk.run()
    fix = read_csv(fix_path(desk, "b.csv"))
    assert fix[1][-2] == "Chờ Sở xem xét (held)"
    desk.put("b.csv.fix.csv", as_csv(fix))
    desk.run(AUG_11)
    _, old, new = (upload.upload_id for upload in desk.uploads())
    assert reviews(desk) == [("withdrawn", old, 1), ("open", new, 1)]
    assert open_rows(desk) == [(new, 1, "held")]
    # It has waited since the first day.
    assert desk.query("SELECT opened_on FROM registry.review WHERE status = 'open'") == [(AUG_10,)]
    # Another day's dose after all: loaded, and nothing is left to review.
    again = read_csv(fix_path(desk, "b.csv.fix.csv"))
    changed = corrected(again, **{"Mũi": "2", "Ngày tiêm": "30/07/2021", "Vắc xin": "Moderna"})
    desk.put("c.csv", as_csv(changed))
    desk.run(AUG_12)
    assert desk.answer("c.csv").outcomes == {"loaded": 1}
    assert {status for status, *_ in reviews(desk)} == {"withdrawn"}
    assert open_rows(desk) == []


def test_a_file_sent_back_whole_can_come_back_corrected(desk: Desk) -> None:
    rows = [*people(*range(1, 13), **BAD_SEX), *people(*range(13, 23))]
    desk.put("a.csv", rows)
    desk.run()
    assert desk.answer("a.csv").status == "quarantined"
    fix = read_csv(fix_path(desk, "a.csv"))
    assert len(fix) == 1 + len(rows)
    # Still more than half are wrong, but it is a fix file: what is right is loaded.
    fixed = [fix[0], *fix[1:12], *corrected([fix[0], fix[12]], **{"Giới tính": "Nam"})[1:], *fix[13:]]
    desk.put("a.csv.fix.csv", as_csv(fixed))
    desk.run(AUG_11)
    assert desk.answer("a.csv.fix.csv").outcomes == {"loaded": 11, "rejected": 11}
    assert [row[1] for row in open_rows(desk)] == list(range(1, 12))
    assert not fix_path(desk, "a.csv").exists()
    from vaxtally.tally import gaps

    with desk.engine.connect() as connection:
        assert gaps.quarantined_files(connection, AUG_11) == []
        assert sum(found.rows for found in gaps.open_rows(connection, AUG_11) if found.rule is None) == 11


@pytest.mark.parametrize("ref", ["V{id}-9", "V{id}", "{id}-1", "12-Mar", "V999999999999999999-1", "' OR 1=1", "V0-0"])
def test_a_reference_that_leads_nowhere_does_no_harm(desk: Desk, ref: str) -> None:
    desk.put("a.csv", [person(1, **BAD_SEX)])
    desk.run()
    upload_id = desk.uploads()[0].upload_id
    desk.put("b.csv", [person(2) | {"vaxtally_ref": ref.format(id=upload_id)}])
    desk.run(AUG_11)
    assert desk.answer("b.csv").outcomes == {"loaded": 1}
    assert open_rows(desk) == [(upload_id, 1, "rejected")]


def test_nobody_closes_another_units_row_but_the_unit_above(desk: Desk) -> None:
    desk.put("a.csv", [person(1, **BAD_SEX)], unit="HOC-1A")
    desk.run()
    fix = read_csv(fix_path(desk, "a.csv", "HOC-1A"))
    (row,) = open_rows(desk)
    desk.put("b.csv", as_csv(corrected(fix, **{"Giới tính": "Nam"})), unit="HOC-2")
    desk.run(AUG_11)
    assert open_rows(desk)[0] == row
    desk.put("c.csv", as_csv(corrected(fix, **{"Giới tính": "X"})), unit="HOC-1")
    desk.run(AUG_12)
    assert row not in open_rows(desk)


HOSTILE = (
    '=HYPERLINK("http://x.example","y")', "+84903000111", "-", "@SUM(A1)", "\ttab", "'", "''", "'=1", "'' ='",
    "'0903", "\n=1", "＝1", "a'=b", " =1", "hai\ndòng; \"trích\", phẩy",
)  # fmt: skip


def test_neutralised_cells_come_back_byte_for_byte(desk: Desk) -> None:
    header = [*HEADER, "Ghi chú", "Ô lạ"]
    rows = [[*person(n, **BAD_SEX).values(), text, text] for n, text in enumerate(HOSTILE, start=1)]
    desk.put("a.csv", as_csv([header, *rows]))
    desk.run()
    fix = read_csv(fix_path(desk, "a.csv"))
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝")) for row in fix for cell in row)
    desk.put("b.csv", as_csv(fix))
    desk.run(AUG_11)
    kept = desk.query(
        "SELECT original FROM intake.row AS r JOIN intake.upload USING (upload_id)"
        " WHERE file_name = 'b.csv' ORDER BY row_number"
    )
    assert [list(row.original[: len(header)]) for row in kept] == rows
    # And once more: apostrophes do not pile up.
    assert [row[: len(header)] for row in read_csv(fix_path(desk, "b.csv"))] == [row[: len(header)] for row in fix]


def test_cells_beyond_the_header_come_out_where_they_can_be_moved(desk: Desk) -> None:
    row = list(person(1).values())
    shifted = [*row[:5], "Quận 1", *row[5:]]  # an address with a comma, say
    desk.put("a.csv", as_csv([list(HEADER), shifted, list(person(2, **BAD_SEX).values())]))
    desk.run()
    assert "row.malformed" in desk.answer("a.csv").rules(1)
    fix = read_csv(fix_path(desk, "a.csv"))
    assert fix[0] == [*HEADER, "Ô thừa 1 (Vaxtally)", *ADDED]
    assert fix[1][: len(shifted)] == shifted
    assert fix[2][len(HEADER)] == ""
    # Sent back as it is, it is not read one cell askew; put right, it is loaded.
    desk.put("b.csv", as_csv(fix[:2]))
    desk.run(AUG_11)
    (line,) = [line for line in desk.answer("b.csv").lines if line["rule"] == "row.malformed"]
    assert line["message"] == "Dòng có 14 ô, cần 13 ô."
    again = read_csv(fix_path(desk, "b.csv"))
    assert again[0] == fix[0]
    desk.put("c.csv", as_csv([again[0], [*again[1][:5], *again[1][6 : len(shifted)], "", *again[1][len(shifted) :]]]))
    desk.run(AUG_12)
    assert desk.answer("c.csv").outcomes == {"loaded": 1}


def test_headers_of_added_columns_mean_no_field() -> None:
    from vaxtally.intake.read import returned
    from vaxtally.intake.read.headers import read_header

    texts = [*returned.OUTCOME_COLUMN.values(), *returned.REASON_COLUMN.values()]
    texts += [text.format(n=n) for text in returned.SURPLUS_COLUMN.values() for n in (1, 12)]
    assert set(read_header(texts, "upload").fields) == {None}
    assert read_header(["vaxtally_ref"], "upload").fields == ("vaxtally_ref",)


def test_the_unit_reads_its_language(desk: Desk) -> None:
    desk.put("a.csv", [person(1, **BAD_SEX)], unit="HOC-2")
    desk.run()
    header, row = read_csv(fix_path(desk, "a.csv", "HOC-2"))
    assert header[-2:] == ["Outcome (Vaxtally)", "Reason (Vaxtally)"]
    assert row[-2:] == ["To correct (rejected)", "Sex must be Nam or Nữ."]


def test_a_new_file_of_the_name_moves_the_fix_file_and_a_late_change_finds_it(desk: Desk) -> None:
    desk.put("a.csv", people(1, 2, **BAD_SEX))
    desk.run()
    fix = read_csv(fix_path(desk, "a.csv"))
    one = desk.uploads()[0].upload_id
    desk.put("a.csv", people(5))
    desk.run(AUG_11)
    assert not fix_path(desk, "a.csv").exists()
    kept = desk.outbox / "HOC-1" / "history" / f"{one}-a.csv.fix.csv"
    assert read_csv(kept) == fix
    newest = desk.answer("a.csv")
    desk.put("b.csv", as_csv(corrected(fix[:2], **{"Giới tính": "Nam"})))
    desk.run(AUG_12)
    assert read_csv(kept) == [fix[0], fix[2]]
    assert desk.answer("a.csv") == newest


def test_a_killed_run_writes_outdated_answers_the_next_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from vaxtally.intake import finish

    desk.put("a.csv", people(1, 2, **BAD_SEX))
    desk.run()
    fix = read_csv(fix_path(desk, "a.csv"))
    desk.put("b.csv", as_csv(corrected(fix[:2], **{"Giới tính": "Nam"})))

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(finish.answer, "write_answer", killed)
    with pytest.raises(KeyboardInterrupt):
        desk.run(AUG_11)
    monkeypatch.undo()
    assert read_csv(fix_path(desk, "a.csv")) == fix
    desk.run(AUG_11)
    assert read_csv(fix_path(desk, "a.csv")) == [fix[0], fix[2]]
    before = desk.files()
    desk.run(AUG_11)
    assert desk.files() == before


def test_a_file_without_the_column_is_read_as_it_stands(desk: Desk) -> None:
    desk.put("a.csv", csv_bytes([person(1, **BAD_SEX) | {"Ghi chú": "'=1"}], (*HEADER, "Ghi chú")))
    desk.run()
    assert desk.query("SELECT original ->> -1 FROM intake.row") == [("'=1",)]
