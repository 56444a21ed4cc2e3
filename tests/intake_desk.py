"""An intake desk for tests: made-up units drop files, the real run takes them in, and the answers are read back."""

import csv
import io
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from vaxtally import oneshot
from vaxtally.place import Place
from vaxtally.settings import Settings

AUG_10 = date(2021, 8, 10)
AUG_11 = date(2021, 8, 11)
# 10 August 2021, 08:00 in the city: files of a test are that old, a second apart, unless it says otherwise.
MORNING = 1_628_557_200

UNIT_HEADER = (
    "unit_code,name,unit_type,district_code,parent_unit_code,language,"
    "data_officer_name,data_officer_email,head_name,head_email,opened_on,closed_on"
)
HEADER = (
    "Họ và tên", "Giới tính", "Ngày sinh", "CCCD", "Số điện thoại", "Quận/Huyện",
    "Vắc xin", "Số lô", "Mũi", "Ngày tiêm",
)  # fmt: skip
REPORT_HEADER = ("Ngày", "Vắc xin", "Mũi", "Số mũi tiêm")
RESULT_COLUMNS = ["row_number", "sheet", "line", "outcome", "rule", "severity", "column", "value", "message"]
OUTCOMES = ("loaded", "updated", "voided", "duplicate", "held", "rejected")

FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Đặng", "Bùi")
GIVEN = ("Hoàng Anh", "Quốc Bảo", "Minh Châu", "Văn Dũng", "Ngọc Hà", "Thanh Lâm", "Bích Ngọc", "Đức Tài", "Kim Yến")

# Tables of which a second run with nothing new may change nothing. Alembic's and the reference lists aside.
_SCHEMAS = "('intake', 'registry', 'stats', 'tally', 'outreach', 'reference')"


def person(number: int, **changes: str) -> dict[str, str]:
    """A sound row of made-up man `number`: all of the rows of HEADER, by header."""
    row = {
        "Họ và tên": f"{FAMILIES[number % 7]} {GIVEN[number % 9]}",
        "Giới tính": "Nam",
        "Ngày sinh": f"{number % 28 + 1:02d}/{number % 12 + 1:02d}/1980",
        "CCCD": f"079080{number + 100_000:06d}",
        "Số điện thoại": f"09031{number + 10_000:05d}",
        "Quận/Huyện": "Quận 1",
        "Vắc xin": "Pfizer",
        "Số lô": "FF0884",
        "Mũi": "1",
        "Ngày tiêm": "09/08/2021",
    }
    return {**row, **changes}


def people(*numbers: int, **changes: str) -> list[dict[str, str]]:
    return [person(number, **changes) for number in numbers]


