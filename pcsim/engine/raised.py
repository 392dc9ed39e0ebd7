"""What a source or sink raised, in words: whatever its class does, it keeps no worker from its end.

An exception may override anything, so that a look at it raises, or leads on for ever. Its real
type, and the cells in which the interpreter itself keeps its cause and its frames, cannot be
overridden: what decides is read there. Words are made by its own `str`, within a guard.
"""

from __future__ import annotations

import traceback
from typing import Any

from pcsim.text import cut, type_name

LONGEST_TEXT = 2_000
"""Characters that are kept of the text of an error: thousands of errors may be kept."""
LONGEST_TRACEBACK = 50_000
"""Characters that are kept of a traceback: one of each run."""
_LINKS = ("__cause__", "__context__", "__suppress_context__", "__traceback__")
_own = {name: BaseException.__dict__[name].__get__ for name in _LINKS}


def original(error: BaseException) -> BaseException:
    """What a source or sink raised: a StopIteration comes out of a behaviour wrapped."""
    if type(error) is not RuntimeError:
        return error
    cause: BaseException | None = error.__cause__
    return cause if cause is not None and is_a(cause, StopIteration) else error


def is_a(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Whether it is of that kind by its real type: `isinstance` also asks its `__class__`."""
    return issubclass(type(error), kind)


def error_text(error: Any) -> str:
    """Render an exception in one line: its type and its text, even where its `str` raises."""
    try:
        text = str.__str__(str(error))  # a subclass of str might raise as well
    except BaseException as again:  # noqa: BLE001 - a hostile exception is named by its type
        text = f"<its text raised {type_name(again)}>"
    return cut(f"{type_name(error)}: {text}" if text else type_name(error), LONGEST_TEXT)


def traceback_text(error: BaseException) -> str:
    """Render an exception with its frames and those of its causes; of one that overrides where
    they are kept, its own frames alone."""
    try:
        if _is_plain(error):
            text = "".join(traceback.format_exception(error))
        else:
            frames = traceback.format_tb(_own["__traceback__"](error))
            text = "".join(("Traceback (most recent call last):\n", *frames, error_text(error)))
    except BaseException as again:  # noqa: BLE001 - a hostile exception must not keep a worker
        return f"<formatting the traceback raised {type_name(again)}>"
    return cut(text, LONGEST_TRACEBACK)


def _is_plain(error: BaseException) -> bool:
    """Whether neither it nor an exception that led to it, or is within it, overrides its links."""
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        one = pending.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        kinds = type.__dict__["__mro__"].__get__(type(one))
        own = [kind.__dict__ for kind in kinds if kind not in _PLAIN]
        if any(name in names for names in own for name in (*_LINKS, "exceptions")):
            return False
        pending += [_own["__cause__"](one), _own["__context__"](one)]
        if is_a(one, BaseExceptionGroup):
            pending += BaseExceptionGroup.__dict__["exceptions"].__get__(one)
    return True


_PLAIN = (BaseException, BaseExceptionGroup)
"""The classes that have the links."""
