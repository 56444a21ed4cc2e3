"""What files are judged by: rules, suites, statements, readers, lists and settings; a version kept with each file."""

import hashlib
import json
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaxtally import db, paths

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from vaxtally.settings import Settings

# Settings that a rule looks at.
RULE_SETTINGS = (
    "campaign_start_on",
    "late_entry_days",
    "mostly_rejected_share",
    "mostly_rejected_min_rows",
    "timezone",
)
# A part is all that can change one kind of verdict, so that two versions say what differs between them.
_PARTS = {
    "rules": (paths.REFERENCE / "rules.csv",),
    "suites": (paths.EXPECTATIONS, paths.PACKAGE / "quality"),
    "statements": (paths.SQL / "registry", paths.SQL / "stats", paths.SQL / "intake" / "staged_issue"),
    "readers": (paths.PACKAGE / "intake" / "read", paths.PACKAGE / "intake" / "canonical"),
    "vaccines": (paths.REFERENCE / "vaccines.csv",),
    "vaccine_pairs": (paths.REFERENCE / "vaccine_pairs.csv",),
    "foreign_vaccines": (paths.REFERENCE / "foreign_vaccines.csv",),
    "districts": (paths.REFERENCE / "districts.csv",),
    "likeness": (paths.REFERENCE / "match_weights.csv", paths.REFERENCE / "name_frequencies.csv"),
}
_SUFFIXES = (".csv", ".json", ".sql", ".py")


def current_ruleset(connection: "Connection", settings: "Settings") -> int:
    """The id of the present combination of rules, lists and settings; noted where no file was judged by it before."""
    found: dict[str, Any] = {
        "parts": parts(),
        "unit_list_sha256": db.run(connection, "reference/unit_list/select_last_loaded").scalar(),
        "settings": {name: str(getattr(settings, name)) for name in RULE_SETTINGS},
        "vaxtally_version": version("vaxtally"),
    }
    sha256 = hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()
    as_json = {name: json.dumps(found[name]) for name in ("parts", "settings")}
    db.run(connection, "intake/ruleset/insert", {**found, **as_json, "sha256": sha256})
    return db.run(connection, "intake/ruleset/select", {"sha256": sha256}).scalar_one()


@cache
def parts() -> dict[str, str]:
    """SHA-256 of each part, as the files stood when this process first asked."""
    return {name: _digest(places) for name, places in _PARTS.items()}


def _digest(places: tuple[Path, ...]) -> str:
    digest = hashlib.sha256()
    for place in places:
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        for file in files:
            if file.suffix in _SUFFIXES:
                digest.update(f"{file.relative_to(place.parent).as_posix()}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
