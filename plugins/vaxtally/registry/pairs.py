"""Two persons who are both registered: who may be one, and what follows where they are.

The merged person stays as it was; its keys lead to the one that is kept (`merged_into_person_id`), its doses are that
one's. So it can be parted again.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.errors import UsageError
from vaxtally.registry import persons

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from vaxtally.registry.reviews import Decided

# Of two doses that cannot both be of one person: the kept person's, the other's, or both for all that.
KEEP = ("kept", "other", "both")


@dataclass(frozen=True)
class MergedDoses:
    """Ids of the doses that become the kept person's, and of those that are withdrawn."""

    moved: list[int]
    withdrawn: list[int]


def check_mergeable(connection: "Connection", person_id: int, other_person_id: int) -> None:
    """Raises UsageError where the other person cannot be merged into this one."""
    if person_id == other_person_id:
        raise UsageError("Name two different persons.")
    found = {
        person.person_id: person
        for person in db.run(connection, "registry/person/select_pair", {"person_ids": [person_id, other_person_id]})
    }
    for each in (person_id, other_person_id):
        if each not in found:
            raise UsageError(f"There is no person {each}.")
        into = found[each].merged_into_person_id
        if into is not None:
            raise UsageError(f"Person {each} was merged into person {into}: name that one.")
    if found[other_person_id].stands_for_others:
        raise UsageError(
            f"Others were merged into person {other_person_id}: merge person {person_id} into that one, or part them."
        )


def plan_doses(connection: "Connection", person_id: int, other_person_id: int, keep: str | None) -> MergedDoses:
    """What becomes of the doses; `keep` is one of KEEP. Raises UsageError where it is needed and not said."""
    bind = {"person_id": person_id, "other_person_id": other_person_id}
    found = db.run(connection, "registry/dose/select_of_merge", bind).all()
    withdrawn: set[int] = set()
    asked = []
    for dose in found:
        if dose.met_dose_id is None:
            continue
        if not dose.gives_way:
            asked.append(f"{dose.met_dose_id} and {dose.dose_id}")
            if keep == "both":
                continue
        met_goes = dose.met_gives_way or (keep == "other" and (dose.is_same_record or not dose.gives_way))
        withdrawn.add(dose.met_dose_id if met_goes else dose.dose_id)
    if asked and keep is None:
        raise UsageError(f"Doses {'; '.join(asked)} cannot both be of one person: say --keep kept, other or both.")
    return MergedDoses(sorted({dose.dose_id for dose in found}), sorted(withdrawn))


def merge(
    connection: "Connection",
    pair: tuple[int, int],
    doses: MergedDoses,
    decided: "Decided",
    received_at: datetime,
) -> None:
    """Merge the second person into the first."""
    _note(connection, "merge_persons", pair, decided, doses)
    chosen = {"moved": doses.moved, "withdrawn": doses.withdrawn, "person_id": pair[0]}
    db.run(connection, "registry/dose/merge", {**chosen, "as_of": decided.as_of, "received_at": received_at})
    db.run(connection, "registry/person/merge", {"person_id": pair[1], "into_person_id": pair[0]})
    _close_pair(connection, pair, "merged")


def _note(
    connection: "Connection",
    decision: str,
    pair: tuple[int, int],
    decided: "Decided",
    doses: MergedDoses = MergedDoses([], []),
) -> int:
    """Write down what a reviewer decides of two persons; returns the decision's id."""
    noted = {
        "decision": decision,
        "person_id": pair[0],
        "other_person_id": pair[1],
        "decided_by": decided.by,
        "reason": decided.reason,
        "as_of": decided.as_of,
        "moved": doses.moved,
        "withdrawn": doses.withdrawn,
    }
    return db.run(connection, "registry/review_decision/insert_pair", noted).scalar_one()


def keep_apart(connection: "Connection", pair: tuple[int, int], decided: "Decided") -> None:
    """Two persons are two: the pair waits no more."""
    _note(connection, "keep_apart", pair, decided)
    _close_pair(connection, pair, "apart")


def standing_merge(connection: "Connection", person_id: int) -> Any:
    """The merge of a person into another one. Raises UsageError where none stands."""
    found = db.run(connection, "registry/review_decision/select_merge", {"person_id": person_id}).one_or_none()
    if found is None:
        raise UsageError(f"Person {person_id} was not merged into another one.")
    return found


def take_back_rows(connection: "Connection", standing: Any, as_of: date, received_at: datetime) -> None:
    """What the rows of the batch brought the kept person since the merge goes; each is then asked again who it is."""
    bind = {"review_decision_id": standing.review_decision_id}
    db.run(connection, "registry/batch_yielded/insert_made")
    db.run(connection, "registry/dose/yield", {"as_of": as_of, "received_at": received_at})
    followed = {"upload_id": 0, "row_number": 0, "person_ids": [standing.person_id]}
    db.run(connection, "registry/match_decision/delete_undone", followed)
    for step in (
        "registry/person/restore",
        "registry/person_phone/delete_unmerged",
        "registry/person_identifier/delete_unmerged",
        "registry/person_identifier/restore",
        "registry/identifier_claim/delete_unmerged",
        "registry/identifier_claim/restore",
    ):
        db.run(connection, step, bind)


def part(connection: "Connection", person_id: int, standing: Any, decided: "Decided") -> None:
    """Undo a merge: the person's keys are its own again, and its doses."""
    pair = (standing.person_id, person_id)
    part_id = _note(connection, "part_persons", pair, decided)
    undone = {"review_decision_id": standing.review_decision_id}
    db.run(connection, "registry/dose/part", {**undone, "as_of": decided.as_of})
    db.run(connection, "registry/person/merge", {"person_id": person_id, "into_person_id": None})
    db.run(connection, "registry/review_decision/undo_merge", {**undone, "part_id": part_id})
    _close_pair(connection, pair, "open")


def _close_pair(connection: "Connection", pair: tuple[int, int], status: str) -> None:
    bind = {"person_id": pair[0], "other_person_id": pair[1], "status": status}
    db.run(connection, "registry/person_pair/update_status", bind)


def find(connection: "Connection", first_person_id: int, last_person_id: int, as_of: date) -> int:
    """Compare persons, by their ids, with everybody registered, as likeness compares rows; how many pairs are new.

    One transaction; its temporary tables go with it.
    """
    db.run_script(connection, db.statement("intake/batch_row/create"))
    db.run_script(connection, db.statement("registry/batch_entry/create"))
    chosen = {"first_person_id": first_person_id, "last_person_id": last_person_id, "as_of": as_of}
    if not db.run(connection, "registry/batch_row/insert_persons", chosen).rowcount:
        return 0
    for step in ("batch_identity", "batch_signature", "batch_key"):
        db.run(connection, f"registry/{step}/insert_persons")
    db.run_script(
        connection,
        "CREATE INDEX ON batch_key (sig); ANALYZE batch_row, batch_identity, batch_signature, batch_key",
    )
    db.run(connection, "registry/batch_shared_phone/insert")
    db.run(connection, "registry/batch_found/insert")
    db.run_script(connection, "ANALYZE batch_found, batch_shared_phone")
    db.run(connection, "registry/batch_candidate/insert", {"round": 1})
    persons.follow_merged(connection, 1)
    return db.run(connection, "registry/person_pair/insert", {"as_of": as_of}).rowcount
