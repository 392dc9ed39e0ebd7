"""What goes wrong in a cycle: sources and sinks that raise or hang, threads that do not start."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from pcsim import runtime
from pcsim.scenario import ConsumerSpec, ProducerSpec, Scenario


class Boom(Exception):
    """What sources and sinks raise."""


class Hostile(Exception):
    """An exception that cannot be shown."""

    def __repr__(self) -> str:
        raise Boom("an exception cannot be shown")

    __str__ = __repr__


class HostileItem:
    """An item that cannot be shown, compared or hashed; `key` is its number."""

    def __init__(self, key: int) -> None:
        self.key = key

    def __repr__(self) -> str:
        raise Boom("an item cannot be shown")

    def __eq__(self, other: object) -> bool:
        raise Boom("an item cannot be compared")

    def __hash__(self) -> int:
        raise Boom("an item cannot be hashed")


ERRORS: tuple[Callable[[], BaseException], ...] = (
    lambda: Boom("boom"),
    lambda: Boom("boom " * 1000),
    Hostile,
    SystemExit,
    KeyboardInterrupt,
    GeneratorExit,
    StopIteration,
    MemoryError,
)
OF_ONE_SOURCE = 10**9
"""An item's number is that of its source times this, and its place in it."""


class Faults:
    """The sources and sinks of a run, and what of them goes wrong.

    Args:
        rng: Decides.
        scenario: For whose workers.
        may_hang: Whether a sink may hang until `let_go`.
    """

    def __init__(self, rng: Random, scenario: Scenario, *, may_hang: bool) -> None:
        self.rng = rng
        self.given: dict[str, int] = {}
        """How many items each source gave."""
        self.delivered: dict[str, list[int]] = {}
        """What each consumer got, by its number."""
        self.raises = False
        self.closed: list[str] = []
        self.hung = threading.Event()
        self._let_go = threading.Event()
        self._is_hostile = rng.random() < 0.1
        is_faulty = rng.random() < 0.4
        self.sources: dict[str, Iterator[Any]] = {}
        self.sinks: dict[str, Callable[[Any], Any]] = {}
        for number, spec in enumerate(scenario.workers):
            kind = rng.random() if is_faulty else 1.0
            if isinstance(spec, ProducerSpec):
                fails_at = rng.randrange(30) if kind < 0.1 else -1
                self.given[spec.name] = 0
                self.sources[spec.name] = self._source(spec.name, number, fails_at)
            elif spec.output is None or kind < 0.2:
                self.sinks[spec.name] = self._sink(spec, kind)
        if may_hang:
            self._hang_one(rng)

    def let_go(self) -> None:
        """Release the sink that hangs."""
        self._let_go.set()

    def _source(self, name: str, number: int, fails_at: int) -> Iterator[Any]:
        first, given = number * OF_ONE_SOURCE, self.given
        error = self.rng.choice(ERRORS)
        make = HostileItem if self._is_hostile else int
        pause = self.rng.choice((0, 0, 0, 1e-4))
        self.raises |= fails_at >= 0
        try:
            for place in range(OF_ONE_SOURCE):
                if place == fails_at:
                    raise error()
                if pause:
                    time.sleep(pause)
                given[name] += 1
                yield make(first + place)
        finally:
            self.closed.append(name)

    def _sink(self, spec: ConsumerSpec, kind: float) -> Callable[[Any], Any]:
        mine: list[int] | None = None
        if spec.output is None:
            mine = self.delivered[spec.name] = []
        fails_at = self.rng.randrange(1, 40) if kind < 0.2 else 0
        fails_again = self.rng.random() < 0.5
        error = self.rng.choice(ERRORS)
        pause = self.rng.choice((0, 0, 0, 1e-4))
        self.raises |= fails_at > 0
        calls = 0

        def sink(item: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == fails_at or (fails_at and fails_again and not calls % fails_at):
                raise error()
            if pause:
                time.sleep(pause)
            if mine is None:
                return item
            mine.append(item.key if isinstance(item, HostileItem) else item)
            return None

        return sink

    def _hang_one(self, rng: Random) -> None:
        name = rng.choice(sorted(self.sinks)) if self.sinks else ""
        if not name:
            return
        act = self.sinks[name]

        def hang(item: Any) -> Any:
            self.hung.set()
            self._let_go.wait()
            return act(item)

        self.sinks[name] = hang


class Unlucky(threading.Thread):
    """A thread that does not start when its turn comes. One class for all cycles: a free-threaded
    Python keeps every class that is made."""

    before = 0
    """How many start until one does not."""

    def start(self) -> None:
        """Start, or raise what `threading` raises where there is no thread left."""
        Unlucky.before -= 1
        if Unlucky.before == -1:
            raise RuntimeError("can't start new thread")
        super().start()


@contextmanager
def threads_that_fail(rng: Random, most: int) -> Iterator[None]:
    """Within the block, one thread of those that an engine starts does not start."""
    Unlucky.before = rng.randrange(most)
    usual = runtime.Thread
    runtime.Thread = Unlucky
    try:
        yield
    finally:
        runtime.Thread = usual
