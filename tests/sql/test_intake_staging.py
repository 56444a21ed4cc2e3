"""What is in every row of a shard's files is not sent for each: the staged rows are the same, whatever was left out."""

from typing import Any

import pytest
from sqlalchemy import text

from vaxtally import intake
from vaxtally.clock import RunTime
from vaxtally.intake import stage, staging

from ..intake_desk import AUG_10, Desk, people, person

USUAL = people(*range(5))
ODD = [
    person(10, **{"Ngày sinh": "1980"}),
    person(11, CCCD="79001234567.0", **{"Số điện thoại": "903123456"}),
    person(12, **{"Thao tác": "xoay", "Mã đơn vị": "HOC-1A", "Tỉnh/Thành phố": "Đồng Nai"}),
    person(13, **{"Thao tác": "hủy", "Mã đơn vị": "nobody's", "Ngày sinh": "?"}),
    person(14),
]
ODD = [{"Thao tác": "", "Mã đơn vị": "", "Tỉnh/Thành phố": "", **row} for row in ODD]
REPORT = [{"Ngày": "09/08/2021", "Vắc xin": "Pfizer", "Mũi": "1", "Số mũi tiêm": "7"}]


def staged(desk: Desk, kind: str) -> list[tuple[Any, ...]]:
    shards = intake.plan_files(desk.engine, desk.settings, RunTime.now(desk.settings, AUG_10), kind)
    for shard in shards:
        stage.stage_shard(desk.engine, desk.settings, shard, kind)
    # Of two plans, the second has higher numbers.
    first = desk.query("SELECT min(upload_id), min(shard) FROM intake.staged_file")[0]
    table = staging.ROW_TABLE[kind]
    with desk.engine.connect() as connection:
        rows = connection.execute(text(f"SELECT * FROM intake.{table} ORDER BY upload_id, row_number")).mappings()
        return [
            tuple({**row, "upload_id": row["upload_id"] - first[0], "shard": row["shard"] - first[1]}.items())
            for row in rows
        ]


def one_usual(desk: Desk) -> None:
    desk.put("a.csv", USUAL)


def one_odd(desk: Desk) -> None:
    desk.put("a.csv", ODD)


def of_one_unit(desk: Desk) -> None:
    desk.put("a.csv", USUAL)
    desk.put("b.csv", ODD)
    desk.put("c.csv", [])


def of_two_units(desk: Desk) -> None:
    of_one_unit(desk)
    desk.put("d.csv", people(20, 21), unit="HOC-2")
    desk.put("e.csv", [ODD[3]], unit="HOC-2")


@pytest.mark.parametrize("put", [one_usual, one_odd, of_one_unit, of_two_units])
def test_rows_are_those_of_a_shard_without_defaults(desk: Desk, monkeypatch: pytest.MonkeyPatch, put: Any) -> None:
    put(desk)
    rows = staged(desk, "upload")
    monkeypatch.setattr(staging, "shard_defaults", lambda *_: {})
    assert rows == staged(desk, "upload") != []


def test_lines_of_reports_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put("a.csv", REPORT, kind="reports")
    rows = staged(desk, "report")
    monkeypatch.setattr(staging, "shard_defaults", lambda *_: {})
    assert rows == staged(desk, "report") != []


def test_what_a_usual_file_has_in_every_row_is_not_sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    one_usual(desk)
    sent = []
    copy = stage.copy_rows
    monkeypatch.setattr(stage, "copy_rows", lambda *of: (sent.extend(of[1]), copy(*of)))
    staged(desk, "upload")
    [batch] = sent
    constant = {"shard", "upload_id", "sender_unit_code", "unit_code", "received_on", "action", "phone_repaired"}
    assert not constant & set(batch.columns)
