"""What counts as a gap, for each type of unit.

The plain settings hold for every type; `VAXTALLY_GAP_POLICIES` says otherwise for some, as in
`private_clinic:grace_days=2,min_gap=5;cdc:silent_days=7`. Each reconciliation notes the policies it went by
(tally.gap_policy), and whoever reads that day again goes by those.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

from vaxtally.reference import UNIT_TYPES


@dataclass(frozen=True, kw_only=True)
class GapPolicy:
    """Of one type of unit. Raises ValueError where a value is out of bounds."""

    # day D is due when D + grace_days < as_of
    grace_days: int = 1
    # doses: a unit of which fewer are missing over the days it is asked about is no case
    min_gap: int = 1
    # of a day's reported doses: where no larger share is missing, the day is not asked about
    tolerance_share: float = 0.0
    # days without report and upload after which an open unit is silent
    silent_days: int = 3

    def __post_init__(self) -> None:
        if self.grace_days < 0 or self.min_gap < 1 or self.silent_days < 1 or not 0 <= self.tolerance_share < 1:
            raise ValueError(
                "grace_days must be at least 0, min_gap and silent_days at least 1,"
                " tolerance_share at least 0 and below 1"
            )


@dataclass(frozen=True)
class GapPolicies:
    """The policy of every type of unit."""

    by_type: Mapping[str, GapPolicy]

    def of(self, unit_type: str) -> GapPolicy:
        """Raises KeyError for a type that there is not."""
        return self.by_type[unit_type]

    def as_json(self) -> str:
        """As the statements of the tally take them: the bind `policies`."""
        return json.dumps({kind: asdict(policy) for kind, policy in self.by_type.items()}, sort_keys=True)


def read_policies(plain: GapPolicy, text: str | None) -> GapPolicies:
    """The policies of all types: `plain`, but for what the text says. Raises ValueError with the reason."""
    found = dict.fromkeys(sorted(UNIT_TYPES), plain)
    for part in filter(None, (part.strip() for part in (text or "").split(";"))):
        kind, _, values = part.partition(":")
        if kind.strip() not in found:
            raise ValueError(f"there is no unit type {kind.strip()!r}")
        found[kind.strip()] = _changed(found[kind.strip()], values)
    return GapPolicies(found)


def _changed(policy: GapPolicy, values: str) -> GapPolicy:
    kinds = {each.name: type(each.default) for each in fields(GapPolicy)}
    changes = {}
    for part in filter(None, map(str.strip, values.split(","))):
        name, _, value = (word.strip() for word in part.partition("="))
        if name not in kinds:
            raise ValueError(f"a policy has {', '.join(kinds)}, and no {name!r}")
        changes[name] = kinds[name](value)
    return replace(policy, **changes)