def csv_bytes(rows: Iterable[dict[str, str]], header: Iterable[str] = HEADER) -> bytes:
    target = io.StringIO()
    writer = csv.DictWriter(target, list(header), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue().encode("utf-8-sig")


@dataclass(frozen=True)
class Answered:
    """The two result files of an upload."""

    lines: list[dict[str, str]]
    summary: dict[str, Any]

    @property
    def status(self) -> str:
        return self.summary["status"]

    @property
    def outcomes(self) -> dict[str, int]:
        """The outcomes that occur, from the summary."""
        return {name: self.summary[f"rows_{name}"] for name in OUTCOMES if self.summary[f"rows_{name}"]}

    def rules(self, row_number: int) -> set[str]:
        return {line["rule"] for line in self.lines if line["row_number"] == str(row_number)}


def _local(place: Place) -> Path:
    assert isinstance(place, Path)
    return place


class Inbox:
    """Drop folders and the others, without a database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(
            home=folder / "home",
            inbox=folder / "inbox",
            outbox=folder / "outbox",
            rest_seconds=0.0,
        )
        self.inbox.mkdir()
        self._second = MORNING

    @property
    def inbox(self) -> Path:
        return _local(self.settings.inbox)

    @property
    def outbox(self) -> Path:
        return _local(self.settings.outbox)

    @property
    def archive(self) -> Path:
        return _local(self.settings.archive)

    @property
    def quarantine(self) -> Path:
        return _local(self.settings.quarantine)

    def list_units(self, **languages: str) -> Path:
        """Write units.csv: HOC-1 (vi) with HOC-1A below it and HOC-2 (en), or the units given by language."""
        languages = languages or {"HOC-1": "vi", "HOC-1A": "vi", "HOC-2": "en"}
        lines = [
            f"{code},Trạm Y tế {code},health_centre,760,{'HOC-1' if code == 'HOC-1A' else ''},{language},"
            f"Lê An,{code.lower()}@example.vn,,,,"
            for code, language in languages.items()
        ]
        path = self.inbox / "units.csv"
        path.write_text("\n".join([UNIT_HEADER, *lines]) + "\n", encoding="utf-8")
        return path

    def put(
        self,
        name: str | bytes,
        content: bytes | Iterable[dict[str, str]],
        unit: str | None = "HOC-1",
        kind: str = "uploads",
        at: float | None = None,
    ) -> Path:
        """Drop a file: as bytes, or rows by header."""
        folder = self.inbox / (unit or "") / kind
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / os.fsdecode(name)
        rows = content if isinstance(content, bytes) else list(content)
        if not isinstance(rows, bytes):
            rows = csv_bytes(rows, rows[0] if rows else HEADER)
        path.write_bytes(rows)
        self._second += 1
        moment = at or self._second
        os.utime(path, (moment, moment))
        return path

    def waiting(self) -> list[str]:
        """What lies in the drop folders, the unit list aside."""
        inbox = self.inbox
        return sorted(
            str(path.relative_to(inbox)) for path in inbox.rglob("*") if path.is_file() and path.name != "units.csv"
        )

    def files(self, base: Path | None = None) -> dict[str, tuple[bytes, int, int]]:
        """Content, time (ns) and mode of every file below the outbox, or another folder."""
        base = self.outbox if base is None else base
        return {
            str(path.relative_to(base)): (path.read_bytes(), (stat := path.stat()).st_mtime_ns, stat.st_mode & 0o777)
            for path in sorted(base.rglob("*"))
            if path.is_file()
        }


class Desk(Inbox):
    """An inbox with its registry."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        super().__init__(folder)
        self.engine = engine
        self.url = engine.url.render_as_string(hide_password=False)
        self.settings = self.settings.with_changes(registry_url=self.url)

    def clear(self) -> None:
        """Forget everything but the reference lists: quicker than a fresh database."""
        tables = self.query(
            f"SELECT table_schema || '.' || table_name FROM information_schema.tables AS t"
            f" WHERE table_schema IN {_SCHEMAS} AND table_type = 'BASE TABLE'"
            " AND (table_schema <> 'reference' OR table_name LIKE 'unit%')"
        )
        with self.engine.begin() as connection:
            # Without the foreign keys' triggers the order does not matter.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for (name,) in tables:
                connection.execute(text(f"DELETE FROM {name}"))

    def run(self, as_of: date = AUG_10, **changes: Any) -> dict[str, Any]:
        """One pass through the real run; whatever it took in must add up."""
        summary = oneshot.run_once(self.engine, self.settings.with_changes(**changes), as_of)
        self.check_sums()
        return summary

    def check_sums(self) -> None:
        """Conservation, upload by upload: the counts agree with the lines of the answer and with what is kept."""
        wrong = self.query(
            "SELECT u.upload_id, o.outcome FROM intake.upload AS u"
            " CROSS JOIN LATERAL (VALUES ('updated', u.rows_updated), ('voided', u.rows_voided),"
            " ('duplicate', u.rows_duplicate), ('held', u.rows_held), ('rejected', u.rows_rejected)"
            ") AS o (outcome, rows)"
            " WHERE o.rows <> (SELECT count(DISTINCT i.row_number) FROM intake.row_issue AS i"
            "  WHERE i.upload_id = u.upload_id AND i.row_number > 0 AND i.outcome = o.outcome)"
            " OR u.rows_rejected + u.rows_held <> (SELECT count(*) FROM intake.row AS r"
            "  WHERE r.upload_id = u.upload_id AND r.outcome IN ('rejected', 'held'))"
        )
        assert wrong == []
        loaded = "SELECT coalesce(sum(rows_loaded), 0) FROM intake.upload WHERE kind = 'upload'"
        assert self.query(loaded) == self.query("SELECT count(*) FROM registry.dose WHERE source = 'administered'")

    def answer(self, name: str, folder: str = "HOC-1") -> Answered:
        base = self.outbox / folder
        content = (base / f"{name}.result.csv").read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        lines = list(reader)
        assert reader.fieldnames == RESULT_COLUMNS
        return Answered(lines, json.loads((base / f"{name}.result.json").read_bytes()))

    def query(self, sql: str, **binds: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(sql), binds).all())

    def execute(self, sql: str, **binds: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(sql), binds)

    def uploads(self) -> list[Any]:
        return self.query("SELECT * FROM intake.upload ORDER BY upload_id")

    def statuses(self) -> list[tuple[str, str]]:
        return [(upload.file_name, upload.status) for upload in self.uploads()]

    def dump(self) -> dict[str, list[str]]:
        """Every table's rows as JSON, as they stand."""
        tables = self.query(
            f"SELECT table_schema || '.' || table_name FROM information_schema.tables"
            f" WHERE table_schema IN {_SCHEMAS} AND table_type = 'BASE TABLE' ORDER BY 1"
        )
        return {
            name: sorted(row for (row,) in self.query(f"SELECT to_jsonb(t)::text FROM {name} AS t"))
            for (name,) in tables
        }

    def natural(self) -> dict[str, list[Any]]:
        """What the registry and the statistics say, without surrogate ids and clocks."""
        return {
            "doses": self.query(
                "SELECT p.full_name, p.birth_date, d.unit_code, d.vaccine, d.dose_number, d.given_on, d.lot_number,"
                " d.source, d.received_on, u.file_name, d.row_number, d.voided_on"
                " FROM registry.dose AS d JOIN registry.person AS p USING (person_id)"
                " JOIN intake.upload AS u ON d.upload_id = u.upload_id ORDER BY 1, 2, 3, 4, 5, 6"
            ),
            "identifiers": self.query(
                "SELECT p.full_name, i.kind, i.value, i.trusted FROM registry.person_identifier AS i"
                " JOIN registry.person AS p USING (person_id) ORDER BY 1, 2, 3"
            ),
            "figures": self.query(
                "SELECT unit_code, given_on, vaccine, dose_number, doses_given, revision, source"
                " FROM stats.report ORDER BY 1, 2, 3, 4, 6"
            ),
            "rows": self.query(
                "SELECT u.unit_code, u.file_name, i.row_number, i.outcome, i.rule, i.message FROM intake.row_issue AS i"
                " JOIN intake.upload AS u USING (upload_id) ORDER BY 1, 2, 3, 5, 6"
            ),
        }
