"""Programs that `pcsim.testing` explores: some are right, some have a fault that it must find."""

from __future__ import annotations

import queue
import threading
import time

import pcsim
from pcsim import testing
from tests.testing import shared


class Counter:
    """Counts without a lock."""

    def __init__(self) -> None:
        self.count = 0

    def add(self) -> None:
        count = self.count
        self.count = count + 1


@testing.explore(200)
def lost_update() -> None:
    counter = Counter()
    testing.threads(counter.add, counter.add)
    assert counter.count == 2


@testing.explore(preemptions=0)
def lost_update_without_preemption() -> None:
    counter = Counter()
    testing.threads(counter.add, counter.add)
    assert counter.count == 2


@testing.explore(preemptions=1)
def lost_update_with_one_preemption() -> None:
    counter = Counter()
    testing.threads(counter.add, counter.add)
    assert counter.count == 2


@testing.explore(200)
def locked_update() -> None:
    counter, lock = Counter(), threading.Lock()

    def add() -> None:
        with lock:
            counter.add()

    testing.threads(add, add, add)
    assert counter.count == 3


@testing.explore(200)
def opposite_locks() -> None:
    left, right = threading.Lock(), threading.Lock()

    def one() -> None:
        with left, right:
            pass

    def other() -> None:
        with right, left:
            pass

    testing.threads(one, other)


@testing.explore(200)
def never_ending() -> None:
    is_set = False

    def wait() -> None:
        while not is_set:
            testing.let_time_pass(0)

    testing.threads(wait)


@testing.explore(100)
def a_century() -> None:
    begun = time.monotonic()
    time.sleep(100 * 365 * 86_400)
    assert time.monotonic() - begun == 100 * 365 * 86_400


@testing.explore(200)
def a_timeout_comes_first() -> None:
    channel: queue.Queue[int] = queue.Queue()

    def put() -> None:
        time.sleep(1)
        channel.put(1)

    _, item = testing.threads(put, lambda: channel.get(timeout=1))
    assert item == 1


@testing.explore(100)
def standard_classes() -> None:
    channel: queue.Queue[int] = queue.Queue(1)
    is_open, turns = threading.Event(), threading.Semaphore(1)
    barrier = threading.Barrier(2)
    own = threading.local()
    got: list[int] = []

    def produce() -> None:
        own.name = "producer"
        barrier.wait()
        is_open.wait()
        for number in range(3):
            with turns:
                pass
            channel.put(number)
        assert own.name == "producer"

    def consume() -> None:
        own.name = "consumer"
        barrier.wait()
        is_open.set()
        got.extend(channel.get() for _ in range(3))
        assert own.name == "consumer"

    threads = [threading.Thread(target=produce), threading.Thread(target=consume)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
        assert not thread.is_alive()
    assert got == [0, 1, 2]


@testing.explore(300)
def a_fault_in_a_hundred() -> None:
    outcomes = [testing.choose("works", "fails") for _ in range(3)]
    assert "fails" not in outcomes


@testing.explore(50)
def too_many_items() -> None:
    items: list[int] = []

    def check() -> None:
        assert len(items) < 2, "too many at one time"

    def work() -> None:
        items.append(1)
        items.pop()

    testing.always(check)
    testing.threads(work, work)


@testing.explore(100, grain="calls")
def interrupted_wait() -> None:
    channel: pcsim.Queue[int] = pcsim.Queue()

    def get() -> None:
        try:
            with testing.interrupts():
                channel.get()
        except KeyboardInterrupt:
            raise RuntimeError("the interrupt came") from None

    testing.threads(get, lambda: channel.put(1))


@testing.explore(30)
def a_pipeline() -> None:
    taken: list[int] = []
    system = pcsim.ProducerConsumerSystem()
    system.add_queue("queue", 1)
    system.add_producer("P", [1, 2, 3], 0.5, "queue")
    system.add_consumer("C", taken.append, 0.5, None, "queue")
    system.start()
    system.wait_for_completion()
    assert taken == [1, 2, 3]


@testing.explore(20)
def with_arguments(number: int, *, name: str) -> None:
    assert (number, name) == (1, "one")


@testing.explore(20, modules=("tests.testing.shared",))
def with_a_module() -> None:
    assert shared.refused_by(pcsim.Queue(1))


@testing.explore(20, modules=("tests.testing.shared",), grain="calls")
def with_the_module_once_more() -> None:
    assert shared.refused_by(pcsim.Queue(1))


@testing.explore(50)
def a_thread_that_does_not_start() -> None:
    testing.starts_may_fail()
    thread = threading.Thread(target=Counter().add)
    thread.start()
    thread.join()
