"""Reviews: what is held and waits for a person, what may be decided on it, and what was.

A decision is a line of `registry.review_decision`; the row it is about is then judged again like any other, with what
was decided (`rule`). To reopen takes back what came of it, so that the row can wait anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

IDENTITY_RULES = ("record.identity_conflict", "record.possible_match")
DOSE_RULES = ("record.same_dose_other_unit", "record.same_day_dose")
PERSON_DECISIONS = ("same_person", "new_person")
# What may be decided, by the rule that holds the row; `drop` always.
ANSWERS = {
    **dict.fromkeys(IDENTITY_RULES, PERSON_DECISIONS),
    **dict.fromkeys(DOSE_RULES, ("keep_this", "keep_other", "keep_both")),
    "record.voided_before": ("apply",),
}
WORDS = {
    "same_person": "--same PERSON",
    "new_person": "--different",
    "keep_this": "--keep this",
    "keep_other": "--keep other",
    "keep_both": "--keep both",
    "apply": "--apply",
    "drop": "--drop",
}


@dataclass(frozen=True)
class Ruling:
    """What a reviewer decides; `person_id` with `same_person` only."""

    decision: str
    person_id: int | None = None


@dataclass(frozen=True)
class Decided:
    """Who decides, why, and as of which business day."""

    by: str
    reason: str
    as_of: date


def open_review(connection: "Connection", review_id: int) -> Any:
    """A review that waits. Raises UsageError, with how it ended, where it does not."""
    review = find_review(connection, review_id)
    if review.status == "settled":
        raise UsageError(f"Review {review_id} was settled by {review.settled_by}: {review.decision}.")
    if review.status == "withdrawn":
        raise UsageError(f"Review {review_id} waits no more: {review.decision}.")
    return review


def find_review(connection: "Connection", review_id: int) -> Any:
    """Raises UsageError where there is no such review."""
    review = db.run(connection, "registry/review/select_one", {"review_id": review_id}).one_or_none()
    if review is None:
        raise UsageError(f"There is no review {review_id}.")
    return review


def settled_review(connection: "Connection", review_id: int) -> tuple[Any, Sequence[Any]]:
    """A review that reviewers have settled, and what they decided on its row that stands, in order.

    Raises UsageError where nobody did, or where there is nothing to take back any more.
    """
    review = find_review(connection, review_id)
    row = {"upload_id": review.upload_id, "row_number": review.row_number}
    standing = db.run(connection, "registry/review_decision/select_standing", row).all()
    if not standing:
        how = f"{review.status} by {review.settled_by}" if review.settled_by else "open"
        raise UsageError(f"Review {review_id} is {how}: there is no reviewer's decision to undo.")
    if review.closed_by_upload_id is not None:
        raise UsageError(f"The row of review {review_id} was sent anew since: there is nothing to reopen.")
    withdrawn = db.run(connection, "registry/dose/select_unmergeable", row).one_or_none()
    if withdrawn is not None:
        raise UsageError(
            f"The dose of review {review_id} was withdrawn since by row {withdrawn.row_number} of upload"
            f" {withdrawn.upload_id}: there is nothing to reopen."
        )
    if review.action != "new" and review.outcome != "rejected":
        raise UsageError(
            f"Review {review_id} applied a correction: what it changed is undone by the unit's next correction."
        )
    return review, standing


def identity_review(connection: "Connection", standing: Sequence[Any]) -> Any:
    """The review in which it was decided who a row speaks of; None: in none."""
    for decision in standing:
        if decision.decision in PERSON_DECISIONS:
            return find_review(connection, decision.review_id)
    return None


def touched_persons(connection: "Connection", review: Any) -> list[int]:
    """The persons that a review was about, as it stands."""
    now = find_review(connection, review.review_id)
    made = db.run(connection, "registry/review_decision/select_persons", {"review_id": review.review_id}).scalars()
    return sorted({*review.candidate_person_ids, *now.candidate_person_ids, *made})


def row_state(connection: "Connection", review: Any) -> tuple[str, int | None]:
    """What a review's row is now, and the open review that holds it, if one does."""
    row = {"upload_id": review.upload_id, "row_number": review.row_number}
    state = db.run(connection, "registry/review/select_row_state", row).one()
    return state.outcome, state.review_id


