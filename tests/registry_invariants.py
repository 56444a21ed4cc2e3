"""What holds of any registry, whatever was done to it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine


def persons_without_number_ends(engine: "Engine") -> list[int]:
    """Ids of persons of whose numbers `number_ends` does not tell: likeness would not find them. There are none."""
    from sqlalchemy import text

    question = text(
        "SELECT p.person_id FROM registry.person AS p JOIN registry.person_identifier AS i USING (person_id)"
        " WHERE p.number_ends & registry.number_ends(i.kind, i.value) <> registry.number_ends(i.kind, i.value)"
    )
    with engine.connect() as connection:
        return list(connection.execute(question).scalars())
