"""A rejected row stops being asked for once its corrected form came in, and not before."""

import pytest

from ..intake_desk import AUG_11, Desk, person

BAD_SEX = {"Giới tính": "?"}


def still_open(desk: Desk) -> list[int]:
    return [number for (number,) in desk.query("SELECT row_number FROM intake.row WHERE closed_at IS NULL ORDER BY 1")]


@pytest.mark.parametrize(
    ("rejected", "corrected"),
    [
        pytest.param(BAD_SEX, {}, id="sex"),
        pytest.param({"Họ và tên": ""}, {}, id="no name, found by the number"),
        pytest.param({"Ngày tiêm": "31/02/2021"}, {}, id="day"),
        pytest.param({"Vắc xin": "Phai-dơ"}, {}, id="vaccine"),
    ],
)
def test_the_corrected_row_closes_the_rejected_one(desk: Desk, rejected: dict, corrected: dict) -> None:
    desk.list_units()
    desk.put("a.csv", [person(1, **rejected), person(2)])
    desk.run()
    assert still_open(desk) == [1]

    desk.put("b.csv", [person(1, **corrected), person(2)])
    desk.run(AUG_11)
    assert still_open(desk) == []


@pytest.mark.parametrize(
    "later",
    [
        pytest.param(person(3), id="somebody else"),
        pytest.param(person(1, **{"Mũi": "2", "Ngày tiêm": "10/08/2021"}), id="another dose of the same person"),
        pytest.param(person(1, **BAD_SEX), id="rejected again"),
    ],
)
def test_other_rows_close_nothing(desk: Desk, later: dict) -> None:
    desk.list_units()
    desk.put("a.csv", [person(1, **BAD_SEX)])
    desk.run()
    desk.put("b.csv", [later])
    desk.run(AUG_11)
    assert 1 in still_open(desk)


def test_another_units_row_closes_nothing(desk: Desk) -> None:
    desk.list_units()
    desk.put("a.csv", [person(1, **BAD_SEX)])
    desk.run()
    desk.put("a.csv", [person(1)], unit="HOC-2")
    desk.run(AUG_11)
    assert still_open(desk) == [1]
