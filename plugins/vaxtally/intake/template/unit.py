"""The unit that a template is made for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vaxtally import db
from vaxtally.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Engine


@dataclass(frozen=True)
class Unit:
    """`codes`: whose doses it may enter: its own code first, then those of the open units below it."""

    code: str
    name: str
    language: str
    codes: tuple[str, ...]


def find_unit(engine: "Engine", unit_code: str) -> Unit:
    """The unit of the list. Raises UsageError for a code that is not on it."""
    with engine.connect() as connection:
        found = db.run(connection, "reference/unit/select_one", {"unit_code": unit_code}).one_or_none()
    if found is None:
        raise UsageError(f"Unit {unit_code} is not on the list of units.")
    return Unit(found.unit_code, found.name, found.language, tuple(found.unit_codes))
