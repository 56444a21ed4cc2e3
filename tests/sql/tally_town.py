"""A small town for the tests of figures and gaps: units, report files and doses in a few words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from vaxtally.working_days import WorkingDays

if TYPE_CHECKING:
    from sqlalchemy import Connection

EVERY_DAY = WorkingDays(frozenset(range(7)), (), frozenset())
# unit, day, vaccine, dose number, doses given; a nil report has no vaccine and no dose number
Line = tuple[str, date, str | None, int | None, int]
# sender (None: the Department), day of receipt, lines
ReportFile = tuple[str | None, date, Sequence[Line]]


@dataclass
class Town:
    """Writes through one connection, which is never committed."""

    connection: "Connection"
    outcomes: list[str] = field(default_factory=list)
    issues: list[tuple[Any, ...]] = field(default_factory=list)

    def execute(self, sql: str, values: Any = None) -> Any:
        from sqlalchemy import text

        return self.connection.execute(text(sql), values or {})

    def insert(self, table: str, rows: list[dict[str, Any]]) -> None:
        names, binds = ", ".join(rows[0]), ", ".join(f":{name}" for name in rows[0])
        self.execute(f"INSERT INTO {table} ({names}) VALUES ({binds})", rows)

    def units(self, *codes: str, **columns: Any) -> None:
        """Add units, all with the same other columns."""
        values = {"name": "Trạm Y tế Phường 1", "unit_type": "health_centre", "listed_on": date(2021, 3, 8)} | columns
        self.insert("reference.unit", [values | {"unit_code": code} for code in codes])

    def upload(self, unit: str | None, received_on: date, kind: str = "upload", **columns: Any) -> int:
        """One intake.upload; returns its id."""
        upload_id = self.execute("SELECT nextval('intake.upload_id_seq')").scalar_one()
        values = {
            "upload_id": upload_id,
            "unit_code": unit,
            "kind": kind,
            "file_name": f"{upload_id}.csv",
            "source_path": "s",
            "archive_path": "a",
            "sha256": f"{upload_id:064x}",
            "size_bytes": 1,
            "modified_at": datetime.combine(received_on, time(4), tzinfo=UTC),
            "language": "vi",
            "received_on": received_on,
            "received_at": datetime.combine(received_on, time(5), tzinfo=UTC),
            "status": "loaded",
        }
        self.insert("intake.upload", [values | columns])
        return upload_id

    def apply_reports(self, *files: ReportFile) -> None:
        """Apply the files as one batch; `outcomes` and `issues` then tell of its lines, in order."""
        from vaxtally import db, stats

        db.run_script(self.connection, db.statement("intake/batch_report_row/create"))
        rows: list[dict[str, Any]] = []
        for sender, received_on, lines in files:
            upload_id = self.upload(sender, received_on, "report")
            for row_number, line in enumerate(lines, 1):
                place = {"upload_id": upload_id, "row_number": row_number, "line": row_number + 1}
                sent = {"sender_unit_code": sender, "received_on": received_on, "seq": len(rows) + 1}
                rows.append(place | sent | _staged(line))
        if rows:
            self.insert("batch_report_row", rows)
        stats.apply(self.connection)
        self.outcomes = list(self.execute("SELECT outcome FROM batch_report_row ORDER BY seq").scalars())
        sql = "SELECT seq, rule, value, message_values ->> 'previous' FROM batch_issue ORDER BY seq, rule"
        self.issues = [tuple(row) for row in self.execute(sql)]
        db.run_script(self.connection, "DROP VIEW batch_verdict; DROP TABLE batch_report_row, batch_issue")

    def dose(
        self,
        unit: str,
        day: date,
        vaccine: str = "PFIZER",
        dose: int = 1,
        *,
        received_on: date | None = None,
        times: int = 1,
        source: str = "administered",
        voided_on: date | None = None,
    ) -> list[int]:
        """Enter doses of `times` new persons on the day itself, or later; returns their ids."""
        received_on = received_on or day
        upload_id = self.upload(unit, received_on)
        sql = """
            WITH person AS (
                INSERT INTO registry.person (
                    full_name, name_key, sex, birth_date, birth_date_precision, created_by_upload_id
                )
                SELECT 'Nguyễn Thị An', 'nguyen thi an', 'female', '1980-01-01', 'day', :upload_id
                FROM generate_series(1, :times) RETURNING person_id
            )
            INSERT INTO registry.dose (
                person_id, unit_code, vaccine, dose_number, given_on, source, upload_id, row_number, received_on,
                entry_hash, voided_at, voided_on
            )
            SELECT
                person_id, :unit, :vaccine, :dose, :day, :source, :upload_id, 1, :received_on, gen_random_uuid(),
                CAST(CAST(:voided_on AS date) AS timestamptz), CAST(:voided_on AS date)
            FROM person RETURNING dose_id
        """
        values = {"unit": unit, "day": day, "vaccine": vaccine, "dose": dose, "times": times, "source": source}
        more = {"upload_id": upload_id, "received_on": received_on, "voided_on": voided_on}
        return list(self.execute(sql, values | more).scalars())

    def gaps(self, as_of: date) -> dict[tuple[Any, ...], Any]:
        """tally.entry_gap_as_of by (unit, day, vaccine, dose number)."""
        rows = self.execute("SELECT * FROM tally.entry_gap_as_of(:as_of)", {"as_of": as_of})
        return {(row.unit_code, row.given_on, row.vaccine, row.dose_number): row for row in rows}


def _staged(line: Line) -> dict[str, Any]:
    unit_code, given_on, vaccine, dose_number, doses_given = line
    return {
        "shard": 1,
        "original": "",
        "unit_code_text": unit_code,
        "unit_code": unit_code,
        "given_on": given_on,
        "vaccine": vaccine,
        "dose_number": dose_number,
        "doses_given_text": str(doses_given),
        "doses_given": doses_given,
    }
