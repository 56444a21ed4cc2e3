"""The judge: what it writes down, what it drops, and what it says when a rule is broken."""

import dataclasses
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from vaxtally import db, quality
from vaxtally.intake import staging
from vaxtally.quality import suites
from vaxtally.settings import Settings

NO_NUMBER = dict.fromkeys(
    (
        *("national_id", "national_id_kind", "national_id_text", "phone", "phone_text"),
        *("health_insurance_no", "health_insurance_no_text", "health_insurance_key"),
    )
)
PLACEHOLDERS = {
    "national_id": "079185000000",
    "national_id_text": "079185000000",
    "second_national_id": "023456788",
    "second_national_id_kind": "cmnd",
    "health_insurance_no": "DN4791111111111",
    "health_insurance_key": "1111111111",
}


def lines(registry) -> list[Any]:
    with registry.connect() as connection:
        return connection.execute(text("SELECT * FROM intake.staged_issue ORDER BY row_number, rule")).all()


def staged(registry, columns: str) -> list[tuple]:
    with registry.connect() as connection:
        rows = connection.execute(text(f"SELECT {columns} FROM intake.staged_row ORDER BY upload_id, row_number"))
        return [tuple(row) for row in rows]


def test_a_line_names_row_rule_column_and_value(registry, stage) -> None:
    stage([{}, {"vaccine_text": "Cúm mùa", "vaccine": None, "upload_id": 7, "lot_number": None}])
    summary = quality.judge(registry, 1, "upload", Settings())
    assert summary == quality.JudgeSummary(2, {"vaccine.unknown": 1, "lot_number.missing": 1})
    missing, unknown = lines(registry)
    assert tuple(missing) == (1, 7, 2, "lot_number.missing", "lot_number", None, None)
    assert tuple(unknown) == (1, 7, 2, "vaccine.unknown", "vaccine", "Cúm mùa", {"value": "Cúm mùa"})


@pytest.mark.parametrize(
    ("written", "masked"),
    [
        ("7.90012E+10", "•••••••E+10"),
        ("0791850012345", "•••••••••2345"),
        ("12345", "•••45"),
        ("123", "••3"),
        ("1", "•"),
    ],
)
def test_identifiers_are_masked(registry, stage, written: str, masked: str) -> None:
    lost = dict.fromkeys(NO_NUMBER) | {"national_id_text": written, "health_insurance_no_text": written}
    stage([lost | {"phone_text": written}])
    quality.judge(registry, 1, "upload", Settings())
    found = {line.rule: line.value for line in lines(registry)}
    assert found == dict.fromkeys(
        ("national_id.format", "health_insurance_no.format", "phone.format", "identity.weak"), masked
    )


def test_a_long_value_is_cut(registry, stage) -> None:
    stage([{"vaccine_text": "v" * 1000, "vaccine": None}])
    quality.judge(registry, 1, "upload", Settings())
    assert [(len(line.value), len(line.message_values["value"])) for line in lines(registry)] == [(200, 200)]


def test_messages_are_filled_in_both_languages(registry, stage) -> None:
    declaration = {"declared_vaccine_text": "?", "declared_dose_number": 1, "declared_given_on": "2021-09-01"}
    stage(
        [
            {"cells_found": 9, "cells_expected": 12},
            {"action_text": "xoay", "action": None},
            {"unit_code_text": "BV-999", "unit_code": None},
            {"given_on": "2021-10-01"},
            {"dose_number": 2} | declaration,
        ]
    )
    quality.judge(registry, 1, "upload", Settings())
    query = """
        SELECT intake.render_message(rule.message_vi, issue.message_values, 'vi') AS vi,
            intake.render_message(rule.message_en, issue.message_values, 'en') AS en
        FROM intake.staged_issue AS issue INNER JOIN reference.rule AS rule ON issue.rule = rule.code
        ORDER BY issue.row_number
    """
    with registry.connect() as connection:
        messages = connection.execute(text(query)).all()
    assert [message.vi for message in messages] == [
        "Dòng có 9 ô, cần 12 ô.",
        "Thao tác không hợp lệ: xoay.",
        "Dòng này thuộc đơn vị khác (BV-999).",
        "Nhập liệu chậm 19 ngày.",
        "Mũi tiêm khai báo chưa được ghi nhận: thiếu hoặc không nhận dạng được vắc xin.",
    ]
    assert messages[0].en == "The row has 9 cells where 12 were expected."
    assert messages[4].en == "The declared earlier dose was not recorded: its vaccine is missing or unknown."


def test_dropped_identifiers_are_gone_and_their_text_stays(registry, stage) -> None:
    stage([{}, PLACEHOLDERS, PLACEHOLDERS | {"action": "void"}])
    quality.judge(registry, 1, "upload", Settings())
    columns = "national_id, national_id_kind, second_national_id, health_insurance_no, health_insurance_key, phone"
    sound, sifted, void = staged(registry, columns)
    assert sound == ("079185001234", "cccd", None, "DN4797931512345", "7931512345", "0903123456")
    assert sifted == (None, None, "023456788", None, None, "0903123456")
    assert void[0] == "079185000000", "nothing is judged of a void but what applies to it"
    assert staged(registry, "national_id_text")[1] == ("079185000000",)


