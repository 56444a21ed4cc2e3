"""Why doses are missing, in words: each cause with whose task it is and what to do."""

from vaxtally.outreach.letter import DEPARTMENTS_CAUSES, Letter
from vaxtally.outreach.words import Words


def told(letter: Letter, t: Words) -> list[dict[str, object]]:
    """Each cause with its doses, whose task it is and what to do."""
    return [
        {
            "name": t(f"cause.{cause}"),
            "todo": t(f"cause.{cause}_todo"),
            "missing": missing,
            "whose": whose(cause, t),
            "tone": "water" if cause in DEPARTMENTS_CAUSES else "amber",
        }
        for cause, missing in letter.causes.items()
    ]


def shares(letter: Letter, t: Words) -> str:
    """Where both have something to do: how much each."""
    if not letter.departments or letter.is_departments:
        return ""
    unit = letter.missing - letter.departments
    return t("cause.shares", unit=t.number(unit), department=t.number(letter.departments))


def whose(cause: str, t: Words) -> str:
    """Who has to do something about it, or has done so."""
    if cause == "other_unit":
        return t("cause.whose_settled")
    return t("cause.whose_department" if cause in DEPARTMENTS_CAUSES else "cause.whose_unit")
