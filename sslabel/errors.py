"""What can go wrong, and the exit code that each kind ends with.

SslabelError          1  an expected failure; the base of all
├── UsageError        2  the command or the recipe cannot work as given
├── ErrorRateError    3  finished, but too many sources were excluded
├── NothingToReadError 4 no source of the kind that the tasks take
├── TryLaterError     5  disk full, lock held: the same command works later
├── DamageError       6  something written is not what it should be
├── ConflictError     7  OUT holds something else
    ├── WorkerFailedError   1  a worker failed for a reason that concerns no single source
└── InterruptedRunError 130 or 143, by signal; the same command goes on
BadSource                a source that cannot be read; it alone is excluded
Skip                     a task's word that a source has no pair in it
"""

from __future__ import annotations


def in_one_line(error: Exception) -> str:
    """What an error says, white space made single spaces."""
    return " ".join(str(error).split())


class SslabelError(Exception):
    """An expected failure: its message is one line that names the thing and the way out."""

    exit_code = 1


class UsageError(SslabelError):
    """The command, an option or the recipe cannot work as given."""

    exit_code = 2


class ErrorRateError(SslabelError):
    """The run is finished, but more sources were excluded than `max_error_rate` allows."""

    exit_code = 3


class NothingToReadError(SslabelError):
    """No source was found, or none that gives a pair."""

    exit_code = 4


class TryLaterError(SslabelError):
    """The surroundings failed (disk full, lock held): the same command works later."""

    exit_code = 5


class DamageError(SslabelError):
    """Something written is not what it should be."""

    exit_code = 6


class ConflictError(SslabelError):
    """OUT holds something that this command would not go on with."""

    exit_code = 7


class WorkerFailedError(SslabelError):
    """A worker could not do what it was told, for a reason that concerns no single source."""


class InterruptedRunError(SslabelError):
    """The run was stopped by a signal; the same command goes on where it stopped."""

    exit_code = 130

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + signal_number


class BadSource(Exception):  # noqa: N818 - a verdict on one source, not an error of the program
    """A source that cannot be read; it is excluded with this reason, and nothing else is."""


class Skip(Exception):  # noqa: N818 - a task's answer, like StopIteration
    """A task's word that a source has no pair in it.

    The reason is counted, so it should be one of a few fixed sentences: `Skip("fewer than two sentences")`.
    """