def test_only_the_placeholder_of_two_numbers_is_dropped(registry, stage) -> None:
    stage([{"second_national_id": "000000000", "second_national_id_kind": "cmnd"}])
    quality.judge(registry, 1, "upload", Settings())
    columns = "national_id, national_id_kind, second_national_id, second_national_id_kind"
    assert staged(registry, columns) == [("079185001234", "cccd", None, None)]


def test_identity_is_judged_after_the_identifiers_have_been_sifted(verdicts) -> None:
    rules = verdicts([NO_NUMBER | {"national_id": "111111111", "national_id_kind": "cmnd", "district_code": None,
                                   "district_text": None}])  # fmt: skip
    assert rules == [{"national_id.placeholder", "identity.insufficient"}]


def test_settings_move_the_bounds(registry, stage) -> None:
    stage([{"given_on": "2021-10-15"}])
    strict = Settings().with_changes(late_entry_days=4, campaign_start_on=date(2021, 10, 16))
    failing = quality.judge(registry, 1, "upload", strict).failing
    assert failing == {"given_on.late_entry": 1, "given_on.before_campaign": 1}


@pytest.mark.parametrize("kind", ["upload", "report"])
def test_an_empty_shard_is_passed_over_knowingly(registry, monkeypatch, kind: str) -> None:
    with registry.begin() as connection:
        staging.create_shard(connection, kind, 1)
    monkeypatch.setattr(suites, "load", lambda _: pytest.fail("nothing is there to judge"))
    assert quality.judge(registry, 1, kind, Settings()) == quality.JudgeSummary(0, {})


def test_shards_are_judged_apart(registry, stage) -> None:
    stage([{"lot_number": None}])
    with registry.begin() as connection:
        staging.create_shard(connection, "upload", 2)
        connection.execute(text("CREATE TEMP TABLE moved AS SELECT * FROM intake.staged_row"))
        connection.execute(text("UPDATE moved SET shard = 2, upload_id = 9"))
        connection.execute(text("INSERT INTO intake.staged_row SELECT * FROM moved"))
    quality.judge(registry, 2, "upload", Settings())
    assert [(line.shard, line.upload_id) for line in lines(registry)] == [(2, 9)]


BROKEN = ["full_name ~ '['", "no_such_column", "full_name IS", "CAST(full_name AS integer) > 1"]


@pytest.fixture
def rewrite(monkeypatch) -> Callable[..., None]:
    """Call with a rule's code and changes: the judge then uses the suite with that rule changed."""

    def rewrite(code: str, **changes: Any) -> None:
        sound = suites.load("upload")
        rules = [dataclasses.replace(rule, **changes) if rule.code == code else rule for rule in sound.rules]
        monkeypatch.setattr(suites, "load", lambda _: dataclasses.replace(sound, rules=tuple(rules)))

    return rewrite


@pytest.mark.parametrize("condition", BROKEN)
def test_a_broken_rule_is_told_from_bad_data(registry, stage, rewrite, condition: str) -> None:
    stage([{"lot_number": None}, PLACEHOLDERS])
    rewrite("full_name.malformed", conditions=(condition,))
    with pytest.raises(quality.SuiteError, match=r"full_name\.malformed is broken") as raised:
        quality.judge(registry, 1, "upload", Settings())
    assert raised.value.rule == "full_name.malformed"
    assert "Nguyễn" not in str(raised.value)
    assert lines(registry) == []
    assert staged(registry, "national_id")[1] == ("079185000000",)


def test_a_broken_message_value_is_told_from_bad_data(registry, stage, rewrite) -> None:
    stage([{"given_on": "2021-10-01"}])
    rewrite("given_on.late_entry", message_values={"days": "CAST(full_name AS integer)"})
    with pytest.raises(quality.SuiteError, match=r"values of its messages: InvalidTextRepresentation\.$"):
        quality.judge(registry, 1, "upload", Settings())


def test_a_sifting_rule_that_asks_for_more_than_the_row_is_an_error(registry, stage, rewrite) -> None:
    stage([PLACEHOLDERS])
    rewrite("national_id.placeholder", conditions=("doses_in_series = 2",), cells=())
    with pytest.raises(quality.SuiteError, match="drop an identifier"):
        quality.judge(registry, 1, "upload", Settings())


def test_a_time_out_is_no_broken_rule_and_is_not_tried_again(registry, stage, rewrite) -> None:
    stage([{}])
    rewrite("full_name.malformed", conditions=("pg_sleep(60) IS NULL",))
    hurried = db.make_engine(registry.url.render_as_string(hide_password=False), statement_timeout_seconds=0.3)
    started = time.monotonic()
    with pytest.raises(OperationalError):
        quality.judge(hurried, 1, "upload", Settings())
    hurried.dispose()
    assert time.monotonic() - started < 5


