"""Errors a clerk can act on: a code and one Chinese sentence that says what happened and what to do.

Anything that is not an `EduxlError` is a bug and is allowed to show a traceback.
"""

from __future__ import annotations


class EduxlError(Exception):
    """Base class. `code` is kebab-case and stable; `str(error)` is the Chinese sentence."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class PlanError(EduxlError):
    """The file cannot be read as a plan (`not-a-plan`, `no-tasks`, `unreadable`)."""

    code = "not-a-plan"


class RosterError(EduxlError):
    """The roster cannot be used (`not-a-roster`, `empty-roster`, `bad-roster`)."""

    code = "not-a-roster"


class TrackerError(EduxlError):
    """The tracker cannot be opened or changed (`no-tracker`, `two-trackers`, `exists`, `in-use` …)."""

    code = "no-tracker"


class RoundError(EduxlError):
    """The round does not fit the command (`unknown-round`, `no-round`, `round-exists`, `bad-round`)."""

    code = "unknown-round"


class FileProblem(EduxlError):
    """The file system said no (`no-such-path`, `read-only`, `disk-full`, `io`)."""

    code = "io"


class MailError(EduxlError):
    """Mail cannot be sent or fetched (`no-settings`, `no-secret`, `plain-refused`, `bad-certificate`, `login` …)."""

    code = "mail"