def read_ruling(connection: "Connection", review: Any, ruling: Ruling) -> Ruling:
    """The ruling as it is to be noted. Raises UsageError where it does not answer what the review asks."""
    from sqlalchemy import text

    if review.target_dose_id is not None and review.rule in IDENTITY_RULES and ruling.decision == "apply":
        holder = text("SELECT person_id FROM registry.dose WHERE dose_id = :dose_id")
        person_id = connection.execute(holder, {"dose_id": review.target_dose_id}).scalar_one()
        return Ruling("same_person", person_id)
    allowed = (*ANSWERS[review.rule], "drop")
    if ruling.decision not in allowed:
        ways = ", ".join(WORDS[each] for each in allowed)
        raise UsageError(f"Review {review.review_id} ({review.rule}) is settled by one of {ways}.")
    if ruling.decision == "same_person" and ruling.person_id not in review.candidate_person_ids:
        known = ", ".join(map(str, review.candidate_person_ids)) or "none"
        raise UsageError(
            f"Person {ruling.person_id} is no candidate of review {review.review_id}; its candidates: {known}."
        )
    return ruling


def note_decision(connection: "Connection", review_id: int, ruling: Ruling, decided: Decided) -> int:
    """Write the decision down; returns its id."""
    noted = {
        "review_id": review_id,
        "decision": ruling.decision,
        "person_id": ruling.person_id,
        "decided_by": decided.by,
        "reason": decided.reason,
        "as_of": decided.as_of,
    }
    return db.run(connection, "registry/review_decision/insert", noted).scalar_one()


def rule(connection: "Connection", held: Any = None) -> None:
    """Before a batch of rows that are judged again is decided: what reviewers have said of them.

    `held`: the review whose row is to wait anew with the same question of who it is.
    """
    bind = {
        "held_upload_id": held.upload_id if held else None,
        "held_row_number": held.row_number if held else None,
        "held_rule": held.rule if held else None,
    }
    db.run(connection, "registry/batch_made/insert")
    db.run(connection, "registry/batch_ruling/insert", bind)
    db.run(connection, "registry/batch_row/close_ruled")
    db.run(connection, "registry/batch_issue/insert_ruled")


def withdraw_met(connection: "Connection", review_id: int, as_of: date, received_at: datetime) -> None:
    """Take out of effect the doses that the row of a review met: the row is kept in their place."""
    db.run(connection, "registry/batch_yielded/insert_met", {"review_id": review_id})
    db.run(connection, "registry/dose/yield", {"as_of": as_of, "received_at": received_at})


def take_back(connection: "Connection", review: Any, undone: Sequence[Any], as_of: date, received_at: datetime) -> None:
    """Undo what came of decisions on a row: its dose and those of the batch's other rows, the person as before.

    The batch holds the row and all that may have followed it; each is then asked again who it is.
    """
    row = {"upload_id": review.upload_id, "row_number": review.row_number, "as_of": as_of}
    db.run(connection, "registry/batch_yielded/insert_made")
    db.run(connection, "registry/dose/yield", {"as_of": as_of, "received_at": received_at})
    db.run(connection, "registry/dose/restore_yielded", row)
    persons = [decision.person_id for decision in undone if decision.person_id is not None]
    db.run(connection, "registry/match_decision/delete_undone", {**row, "person_ids": persons})
    for decision in reversed(undone):
        bind = {"review_decision_id": decision.review_decision_id}
        if decision.decision == "same_person":
            db.run(connection, "registry/person/restore", bind)
            db.run(connection, "registry/person_phone/delete_unmerged", bind)
            db.run(connection, "registry/person_identifier/delete_unmerged", bind)
            db.run(connection, "registry/person_identifier/restore", bind)
            db.run(connection, "registry/person/tell_number_ends", bind)
            db.run(connection, "registry/identifier_claim/delete_unmerged", bind)
            db.run(connection, "registry/identifier_claim/restore", bind)
        elif decision.decision == "new_person":
            db.run(connection, "registry/person_identifier/delete_unfounded", bind)
            db.run(connection, "registry/person/tell_number_ends", bind)


def close_judged(connection: "Connection", by: str, what: str, as_of: date) -> None:
    """After the batch is decided: reviews that wait no more, what became of the rows, declarations that are free."""
    db.run(connection, "registry/review/settle", {"decided_by": by, "decision": what})
    db.run(connection, "registry/review_decision/update_outcome")
    db.run(connection, "registry/match_decision/insert_ruled")
    db.run(connection, "registry/dose/free_declared", {"as_of": as_of})