def test_nothing_is_printed_and_no_cell_is_logged(registry, stage, rewrite, capfd, caplog) -> None:
    test_a_broken_rule_is_told_from_bad_data(registry, stage, rewrite, BROKEN[3])
    out, err = capfd.readouterr()
    assert "Calculating" not in out + err
    assert "Nguyễn" not in out + err + caplog.text


# Any cell may be missing and any text may stand in one: no rule breaks on that.
TEXTS = st.one_of(st.none(), st.text(alphabet="aZ09•ễ%\\'[( .:", max_size=14))
DATES = st.one_of(st.none(), st.dates().map(str))
CELLS = {
    "name_key": TEXTS, "full_name": TEXTS, "national_id": TEXTS, "national_id_text": TEXTS, "second_national_id": TEXTS,
    "national_id_kind": st.sampled_from([None, "cccd"]), "second_national_id_kind": st.sampled_from([None, "cccd"]),
    "health_insurance_no": TEXTS, "health_insurance_key": TEXTS, "phone": TEXTS, "phone_text": TEXTS,
    "sex": st.sampled_from([None, "male", "female"]), "birth_date": DATES, "birth_date_latest": DATES,
    "birth_date_precision": st.sampled_from([None, "day", "month", "year"]), "given_on": DATES,
    "vaccine": st.sampled_from([None, "AZ", "ABDALA", "JANSSEN"]), "vaccine_text": TEXTS, "district_code": TEXTS,
    "dose_number": st.one_of(st.none(), st.integers(-9, 9)), "action": st.sampled_from([None, "new", "update", "void"]),
    "action_text": TEXTS, "unit_code": TEXTS, "unit_code_text": TEXTS, "lot_number": TEXTS, "district_text": TEXTS,
    "declared_dose_number": st.one_of(st.none(), st.integers(0, 9)), "declared_given_on": DATES,
    "declared_place": TEXTS, "declared_vaccine": TEXTS,
}  # fmt: skip
ROWS = st.lists(st.fixed_dictionaries({}, optional=CELLS), min_size=1, max_size=25)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_no_cell_breaks_a_rule_and_a_missing_one_has_no_form(verdicts, rows: list[dict[str, Any]]) -> None:
    for row, failed in zip(rows, verdicts(rows), strict=True):
        if "given_on" in row and row["given_on"] is None:
            assert not failed & {"given_on.in_future", "given_on.before_campaign", "given_on.late_entry"}
        if "full_name" in row and row["full_name"] is None:
            assert "full_name.malformed" not in failed
        if not {"national_id", "second_national_id"} & set(row):
            assert "national_id.placeholder" not in failed
        assert not {"identity.insufficient", "identity.weak"} <= failed


REPORT_CELLS = {
    "unit_code": TEXTS, "given_on": DATES, "vaccine": st.sampled_from([None, "AZ"]), "vaccine_text": TEXTS,
    "dose_number": st.one_of(st.none(), st.integers(-9, 9)), "doses_given": st.one_of(st.none(), st.integers(-2, 2)),
    "dose_number_text": TEXTS,
}  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.fixed_dictionaries({}, optional=REPORT_CELLS), min_size=1, max_size=25))
def test_no_report_cell_breaks_a_rule(verdicts, rows: list[dict[str, Any]]) -> None:
    for row, failed in zip(rows, verdicts(rows, "report"), strict=True):
        if row.get("doses_given", 0) is None:
            assert "report.count_invalid" in failed


REJECTED = {"sex": None}


@pytest.mark.parametrize(
    ("rows", "whole"),
    [
        ([REJECTED] * 11 + [{}] * 9, True),
        ([REJECTED] * 10 + [{}] * 10, False),
        ([REJECTED] * 19, False),
        ([REJECTED] * 20, True),
        ([REJECTED] * 20 + [{"vaxtally_ref": "12:3"}], False),
        ([{"lot_number": None}] * 30, False),
        ([REJECTED | {"full_name": None, "name_key": None}] * 5 + [{}] * 15, False),
    ],
)
def test_a_file_is_mostly_rejected_above_half_of_twenty_rows(registry, stage, rows: list[dict], whole: bool) -> None:
    stage([*rows, *({"upload_id": 2} for _ in range(30))])
    quality.judge(registry, 1, "upload", Settings())
    with registry.connect() as connection:
        assert quality.mostly_rejected(connection, [1], [1, 2], Settings()) == ({1} if whole else set())
        assert quality.mostly_rejected(connection, [1], [2], Settings()) == set()
        assert quality.mostly_rejected(connection, [1], [], Settings()) == set()


def test_the_share_and_the_rows_of_mostly_rejected_are_settings(registry, stage) -> None:
    stage([REJECTED, {}, {}])
    quality.judge(registry, 1, "upload", Settings())
    lax = Settings().with_changes(mostly_rejected_min_rows=3, mostly_rejected_share=0.3)
    with registry.connect() as connection:
        assert quality.mostly_rejected(connection, [1], [1], lax) == {1}
        assert quality.mostly_rejected(connection, [1], [1], Settings()) == set()
