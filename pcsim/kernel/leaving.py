"""Why the kernel leaves a run to the Python engine."""

from __future__ import annotations


class UnusableError(Exception):
    """There is no kernel here, or not one that may be used; the message says why."""


class NotBuiltError(UnusableError):
    """There is none yet; one will be built once a process has enough for it to do."""


class LeftToPythonError(Exception):
    """The kernel does not go on with a run, which the Python engine has to run from its start."""
