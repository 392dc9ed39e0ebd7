"""What code does to a queue of the standard library, it does to ours: the same steps on both.

Each function here is such code, and its result, or its error, is the same with either module.
"""

# ruff: noqa: B023 - what is made in a loop here is called at once
# mypy: disable-error-code="misc,func-returns-value,arg-type,var-annotated,attr-defined,type-arg"

from __future__ import annotations

import contextvars
import copy
import dataclasses
import decimal
import fractions
import gc
import math
import pickle
import queue as standard
import sys
import threading
import typing
import weakref
from collections import deque
from collections.abc import Callable
from multiprocessing.managers import public_methods
from typing import Any
from unittest import mock

import pytest

import pcsim.queue
from tests.support.threads import Calling, until

Module = Any
Code = Callable[[Module], object]

CODES: list[Code] = []
HAVE_SHUTDOWN = sys.version_info >= (3, 13)


def code(function: Code) -> Code:
    """Something to be done with both modules."""
    CODES.append(function)
    return function


def outcome(function: Callable[[], object]) -> object:
    """What it returns, or its error in words."""
    try:
        return function()
    except Exception as error:  # noqa: BLE001 - compared with that of the standard class
        return type(error).__name__, str(error)


def until_one_waits_for(condition: Any) -> None:
    def seen() -> bool:
        with condition:
            return len(condition._waiters) == 1

    until(seen)


# Timeouts.

TIMES = (0, 0.0, -0.0, 1e-9, 0.001, True, False, -1, -0.5, -math.inf, fractions.Fraction(1, 1000),
         decimal.Decimal("0.001"), "1", 1j, [])  # fmt: skip
LONG = (math.nan, math.inf, 1e10, 10**400, threading.TIMEOUT_MAX)
"""Times that are waited for ever, or by no lock: tried where there is nothing to wait for."""
NEVER = (math.inf, 1e10, 10**400)
"""Times that no lock waits for."""


@code
def timeouts_of_gets(module: Module) -> object:
    results = []
    for kind in (module.Queue, module.LifoQueue):
        for block in (True, False):
            for times, items in ((TIMES, 0), (NEVER, 0), (TIMES + LONG, 1)):
                for time in times:
                    queue = kind()
                    for _ in range(items):
                        queue.put("item")
                    results.append(outcome(lambda: queue.get(block, time)))
                    results.append(queue.qsize())
    return results


@code
def timeouts_of_puts(module: Module) -> object:
    results = []
    for kind in (module.Queue, module.LifoQueue):
        for block in (True, False):
            for times, capacity, items in (
                (TIMES + LONG, 0, 0), (TIMES + LONG, 2, 1), (TIMES + NEVER, 1, 1)
            ):  # fmt: skip
                for time in times:
                    queue = kind(capacity)
                    for _ in range(items):
                        queue.put("item")
                    results.append(outcome(lambda: queue.put("one", block, time)))
                    results.append((queue.qsize(), queue.unfinished_tasks))
    return results


@code
def a_wait_that_is_no_number_goes_on(module: Module) -> object:
    queue = module.Queue()
    getter = Calling(queue.get, True, math.nan)
    queue.put(1)
    return getter.result()


# Capacities.


@code
def capacities_of_any_kind(module: Module) -> object:
    def fill(maxsize: Any) -> object:
        queue = module.Queue(maxsize)
        for number in range(4):
            queue.put(number, block=False)
        return queue.full()

    whole = (None, "3", 2.5, math.inf, -3, True, 0, 4)
    return [(outcome(lambda: fill(maxsize)), module.Queue(maxsize).maxsize) for maxsize in whole]


@code
def a_capacity_changed_under_the_mutex(module: Module) -> object:
    queue = module.Queue(2)
    queue.put(1)
    queue.put(2)
    with queue.mutex:
        queue.maxsize = 3
    queue.put_nowait(3)
    return queue.full(), queue.qsize(), outcome(lambda: queue.put_nowait(4))


