"""The threads of a run that are no workers: each waits for a time while the run goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pcsim import runtime


class Timers:
    """Starts them, and knows them all, so that they can be joined."""

    def __init__(self) -> None:
        self._threads: list[runtime.Thread] = []

    def __iter__(self) -> Iterator[runtime.Thread]:
        return iter(self._threads)

    def start(self, name: str, run: Callable[[], None]) -> None:
        """Start a thread of that name that calls `run`.

        Raises:
            RuntimeError: The machine gives no more threads; or `MemoryError`.
        """
        timer = runtime.worker_thread(name, run)
        self._threads.append(timer)
        timer.start()
