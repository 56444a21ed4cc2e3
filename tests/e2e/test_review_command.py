"""`vaxtally review`, `explain` and `trace` as a reviewer types them: what is shown, decided and refused."""

import json
import logging
import os
from collections.abc import Callable

import pytest

from vaxtally import cli

from ..intake_desk import AUG_10, Desk, person

AS_OF = ("--as-of", "2021-08-12")
WHY = ("--by", "Trần Thị Bình", "--reason", "asked the unit by telephone")
STRANGER = {"Họ và tên": "Võ Thị Sáu", "Ngày sinh": "03/03/1980", "Số điện thoại": "0909123456"}


def at_the_keyboard(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, caplog: pytest.LogCaptureFixture
) -> Callable[..., str]:
    """The command against the desk's registry: what it prints, or with a code other than 0 what it complains of."""
    for name in os.environ:
        if name.startswith("VAXTALLY_") and name != "VAXTALLY_TEST_SERVER_URL":
            monkeypatch.delenv(name)
    monkeypatch.setenv("VAXTALLY_REGISTRY_URL", desk.url)
    monkeypatch.setenv("VAXTALLY_HOME", str(desk.settings.home))
    monkeypatch.setenv("VAXTALLY_OUTBOX", str(desk.settings.outbox))
    caplog.set_level(logging.INFO)

    def vaxtally(*arguments: str, code: int = 0) -> str:
        capsys.readouterr()
        assert cli.main(arguments) == code
        out, err = capsys.readouterr()
        return out if code == 0 else err

    return vaxtally


def test_a_reviewer_lists_shows_settles_and_reopens(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, caplog: pytest.LogCaptureFixture
) -> None:
    vaxtally = at_the_keyboard(desk, monkeypatch, capsys, caplog)
    desk.put("a.csv", [person(1), person(2)])
    desk.put("b.csv", [person(1, **STRANGER), person(2)], unit="HOC-2")
    desk.run(AUG_10)

    listed = json.loads(vaxtally("review", "list", "--json", *AS_OF))
    assert [each["rule"] for each in listed] == ["record.identity_conflict", "record.same_dose_other_unit"]
    assert {each["waiting_days"] for each in listed} == {2}
    who, which = (str(each["review_id"]) for each in listed)
    assert vaxtally("review", "list", *AS_OF).count("waits 2 days") == 2
    assert vaxtally("review", "list", "--older-than", "2", *AS_OF) == "No review waits.\n"
    assert vaxtally("review", "list", "--unit", "HOC-1", *AS_OF) == "No review waits.\n"
    only = json.loads(vaxtally("review", "list", "--rule", "record.same_dose_other_unit", "--json", *AS_OF))
    assert [str(each["review_id"]) for each in only] == [which]

    shown = vaxtally("review", "show", who)
    assert "the same CCCD; another name; another birth date; the same sex; another phone" in shown
    assert "Võ Thị Sáu" in shown and person(1)["Họ và tên"] in shown and "at HOC-1" in shown
    (candidate,) = json.loads(vaxtally("review", "show", who, "--json"))["candidates"]
    assert "met by the row" in vaxtally("review", "show", which)

    assert "There is no review 999999999." in vaxtally("review", "show", "999999999", code=2)
    wrong = vaxtally("review", "settle", who, "--same", "999999999", *WHY, *AS_OF, code=2)
    assert f"Person 999999999 is no candidate of review {who}" in wrong
    assert "settled by one of --keep this" in vaxtally("review", "settle", which, "--different", *WHY, *AS_OF, code=2)
    early = vaxtally("review", "settle", which, "--keep", "both", *WHY, "--as-of", "2021-08-01", code=2)
    assert "already taken in as of 2021-08-10" in early

    same = str(candidate["person_id"])
    assert f"The row of review {who} is held now" in vaxtally("review", "settle", who, "--same", same, *WHY, *AS_OF)
    assert f"The row of review {which} is loaded now." in vaxtally(
        "review", "settle", which, "--keep", "this", *WHY, *AS_OF
    )
    assert "was settled by Trần Thị Bình: keep_this" in vaxtally(
        "review", "settle", which, "--drop", *WHY, *AS_OF, code=2
    )
    (held,) = json.loads(vaxtally("review", "list", "--json", *AS_OF))
    assert held["rule"] == "record.same_dose_other_unit" and held["waiting_days"] == 2
    assert "is duplicate now" in vaxtally("review", "settle", str(held["review_id"]), "--keep", "other", *WHY, *AS_OF)
    answer = desk.answer("b.csv", "HOC-2")
    assert answer.outcomes == {"loaded": 1, "duplicate": 1}
    assert not any("HOC-1" in value for line in answer.lines for value in line.values())

    explained = vaxtally("explain", "person", same)
    assert "cccd ••••••••0001" in explained and ": same_person by Trần Thị Bình" in explained
    assert "There is no person 999999999." in vaxtally("explain", "person", "999999999", code=2)

    made, taken = json.loads(vaxtally("review", "show", which, "--json"))["upload_id"], candidate["doses"][0]["dose_id"]
    row = vaxtally("trace", "row", str(made), "1")
    assert f"names dose {taken}" in row and ": duplicate" in row
    assert f"Dose {taken}: PFIZER 1 on 2021-08-09 at HOC-1" in vaxtally("trace", "dose", str(taken))
    assert "There is no upload 999999999." in vaxtally("trace", "row", "999999999", "1", code=2)

    assert f"is held now, in review {which}" in vaxtally("review", "reopen", which, *WHY, *AS_OF)
    assert desk.answer("b.csv", "HOC-2").outcomes == {"held": 1, "duplicate": 1}
    names = {"Võ Thị Sáu", "Vo Thi Sau", person(1)["Họ và tên"], person(2)["Họ và tên"], "0909123456"}
    assert not [name for name in names if name in caplog.text]


def test_a_reviewer_merges_two_persons_and_parts_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, caplog: pytest.LogCaptureFixture
) -> None:
    vaxtally = at_the_keyboard(desk, monkeypatch, capsys, caplog)
    woman = {"Họ và tên": "Phan Thị Ngọc Lan", "Giới tính": "Nữ", "Ngày sinh": "07/05/1990"}
    desk.put("a.csv", [person(1, **woman, CCCD="079190001234", **{"Số điện thoại": "0903123456"})])
    desk.put("b.csv", [person(2, **woman, CCCD="079190007777", **{"Số điện thoại": "0903999888"})], unit="HOC-2")
    desk.run(AUG_10)
    kept, other = (str(found[0]) for found in desk.query("SELECT person_id FROM registry.person ORDER BY 1"))
    assert vaxtally("review", "pairs", "--find", *AS_OF) == "No pair waits.\n"
    assert "say --keep kept, other or both" in vaxtally("review", "merge", kept, other, *WHY, *AS_OF, code=2)
    merged = vaxtally("review", "merge", kept, other, "--keep", "other", *WHY, *AS_OF)
    assert f"Person {other} is person {kept} now. Doses moved: 1" in merged and "withdrawn: 1" in merged
    assert f"merged into person {kept}" in vaxtally("explain", "person", other)
    assert f"persons {other} and {kept}: merge_persons by Trần Thị Bình" in vaxtally("explain", "person", kept)
    parted = vaxtally("review", "part", other, *WHY, *AS_OF)
    assert f"Person {other} is nobody else any more; person {kept} is as before." in parted
    assert "(undone)" in vaxtally("explain", "person", kept)
    assert "stay two" in vaxtally("review", "apart", kept, other, *WHY, *AS_OF)
    assert "Phan" not in caplog.text