# The inside.


@code
def what_is_queued_is_a_deque(module: Module) -> object:
    queue = module.Queue(3)
    for number in (1, 2, 2):
        queue.put(number)
    inside = queue.queue
    inside.insert(1, 9)
    inside.rotate(1)
    inside.reverse()
    inside.append(7)
    inside.appendleft(8)
    inside.extend([5])
    inside.extendleft([4, 6])
    inside.remove(7)
    del inside[0]
    return (
        list(inside), queue.full(), queue.qsize(), inside.count(2), inside.index(2), 2 in inside,
        type(inside), queue.queue is inside, inside + deque([1]), inside * 2, inside < deque([9]),
        copy.copy(inside), copy.deepcopy(inside), pickle.dumps(inside), repr(inside),
        [queue.get() for _ in range(7)], outcome(inside.pop), outcome(lambda: inside.remove(1)),
    )  # fmt: skip


@code
def a_name_for_the_inside_stays_true(module: Module) -> object:
    queue = module.Queue()
    inside = queue.queue
    queue.put(1)
    queue.put(2)
    return list(inside), queue.get(), list(inside)


@code
def a_ring_buffer(module: Module) -> object:
    queue = module.Queue()
    queue.put("old")
    queue.queue = deque(maxlen=3)
    for number in range(10):
        queue.put(number)
    return queue.qsize(), list(queue.queue), queue.queue.maxlen, queue.get()


@code
def a_list_in_the_place_of_the_deque(module: Module) -> object:
    queue = module.Queue()
    queue.queue = [1, 2]
    queue.queue += [3]
    queue.put(4)
    return queue.qsize(), queue.queue, outcome(queue.get)


@code
def emptied_under_the_mutex(module: Module) -> object:
    queue = module.Queue(2)
    queue.put(1)
    queue.put(2)
    with queue.mutex:
        queue.queue.clear()
        queue.unfinished_tasks = 0
        queue.all_tasks_done.notify_all()
        queue.not_full.notify_all()
    queue.join()
    queue.put_nowait(3)
    return queue.get(), queue.unfinished_tasks


@code
def hooks_called_under_the_mutex(module: Module) -> object:
    queue = module.Queue(1)
    with queue.mutex:
        queue._put(1)
        queue._put(2)
        queue.not_empty.notify()
    full = queue.full()
    with queue.not_empty:
        taken = queue._get()
        queue.not_full.notify()
    return full, taken, queue._qsize(), queue.get(), queue.unfinished_tasks


@code
def the_mutex_is_a_plain_lock(module: Module) -> object:
    queue = module.Queue()
    mutex = queue.mutex
    seen = [mutex.locked(), mutex.acquire(), mutex.locked(), mutex.acquire(False)]
    Calling(mutex.release).result()
    return (
        seen, mutex.locked(), outcome(mutex.release), queue.not_empty._lock is mutex,
        queue.all_tasks_done._lock is mutex, outcome(queue.not_full.notify),
        outcome(queue.all_tasks_done.notify_all),
    )  # fmt: skip


@code
def two_queues_have_two_locks(module: Module) -> object:
    first, second = module.Queue(), module.LifoQueue()
    with first.mutex, second.mutex:
        other = module.Queue()
        return Calling(lambda: (other.put(1), other.get(), other.mutex.acquire(False))).result()


@code
def waits_for_conditions(module: Module) -> object:
    queue = module.Queue(1)

    def take() -> object:
        with queue.not_empty:
            while not queue._qsize():
                queue.not_empty.wait()
            item = queue._get()
            queue.not_full.notify()
            return item

    def wait_for_tasks() -> object:
        with queue.all_tasks_done:
            while queue.unfinished_tasks:
                queue.all_tasks_done.wait()
        return "done"

    taking = Calling(take)
    until_one_waits_for(queue.not_empty)
    queue.put(1)
    waiting = Calling(wait_for_tasks)
    until_one_waits_for(queue.all_tasks_done)
    result = taking.result()
    queue.task_done()
    with queue.not_full:
        timed_out = queue.not_full.wait(0.001)
    return result, waiting.result(), timed_out


