"""Which files are answered for by mail, and to whom."""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.outreach import delivery, ledger, receipt
from vaxtally.outreach.summary import OutreachSummary

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from vaxtally.settings import Settings


def send_receipts(engine: "Engine", as_of: date, settings: "Settings") -> OutreachSummary:
    """Write a receipt for every answered file that needs one (setting `receipts`), then send what waits.

    Whether a file gets one is decided once, when it is answered; one mail for each file and address. What is written
    commits before anything is sent. Raises SettingsError before anything changes.
    """
    delivery.check_settings(settings)
    left = delivery.take_over(engine, settings)
    with engine.begin() as connection:
        ledger.lock(connection)
        db.run(connection, "outreach/message/withdraw_receipts", {"not_before": settings.mail_not_before})
        files = db.run(connection, "outreach/receipt/select_due").all()
        due = [file for file in files if _is_due(file, settings)]
        written, without_address = _write(connection, due, settings)
        db.run(connection, "outreach/receipt/insert", {"upload_ids": [file.upload_id for file in files]})
    return OutreachSummary(
        kind=receipt.KIND,
        as_of=as_of,
        written=written,
        delivery=replace(left, undecided=0) + delivery.deliver_queued(engine, settings, receipt.KIND),
        units_without_address=tuple(sorted(without_address)),
        units_closed=tuple(sorted({file.unit_code for file in due if _is_closed(file)})),
    )


def _is_due(file: Any, settings: "Settings") -> bool:
    if settings.receipts == "never":
        return False
    if settings.mail_not_before and file.received_on < settings.mail_not_before:
        return False
    return settings.receipts == "always" or file.status == "quarantined" or file.rows_rejected + file.rows_held > 0


def _is_closed(file: Any) -> bool:
    """Whether the unit had closed when the file came in."""
    return file.closed_on is not None and file.closed_on <= file.received_on


def _write(connection: "Connection", due: list[Any], settings: "Settings") -> tuple[int, set[str]]:
    """Bring the ledger up to these files; the number of new mails, and the units that nobody can write to."""
    from vaxtally.outreach.transport import addresses, sender

    reasons = _reasons(connection, [file.upload_id for file in due])
    contact = sender(settings)
    written, without_address = 0, set()
    for file in due:
        if _is_closed(file):
            continue
        usable, _ = addresses(file.data_officer_email)
        if not usable:
            without_address.add(file.unit_code)
            continue
        draft = receipt.write(receipt.receipt(file, reasons.get(file.upload_id, {}), settings), contact)
        written += sum(ledger.write(connection, draft.to(address, file.data_officer_name)) for address in usable)
    return written, without_address


def _reasons(connection: "Connection", upload_ids: list[int]) -> dict[int, dict[str, list[tuple[str, int]]]]:
    """By upload and outcome: (rule, rows), the most frequent first."""
    found: dict[int, dict[str, list[tuple[str, int]]]] = {}
    for row in db.run(connection, "outreach/receipt/count_reasons", {"upload_ids": upload_ids}):
        found.setdefault(row.upload_id, {}).setdefault(row.outcome, []).append((row.rule, row.rows))
    return found
