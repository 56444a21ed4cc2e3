"""What units answer by files in their folders: read, answered, archived; a bad one is refused whole and says why."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from sqlalchemy import text

from vaxtally import cli, outreach
from vaxtally.clock import RunTime
from vaxtally.errors import UsageError
from vaxtally.outreach import replies, reply_file, reply_form
from vaxtally.outreach.replies import RepliesSummary, record_call
from vaxtally.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

# A Thursday: 5 working days later is Thursday 14.
OCT_7 = date(2021, 10, 7)


@pytest.fixture
def settings(registry: "Engine", tmp_path: Path) -> Settings:
    with registry.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO reference.unit (unit_code, name, unit_type, listed_on)"
                " VALUES ('79001', 'Bệnh viện', 'public_hospital', '2021-10-01')"
            )
        )
    return Settings(home=tmp_path / "home", rest_seconds=0)


def drop(settings: Settings, content: bytes, name: str = "traloi.csv", unit: str = "79001") -> Path:
    file = settings.home / "inbox" / unit / "replies" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def take_in(registry: "Engine", settings: Settings, day: date = OCT_7) -> RepliesSummary:
    return outreach.take_in_replies(registry, settings, RunTime.now(settings, day, datetime(2021, 10, 20, tzinfo=UTC)))


def recorded(registry: "Engine") -> list[tuple]:
    with registry.connect() as connection:
        rows = connection.execute(
            text("SELECT code, given_on, received_on, pause_until, source FROM outreach.reply ORDER BY reply_id")
        )
        return [tuple(row) for row in rows]


def answer(settings: Settings, name: str = "traloi.csv") -> list[list[str]]:
    path = settings.home / "outbox" / "79001" / "replies" / f"{name}.result.csv"
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))[1:]


def kept(folder: Path) -> list[str]:
    return [path.name.split("-", 2)[2] for path in folder.rglob("*") if path.is_file()]


def test_a_reply_is_recorded_answered_and_archived(registry, settings):
    file = drop(
        settings, "Mã trả lời;Ngày tiêm;Ghi chú\nThiếu nhân lực;05/10/2021;ông An nghỉ\nlost_forms;;\n".encode()
    )
    assert take_in(registry, settings) == RepliesSummary(files=1, replies=2)
    assert recorded(registry) == [
        ("no_staff", date(2021, 10, 5), OCT_7, date(2021, 10, 14), "file"),
        ("lost_forms", None, OCT_7, date(2021, 10, 14), "file"),
    ]
    assert [line[:2] for line in answer(settings)] == [["1", "loaded"], ["2", "loaded"]]
    assert not file.exists()
    assert kept(settings.home / "archive") == ["traloi.csv"]
    assert take_in(registry, settings) == RepliesSummary()


def test_a_bad_reply_is_refused_whole_and_says_where(registry, settings):
    drop(settings, b"code,given_on\nlate,\nNguyen Van An,\nlate,31/12/2021\n")
    assert take_in(registry, settings) == RepliesSummary(files=1, refused=1)
    assert recorded(registry) == []
    lines = answer(settings)
    assert [line[:2] for line in lines] == [["2", "rejected"], ["3", "rejected"]]
    assert "Nguyen" not in str(lines)
    assert "lost_forms" in lines[0][2]
    assert kept(settings.home / "quarantine") == ["traloi.csv"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02",
        b"PK\x03\x04" * 100,
        b"code\n",
        b"ngay;ghi chu\n1;2\n",
        b'code\n"late',
        b"code,,\n,,\n" + b"x" * 200_000,
    ],
)
def test_what_is_no_reply_is_refused(registry, settings, content):
    drop(settings, content)
    done = take_in(registry, settings)
    assert (done.files, done.replies + done.refused) == (1, 1)
    assert done.refused == (b"late" not in content)


def test_a_file_committed_but_not_moved_says_nothing_twice(registry, settings):
    for _ in range(2):
        drop(settings, b"code\nsystem\n")
        take_in(registry, settings)
    assert len(recorded(registry)) == 1
    drop(settings, b"code\nsystem\n")
    take_in(registry, settings, date(2021, 10, 15))
    assert len(recorded(registry)) == 2


def test_the_folder_of_a_unit_that_is_not_listed_is_left_alone(registry, settings):
    file = drop(settings, b"code\nlate\n", unit="00000")
    assert take_in(registry, settings) == RepliesSummary()
    assert file.exists()


def test_a_call_is_recorded_with_who_did_it(registry, settings):
    record_call(registry, settings, "79001", "late", OCT_7, "BS. Hoa", 1)
    assert recorded(registry) == [("late", None, OCT_7, date(2021, 10, 8), "department")]
    with pytest.raises(UsageError, match="no unit 00000"):
        record_call(registry, settings, "00000", "late", OCT_7, "BS. Hoa", 1)


def test_the_department_reads_what_is_in_force_and_the_last_word_on_each_day(registry, settings):
    record_call(registry, settings, "79001", "late", OCT_7, "BS. Hoa", 1)
    record_call(registry, settings, "79001", "no_staff", date(2021, 10, 8), "BS. Hoa", 1)
    drop(settings, b"code,given_on\nsystem,2021-10-05\n")
    take_in(registry, settings)
    with registry.connect() as connection:
        read = [(each.name, each.code, each.given_on) for each in replies.in_force(connection, date(2021, 10, 8))]
        assert read == [("Bệnh viện", "system", date(2021, 10, 5)), ("Bệnh viện", "no_staff", None)]
        assert [each.code for each in replies.in_force(connection, date(2021, 10, 12))] == ["system"]
        assert replies.in_force(connection, date(2021, 10, 20)) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
def test_spreadsheets_of_any_kind_are_read(encoding):
    read = reply_file.read("code\tgiven_on\nlate\t5/10/2021\n".encode(encoding), OCT_7)
    assert read.lines == (reply_file.Line("late", date(2021, 10, 5)),)


def test_every_code_has_its_words():
    from vaxtally.outreach.replies import CODES

    assert tuple(reply_file.CODES) == CODES
    assert reply_file.MESSAGES["vi"].keys() == reply_file.MESSAGES["en"].keys()


# The form


def filled(language: str, answers: dict[int, str], more: "dict[str, Any] | None" = None) -> bytes:
    """The form for two short days, with choices typed into its lines (0: every day due) and other cells set."""
    content = reply_form.content("79001", "Bệnh viện <1>", language, {date(2021, 10, 4): 40, date(2021, 10, 1): 1200})
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    for line, choice in answers.items():
        sheet[f"C{reply_form.EVERY_DAY + 1 + line}"] = choice
    for cell, value in (more or {}).items():
        sheet[cell] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(("language", "choices"), [("vi", ("Mất phiếu", "Muộn")), ("en", ("Forms lost", "Late"))])
def test_the_form_comes_back_with_what_was_chosen_for_each_day(registry, settings, language, choices):
    drop(settings, filled(language, {1: choices[0], 2: choices[1]}), "phieu.xlsx")
    assert take_in(registry, settings) == RepliesSummary(files=1, replies=2)
    assert [row[:2] for row in recorded(registry)] == [("lost_forms", date(2021, 10, 1)), ("late", date(2021, 10, 4))]
    assert [line[:2] for line in answer(settings, "phieu.xlsx")] == [["1", "loaded"], ["2", "loaded"]]
    assert kept(settings.home / "archive") == ["phieu.xlsx"]


def test_one_choice_for_every_day_and_a_day_typed_as_a_date(registry, settings):
    cells = {"A9": datetime(2021, 10, 5), "C9": "other"}
    drop(settings, filled("vi", {0: "Thiếu nhân lực"}, cells), "phieu.xlsx")
    take_in(registry, settings)
    assert [row[:2] for row in recorded(registry)] == [("no_staff", None), ("other", date(2021, 10, 5))]


@pytest.mark.parametrize(
    ("answers", "cells", "said"),
    [({}, {}, "không có câu trả lời"), ({0: "Bận"}, {}, "Mã trả lời phải"), ({0: "Muộn"}, {"A6": "mai"}, "Ngày tiêm")],
)
def test_a_form_left_empty_or_filled_in_wrong_is_refused(registry, settings, answers, cells, said):
    drop(settings, filled("vi", answers, cells), "phieu.xlsx")
    assert take_in(registry, settings) == RepliesSummary(files=1, refused=1)
    assert recorded(registry) == []
    assert said in answer(settings, "phieu.xlsx")[0][2]


def test_the_form_offers_what_the_reader_knows_and_shows_the_days():
    for language in ("vi", "en"):
        content = reply_form.content("79001", "Bệnh viện", language, {date(2021, 10, 1): 1200})
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        [choice] = sheet.data_validations.dataValidation
        offered = str(choice.formula1).strip('"').split(",")
        read = [reply_file.read(f"code\n{word}\n".encode(), OCT_7).lines[0].code for word in offered]
        assert read == list(reply_file.CODES)
        assert [sheet["A7"].value, sheet["B7"].value] == ["01/10/2021", 1200]


def test_vaxtally_template_writes_the_form(registry, settings, tmp_path, monkeypatch):
    monkeypatch.setenv("VAXTALLY_REGISTRY_URL", registry.url.render_as_string(hide_password=False))
    target = tmp_path / "form.xlsx"
    assert cli.main(["template", "--unit", "79001", "--reply", "--out", str(target)]) == 0
    assert openpyxl.load_workbook(target).worksheets[0]["A2"].value == "Bệnh viện (79001)"