@code
def locks_and_conditions_replaced(module: Module) -> object:
    queue = module.Queue(1)
    queue.mutex = lock = threading.RLock()
    queue.not_empty = threading.Condition(lock)
    queue.not_full = threading.Condition(lock)
    queue.all_tasks_done = threading.Condition(lock)
    getter = Calling(queue.get)
    until_one_waits_for(queue.not_empty)
    with queue.mutex:
        queue.put(1)
    got = getter.result()
    queue.put(3)
    putter = Calling(queue.put, 4)
    until_one_waits_for(queue.not_full)
    queue.task_done()
    return got, queue.get(), putter.result(), queue.get(), queue.unfinished_tasks


@code
def one_condition_replaced(module: Module) -> object:
    queue = module.Queue(1)
    queue.not_empty = threading.Condition(queue.mutex)
    queue.put(1)
    return queue.get(), type(queue.not_empty)


@code
def unfinished_tasks_set(module: Module) -> object:
    queue = module.Queue()
    queue.put(1)
    queue.unfinished_tasks += 2
    queue.task_done()
    left = queue.unfinished_tasks
    queue.unfinished_tasks = 0
    return left, outcome(queue.task_done), queue.unfinished_tasks


@code
def a_copy_shares_the_items(module: Module) -> object:
    results = []
    for kind in (module.Queue, module.LifoQueue):
        queue = kind(3)
        queue.put(1)
        twin = copy.copy(queue)
        twin.put(2)
        results.append(
            (queue.qsize(), list(queue.queue), twin.unfinished_tasks, queue.unfinished_tasks,
             twin.maxsize, type(twin) is kind)
        )  # fmt: skip
        results.append(
            (outcome(lambda: pickle.dumps(queue)), outcome(lambda: copy.deepcopy(queue)))
        )
    return results


@code
def a_queue_without_references_is_gone_at_once(module: Module) -> object:
    gone = []
    gc.disable()
    try:
        for look in (True, False):
            queue = module.Queue(1)
            queue.put(1)
            if look:
                with queue.mutex:
                    gone.append(list(queue.queue))
                with queue.not_full:
                    queue.not_empty.notify_all()
            reference = weakref.ref(queue)
            del queue
            gone.append(reference() is None)
    finally:
        gc.enable()
    return gone


# Hooks.


@code
def a_hook_in_an_object(module: Module) -> object:
    queue, seen = module.Queue(), []
    store = queue._put
    queue._put = lambda item: (store(item), seen.append(item))
    queue.put("x")
    queue._get = lambda: "from a hook"
    return seen, queue.get(), queue.qsize()


@code
def a_hook_put_in_under_the_mutex(module: Module) -> object:
    """As a public library waits for several queues."""
    queue, arrived = module.Queue(), threading.Event()
    with queue.mutex:
        store = queue._put

        def put_and_set(item: object) -> None:
            store(item)
            arrived.set()

        queue._put = put_and_set
    Calling(queue.put, 1).result()
    with queue.mutex:
        queue._put = store
    arrived.clear()
    queue.put(2)
    return arrived.is_set(), queue.get(), queue.get()


@code
def a_hook_that_comes_while_a_thread_waits(module: Module) -> object:
    queue, threads = module.Queue(), []
    getter = Calling(queue.get)
    queue.put(0)
    getter.result()
    getter = Calling(queue.get)
    take = queue._get
    queue._get = lambda: (threads.append(threading.current_thread()), take())[1]
    queue.put(1)
    return getter.result(), threads == [getter._thread]


