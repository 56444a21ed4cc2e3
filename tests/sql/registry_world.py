"""A small world for the registry's tests: uploads in a few words, applied as the intake does, and what came of them.

A row is a dict of canonical fields of intake.staged_row. Left out, a field has the value of `row()`; `rules` are the
row rules that failed it, `said` cells as the unit wrote them where they differ from the canonical value. With an
`outcome` it is one that the intake decided.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from vaxtally import db, registry
from vaxtally.clock import RunTime
from vaxtally.settings import Settings
from vaxtally.text import name_key

RECEIVED_ON = date(2021, 12, 31)
# Every table that applying an upload may write, referring tables first.
_WRITTEN = (
    "registry.review",
    "registry.dose_history",
    "registry.dose",
    "registry.identifier_claim",
    "registry.person_identifier",
    "registry.person",
    "intake.row_issue",
    "intake.row",
    "intake.upload",
)
# What intake does with the verdicts.
_KEPT = (
    "intake/row/insert",
    "intake/row_issue/insert",
    "registry/review/insert",
    "intake/row/close_replaced",
    "registry/review/keep_age",
    "registry/review/withdraw",
)
_TEXT_COLUMNS = (
    "sex", "national_id", "health_insurance_no", "phone", "vaccine", "dose_number", "given_on",
    "declared_dose_number", "declared_vaccine", "declared_given_on",
)  # fmt: skip


@dataclass(frozen=True)
class Upload:
    """A file of one unit; `rows` as row() makes them."""

    unit_code: str
    rows: tuple[dict[str, Any], ...]
    file_name: str


@dataclass(frozen=True)
class Verdict:
    """What became of a row. `values`: message values by rule. `review`: by rule, the persons and doses it met."""

    outcome: str
    values: dict[str, dict[str, Any]]
    review: dict[str, tuple[Any, Any]]

    @property
    def rules(self) -> set[str]:
        return set(self.values)


def upload(unit_code: str, *rows: dict[str, Any], name: str = "a.csv") -> Upload:
    return Upload(unit_code, rows, name)


def row(**changes: Any) -> dict[str, Any]:
    """A sound row of a made-up person without any number or phone: a first dose of Pfizer on 2 August 2021."""
    return {
        "action": "new",
        "full_name": "Nguyễn Văn An",
        "sex": "male",
        "birth": "1990-05-17",
        "vaccine": "PFIZER",
        "dose_number": 1,
        "given_on": date(2021, 8, 2),
        "lot_number": "FF0884",
        "rules": (),
        "said": {},
    } | changes


def change(record_id: str | None = None, **changes: Any) -> dict[str, Any]:
    """A row that updates an earlier record: by its record id, or by what is given; all other cells are empty.

    `emptied` are columns whose cell says (xóa).
    """
    emptied = changes.pop("emptied", ())
    empty = {"full_name": None, "sex": None, "birth": None, "vaccine": None, "dose_number": None, "given_on": None}
    told = dict.fromkeys(emptied, "(xóa)")
    whole = {name: "(xóa)" for name in emptied if name not in (*_TEXT_COLUMNS, "birth_date")}
    return row(
        **{**empty, "lot_number": None, "action": "update", "record_id": record_id, "said": told, **whole, **changes}
    )


def withdrawal(record_id: str | None = None, **changes: Any) -> dict[str, Any]:
    """A row that withdraws an earlier record."""
    return change(record_id, **changes) | {"action": "void"}


def listed(fields: dict[str, Any]) -> dict[str, Any]:
    """The row as a list without an action column has it."""
    return fields | {"said": fields["said"] | {"action": None}}


def birth_interval(birth: str) -> dict[str, Any]:
    """'1990', '1990-05' or '1990-05-17' → birth_date, birth_date_latest and its precision."""
    parts = [int(part) for part in birth.split("-")]
    precision = ("year", "month", "day")[len(parts) - 1]
    first = date(*[*parts, 1, 1][:3])
    after = {
        "day": first,
        "month": date(first.year + first.month // 12, first.month % 12 + 1, 1),
        "year": date(first.year + 1, 1, 1),
    }[precision]
    latest = first if precision == "day" else date.fromordinal(after.toordinal() - 1)
    return {"birth_date": first, "birth_date_latest": latest, "birth_date_precision": precision}


def id_kind(number: str | None) -> str | None:
    if number is None:
        return None
    return {12: "cccd", 9: "cmnd"}.get(len(number), "passport") if number.isdigit() else "passport"


def _staged(
    upload_id: int, unit_code: str, row_number: int, received_on: date, fields: dict[str, Any]
) -> dict[str, Any]:
    """One record of intake.staged_row."""
    fields = {key: value for key, value in fields.items() if key != "rules"}
    said, birth = fields.pop("said"), fields.pop("birth")
    insurance = fields.get("health_insurance_no")
    staged = {
        "shard": 0,
        "upload_id": upload_id,
        "row_number": row_number,
        "line": row_number + 1,
        "original": f"row {row_number}",
        "sender_unit_code": unit_code,
        "unit_code": unit_code,
        "received_on": received_on,
        "action_text": fields["action"],
        "name_key": fields["full_name"] and name_key(fields["full_name"]),
        "birth_date_text": birth,
        "national_id_kind": id_kind(fields.get("national_id")),
        "national_id_repaired": False,
        "second_national_id_kind": id_kind(fields.get("second_national_id")),
        "third_national_id_kind": id_kind(fields.get("third_national_id")),
        "health_insurance_key": insurance and insurance[-10:],
        "health_insurance_no_repaired": False,
        "phone_repaired": False,
        "district_text": fields.get("district_code"),
        "province_is_city": True,
    }
    staged |= (birth_interval(birth) if birth else {}) | {f"{name}_text": fields.get(name) for name in _TEXT_COLUMNS}
    return staged | fields | {f"{name}_text": cell for name, cell in said.items()}


class World:
    """A registry with uploads applied to it. What it tells of persons and doses never holds a surrogate key."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.run_time = RunTime(RECEIVED_ON, datetime(2021, 12, 31, 5, tzinfo=UTC), datetime.now(UTC))
        self._uploads_sent = 0

    def as_of(self, day: date) -> None:
        """What is sent from now on is received on that day."""
        self.run_time = RunTime(day, datetime(day.year, day.month, day.day, 5, tzinfo=UTC), datetime.now(UTC))

    def entered(self, day: date) -> list[tuple[Any, ...]]:
        """(day, vaccine, dose number, doses) as known at the end of a day."""
        return self._select(
            f"SELECT given_on, vaccine, dose_number, entered FROM tally.entered_as_of('{day}') ORDER BY 1, 2, 3"
        )

    def forget(self) -> None:
        """Back to a registry that never saw an upload."""
        with self.engine.begin() as connection:
            connection.execute(text("SET LOCAL synchronous_commit = off"))
            for table in _WRITTEN:
                connection.execute(text(f"DELETE FROM {table}"))

    def send(self, unit_code: str, *rows: dict[str, Any], name: str = "a.csv") -> list[Verdict]:
        """Apply one upload by itself; the verdicts in the order of its rows."""
        return self.apply([upload(unit_code, *rows, name=name)])[0]

    def apply_one_by_one(self, uploads: Iterable[Upload]) -> list[list[Verdict]]:
        """As `apply`, each by itself. Whom held rows met is told as it stands in the end, as of one batch."""
        uploads = list(uploads)
        answers = [self.apply([each])[0] for each in uploads]
        newest = text("SELECT upload_id FROM intake.upload ORDER BY upload_id DESC LIMIT :number")
        with self.engine.connect() as connection:
            upload_ids = connection.execute(newest, {"number": len(uploads)}).scalars().all()[::-1]
            met = _met(connection, list(upload_ids))
        return [
            [
                replace(verdict, review=met.get((upload_id, number), {}))
                for number, verdict in enumerate(answer, start=1)
            ]
            for upload_id, answer in zip(upload_ids, answers, strict=True)
        ]

    def apply(self, uploads: list[Upload]) -> list[list[Verdict]]:
        """Apply uploads as one batch in one transaction; for each, the verdicts in the order of its rows."""
        with self.engine.begin() as connection:
            connection.execute(text("SET LOCAL synchronous_commit = off"))
            upload_ids = [self._insert_upload(connection, each) for each in uploads]
            db.run_script(connection, db.statement("intake/batch_row/create"))
            self._stage(connection, upload_ids, uploads)
            registry.apply(connection, Settings())
            for step in _KEPT:
                db.run(connection, step)
            db.run(connection, "intake/upload/update_counts", {"late_entry_days": 14})
            return _collect(connection, upload_ids, uploads)

    def _insert_upload(self, connection: Connection, each: Upload) -> int:
        self._uploads_sent += 1
        connection.execute(
            text(
                "INSERT INTO reference.unit (unit_code, name, unit_type, listed_on)"
                " SELECT code, code, 'health_centre', '2021-01-01' FROM unnest(CAST(:units AS text [])) AS code"
                " ON CONFLICT DO NOTHING"
            ),
            {"units": [each.unit_code, *(fields["unit_code"] for fields in each.rows if "unit_code" in fields)]},
        )
        return connection.execute(
            text(
                "INSERT INTO intake.upload (unit_code, kind, file_name, source_path, archive_path, sha256, size_bytes,"
                " modified_at, language, received_on, received_at, status)"
                " VALUES (:unit, 'upload', :file_name, :file_name, :file_name, :sha256, 1, :at, 'en', :on, :at,"
                " 'loaded') RETURNING upload_id"
            ),
            {
                "unit": each.unit_code,
                "file_name": each.file_name,
                "sha256": hashlib.sha256(str(self._uploads_sent).encode()).hexdigest(),
                "on": self.run_time.as_of,
                "at": self.run_time.received_at,
            },
        ).scalar_one()

    def _stage(self, connection: Connection, upload_ids: list[int], uploads: list[Upload]) -> None:
        staged, remarks = [], []
        for upload_id, each in zip(upload_ids, uploads, strict=True):
            for row_number, fields in enumerate(each.rows, start=1):
                record = _staged(upload_id, each.unit_code, row_number, self.run_time.as_of, fields) | {
                    "seq": len(staged) + 1
                }
                staged.append(record)
                remarks += [{"seq": record["seq"], "rule": rule} for rule in fields["rules"]]
        for table, records in (("batch_row", staged), ("batch_issue", remarks)):
            source = f"jsonb_populate_recordset(CAST(NULL AS {table}), CAST(:records AS jsonb))"
            connection.execute(
                text(f"INSERT INTO {table} SELECT * FROM {source}"), {"records": json.dumps(records, default=str)}
            )
        db.run_script(connection, "ANALYZE batch_row")

    def persons(self) -> list[tuple[Any, ...]]:
        """(name, sex, birth date, precision, phone, ((kind, number, trusted), …)), sorted."""
        return self._select(
            "SELECT full_name, sex, birth_date, birth_date_precision, phone,"
            " coalesce((SELECT string_agg(concat_ws(' ', i.kind, i.value, i.trusted), ', ' ORDER BY i.kind, i.value)"
            " FROM registry.person_identifier AS i WHERE i.person_id = p.person_id), '')"
            " FROM registry.person AS p"
        )

    def doses(self) -> list[tuple[Any, ...]]:
        """Doses in effect: (name key, birth date, unit, vaccine, dose number, day, lot, …, first file and row)."""
        return self._select(
            "SELECT p.name_key, p.birth_date, d.unit_code, d.vaccine, d.dose_number, d.given_on, d.lot_number,"
            " d.source, d.record_id, d.reaction, d.note, d.received_on, u.file_name, d.row_number"
            " FROM registry.dose AS d JOIN registry.person AS p USING (person_id)"
            " JOIN intake.upload AS u USING (upload_id)"
            " WHERE d.voided_at IS NULL AND d.superseded_by IS NULL"
        )

    def all_doses(self) -> list[tuple[Any, ...]]:
        """Also declared ones, and those not in effect: (name key, unit, vaccine, number, day, source, id, …)."""
        return self._select(
            "SELECT p.name_key, d.unit_code, d.vaccine, d.dose_number, d.given_on, d.source, d.record_id, d.voided_on,"
            " u.file_name, d.row_number, a.given_on, b.file_name, a.row_number"
            " FROM registry.dose AS d JOIN registry.person AS p USING (person_id)"
            " JOIN intake.upload AS u USING (upload_id) LEFT JOIN registry.dose AS a ON d.superseded_by = a.dose_id"
            " LEFT JOIN intake.upload AS b ON a.upload_id = b.upload_id"
        )

    def history(self) -> list[tuple[Any, ...]]:
        """(change, name of the person before, lot and note before, file and row that changed it)."""
        return self._select(
            "SELECT h.change, h.person ->> 'full_name', h.dose ->> 'lot_number', h.dose ->> 'note',"
            " u.file_name, h.changed_by_row_number"
            " FROM registry.dose_history AS h JOIN intake.upload AS u ON h.changed_by_upload_id = u.upload_id"
        )

    def answers(self) -> list[tuple[Any, ...]]:
        """(row number, outcome, rule, column, value, message) of every line of every answer."""
        return self._select("SELECT row_number, outcome, rule, column_name, value, message FROM intake.row_issue")

    def reviews(self) -> list[tuple[Any, ...]]:
        """(file, row, status, file and row that it was closed by) of every held row."""
        return self._select(
            "SELECT u.file_name, v.row_number, v.status, b.file_name, r.closed_by_row_number"
            " FROM registry.review AS v JOIN intake.upload AS u USING (upload_id)"
            " JOIN intake.row AS r ON v.upload_id = r.upload_id AND v.row_number = r.row_number"
            " LEFT JOIN intake.upload AS b ON r.closed_by_upload_id = b.upload_id"
        )

    def execute(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement))

    def count(self, table: str) -> int:
        return self._select(f"SELECT count(*) FROM {table}")[0][0]

    def _select(self, statement: str) -> list[tuple[Any, ...]]:
        with self.engine.begin() as connection:
            return sorted((tuple(found) for found in connection.execute(text(statement))), key=repr)


