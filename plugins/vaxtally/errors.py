"""Errors that a person is meant to read. Anything else that is raised is a bug."""


class VaxtallyError(Exception):
    """Base of the typed errors; the message is one sentence that says what to do, without patient data."""


class UsageError(VaxtallyError):
    """Wrong usage: no inbox, no unit list ever seen, an as-of before the last one."""


class EarlierAsOfError(UsageError):
    """Files wait, and the run's as-of is before the last one: it may report, but takes nothing in."""


class SettingsError(UsageError):
    """A setting that cannot be read."""


class DatabaseUnreachableError(VaxtallyError):
    """The registry's database does not answer; nothing was changed."""
