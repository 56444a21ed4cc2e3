"""Lineage: any row of any file leads to its dose or its reason, any dose to its row."""

from datetime import date
from typing import Any

import pytest

from vaxtally.errors import UsageError
from vaxtally.registry import lineage

from ..intake_desk import AUG_10, AUG_11, Desk, person

AUG_12 = date(2021, 8, 12)
WITH_ACTION = {"Thao tác": "", "Mã bản ghi": ""}


def row_trace(desk: Desk, upload_id: int, row_number: int) -> dict[str, Any]:
    with desk.engine.connect() as connection:
        return lineage.trace_row(connection, upload_id, row_number)


def dose_trace(desk: Desk, dose_id: int) -> dict[str, Any]:
    with desk.engine.connect() as connection:
        return lineage.trace_dose(connection, dose_id)


@pytest.fixture
def sent(desk: Desk) -> list[int]:
    """Rows of every outcome; the upload ids in order."""
    desk.put("1.csv", [person(1), person(1), person(2), person(3), person(4, **{"Vắc xin": "??"})])
    desk.put("2.csv", [person(1), person(3)], unit="HOC-2")
    desk.run(AUG_10)
    desk.put("3.csv", [person(1), person(2, **{"Số lô": "EW0191"}), person(5)])
    gone = {"Thao tác": "hủy", "Mã bản ghi": ""}
    desk.put("4.csv", [person(3) | gone, person(9) | gone])
    desk.run(AUG_11)
    return [upload_id for (upload_id,) in desk.query("SELECT upload_id FROM intake.upload ORDER BY file_name")]


def test_every_row_leads_to_its_dose_or_its_reason(desk: Desk, sent: list[int]) -> None:
    rows = desk.query(
        "SELECT u.upload_id, n FROM intake.upload AS u, generate_series(1, u.rows_total) AS n ORDER BY 1, 2"
    )
    assert len(rows) == 12
    found = [row_trace(desk, *row) for row in rows]
    assert [each["outcome"] for each in found] == [
        *("loaded", "duplicate", "loaded", "loaded", "rejected"),
        # the second went its way when the other unit withdrew its record
        *("held", "loaded"),
        *("duplicate", "updated", "loaded"),
        *("voided", "rejected"),
    ]
    for each in found:
        leads = [dose["dose_id"] for dose in each["doses"]] + each["of_dose_ids"]
        if each["outcome"] in ("loaded", "duplicate", "updated", "voided"):
            assert len(leads) == 1, each
        else:
            assert leads == [] and each["rules"], each


def test_a_row_and_its_dose_name_each_other(desk: Desk, sent: list[int]) -> None:
    (made,) = row_trace(desk, sent[0], 1)["doses"]
    assert (made["vaccine"], made["dose_number"], made["given_on"]) == ("PFIZER", 1, date(2021, 8, 9))
    dose = dose_trace(desk, made["dose_id"])
    assert (dose["upload_id"], dose["row_number"], dose["sender_unit_code"]) == (sent[0], 1, "HOC-1")
    copy, again = row_trace(desk, sent[0], 2), row_trace(desk, sent[2], 1)
    assert copy["of_dose_ids"] == again["of_dose_ids"] == [made["dose_id"]]
    assert (copy["rules"], again["rules"]) == (["record.duplicate_in_file"], ["record.duplicate"])


def test_a_dose_tells_what_became_of_it(desk: Desk, sent: list[int]) -> None:
    (changed,) = row_trace(desk, sent[0], 3)["doses"]
    (withdrawn,) = row_trace(desk, sent[0], 4)["doses"]
    (update,) = dose_trace(desk, changed["dose_id"])["history"]
    assert (update["change"], update["upload_id"], update["row_number"]) == ("updated", sent[2], 2)
    (void,) = dose_trace(desk, withdrawn["dose_id"])["history"]
    assert (void["change"], void["upload_id"], void["row_number"], void["changed_on"]) == ("voided", sent[3], 1, AUG_11)
    assert withdrawn["voided_on"] == AUG_11
    changes = row_trace(desk, sent[3], 1)["changes"]
    assert [(each["dose_id"], each["change"]) for each in changes] == [(withdrawn["dose_id"], "voided")]


def test_a_row_that_another_replaced_leads_on_to_that_one(desk: Desk, sent: list[int]) -> None:
    desk.put("5.csv", [person(4) | {"vaxtally_ref": f"V{sent[0]}-5"}])
    desk.run(AUG_12)
    found = row_trace(desk, sent[0], 5)
    assert (found["outcome"], found["rules"], found["is_open"]) == ("rejected", ["vaccine.unknown"], False)
    assert found["closed_by"]["outcome"] == "loaded" and len(found["closed_by"]["doses"]) == 1


def test_what_there_is_not_is_said(desk: Desk, sent: list[int]) -> None:
    with pytest.raises(UsageError, match="There is no upload 999999999"):
        row_trace(desk, 999_999_999, 1)
    with pytest.raises(UsageError, match="has 5 rows; there is no row 6"):
        row_trace(desk, sent[0], 6)
    with pytest.raises(UsageError, match="There is no dose 999999999"):
        dose_trace(desk, 999_999_999)
