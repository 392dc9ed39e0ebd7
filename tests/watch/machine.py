"""Programs on a clock of their own, and the recordings that watching them would give.

Each thread is a generator. It yields what it does: `Sleep` a time, hold Python's `Lock` for a
time, `Put` into a queue, `Get` from one. Queues and the lock serve first come first served.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Generator, Iterable
from itertools import count
from random import Random
from typing import NamedTuple, TypeAlias

from pcsim.recording.program import Item, Program, QueueFacts, Recording, ThreadFacts, Wait

LOOK_EVERY = 0.01
"""Virtual seconds between two looks at the lock."""


class Sleep(NamedTuple):
    seconds: float


class Lock(NamedTuple):
    seconds: float


class Put(NamedTuple):
    queue: int


class Get(NamedTuple):
    queue: int


Steps: TypeAlias = Generator[Sleep | Lock | Put | Get, None, None]


class _Queue:
    def __init__(self, capacity: int | None) -> None:
        self.capacity = capacity
        self.items: deque[tuple[float, int | None]] = deque()
        self.putters: deque[tuple[int, float]] = deque()
        self.getters: deque[tuple[int, float]] = deque()


class Machine:
    """Runs threads until a time, and keeps what a watcher would record."""

    def __init__(self, capacities: dict[int, int | None]) -> None:
        self.queues = {number: _Queue(capacity) for number, capacity in capacities.items()}
        self.now = 0.0
        self.items: list[Item] = []
        self.waits: list[Wait] = []
        self.cpu: dict[int, float] = {}
        self._threads: dict[int, Steps] = {}
        self._names: dict[int, str] = {}
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._lock_free_at = 0.0
        self._held: list[tuple[float, float]] = []

    def thread(self, name: str, steps: Steps) -> None:
        number = len(self._threads) + 1
        self._threads[number] = steps
        self._names[number] = name
        self.cpu[number] = 0.0
        self._after(0.0, number)

    def run(self, until: float) -> Recording:
        while self._agenda and self._agenda[0][0] <= until:
            self.now, _, act = heapq.heappop(self._agenda)
            act()
        left = [
            Item(number, put_at, put_by)
            for number, queue in self.queues.items()
            for put_at, put_by in queue.items
        ]
        looks = [number * LOOK_EVERY for number in range(int(until / LOOK_EVERY))]
        return Recording(
            Program(
                "program.py",
                seconds=until,
                cores=8,
                looks=len(looks),
                times_held=_covered(looks, self._held),
            ),
            tuple(
                QueueFacts(number, f"queue {number}", capacity=queue.capacity)
                for number, queue in self.queues.items()
            ),
            tuple(
                ThreadFacts(number, name, cpu_time=self.cpu[number], core_wait_time=0.0)
                for number, name in self._names.items()
            ),
            (*self.items, *left),
            tuple(self.waits),
        )

    def _after(self, seconds: float, number: int) -> None:
        entry = self.now + seconds, next(self._order), lambda: self._go_on(number)
        heapq.heappush(self._agenda, entry)

    def _go_on(self, number: int) -> None:
        step = next(self._threads[number], None)
        if step is None:
            return
        if isinstance(step, Sleep):
            self._after(step.seconds, number)
        elif isinstance(step, Lock):
            begin = max(self.now, self._lock_free_at)
            self._lock_free_at = begin + step.seconds
            self._held.append((begin, self._lock_free_at))
            self.cpu[number] += step.seconds
            self._after(self._lock_free_at - self.now, number)
        elif isinstance(step, Put):
            queue = self.queues[step.queue]
            if queue.capacity is not None and len(queue.items) >= queue.capacity:
                queue.putters.append((number, self.now))
            else:
                self._put(step.queue, number)
        elif self.queues[step.queue].items:
            self._got(step.queue, number)
        else:
            self.queues[step.queue].getters.append((number, self.now))

    def _put(self, name: int, number: int) -> None:
        queue = self.queues[name]
        queue.items.append((self.now, number))
        self._after(0.0, number)
        if queue.getters:
            getter, since = queue.getters.popleft()
            self.waits.append(Wait(getter, name, "empty", since, self.now))
            self._got(name, getter)

    def _got(self, name: int, number: int) -> None:
        queue = self.queues[name]
        put_at, put_by = queue.items.popleft()
        self.items.append(Item(name, put_at, put_by, self.now, number))
        self._after(0.0, number)
        if queue.putters:
            putter, since = queue.putters.popleft()
            self.waits.append(Wait(putter, name, "full", since, self.now))
            self._put(name, putter)


def _covered(looks: Iterable[float], spans: list[tuple[float, float]]) -> int:
    number, position = 0, 0
    for look in looks:
        while position < len(spans) and spans[position][1] <= look:
            position += 1
        number += position < len(spans) and spans[position][0] <= look
    return number


def producer(times: Callable[[], float], queue: int, items: int | None = None) -> Steps:
    for _ in count() if items is None else range(items):
        yield Sleep(times())
        yield Put(queue)


def consumer(times: Callable[[], float], queue: int, lock: float = 0.0) -> Steps:
    while True:
        yield Get(queue)
        yield Sleep(times())
        if lock:
            yield Lock(lock)


def stage(times: Callable[[], float], source: int, *targets: int) -> Steps:
    while True:
        yield Get(source)
        yield Sleep(times())
        for target in targets:
            yield Put(target)


def exponential(mean: float, seed: int) -> Callable[[], float]:
    rng = Random(seed)
    return lambda: rng.expovariate(1 / mean)


def line_of_stages(names: tuple[str, str, str], interval: float, until: float) -> Recording:
    """A producer, two threads that cannot keep up with it, and a consumer that can.

    Args:
        names: Those of the threads; the second has the number of the thread in it.
        interval: The mean time that an item of the producer takes.
        until: Virtual seconds.
    """
    machine = Machine({1: 5, 2: 5})
    machine.thread(names[0], producer(exponential(interval, 1), 1))
    for number in range(2):
        name = names[1].format(number + 2)
        machine.thread(name, stage(exponential(0.15, 2 + number), 1, 2))
    machine.thread(names[2], consumer(exponential(0.02, 5), 2))
    return machine.run(until)
