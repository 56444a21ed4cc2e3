"""The project's settings. This is the only module that reads the environment."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from vaxtally import paths
from vaxtally.errors import SettingsError
from vaxtally.place import Place, RemotePath, place_of
from vaxtally.working_days import WEEKDAYS

if TYPE_CHECKING:
    from vaxtally.tally.policies import GapPolicies

PREFIX = "VAXTALLY_"
MAIL_MODES = ("live", "redirect", "off")
RECEIPTS = ("problems", "always", "never")
LANGUAGES = ("vi", "en")
SHORTEST_WATCH_SECONDS = 0.2
# What `db.make_engine` drives with psycopg 3.
REGISTRY_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2")
# Stands for a folder of the setting's own name under the home.
_UNDER_HOME = Path()
_CITY_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting, already typed. A field `x` is read from the environment variable `VAXTALLY_X`."""

    home: Annotated[Path, "where the embedded database, archive and quarantine live"] = paths.ROOT / ".vaxtally"
    registry_url: Annotated[str | None, "SQLAlchemy URL of a PostgreSQL 15 or later; unset: an embedded one"] = None
    inbox: Annotated[Place, "drop folders; unset: inbox/ under the home"] = _UNDER_HOME
    outbox: Annotated[Place, "where answers go; unset: outbox/ under the home"] = _UNDER_HOME
    archive: Annotated[Place, "where taken-in files go; unset: archive/ under the home"] = _UNDER_HOME
    quarantine: Annotated[Place, "where refused files go; unset: quarantine/ under the home"] = _UNDER_HOME
    timezone: Annotated[ZoneInfo, "zone of business dates"] = _CITY_ZONE
    rest_seconds: Annotated[float, "seconds a file's size must have rested before it is taken in"] = 10.0
    retention_days: Annotated[int, "days an archived or quarantined file is kept"] = 730
    future_as_of_days: Annotated[int, "days after today that an as-of may lie"] = 1
    shards: Annotated[int, "shards, at most, that a run packs its files into"] = 2
    campaign_start_on: Annotated[date, "no dose was given before this day"] = date(2021, 3, 8)
    late_entry_days: Annotated[int, "days after which an entry is remarked as late"] = 14
    mostly_rejected_share: Annotated[float, "share of rejected rows above which a file is quarantined"] = 0.5
    mostly_rejected_min_rows: Annotated[int, "rows from which that share is judged"] = 20
    grace_days: Annotated[int, "entries for day D are due by the end of D + grace"] = 1
    silent_days: Annotated[int, "working days without report and upload after which an open unit is silent"] = 3
    min_gap: Annotated[int, "doses: a unit of which fewer are missing is no case"] = 1
    tolerance_share: Annotated[
        float, "share of a day's reported doses: where no more is missing, the day is not asked about"
    ] = 0.0
    gap_policies: Annotated[
        str | None,
        "what differs for some unit types, as private_clinic:grace_days=2,min_gap=5;cdc:silent_days=7",
    ] = None
    mail_url: Annotated[str | None, "Apprise mailto:// (loopback only) or mailtos:// URL; recipients are added"] = None
    mail_from: Annotated[str, "sender of every mail"] = "vaxtally@localhost"
    mail_mode: Annotated[str, "live, redirect (all to one address) or off (queued)"] = "live"
    mail_redirect_to: Annotated[str | None, "the address of mode redirect"] = None
    mail_not_before: Annotated[date | None, "days before this one are never mailed about"] = None
    quiet_hours: Annotated[str | None, "hours of the true clock in which no mail leaves, as 21:00-06:30"] = None
    mail_retry_seconds: Annotated[float, "wait before a failed mail is tried again; doubles each time"] = 60.0
    mail_retry_max_seconds: Annotated[float, "the longest such wait"] = 3600.0
    mail_max_attempts: Annotated[int, "attempts after which a mail that the server refuses is given up"] = 5
    mail_give_up_days: Annotated[int, "days after which a mail is given up whose server cannot be reached"] = 7
    urge_after_days: Annotated[int, "working days after the reminder, without progress, until the urgent mail"] = 3
    urge_shrink_share: Annotated[float, "share by which a gap must shrink to count as progress"] = 0.2
    escalate_after_days: Annotated[
        int, "working days after the reminder, without progress, until level 3 is proposed"
    ] = 7
    approve_within_days: Annotated[int, "working days in which a proposed level 3 may be decided"] = 1
    escalation_to: Annotated[
        tuple[str, ...], "the Department's addresses for level 3, separated by ; (unset: the digest's)"
    ] = ()
    dispatch_answer_days: Annotated[int, "working days after the last day of decision that a dispatch leaves"] = 3
    letter_authority: Annotated[tuple[str, ...], "letterhead: the authority above the office, a line each"] = (
        "Ủy ban nhân dân",
        "Thành phố Hồ Chí Minh",
    )
    letter_office: Annotated[str, "letterhead: the office that signs"] = "Sở Y tế"
    letter_symbol: Annotated[str, "symbol after the letter's number, which the clerk writes in"] = "SYT-NVY"
    letter_place: Annotated[str, "place before the letter's date"] = "Thành phố Hồ Chí Minh"
    letter_signer: Annotated[tuple[str, ...], "title of who signs, a line each, separated by ;"] = ("Giám đốc",)
    letter_signer_name: Annotated[str | None, "name under the signature; unset: left to be written in"] = None
    letter_copies: Annotated[tuple[str, ...], "Nơi nhận: who gets a copy, a line each, separated by ;"] = (
        "Như trên",
        "Lưu: VT, NVY",
    )
    reply_pause_days: Annotated[int, "working days for which a unit's reply keeps the mails back"] = 5
    working_days: Annotated[str, "days of the week that count as working days, as mon-fri or mon-fri,sun"] = "mon-fri"
    public_holidays: Annotated[str, "on, or off: Vietnam's public holidays are working days like others"] = "on"
    extra_holidays: Annotated[tuple[date, ...], "more days off, as YYYY-MM-DD separated by ;"] = ()
    receipts: Annotated[str, "receipts to units: problems (rows rejected or held, files refused), always or never"] = (
        "problems"
    )
    outbox_url: Annotated[str | None, "where units see the outbox (a web address or share), named in receipts"] = None
    digest_to: Annotated[tuple[str, ...], "the Department's addresses for the daily digest, separated by ;"] = ()
    digest_language: Annotated[str, "language of the Department's digest and the weekly report, vi or en"] = "vi"
    management_to: Annotated[tuple[str, ...], "the management's addresses for the weekly report, separated by ;"] = ()
    management_weekday: Annotated[str, "day of the week of the weekly report, mon to sun"] = "mon"
    timetables: Annotated[str, "on, or off: the DAGs with a timetable run only when triggered"] = "on"
    watch: Annotated[str | None, "on: ingest DAGs start when files arrive; off; unset: as VAXTALLY_TIMETABLES"] = None
    watch_seconds: Annotated[float, "seconds between two looks into a local inbox"] = 2.0
    watch_remote_seconds: Annotated[float, "seconds between two looks into an inbox on a server"] = 30.0
    alert_url: Annotated[str | None, "any Apprise URL, told when a task fails"] = None

    def __post_init__(self) -> None:
        for setting in fields(self):
            if getattr(self, setting.name) is _UNDER_HOME:
                object.__setattr__(self, setting.name, self.home / setting.name)
        if self.registry_url is not None and not _is_registry_url(self.registry_url):
            # The URL itself may hold a password, and stays unsaid.
            raise SettingsError(
                "VAXTALLY_REGISTRY_URL is no SQLAlchemy URL of a PostgreSQL: postgresql://user@host/name."
            )
        if self.mail_mode not in MAIL_MODES:
            raise SettingsError(f"VAXTALLY_MAIL_MODE must be one of {', '.join(MAIL_MODES)}, not {self.mail_mode!r}.")
        if self.mail_mode == "redirect" and not self.mail_redirect_to:
            raise SettingsError("VAXTALLY_MAIL_MODE=redirect needs VAXTALLY_MAIL_REDIRECT_TO.")
        self._check_outbox()
        if self.receipts not in RECEIPTS:
            raise SettingsError(f"VAXTALLY_RECEIPTS must be one of {', '.join(RECEIPTS)}, not {self.receipts!r}.")
        if self.digest_language not in LANGUAGES:
            raise SettingsError(f"VAXTALLY_DIGEST_LANGUAGE must be vi or en, not {self.digest_language!r}.")
        if self.public_holidays not in ("on", "off"):
            raise SettingsError(f"VAXTALLY_PUBLIC_HOLIDAYS must be on or off, not {self.public_holidays!r}.")
        if not is_week(self.working_days):
            raise SettingsError(f"VAXTALLY_WORKING_DAYS must be days such as mon-fri,sun, not {self.working_days!r}.")
        if not 0 < self.urge_shrink_share <= 1:
            raise SettingsError(f"VAXTALLY_URGE_SHRINK_SHARE must be above 0, up to 1, not {self.urge_shrink_share}.")
        if not 0 < self.urge_after_days <= self.escalate_after_days:
            raise SettingsError(
                "VAXTALLY_URGE_AFTER_DAYS must be above 0, and no more than VAXTALLY_ESCALATE_AFTER_DAYS."
            )
        if self.timetables not in ("on", "off"):
            raise SettingsError(f"VAXTALLY_TIMETABLES must be on or off, not {self.timetables!r}.")
        self._check_watch()
        self._check_policies()
        self._check_weekday()

    def _check_weekday(self) -> None:
        if self.management_weekday not in WEEKDAYS:
            raise SettingsError(f"VAXTALLY_MANAGEMENT_WEEKDAY must be mon to sun, not {self.management_weekday!r}.")

    def _check_outbox(self) -> None:
        from vaxtally.quiet_hours import read_hours

        try:
            read_hours(self.quiet_hours or "21:00-06:30")
        except ValueError as error:
            raise SettingsError(
                f"VAXTALLY_QUIET_HOURS must be hours such as 21:00-06:30, not {self.quiet_hours!r}."
            ) from error
        if not 0 <= self.mail_retry_seconds <= self.mail_retry_max_seconds:
            raise SettingsError(
                "VAXTALLY_MAIL_RETRY_SECONDS must be 0 or above, and no more than VAXTALLY_MAIL_RETRY_MAX_SECONDS."
            )
        if min(self.mail_max_attempts, self.mail_give_up_days) < 1:
            raise SettingsError("VAXTALLY_MAIL_MAX_ATTEMPTS and VAXTALLY_MAIL_GIVE_UP_DAYS must be at least 1.")

    def _check_watch(self) -> None:
        if self.watch not in ("on", "off", None):
            raise SettingsError(f"VAXTALLY_WATCH must be on or off, not {self.watch!r}.")
        if min(self.watch_seconds, self.watch_remote_seconds) < SHORTEST_WATCH_SECONDS:
            raise SettingsError(
                "VAXTALLY_WATCH_SECONDS and VAXTALLY_WATCH_REMOTE_SECONDS must be at least"
                f" {SHORTEST_WATCH_SECONDS}: an inbox is not looked into more often."
            )

    def _check_policies(self) -> None:
        try:
            self.policies  # noqa: B018 - raises where they cannot be read
        except ValueError as error:
            raise SettingsError(f"VAXTALLY_GAP_POLICIES, or what it changes, cannot be used: {error}.") from error

    @property
    def policies(self) -> "GapPolicies":
        """What counts as a gap, for each type of unit."""
        from vaxtally.tally.policies import GapPolicy, read_policies

        plain = GapPolicy(
            grace_days=self.grace_days,
            min_gap=self.min_gap,
            tolerance_share=self.tolerance_share,
            silent_days=self.silent_days,
        )
        return read_policies(plain, self.gap_policies)

    @property
    def watches_inbox(self) -> bool:
        """Whether the ingest DAGs start when files arrive."""
        return (self.watch or self.timetables) == "on"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read every `VAXTALLY_*` variable; an empty one counts as unset. Raises SettingsError."""
        environ = os.environ if environ is None else environ
        values = {}
        for name, kind in get_type_hints(cls).items():
            variable = PREFIX + name.upper()
            if text := environ.get(variable, "").strip():
                values[name] = _read(variable, kind, text)
        return cls(**values)

    def with_changes(self, **changes: Any) -> "Settings":
        """The same settings with some replaced."""
        return replace(self, **changes)


def describe_settings() -> dict[str, str]:
    """What each environment variable is for."""
    hints = get_type_hints(Settings, include_extras=True)
    return {PREFIX + name.upper(): get_args(hint)[1] for name, hint in hints.items()}


def is_week(text: str) -> bool:
    """True where `text` names days of the week."""
    from vaxtally.working_days import read_weekdays

    try:
        return bool(read_weekdays(text))
    except ValueError:
        return False


def _is_registry_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in REGISTRY_SCHEMES and "://" in text and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def read_place(text: str) -> Place:
    """A place as a person writes it: a local one made absolute. Raises ValueError."""
    place = place_of(text)
    return place if isinstance(place, RemotePath) else place.expanduser().absolute()


_READERS: dict[Any, tuple[Callable[[str], Any], str]] = {
    str: (str, "text"),
    int: (int, "whole number"),
    float: (float, "number"),
    date: (date.fromisoformat, "day as YYYY-MM-DD"),
    ZoneInfo: (ZoneInfo, "time zone"),
    Path: (lambda text: Path(text).expanduser().absolute(), "path"),
    Place: (read_place, "place"),
    tuple[str, ...]: (lambda text: tuple(part.strip() for part in text.split(";") if part.strip()), "list"),
    tuple[date, ...]: (
        lambda text: tuple(date.fromisoformat(part.strip()) for part in text.split(";") if part.strip()),
        "list of days as YYYY-MM-DD",
    ),
}


def _read(variable: str, kind: Any, text: str) -> Any:
    optional = [member for member in get_args(kind) if member is not type(None)]
    reader, meaning = _READERS.get(kind) or _READERS[optional[0]]
    try:
        return reader(text)
    except (ValueError, KeyError, OSError) as error:
        if "://" in text:
            # The address may hold a password, and stays unsaid.
            raise SettingsError(f"{variable} is no {meaning}: {error}.") from None
        raise SettingsError(f"{variable} cannot be read: {text!r} is no {meaning}.") from error
