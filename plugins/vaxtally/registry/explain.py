"""Why rows are one person, in words: numbers, name with phone or place, likeness, a reviewer's word."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vaxtally import db
from vaxtally.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

KINDS = {"cccd": "CCCD", "cmnd": "CMND", "passport": "passport", "health_insurance": "health insurance number"}


def explain_person(connection: "Connection", person_id: int) -> dict[str, Any]:
    """The person with `numbers` (masked), `doses` and their rows, `likeness` and `decisions`.

    Raises UsageError where there is none.
    """
    bind = {"person_id": person_id}
    person = db.run(connection, "registry/person/select_explained", bind).mappings().one_or_none()
    if person is None:
        raise UsageError(f"There is no person {person_id}.")

    def rows(statement: str) -> list[dict[str, Any]]:
        return [dict(row) for row in db.run(connection, statement, bind).mappings()]

    return {
        **person,
        "numbers": rows("registry/person_identifier/select_of_person"),
        "doses": rows("registry/dose/select_of_person"),
        "likeness": rows("registry/match_decision/select_of_person"),
        "decisions": rows("registry/review_decision/select_of_person"),
    }


def reasons(candidate: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
    """What speaks for and against a candidate of a held row, in words."""
    numbers = [KINDS[kind] for kind in candidate["shared_kinds"]]
    said = [f"the same {number}" for number in numbers]
    for name, agrees in (("name", "name_agrees"), ("birth date", "birth_agrees"), ("sex", "sex_agrees")):
        said.append(f"{'the same' if candidate[agrees] else 'another'} {name}")
    if row.get("phone"):
        said.append("the same phone" if candidate["phone_agrees"] else "another phone")
    if candidate["levels"]:
        compared = ", ".join(f"{field} {level}" for field, level in candidate["levels"].items())
        said.append(f"likeness {candidate['score']:.1f} bits ({compared})")
    return said
