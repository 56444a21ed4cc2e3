"""The project's settings. This is the only module that reads the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from vaxtally import paths
from vaxtally.errors import SettingsError

PREFIX = "VAXTALLY_"
MAIL_MODES = ("live", "redirect", "off")


def _env(default: Any, help_text: str) -> Any:
    return field(default=default, metadata={"help": help_text})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting, already typed. A field `x` is read from the environment variable `VAXTALLY_X`."""

    home: Path = _env(paths.ROOT / ".vaxtally", "where the embedded database, archive and quarantine live")
    registry_url: str | None = _env(None, "SQLAlchemy URL of a PostgreSQL 15 or later; unset: an embedded one")
    inbox: Path | None = _env(None, "drop folders; unset: inbox/ under the home")
    outbox: Path | None = _env(None, "where answers go; unset: outbox/ under the home")
    archive: Path | None = _env(None, "where taken-in files go; unset: archive/ under the home")
    quarantine: Path | None = _env(None, "where refused files go; unset: quarantine/ under the home")
    timezone: ZoneInfo = _env(ZoneInfo("Asia/Ho_Chi_Minh"), "zone of business dates")
    rest_seconds: float = _env(60.0, "seconds a file's size must have rested before it is taken in")
    retention_days: int = _env(730, "days an archived or quarantined file is kept at least")
    shards: int = _env(2, "shards a run packs its files into")
    campaign_start_on: date = _env(date(2021, 3, 8), "no dose was given before this day")
    late_entry_days: int = _env(14, "days after which an entry is remarked as late")
    mostly_rejected_share: float = _env(0.5, "share of rejected rows above which a file is quarantined")
    mostly_rejected_min_rows: int = _env(20, "rows from which that share is judged")
    grace_days: int = _env(1, "entries for day D are due by the end of D + grace")
    silent_days: int = _env(3, "days without report and upload after which an open unit is silent")
    mail_url: str | None = _env(None, "Apprise mailto:// (loopback only) or mailtos:// URL; recipients are added")
    mail_from: str = _env("vaxtally@localhost", "sender of every mail")
    mail_mode: str = _env("live", "live, redirect (all to one address) or off (queued)")
    mail_redirect_to: str | None = _env(None, "the address of mode redirect")
    mail_not_before: date | None = _env(None, "days before this one are never mailed about")
    digest_to: tuple[str, ...] = _env((), "the Department's addresses for the daily digest, separated by ;")
    digest_language: str = _env("vi", "language of the digest, vi or en")
    alert_url: str | None = _env(None, "any Apprise URL, told when a task fails")

    def __post_init__(self) -> None:
        if self.mail_mode not in MAIL_MODES:
            raise SettingsError(f"VAXTALLY_MAIL_MODE must be one of {', '.join(MAIL_MODES)}, not {self.mail_mode!r}.")
        if self.mail_mode == "redirect" and not self.mail_redirect_to:
            raise SettingsError("VAXTALLY_MAIL_MODE=redirect needs VAXTALLY_MAIL_REDIRECT_TO.")
        for name in ("inbox", "outbox", "archive", "quarantine"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, self.home / name)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read every `VAXTALLY_*` variable; an empty one counts as unset. Raises SettingsError."""
        environ = os.environ if environ is None else environ
        values = {}
        for setting in fields(cls):
            text = environ.get(PREFIX + setting.name.upper(), "").strip()
            if text:
                values[setting.name] = _parse(setting.name, str(setting.type), text)
        return cls(**values)

    def with_changes(self, **changes: Any) -> "Settings":
        """The same settings with some replaced."""
        return replace(self, **changes)


def _parse(name: str, kind: str, text: str) -> object:
    kind = kind.replace(" | None", "").removeprefix("<class '").removesuffix("'>")
    readers = {
        "date": date.fromisoformat,
        "time": time.fromisoformat,
        "ZoneInfo": ZoneInfo,
        "int": int,
        "float": float,
        "Path": lambda value: Path(value).expanduser().absolute(),
        "tuple[str, ...]": lambda value: tuple(part.strip() for part in value.split(";") if part.strip()),
        "str": str,
    }
    for suffix, reader in readers.items():
        if kind == suffix or kind.endswith("." + suffix):
            try:
                return reader(text)
            except (ValueError, KeyError, OSError) as error:
                raise SettingsError(f"{PREFIX}{name.upper()} cannot be read: {text!r} is no {suffix}.") from error
    raise AssertionError(f"no reader for {kind}")
