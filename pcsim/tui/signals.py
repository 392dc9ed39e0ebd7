"""Signals through the event loop, so that the terminal is restored whatever ends the app."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable

Handlers = dict[signal.Signals, Callable[[], None]]


def install(handlers: Handlers) -> Callable[[], None]:
    """Have the running loop call the handlers, as far as the platform can.

    Returns:
        A function that removes them again.
    """
    loop = asyncio.get_running_loop()
    installed: list[signal.Signals] = []
    for number, handler in handlers.items():
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, handler)
            installed.append(number)

    def undo() -> None:
        for number in installed:
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.remove_signal_handler(number)

    return undo
