"""Failures that only the command has: those of a trainer have their codes in the contract.

Raised by what speaks with a service; shown by ``main``.
"""

from enum import IntEnum

from azuraforge_contract.errors import AzuraForgeError

__all__ = ["CommandExitCode", "CommandFailure"]


class CommandExitCode(IntEnum):
    """Exit codes of commands beside those of trainers; after BSD's sysexits where one fits."""

    NOT_FOUND = 66
    """Nothing has that name there."""
    CONFLICT = 73
    """It does not fit the present state, or was changed meanwhile."""
    NOT_ALLOWED = 77
    """Nobody is logged in, or the role does not allow it."""
    TIMED_OUT = 124
    """What was waited for did not come in time, as `timeout` says it."""
    INTERRUPTED = 130
    """Ended by Ctrl-C, as shells say it."""


class CommandFailure(AzuraForgeError):  # noqa: N818 - it is shown, not caught
    """A failure with an exit code of its own.

    Args:
        message: what happened.
        code: what the command exits with.
        remedy: what to do about it.
    """

    def __init__(self, message: str, code: int, *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.code = code
