"""Reported figures become revisions: numbered for each key, in the order in which the files came."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vaxtally import db

if TYPE_CHECKING:
    from sqlalchemy import Connection


def apply(connection: "Connection") -> None:
    """Store the batch's undecided report lines as revisions, in the caller's transaction, under the apply lock.

    Reads and completes the temporary tables `batch_report_row` and `batch_issue`; `intake.upload` has the files.
    Files of the batch end as if applied one after the other. Every undecided line ends as `loaded`, or `rejected`
    where a unit reports on a unit that is neither itself nor below it. A figure equal to the one that stands, from
    the same source, is no new revision. When a figure was received is its upload's to say.
    """
    db.run(connection, "stats/batch_report_row/reject_other_units")
    db.run(connection, "stats/batch_figure/create")
    db.run(connection, "stats/batch_issue/insert_lowered")
    db.run(connection, "stats/batch_issue/insert_outlier")
    db.run(connection, "stats/report/insert")
    db.run(connection, "stats/batch_report_row/load")
    db.run(connection, "stats/batch_figure/drop")


def leave_revised(connection: "Connection") -> Sequence[Any]:
    """Of report lines that are judged again, take those out of the batch on which a later file has the last word.

    Lines that contradict what their own file said when it came are rejected. Returns the upload and row number of
    those taken out. Before `apply`.
    """
    left = db.run(connection, "stats/batch_report_row/delete_revised").all()
    db.run(connection, "stats/batch_report_row/reject_contradictions")
    return left