@code
def hooks_of_a_class_set_later(module: Module) -> object:
    class Later(module.Queue):
        pass

    queue, seen = Later(), []
    queue.put(0)
    Later._put = lambda self, item: (seen.append(item), self.queue.append(item))
    queue.put(1)
    Later().put(2)
    results = [queue.get(), queue.get(), queue.qsize()]
    Later._get = lambda self: ("taken", self.queue.popleft())
    queue.put(3)
    return seen, results, queue.get()


@code
def hooks_of_the_module_s_class_set_for_a_while(module: Module) -> object:
    seen: list[object] = []
    with mock.patch.object(
        module.Queue, "_put", lambda self, item: (seen.append(item), self.queue.append(item))
    ):
        queue = module.Queue()
        queue.put(1)
    module.Queue().put(2)
    return seen, queue.get()


@code
def hooks_with_a_store_of_their_own(module: Module) -> object:
    class Unique(module.Queue):
        def _init(self, maxsize: int) -> None:
            super()._init(maxsize)
            self.all: set[int] = set()

        def _put(self, item: int) -> None:
            if item not in self.all:
                super()._put(item)
                self.all.add(item)

        def _get(self) -> int:
            item: int = super()._get()
            self.all.remove(item)
            return item

    queue = Unique(2)
    for item in (1, 1, 2):
        queue.put(item)
    return (
        queue.qsize(), queue.unfinished_tasks, outcome(lambda: queue.put_nowait(3)), queue.get(),
        queue.get(), list(queue.queue), outcome(queue.get_nowait),
    )  # fmt: skip


@code
def hooks_of_old_style(module: Module) -> object:
    class Traced(module.Queue):
        def _put(self, item: int) -> None:
            module.Queue._put(self, ("traced", item))

        @property
        def queue(self) -> Any:
            return self.items

        @queue.setter
        def queue(self, items: Any) -> None:
            self.items = items

    queue = Traced(1)
    queue.put(1)
    return queue.get(), queue.items, outcome(lambda: queue.get(timeout=0))


@code
def hooks_that_lie_about_the_size(module: Module) -> object:
    class Bottomless(module.Queue):
        def _qsize(self) -> int:
            return 0

    queue = Bottomless(2)
    for number in range(5):
        queue.put(number)
    return len(queue.queue), outcome(queue.get_nowait), queue.empty(), queue.full()


@code
def a_size_that_is_overridden(module: Module) -> object:
    class Sized(module.Queue):
        def qsize(self) -> int:
            return 0 if self.empty() else 42

    queue = Sized(10)
    sizes = [queue.qsize(), queue.empty(), queue.full()]
    queue.put(1)
    return sizes, queue.qsize(), queue.empty(), queue.full(), queue.get_nowait()


@code
def hooks_run_in_the_thread_that_puts_or_gets(module: Module) -> object:
    context = contextvars.ContextVar("context", default="none")

    class Traced(module.Queue):
        def _put(self, item: object) -> None:
            super()._put((item, threading.current_thread(), context.get()))

        def _get(self) -> object:
            return (*super()._get(), threading.current_thread(), context.get())

    def with_context(name: str, call: Callable[[], object]) -> object:
        context.set(name)
        return call()

    queue = Traced(1)
    queue.put(0)
    putter = Calling(with_context, "putter", lambda: queue.put(1))
    until_one_waits_for(queue.not_full)
    queue.get()
    putter.result()
    item, put_by, put_in, got_by, got_in = queue.get()
    results = [item, put_by is putter._thread, put_in, got_by is threading.current_thread(), got_in]
    getter = Calling(with_context, "getter", queue.get)
    until_one_waits_for(queue.not_empty)
    queue.put(2)
    got: Any = getter.result()
    return results, got[0], got[2], got[3] is getter._thread, got[4]


