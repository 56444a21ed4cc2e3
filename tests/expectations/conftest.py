"""Staged rows without the reader: a good row, and a judge that says which rules each row fails."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sqlalchemy import Engine

SHARD = 1

GOOD_ROW = {
    "shard": SHARD,
    "upload_id": 1,
    "sheet": None,
    "original": "…",
    "sender_unit_code": "TYT-001",
    "received_on": "2021-10-20",
    "action": "new",
    "unit_code": "TYT-001",
    "full_name": "Nguyễn Thị Minh Khai",
    "name_key": "nguyen thi minh khai",
    "sex_text": "Nữ",
    "sex": "female",
    "birth_date_text": "12/03/1985",
    "birth_date": "1985-03-12",
    "birth_date_latest": "1985-03-12",
    "birth_date_precision": "day",
    "national_id_text": "079185001234",
    "national_id": "079185001234",
    "national_id_kind": "cccd",
    "national_id_repaired": False,
    "health_insurance_no_text": "DN4797931512345",
    "health_insurance_no": "DN4797931512345",
    "health_insurance_key": "7931512345",
    "health_insurance_no_repaired": False,
    "phone_text": "0903 123 456",
    "phone": "0903123456",
    "phone_repaired": False,
    "address": "12 Lê Lợi",
    "district_text": "Quận 1",
    "district_code": "760",
    "province_is_city": True,
    "vaccine_text": "AstraZeneca",
    "vaccine": "AZ",
    "lot_number": "ABV4678",
    "dose_number_text": "1",
    "dose_number": 1,
    "given_on_text": "15/10/2021",
    "given_on": "2021-10-15",
}

GOOD_REPORT_ROW = {
    "shard": SHARD,
    "upload_id": 1,
    "original": "…",
    "sender_unit_code": "TYT-001",
    "received_on": "2021-10-20",
    "unit_code": "TYT-001",
    "given_on_text": "15/10/2021",
    "given_on": "2021-10-15",
    "vaccine_text": "AstraZeneca",
    "vaccine": "AZ",
    "dose_number_text": "1",
    "dose_number": 1,
    "doses_given_text": "120",
    "doses_given": 120,
}

_GOOD = {"upload": ("staged_row", GOOD_ROW), "report": ("staged_report_row", GOOD_REPORT_ROW)}


@pytest.fixture
def stage(registry: "Engine") -> Callable[..., None]:
    """Call with `changes` (and `kind`): fills shard 1 afresh with the good row, changed by each, as rows 1, 2, …"""
    from sqlalchemy import text

    from vaxtally.intake import staging

    def fill(changes: list[dict[str, Any]], kind: str = "upload") -> None:
        table, good = _GOOD[kind]
        rows = [good | {"row_number": n, "line": n + 1} | change for n, change in enumerate(changes, start=1)]
        with registry.begin() as connection:
            staging.create_shard(connection, kind, SHARD)
            connection.execute(
                text(
                    f"INSERT INTO intake.{table} SELECT *"
                    f" FROM jsonb_populate_recordset(CAST(NULL AS intake.{table}), CAST(:rows AS jsonb))"
                ),
                {"rows": json.dumps(rows)},
            )

    return fill


@pytest.fixture
def verdicts(registry: "Engine", stage: Callable[..., None]) -> Callable[..., list[set[str]]]:
    """Call with `changes` (and `kind`): the rules that each changed row fails, in the order of `changes`."""
    from sqlalchemy import text

    from vaxtally import quality
    from vaxtally.settings import Settings

    def judge(changes: list[dict[str, Any]], kind: str = "upload") -> list[set[str]]:
        stage(changes, kind)
        summary = quality.judge(registry, SHARD, kind, Settings())
        assert summary.rows == len(changes)
        found: list[set[str]] = [set() for _ in changes]
        with registry.connect() as connection:
            lines = connection.execute(text("SELECT row_number, rule FROM intake.staged_issue")).all()
        for line in lines:
            assert line.rule not in found[line.row_number - 1], "a rule speaks once about a row"
            found[line.row_number - 1].add(line.rule)
        assert sum(summary.failing.values()) == len(lines)
        return found

    return judge


@pytest.fixture
def results(registry: "Engine") -> Callable[..., list[set[str]]]:
    """Call with `changes`: the rules that each changed record fails as the result of an update."""
    from sqlalchemy import text

    from vaxtally import db, quality
    from vaxtally.settings import Settings

    def judge(changes: list[dict[str, Any]]) -> list[set[str]]:
        records = [GOOD_ROW | {"row_number": n, "line": n, "seq": n} | each for n, each in enumerate(changes, start=1)]
        found: list[set[str]] = [set() for _ in changes]
        with registry.begin() as connection:
            db.run_script(connection, db.statement("intake/batch_row/create"))
            db.run_script(connection, db.statement("registry/batch_entry/create"))
            source = "jsonb_populate_recordset(CAST(NULL AS batch_result), CAST(:records AS jsonb))"
            connection.execute(
                text(f"INSERT INTO batch_result SELECT * FROM {source}"), {"records": json.dumps(records)}
            )
            for phase in ("cells", "sifted"):
                quality.judge_results(connection, Settings(), phase)
            lines = connection.execute(text("SELECT seq, rule FROM batch_issue")).all()
        for line in lines:
            assert line.rule not in found[line.seq - 1], "a rule speaks once about a record"
            found[line.seq - 1].add(line.rule)
        return found

    return judge