_REVIEWED = """
SELECT
    r.upload_id, r.row_number, r.rule,
    coalesce((
        SELECT array_agg(concat_ws(' ', p.name_key, p.birth_date) ORDER BY p.name_key, p.birth_date)
        FROM registry.person AS p WHERE p.person_id = ANY(r.candidate_person_ids)
    ), '{}') AS persons,
    coalesce((
        SELECT array_agg(concat_ws(' ', u.file_name, d.row_number) ORDER BY u.file_name, d.row_number)
        FROM registry.dose AS d JOIN intake.upload AS u USING (upload_id) WHERE d.dose_id = ANY(r.candidate_dose_ids)
    ), '{}') AS doses
FROM registry.review AS r WHERE r.upload_id = ANY(:ids)
"""


def _met(connection: Connection, upload_ids: list[int]) -> dict[tuple[int, int], dict[str, tuple[Any, Any]]]:
    """By upload and row number: `review` of the row's verdict, of rows that were held."""
    met: dict[tuple[int, int], dict[str, tuple[Any, Any]]] = {}
    for each in connection.execute(text(_REVIEWED), {"ids": upload_ids}):
        of_row = met.setdefault((each.upload_id, each.row_number), {})
        of_row[each.rule] = (tuple(each.persons), tuple(each.doses))
    return met


def _collect(connection: Connection, upload_ids: list[int], uploads: list[Upload]) -> list[list[Verdict]]:
    """The verdict on every row, by upload, and within it by row number."""
    decided = connection.execute(text("SELECT seq, upload_id, row_number, outcome FROM batch_row ORDER BY seq")).all()
    remarks = connection.execute(text("SELECT seq, rule, message_values FROM batch_issue")).all()
    met = _met(connection, upload_ids)
    key = {each.seq: (each.upload_id, each.row_number) for each in decided}
    verdicts = {key[each.seq]: Verdict(each.outcome, {}, met.get(key[each.seq], {})) for each in decided}
    for remark in remarks:
        values = verdicts[key[remark.seq]].values
        assert remark.rule not in values, f"{remark.rule} stands twice on a row"
        values[remark.rule] = remark.message_values or {}
    return [
        [verdicts[upload_id, number] for number in range(1, len(each.rows) + 1)]
        for upload_id, each in zip(upload_ids, uploads, strict=True)
    ]