@code
def operations_written_on_the_inside(module: Module) -> object:
    class Newest(module.Queue):
        def put(self, item: int, block: bool = True, timeout: float | None = None) -> None:
            with self.not_full:
                if 0 < self.maxsize <= self._qsize():
                    self._get()
                    self.unfinished_tasks -= 1
                self._put(item)
                self.unfinished_tasks += 1
                self.not_empty.notify()

    queue = Newest(2)
    for number in range(5):
        queue.put(number)
    return list(queue.queue), queue.unfinished_tasks, queue.get(), queue.get_nowait(), queue.qsize()


# Classes.


@code
def a_constructor_of_its_own(module: Module) -> object:
    class Own(module.Queue):
        def __init__(self, maxsize: int = 0) -> None:
            self.maxsize = maxsize
            self._init(maxsize)
            self.mutex = threading.RLock()
            self.not_empty = threading.Condition(self.mutex)
            self.not_full = threading.Condition(self.mutex)
            self.all_tasks_done = threading.Condition(self.mutex)
            self.unfinished_tasks = 0
            self.is_shutdown = False

    queue = Own(1)
    queue.put(1)
    return (
        outcome(lambda: queue.put_nowait(2)), queue.get(), queue.task_done(), queue.join(),
        outcome(queue.get_nowait),
    )  # fmt: skip


@code
def a_constructor_that_does_nothing(module: Module) -> object:
    class Bare(module.Queue):
        def __init__(self) -> None:
            pass

    return outcome(lambda: Bare().mutex), outcome(lambda: Bare().maxsize)


@code
def attributes_set_before_the_constructor(module: Module) -> object:
    class Early(module.Queue):
        def __init__(self) -> None:
            self.maxsize = 7
            self.queue = deque([1])
            self._qsize = lambda: len(self.queue)
            super().__init__(3)

    queue = Early()
    queue.put(2)
    return queue.maxsize, queue.qsize(), queue.get()


PRIVATE = (
    "_items", "_free", "_slots", "_mutex", "_maxsize", "_getters", "_putters", "_conditions",
    "_stored", "_serve", "_store", "_fetch", "_park", "_resize", "_dropped", "_is_over", "_core",
    "_count_put", "_fast_items", "_fast_free", "_hooked", "_tasks", "_inside", "_lock", "tasks",
)  # fmt: skip


@code
def names_of_its_own(module: Module) -> object:
    class Named(module.Queue):
        def __init__(self) -> None:
            super().__init__(1)
            for name in PRIVATE:
                setattr(self, name, None)

    queue = Named()
    queue.put(1)
    putter = Calling(queue.put, 2)
    got = queue.get(), queue.get()
    putter.result()
    for _ in got:
        queue.task_done()
    queue.join()
    return got, outcome(queue.get_nowait), queue.empty(), queue.maxsize


@code
def a_capacity_of_the_class(module: Module) -> object:
    class Five(module.Queue):
        maxsize = 5

    @dataclasses.dataclass
    class Data(module.Queue):
        maxsize: int = 2

        def __post_init__(self) -> None:
            super().__init__(self.maxsize)

    queue = Data(1)
    queue.put(1)
    return Five().maxsize, Five(2).maxsize, queue.full(), queue.get(), Data().maxsize


@code
def generic_classes(module: Module) -> object:
    T = typing.TypeVar("T")

    class First(typing.Generic[T], module.Queue):
        pass

    class Last(module.Queue, typing.Generic[T]):
        pass

    class Simple(module.Queue):
        pass

    alias = module.Queue[int, str]
    return (
        First[int]().qsize(), Last[int]().qsize(), Simple[int]().qsize(), typing.get_args(alias),
        typing.get_origin(alias) is module.Queue, type(alias), alias(3).maxsize,
    )  # fmt: skip


@code
def classes_of_several_bases(module: Module) -> object:
    class Mixin:
        def _get(self) -> object:
            return ("mixed", super()._get())

    class Hooked(module.Queue):
        def _put(self, item: int) -> None:
            super()._put(item + 1)

    class Both(Hooked, Mixin, module.Queue):
        pass

    class Worker(module.Queue, threading.Thread):
        def __init__(self) -> None:
            module.Queue.__init__(self)
            threading.Thread.__init__(self)

    class Listed(module.Queue, list):
        pass

    class Single(type):
        pass

    class Only(module.Queue, metaclass=Single):
        pass

    class Watching(Hooked):
        def __setattr__(self, name: str, value: object) -> None:
            object.__setattr__(self, name, value)
            self.__dict__.setdefault("names", []).append(name)

    queue, watching = Both(), Watching()
    queue.put(1)
    watching.thing = 1
    Worker()
    return queue.get(), Listed().qsize(), Only().qsize(), watching.names[-1]


# Tools.


@code
def a_walk_over_all_names(module: Module) -> object:
    return [
        all(hasattr(queue, name) for name in dir(queue))
        for queue in (module.Queue(), module.LifoQueue(), module.PriorityQueue())
    ]


@code
def a_look_at_it_from_tools(module: Module) -> object:
    methods = set(public_methods(module.Queue())) - {"shutdown"}
    double = mock.create_autospec(module.Queue)()
    double.get.return_value = 1
    queue: Any = module.Queue()
    queue.note = 1
    return (
        sorted(methods), double.get(), bool(queue), queue == queue, len(vars(queue)) > 0,
        isinstance(queue, standard.Queue), isinstance(module.LifoQueue(), standard.LifoQueue),
        isinstance(module.PriorityQueue(), standard.PriorityQueue), issubclass(
            module.PriorityQueue, module.Queue), outcome(lambda: iter(queue)),
    )  # fmt: skip


@code
def heaps_and_lists(module: Module) -> object:
    heap, stack = module.PriorityQueue(3), module.LifoQueue(3)
    for queue in (heap, stack):
        for number in (2, 3, 1):
            queue.put(number)
    stack.queue.append(9)
    heap.queue = sorted([5, 4])
    return (
        [heap.get() for _ in range(2)], [stack.get() for _ in range(4)], heap.queue, stack.queue,
        outcome(lambda: [heap.put({}), heap.put({})]), heap.qsize(), heap.unfinished_tasks,
    )  # fmt: skip


@code
def shut_down_with_a_timeout(module: Module) -> object:
    if not HAVE_SHUTDOWN:
        return None
    results = []
    for kind in (module.Queue, module.LifoQueue):
        for immediate in (False, True):
            queue = kind(1)
            queue.put(1)
            queue.shutdown(immediate)
            results += [outcome(lambda: queue.get(timeout=0.001)) for _ in range(2)]
            results += [
                outcome(lambda: queue.put(1, timeout=-1)),
                outcome(lambda: queue.get(timeout=-1)),
            ]
            results += [queue.unfinished_tasks, queue.is_shutdown]
    return results


@code
def methods_of_conditions_are_replaced(module: Module) -> object:
    """Those of one object, also while a thread waits in its old ones."""
    queue = module.Queue(1)
    called = []

    def replace(place: str, method: str) -> None:
        condition = getattr(queue, place)
        usual = getattr(condition, method)

        def note(*times: Any) -> Any:
            called.append((place, method))
            return usual(*times)

        setattr(condition, method, note)

    queue.put(1)
    putting = Calling(lambda: queue.put(2))
    until_one_waits_for(queue.not_full)
    for place in ("not_full", "not_empty"):
        for method in ("wait", "notify"):
            replace(place, method)
    results = [queue.get()]
    putting.result()
    results += [outcome(lambda: queue.put(3, timeout=0.001)), queue.get()]
    getting = Calling(queue.get)
    until_one_waits_for(queue.not_empty)
    queue.put(4)
    return results, getting.result(), called


@pytest.mark.parametrize("function", CODES, ids=lambda function: function.__name__)
def test_the_same_as_with_the_standard_class(function: Code) -> None:
    """Whatever code from outside does, it comes to the same."""
    assert outcome(lambda: function(pcsim.queue)) == outcome(lambda: function(standard))
