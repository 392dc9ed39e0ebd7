"""The agent: what runs inside a watched program, one file of the standard library alone.

It is loaded where pcsim is not installed, on Python 3.11 to 3.15, so it imports nothing of pcsim
and is one file however long. What it promises to the program:

- No queue is replaced, and none of its methods. The two conditions of a `queue.Queue` are: others
  stand in their place, with the same lock and the same waiting threads, which do the same and
  count. A put notifies `not_empty` and a get `not_full`, each under the queue's lock, and a thread
  that is blocked waits at one of them. `restore` puts the queue's own back, which nothing changed.
- It never raises into the program and never prints there: what goes wrong is kept in `faults`.
- Nothing is sent that no viewer asked for, nothing of an item unless a viewer asks for the items
  of a queue, and nothing is kept without a bound.

The counts of a queue are written under its lock, by the thread that puts or gets. A cell of counts
belongs to one thread at one queue. All else is done by the agent's own thread, which looks without
a lock of the program. The protocol is in the docstrings of `Agent.answer` and what it calls.
"""

from __future__ import annotations

import atexit
import gc
import os
import queue
import stat
import sys
import threading
import weakref
from _thread import start_new_thread
from collections import deque
from itertools import count, islice
from threading import Lock, RLock, get_ident, local
from time import monotonic as clock
from time import sleep
from types import CoroutineType, FrameType, FunctionType, MemberDescriptorType, ModuleType
from typing import Any

Condition = threading.Condition
PlainLock = type(Lock())
real_notify = Condition.notify
real_wait = Condition.wait

PROTOCOL = 1
"""Raised whenever an answer changes in a way that an older viewer would misread."""
NAME = "_pcsim_agent"
"""Its name in `sys.modules`, so that a program has one agent, whichever way it came in."""
MOST_QUEUES = 1_000
"""Queues that are watched; of more than that only the number is known."""
MOST_WAITS = 16_384
"""Waiting times of a queue that are kept from one look to the next."""
MOST_LOGGED = 200_000
"""Items, and waits, of a recording that are kept until they are fetched."""
MOST_CELLS = 256
"""Threads at a queue from which on those that have ended are added up."""
MOST_FAULTS = 20
MOST_TRIES = 100
"""Times that something is read again which was changed meanwhile."""
MOST_DIFFERENCES = 8
FEW_DIFFERENCES = 4
"""Looks at which books are off to the same side before they are put right; the fewer, where it is
known why they are."""
IS_FREE_THREADED = not getattr(sys, "_is_gil_enabled", lambda: True)()
"""Whether threads run without Python's lock. Then what another thread is doing cannot be read: its
frames go away meanwhile, and the process crashes (3.13.15)."""
READS_VARIABLES = sys.version_info[:2] != (3, 12) and not IS_FREE_THREADED
"""Whether variables of functions are looked through for names: on 3.12.1 the collector was seen to
crash after that was done again and again."""
MOST_SUMMED = 1_000
"""Items in a queue whose times are added one by one."""
LONGEST_LOCK = 0.5
"""Seconds that the agent waits for the lock of a queue before it leaves the queue alone."""
FIND_SHARE = 100
"""Times as long as a pass over all objects lasted until the next one, so that it takes 1 %."""
LOOK_TWICE = 0.006
"""Seconds between two looks at a thread that seems to wait: for Python's lock it would move."""
LONGEST_REQUEST = 65_536
LONGEST_SEND = 2.0
"""Seconds after which a viewer that does not read its answer is dropped."""
MOST_VIEWERS = 16

PUTS, GETS, LAST, FULL, EMPTY, SINCE, REASON, WAITS, FIRST, WHO = range(10)
"""What a cell has: counts, when the last was, seconds blocked, since when and why it is blocked
now, how often it was, when the first was, and the thread."""
_SENT = PUTS, GETS, FULL, EMPTY, WAITS, LAST


def active_threads() -> dict[int, Any]:
    """The threads of `threading` by their identity. `enumerate` would take a lock for it."""
    active: dict[int, Any] = getattr(threading, "_active", {})
    return active


class Who:
    """A thread of the program that has put or got, or waits to."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.ident = get_ident()
        # `current_thread` would make a record of a thread that the program does not know.
        thread = active_threads().get(self.ident)
        self.thread = None if thread is None else weakref.ref(thread)
        self.native_id = threading.get_native_id()
        self.target = "" if thread is None else target_of(thread)
        self._name = ""

    @property
    def name(self) -> str:
        """The name that the thread has now, or had when it was last seen."""
        thread: Any = None if self.thread is None else self.thread()
        if thread is not None:
            self._name = str.__str__(thread.name)
        return self._name or f"thread {self.native_id}"

    def is_alive(self) -> bool:
        """Whether it has not ended: another thread may have its identity by now."""
        if self.thread is None:
            tasks = "/proc/self/task"
            if os.path.isdir(tasks):
                return os.path.exists(f"{tasks}/{self.native_id}")
            return IS_FREE_THREADED or self.ident in frames_of_threads()
        thread: Any = self.thread()
        return thread is not None and active_threads().get(self.ident) is thread


def frames_of_threads() -> dict[int, FrameType]:
    """What each thread is doing; nothing where that cannot be read. Up to Python 3.11.7 garbage
    must not be collected meanwhile: a thread that starts then would wait for ever."""
    if IS_FREE_THREADED:
        return {}
    collects = gc.isenabled()
    gc.disable()
    try:
        return sys._current_frames()
    finally:
        if collects:
            gc.enable()


def target_of(thread: Any) -> str:
    """What a thread runs: the name of its function, or of its class."""
    target: Any = getattr(thread, "_target", None)
    target = getattr(target, "func", target)  # of a functools.partial
    name = getattr(target, "__qualname__", "")
    if type(name) is str and name:
        return name.rpartition("<locals>.")[2]
    kind = type(thread)
    return "" if kind is threading.Thread else kind.__name__


class Book:
    """What is known of one queue."""

    conditions: tuple[Any, ...] = ()
    """Those that are in the place of its own: for `not_empty`, and for `not_full`."""
    ref: Any
    read: Any
    """Returns puts, gets, the sum of waiting times, full time and since, empty time and since."""
    correct: Any
    """Makes the books agree with the queue, where items came or went past its conditions."""
    record: Any
    """Begins or ends the record of each item."""
    forget: Any = staticmethod(lambda: None)
    """Does what is to be done besides when the queue is gone."""
    functions: tuple[Any, ...] = ()
    """Of a pool: what is done when a task is put, refused, begun and done."""

    def __init__(self, subject: Any, number: int, site: Any) -> None:
        self.number = number
        self.key = id(subject)
        self.kind = type(subject).__name__
        is_ours = isinstance(subject, our_kind())
        self.maxsize = capacity_of_ours(subject) if is_ours else getattr(subject, "maxsize", 0)
        # One of pcsim has its inside left alone. A signal handler may come while a lock is held.
        self.lock = (None if is_ours else getattr(subject, "mutex", None)) or RLock()
        """Held where the books and the queue have to agree."""
        self.site = site
        self.found: Any = None
        """How the program reaches it."""
        self.born = clock()
        self.stamps: deque[Any] = deque()
        """When each item came that is in the queue now; while recording, with the thread."""
        self.waits: deque[float] = deque(maxlen=MOST_WAITS)
        self.cells: list[Any] = []
        self.most_cells = MOST_CELLS
        self.ended: dict[str, list[Any]] = {}
        """Threads that have ended, by what they ran: puts, gets, seconds blocked, how many."""
        self.buckets: dict[int, int] = {}
        self.times = 0
        self.longest = 0.0
        self.depth_at_first = self.peak = 0
        self.is_exact = True
        """Whether each waiting time is that of its own item."""
        self.unseen_puts = self.unseen_gets = 0
        """Items that came or went past the conditions."""
        self.odd: Any = None
        """What was read when the depth was last found to be another."""
        self.differences: deque[int] = deque(maxlen=MOST_DIFFERENCES)
        """By how much it was another, at the last looks."""
        self.stood = 0
        """How many threads were blocked here before the watching began, of which nobody has seen
        yet what they put or took then."""
        self.standing: dict[int, tuple[str, Any, Any]] = {}
        """Threads that were blocked here before the watching began."""

    @property
    def is_nameless(self) -> bool:
        """Whether nobody has looked yet how the program reaches it, or where it was made."""
        return self.found is None and self.site is None

    @property
    def subject(self) -> Any:
        """The queue; None where it is no more."""
        return self.ref()

    def fold_ended(self) -> None:
        """Add up what ended threads have done, so that there is not a cell for each."""
        for cell in list(self.cells):
            who = cell[WHO]
            if not who.is_alive():
                total = self.ended.setdefault(who.target or who.name, [0, 0, 0.0, 0.0, 0])
                for place, what in enumerate((PUTS, GETS, FULL, EMPTY)):
                    total[place] += cell[what]
                total[4] += 1
                self.cells.remove(cell)
        self.most_cells = max(MOST_CELLS, 2 * len(self.cells))

    def fold_waits(self) -> None:
        """Count the waiting times since the last look by the bucket that each falls into: the
        upper half of it as a single."""
        waits = self.waits
        taken = [waits.popleft() for _ in range(len(waits))]
        if not taken:
            return
        from struct import pack

        self.times += len(taken)
        self.longest = max(self.longest, max(taken))
        buckets = self.buckets
        for bucket in memoryview(pack(f"<{len(taken)}f", *taken)).cast("H")[1::2].tolist():
            buckets[bucket] = buckets.get(bucket, 0) + 1

    def sum_of_stamps(self) -> float:
        """The sum of the times at which the items came that are in the queue; of many, by a part
        of them."""
        stamps = self.stamps
        step = max(len(stamps) // MOST_SUMMED, 1)
        while True:
            try:
                some = [time_of(stamp) for stamp in islice(stamps, 0, None, step)]
                break
            except RuntimeError:  # the queue changed meanwhile
                continue
        return sum(some) * len(stamps) / len(some) if some else 0.0

    def oldest(self) -> float | None:
        """When the item came that has been longest in the queue."""
        try:
            return time_of(self.stamps[0])
        except IndexError:
            return None


def time_of(stamp: Any) -> float:
    """When an item came, by its stamp."""
    when: float = stamp[0] if stamp.__class__ is tuple else stamp
    return when


class Watched(Condition):
    """A condition in the place of another, with the same lock and the same threads that wait.

    What it does is in its slots: functions of one queue, and the lock's own for `with`.
    """

    __slots__ = ("__enter__", "__exit__", "notify", "notify_all", "original", "wait")

    def __init__(self, original: Any, notify: Any, wait: Any) -> None:
        lock = original._lock
        super().__init__(lock)
        self._waiters = original._waiters
        self.original = original
        functions = {
            "__enter__": lock.__enter__,
            "__exit__": lock.__exit__,
            "notify": notify,
            "notify_all": lambda: real_notify(original, len(original._waiters)),
            "wait": wait,
        }
        for name, function in functions.items():
            setattr(self, name, function)


Watched.__name__ = Watched.__qualname__ = Condition.__name__
Watched.__module__ = Condition.__module__


def begin_book(agent: Agent, book: Book, subject: Any) -> None:  # noqa: C901 - they share variables
    """Watch a queue whose lock is held: put conditions that count in the place of its own.

    The counts are variables of these functions, and so are quick to write.
    """
    not_empty, not_full = subject.not_empty, subject.not_full
    stamps, number, log, fault = book.stamps, book.number, agent.items_log.append, agent.fault
    stamp, note_wait = stamps.append, book.waits.append
    take = stamps.pop if isinstance(subject, queue.LifoQueue) else stamps.popleft
    getters, putters = not_empty._waiters, not_full._waiters
    # A condition asks this of a plain lock before it notifies; of any other lock, the lock itself.
    is_locked = subject.mutex.locked if type(subject.mutex) is PlainLock else bool
    mine = local()
    puts = gets = 0
    wait_sum = full_time = empty_time = 0.0
    maxsize, is_recorded = book.maxsize, agent.is_recording
    stamps.extend([book.born] * subject._qsize())
    book.depth_at_first = book.peak = len(stamps)
    full_since = book.born if 0 < maxsize <= len(stamps) else None
    empty_since = None if stamps else book.born

    def on_put(n: int = 1) -> None:
        nonlocal puts, full_since, empty_since, empty_time
        if getters or not is_locked():
            real_notify(not_empty, n)
        try:
            at = clock()
            puts += 1
            try:
                cell = mine.cell
            except AttributeError:
                cell = mine.cell = agent.new_cell(book)
            cell[PUTS] += 1
            cell[LAST] = at
            if empty_since is not None:
                empty_time += at - empty_since
                empty_since = None
            stamp((at, cell[WHO].number) if is_recorded else at)
            if len(stamps) == maxsize:
                full_since = at
        except Exception as error:  # noqa: BLE001 - nothing of ours is raised into the program
            fault(error)

    def on_get(n: int = 1) -> None:
        nonlocal gets, wait_sum, full_since, empty_since, full_time
        if putters or not is_locked():
            real_notify(not_full, n)
        try:
            at = clock()
            gets += 1
            try:
                cell = mine.cell
            except AttributeError:
                cell = mine.cell = agent.new_cell(book)
            cell[GETS] += 1
            cell[LAST] = at
            if full_since is not None:
                full_time += at - full_since
                full_since = None
            came = take() if stamps else at
            if is_recorded:
                came, by = came if came.__class__ is tuple else (came, 0)
                log((number, came, by, at, cell[WHO].number))
            wait = at - came
            wait_sum += wait
            note_wait(wait)
            if not stamps and empty_since is None:
                empty_since = at
        except Exception as error:  # noqa: BLE001 - nothing of ours is raised into the program
            fault(error)

    def record(is_on: bool) -> None:
        nonlocal is_recorded
        is_recorded = is_on
        for index, one in enumerate(stamps):
            stamps[index] = time_of(one)

    def read() -> tuple[Any, ...]:
        return puts, gets, wait_sum, full_time, full_since, empty_time, empty_since

    def correct(subject: Any) -> None:
        nonlocal maxsize, full_since, full_time, empty_since, empty_time
        at, depth = clock(), subject._qsize()
        maxsize = book.maxsize = subject.maxsize
        book.unseen_puts += max(depth - len(stamps), 0)
        book.unseen_gets += max(len(stamps) - depth, 0)
        while len(stamps) < depth:
            stamp(at)
        while len(stamps) > depth:
            take()
        if full_since is not None and not 0 < maxsize <= depth:
            full_time, full_since = full_time + at - full_since, None
        elif full_since is None and 0 < maxsize <= depth:
            full_since = at
        if empty_since is not None and depth:
            empty_time, empty_since = empty_time + at - empty_since, None
        elif empty_since is None and not depth:
            empty_since = at

    book.read, book.correct, book.record = read, correct, record
    put_line = waits_at(agent, book, not_empty, mine, "empty", EMPTY)
    get_line = waits_at(agent, book, not_full, mine, "full", FULL)
    book.conditions = Watched(not_empty, on_put, put_line), Watched(not_full, on_get, get_line)
    subject.not_empty, subject.not_full = book.conditions


def waits_at(agent: Agent, book: Book, condition: Any, mine: Any, reason: str, where: int) -> Any:
    """How a thread waits in the place of a condition: in its line, and it is noted."""
    wait_in_line = plain_wait(condition) if type(condition._lock) is PlainLock else real_wait

    def wait(timeout: float | None = None) -> Any:
        try:
            try:
                cell = mine.cell
            except AttributeError:
                cell = mine.cell = agent.new_cell(book)
            cell[REASON] = reason
            cell[SINCE] = since = clock()
            cell[WAITS] += 1
        except Exception as error:  # noqa: BLE001 - nothing of ours is raised into the program
            agent.fault(error)
            return real_wait(condition, timeout)
        try:
            return wait_in_line(condition, timeout)
        finally:
            now = clock()
            cell[SINCE] = None
            cell[where] += now - since
            if agent.is_recording:
                agent.note_wait(cell[WHO].number, book.number, reason, since, now)

    return wait


def plain_wait(condition: Any) -> Any:
    """What `Condition.wait` does where the lock is a plain one: the same in fewer calls, which
    makes up for the counting."""
    lock, waiters = condition._lock, condition._waiters
    is_locked, acquire, release = lock.locked, lock.acquire, lock.release
    enter_line, leave_line = waiters.append, waiters.remove

    def wait(condition: Any, timeout: float | None) -> Any:
        if timeout is not None or not is_locked():
            return real_wait(condition, timeout)
        waiter = Lock()
        waiter.acquire()
        enter_line(waiter)
        release()
        is_notified = False
        try:
            waiter.acquire()
            is_notified = True
            return True
        finally:
            acquire()
            if not is_notified:  # an exception, as that of Ctrl-C
                try:
                    leave_line(waiter)
                except ValueError:
                    pass

    return wait


def end_book(book: Book, subject: Any) -> None:
    """Give a queue, if it is still there, its own conditions back."""
    book.forget()
    for name, condition in zip(("not_empty", "not_full"), book.conditions, strict=False):
        if subject is not None and getattr(subject, name) is condition:
            setattr(subject, name, condition.original)
    # These refer to the book: without a circle nothing is left to be collected as garbage.
    book.conditions = ()
    book.correct = book.record = None


class Pools:
    """Thread pools: a task is an item, and `submit` puts it; a worker gets it when it runs it.

    A pool keeps its tasks in a queue written in C, which cannot be watched. But the two functions
    that put and run a task are Python's, and can be put back.
    """

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._undo: list[tuple[Any, str, Any]] = []

    def begin(self) -> None:
        """Watch the pools that there are, and those to come, once the program has loaded them."""
        module: Any = sys.modules.get("concurrent.futures.thread")
        if module is None or self._undo or not hasattr(module, "_WorkItem"):
            return
        pool, task = module.ThreadPoolExecutor, module._WorkItem
        self._undo = [(pool, "submit", pool.submit), (task, "run", task.run)]
        kinds = set(_with_subclasses(pool))
        for one in [one for one in gc.get_objects() if type(one) in kinds]:
            self._book_of(one)
        pool.submit = self._submit(pool.submit)
        task.run = self._run(task.run, module._threads_queues)

    def restore(self) -> None:
        """Put the two functions back, where nobody else has replaced them."""
        undo, self._undo = self._undo, []
        for owner, name, original in undo:
            if getattr(vars(owner)[name], "__wrapped__", None) is original:
                setattr(owner, name, original)

    def _book_of(self, pool: Any) -> Book | None:
        line = pool._work_queue
        book = self._agent.books.get(id(line))
        if book is None and self._agent.is_watching and id(line) not in self._agent.refused:
            book = Book(pool, next(self._agent.numbers), None)
            begin_pool(self._agent, book, line)
            book = self._agent.add_book(book, id(line), pool)
        return book

    def _submit(self, original: Any) -> Any:
        def submit(self: Any, /, *arguments: Any, **keywords: Any) -> Any:
            try:
                book = pools._book_of(self)
                stamp = None if book is None else book.functions[0]()
            except Exception as error:  # noqa: BLE001 - nothing of ours is raised into the program
                book = stamp = None
                pools._agent.fault(error)
            try:
                return original(self, *arguments, **keywords)
            except BaseException:
                if book is not None:
                    book.functions[1](stamp)  # it takes no more tasks
                raise

        pools = self
        return as_if(submit, original)

    def _run(self, original: Any, lines: Any) -> Any:
        def run(self: Any, *arguments: Any) -> Any:
            book = None
            try:
                thread: Any = active_threads().get(get_ident())
                # A new thread may run its first task before its pool has noted it there.
                for line in (lines.get(thread), *getattr(thread, "_args", ())):
                    book = book or pools._agent.books.get(id(line))
                if book is not None:
                    work = getattr(self, "fn", None) or (getattr(self, "task", None) or (None,))[0]
                    book.functions[2](work)
            except Exception as error:  # noqa: BLE001 - nothing of ours is raised into the program
                pools._agent.fault(error)
            try:
                return original(self, *arguments)
            finally:
                if book is not None:
                    book.functions[3]()

        pools = self
        return as_if(run, original)


def as_if(function: Any, original: Any) -> Any:
    """A function with the names of the one in whose place it stands."""
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(function, name, getattr(original, name))
    function.__wrapped__ = original
    return function


def begin_counts(  # noqa: C901 - they share variables
    agent: Agent, book: Book, count_now: Any, capacity_now: Any = None, takes_last: bool = False
) -> tuple[Any, Any, Any]:
    """The books of what has no conditions: returns functions that note a put, that take one back,
    and that note a get, each by a cell.

    `count_now` returns how many items there are, `capacity_now` the capacity, where it may change.
    A put may be noted after the get of its item: then it was there for no time.
    """
    stamps, maxsize = book.stamps, book.maxsize
    stamp, note_wait = stamps.append, book.waits.append
    take = stamps.pop if takes_last else stamps.popleft
    puts = gets = early = 0
    wait_sum = full_time = empty_time = 0.0
    is_recorded = agent.is_recording
    stamps.extend([book.born] * count_now())
    book.depth_at_first = book.peak = len(stamps)
    full_since = book.born if 0 < maxsize <= len(stamps) else None
    empty_since = None if stamps else book.born

    # Threads take turns, and signal handlers run, at calls alone: between two calls all is one
    # step. Without Python's lock both are done under the lock of the book.

    def put(cell: Any) -> Any:
        nonlocal puts, early, full_since, empty_since, empty_time
        at = clock()
        came = (at, cell[WHO].number) if is_recorded else at
        puts += 1
        cell[PUTS] += 1
        cell[LAST] = at
        if early:
            early -= 1
            return came
        if empty_since is not None:
            empty_time, empty_since = empty_time + at - empty_since, None
        stamp(came)
        if len(stamps) == maxsize:
            full_since = at
        return came

    def take_back(cell: Any, came: Any) -> None:
        nonlocal puts
        with book.lock:
            if came in stamps:
                stamps.remove(came)
                puts -= 1
                cell[PUTS] -= 1

    def get(cell: Any) -> None:
        nonlocal gets, early, wait_sum, empty_since, full_since, full_time
        at = clock()
        gets += 1
        cell[GETS] += 1
        cell[LAST] = at
        if full_since is not None:
            full_time, full_since = full_time + at - full_since, None
        try:
            came = take()
        except IndexError:
            came, early = at, early + 1
        if not stamps and empty_since is None:
            empty_since = at
        if is_recorded or came.__class__ is tuple:
            came, by = came if came.__class__ is tuple else (came, 0)
            if is_recorded:
                by = by if came >= agent.recorded_since else 0
                agent.items_log.append((book.number, came, by, at, cell[WHO].number))
        wait_sum += at - came
        note_wait(at - came)

    def record(is_on: bool) -> None:
        nonlocal is_recorded
        is_recorded = is_on

    def at_first() -> int:
        """What threads that stood there have put or taken: it is the same at a few looks."""
        differences: list[int] = []
        while book.stood and len(differences) < FEW_DIFFERENCES:
            differences.append(count_now() - len(stamps) + early)
            if not differences[-1]:
                break
            sleep(0.001)
        more = lasting(differences, FEW_DIFFERENCES)
        found: int = max(min(more, book.stood), -book.stood)
        book.stood -= abs(found)
        return found

    def correct(_: Any) -> None:
        """Where items came or went unseen, as tasks that were cancelled with their pool, or the
        item of a thread that waited for it before the watching began. What is on its way just now
        is another one at the next look."""
        nonlocal early, maxsize, empty_since, empty_time, full_since, full_time
        with book.lock:
            there, at = count_now(), clock()
            more = there - len(stamps) + early
            odd = (puts, gets, there) if more else None
            book.differences.append(more)
            if odd is None or odd != book.odd:
                more = lasting(book.differences, MOST_DIFFERENCES) or at_first()
            book.odd = odd
            if more:
                book.differences.clear()
            if more > 0:
                book.unseen_puts += more
                known = min(more, early)
                early -= known
                stamps.extend([at] * (more - known))
            elif more < 0:
                book.unseen_gets -= more
                try:
                    for _ in range(-more):
                        take()
                        more += 1
                except IndexError:
                    early -= more
            if capacity_now is not None:
                maxsize = book.maxsize = capacity_now()
            is_full, is_empty = 0 < maxsize <= len(stamps), not stamps
            if is_full != (full_since is not None):
                full_time += 0.0 if full_since is None else at - full_since
                full_since = at if is_full else None
            if is_empty != (empty_since is not None):
                empty_time += 0.0 if empty_since is None else at - empty_since
                empty_since = at if is_empty else None

    def read() -> tuple[Any, ...]:
        return puts, gets, wait_sum, full_time, full_since, empty_time, empty_since

    book.read, book.correct, book.record = read, correct, record
    if IS_FREE_THREADED:
        return under(book.lock, put), take_back, under(book.lock, get)
    return put, take_back, get


def under(lock: Any, function: Any) -> Any:
    """What calls a function, of one argument, under a lock."""

    def call(argument: Any) -> Any:
        with lock:
            return function(argument)

    return call


def lasting(differences: Any, number: int) -> int:
    """What books were off by at that many looks; 0 where at one of them they were not."""
    if len(differences) < number or min(differences) * max(differences) <= 0:
        return 0
    least: int = min(differences, key=abs)
    return least


def begin_pool(agent: Agent, book: Book, line: Any) -> None:
    """The books of a thread pool."""
    put, take_back, get = begin_counts(agent, book, line.qsize)
    mine = local()

    def cell_of_thread() -> Any:
        try:
            return mine.cell
        except AttributeError:
            mine.cell = cell = agent.new_cell(book)
            return cell

    def on_submit() -> Any:
        return put(cell_of_thread())

    def on_refused(stamp: Any) -> None:
        take_back(cell_of_thread(), stamp)

    def on_run(work: Any) -> None:
        cell = cell_of_thread()
        end_wait(agent, book, cell, EMPTY)
        get(cell)
        name = getattr(work, "__qualname__", "")
        if type(name) is str and name:
            cell[WHO].target = name.rpartition("<locals>.")[2]

    def on_done() -> None:
        begin_wait(cell_of_thread(), "empty")

    book.functions = on_submit, on_refused, on_run, on_done


def begin_wait(cell: Any, reason: str) -> None:
    """Note that a thread is blocked from now on."""
    cell[REASON], cell[SINCE] = reason, clock()
    cell[WAITS] += 1


def end_wait(agent: Agent, book: Book, cell: Any, where: int) -> None:
    """Note that it is not blocked any more, if it was."""
    since, cell[SINCE] = cell[SINCE], None
    if since is not None:
        at = clock()
        cell[where] += at - since
        if agent.is_recording:
            agent.note_wait(cell[WHO].number, book.number, cell[REASON], since, at)


class TaskWho:
    """A task of asyncio, in the place of a thread."""

    native_id = None

    ident = 0
    """It is no thread."""

    def __init__(self, number: int, task: Any) -> None:
        self.number = number
        self._task = weakref.ref(task)
        self.name = str.__str__(task.get_name())
        self.target = str(getattr(task.get_coro(), "__qualname__", "")).rpartition("<locals>.")[2]

    def is_alive(self) -> bool:
        """Whether it has not ended."""
        task: Any = self._task()
        return task is not None and not task.done()


class AsyncQueues:
    """Queues of asyncio: tasks put and get. Four functions of their class are replaced meanwhile.

    A task that waited already when the watching began is seen once it goes on.
    """

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._undo: list[tuple[str, Any]] = []
        self._kind: Any = None
        self._cells: Any = weakref.WeakKeyDictionary()
        """By queue: the function that notes a put and a get, and the cell of each task."""

    def begin(self) -> None:
        """Watch all queues of asyncio, once the program has loaded it."""
        module: Any = sys.modules.get("asyncio.queues")
        if module is None or self._undo or not hasattr(module, "Queue"):
            return
        kind = self._kind = module.Queue
        names = ("put_nowait", "get_nowait", "put", "get")
        self._undo = [(name, vars(kind)[name]) for name in names]
        kinds = set(_with_subclasses(kind))
        for one in [one for one in gc.get_objects() if type(one) in kinds]:
            self._entry_of(one)
        for name, original in self._undo:
            wrap = self._at_once if name.endswith("nowait") else self._waiting
            setattr(kind, name, as_if(wrap(original, name.startswith("put")), original))

    def restore(self) -> None:
        """Put the functions back, where nobody else has replaced them."""
        undo, self._undo = self._undo, []
        for name, original in undo:
            if getattr(vars(self._kind)[name], "__wrapped__", None) is original:
                setattr(self._kind, name, original)
        self._cells = weakref.WeakKeyDictionary()

    def _entry_of(self, one: Any) -> Any:
        """The book of a queue, what notes a put and a get there, and the cells of its tasks."""
        entry = self._cells.get(one)
        agent = self._agent
        is_new = entry is None and agent.is_watching and id(one) not in agent.refused
        if is_new and hasattr(one, "_queue"):
            book = Book(one, next(agent.numbers), None)
            put, _, get = begin_counts(agent, book, of_weak(one, lambda there: there.qsize()))
            if agent.add_book(book, id(one), one) is not None:
                entry = book, put, get, weakref.WeakKeyDictionary()
                self._cells[one] = entry
        return entry

    def _cell_of(self, entry: Any) -> Any:
        """The cell of the running task, or that of the thread where none runs."""
        task: Any = sys.modules["asyncio.tasks"].current_task()
        cells = entry[3]
        cell = cells.get(task)
        if cell is None:
            agent = self._agent
            cell = agent.new_cell(entry[0], TaskWho(next(agent.numbers), task))
            cells[task] = cell
        return cell

    def _at_once(self, original: Any, puts: bool) -> Any:
        def at_once(self: Any, *arguments: Any) -> Any:
            result = original(self, *arguments)
            queues._note(self, puts)
            return result

        queues = self
        return at_once

    def _note(self, one: Any, puts: bool) -> None:
        try:
            entry = self._entry_of(one)
            if entry is not None:
                entry[1 if puts else 2](self._cell_of(entry))
        except Exception as error:  # noqa: BLE001 - nothing of ours is raised into the program
            self._agent.fault(error)

    def _waiting(self, original: Any, puts: bool) -> Any:
        reason, where = ("full", FULL) if puts else ("empty", EMPTY)

        async def waiting(self: Any, *arguments: Any) -> Any:
            if not (self.full() if puts else self.empty()):
                return await original(self, *arguments)
            cell = entry = None
            try:
                entry = queues._entry_of(self)
                if entry is not None:
                    cell = queues._cell_of(entry)
                    begin_wait(cell, reason)
            except Exception as error:  # noqa: BLE001 - nothing of ours is raised into the program
                queues._agent.fault(error)
            try:
                return await original(self, *arguments)
            finally:
                if cell is not None and entry is not None:
                    end_wait(queues._agent, entry[0], cell, where)

        queues = self
        return waiting


OUR_FUNCTIONS = (
    ("queue", "put"), ("queue", "get"), ("locked", "put"), ("locked", "get"),
    ("locked", "_wait_for_slot"), ("locked", "_wait_for_item"), ("waiting", "wait_to_put"),
    ("waiting", "wait_to_get"), ("select", "_wait_for_notice"), ("select", "_wait_in_lines"),
)  # fmt: skip
"""The functions of `pcsim.queue` that put, take and wait, by their modules; the first two are
those of its class `Queue`."""
OUR_PLACES = {
    "put_slowly": "full", "get_slowly": "empty", "_wait_for_slot": "full",
    "_wait_for_item": "empty", "_wait_in_lines": "empty", "_wait_for_notice": "empty",
}  # fmt: skip
"""Those that a thread is in while it waits, and why it does."""


ASKS_AT = 2
"""Where the code of a trampoline asks for its hook: after the instruction at which threads may
take turns."""


class Missing:
    """In the place of a class that the program has not loaded."""


def our_kind() -> Any:
    """The class `pcsim.Queue`, if the program has loaded it."""
    return getattr(sys.modules.get("pcsim.queue.queue"), "Queue", Missing)


def our_functions() -> list[Any]:
    """Those of `OUR_FUNCTIONS`; none where the program has another version of pcsim."""
    modules = {name: sys.modules.get(f"pcsim.queue.{name}") for name, _ in OUR_FUNCTIONS}
    owners = {**modules, "queue": our_kind()}
    found = [getattr(owners[module], name, None) for module, name in OUR_FUNCTIONS]
    return found if all(type(one) is FunctionType for one in found) else []


def core_of_ours(one: Any) -> Any:
    """The core of a `pcsim.Queue` that is sealed. What its own methods ask could unseal it."""
    core = one._pcsim_core
    return one._pcsim_watched if core is None else core


def inside_of(one: Any) -> Any:
    """What has the attributes of a queue: of a `pcsim.Queue`, its core or what is inside."""
    return core_of_ours(one) or one._pcsim_inside or one if isinstance(one, our_kind()) else one


def size_of_ours(one: Any) -> Any:
    """The depth of a `pcsim.Queue`, without a lock."""
    core = core_of_ours(one)
    number = None if core is None else core.size()
    return one._qsize() if number is None else number


def capacity_of_ours(one: Any) -> Any:
    """The capacity of a `pcsim.Queue`."""
    core = core_of_ours(one)
    return one.maxsize if core is None or core.is_unsealed else core._maxsize


class InitHook:
    """Watches every queue of a class that is made from now on: its `__init__` is replaced."""

    def __init__(self, agent: Agent, kind: Any, watch: Any) -> None:
        original = kind.__init__

        def __init__(self: Any, *args: Any, **keywords: Any) -> None:  # noqa: N807
            original(self, *args, **keywords)
            if state.is_on:
                try:
                    watch(self, site_of(sys._getframe(1), self))
                except Exception as error:  # noqa: BLE001 - not raised into the program
                    agent.fault(error)

        state = self
        self._kind, self._original, self._hook = kind, original, as_if(__init__, original)
        self.is_on = True
        kind.__init__ = self._hook

    def restore(self) -> None:
        """Put its own back, where nobody else has replaced it."""
        self.is_on = False
        if self._kind.__init__ is self._hook:
            self._kind.__init__ = self._original


class OurQueues:
    """Queues of pcsim: they stay as they are, a sealed one sealed and without a lock.

    Ten functions of `pcsim.queue` get another code meanwhile. So a method that the program has
    taken out of its queue, as in `put = jobs.put`, is counted as well, and so is `get_any`. A
    thread that is in one of them when the watching begins goes on in its own code: it is seen to
    wait, and the item that it puts or takes then is noticed by the depth.
    """

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._undo: list[tuple[Any, Any, Any]] = []
        """Each function, its own code, and the one that it has meanwhile."""
        self._init: Any = None
        self._entries: dict[int, Any] = {}
        """By the identity of a queue, and by that of its core while it is sealed: the book, and
        what has the cell of each thread."""
        self._counts: dict[Any, dict[int, Any]] = {}
        """By the function that is the first to have it in hand: what notes that an item was put or
        taken, by the identity of the queue."""

    def begin(self) -> None:
        """Watch all queues of pcsim, once the program has loaded it."""
        kind, functions = our_kind(), our_functions()
        is_taken = any(hook_of(one.__code__) in one.__code__.co_names for one in functions)
        if kind is Missing or self._undo or is_taken:  # by another agent
            return
        kinds = set(_with_subclasses(kind))
        if not functions:
            number = sum(type(one) in kinds for one in gc.get_objects())
            self._agent.unwatched["other pcsim"] = number
            return
        self._counts = {function: {} for function in functions[:4]}
        self._init = InitHook(self._agent, kind, self._entry_of)
        for one in [one for one in gc.get_objects() if type(one) in kinds]:
            self._entry_of(one)
        for function, hook in zip(functions, self._hooks(*self._counts), strict=True):
            code = function.__code__
            original = FunctionType(code, function.__globals__, None, function.__defaults__)
            self._undo.append((function, code, trampoline(function, hook(original))))
        for function, _, code in self._undo:
            function.__code__ = code

    def restore(self) -> None:
        """Give the functions their code back."""
        undo, self._undo = self._undo, []
        for function, original, code in undo:
            if function.__code__ is code:
                function.__code__ = original
        forget_hooks(undo)
        if self._init is not None:
            self._init.restore()
            self._init = None
        for entries in (self._entries, *self._counts.values()):
            entries.clear()

    def _entry_of(self, one: Any, site: Any = None) -> Any:
        """What there is of a queue; None where it is not watched."""
        agent, entries, key = self._agent, self._entries, id(one)
        entry = entries.get(key)
        if entry is not None or self._init is None or key in agent.refused or not is_made(one):
            return entry
        book, core, mine = Book(one, next(agent.numbers), site), core_of_ours(one), local()
        size, capacity = of_weak(one, size_of_ours), of_weak(one, capacity_of_ours)
        takes_last = isinstance(one, queue.LifoQueue)
        put, _, get = begin_counts(agent, book, size, capacity, takes_last)
        counts = self._counts
        at_put, at_get = (first_of(type(one), counts, name) for name in ("put", "get"))
        places = entries, counts[at_put], counts[at_get]
        book.forget = lambda: [
            place.pop(each, None) for place in places for each in (key, id(core))
        ]
        if agent.add_book(book, key, one) is None:
            return None
        entries[key] = entry = book, mine
        counts[at_put][key], counts[at_get][key] = (put, mine), (get, mine)
        if core is not None:
            entries[id(core)] = entry  # a waiter knows its queue by this
        return entry

    def _cell_of(self, entry: Any) -> Any:
        """The cell of this thread."""
        book, mine = entry
        try:
            return mine.cell
        except AttributeError:
            mine.cell = cell = self._agent.new_cell(book)
            return cell

    def _hooks(self, put: Any, get: Any, put_locked: Any, get_locked: Any) -> tuple[Any, ...]:
        """What makes that which is done in the place of each function."""
        waits = self._waits
        return (
            self._puts(put), self._gets(get), self._puts(put_locked), self._gets(get_locked),
            waits("full", FULL, lambda one, _, block, __: (one,) if block else ()),
            waits("empty", EMPTY, lambda one, _, block, __: (one,) if block else ()),
            waits("full", FULL, lambda _, waiter, __: waiter.queues if waiter.pending else ()),
            waits("empty", EMPTY, lambda _, waiter, __: waiter.queues if waiter.pending else ()),
            waits("empty", EMPTY, lambda line, timeout: () if timeout == 0 else line),
            self._takes_any(get),
        )  # fmt: skip

    def _puts(self, function: Any) -> Any:
        counts, note = self._counts[function], self._note

        def hook(original: Any) -> Any:
            def put(one: Any, item: Any, block: Any, timeout: Any) -> None:
                original(one, item, block, timeout)
                found = counts.get(id(one))
                if found is None:
                    note(one, counts)
                else:
                    count, mine = found
                    try:
                        count(mine.cell)
                    except AttributeError:
                        note(one, counts)

            return put

        return hook

    def _gets(self, function: Any) -> Any:
        counts, note = self._counts[function], self._note

        def hook(original: Any) -> Any:
            def get(one: Any, block: Any, timeout: Any) -> Any:
                item = original(one, block, timeout)
                found = counts.get(id(one))
                if found is None:
                    note(one, counts)
                else:
                    count, mine = found
                    try:
                        count(mine.cell)
                    except AttributeError:
                        note(one, counts)
                return item

            return get

        return hook

    def _takes_any(self, function: Any) -> Any:
        counts, note = self._counts[function], self._note

        def hook(original: Any) -> Any:
            def take_any(line: Any, cores: Any, timeout: Any) -> Any:
                found = original(line, cores, timeout)
                note(found[0], counts)
                return found

            return take_any

        return hook

    def _note(self, one: Any, counts: dict[int, Any]) -> None:
        """Note a put or a get, perhaps the first one at this queue or of this thread."""
        try:
            entry = self._entry_of(one)
            found = counts.get(id(one))
            if entry is not None and found is not None:
                found[0](self._cell_of(entry))
        except Exception as error:  # noqa: BLE001 - nothing of ours is raised into the program
            self._agent.fault(error)

    def _waits(self, reason: str, where: int, waited_for: Any) -> Any:
        """What notes that a thread waits: at the queues that `waited_for` returns."""

        def hook(original: Any) -> Any:
            def wait(*arguments: Any) -> Any:
                noted: list[Any] = []
                try:
                    self._begin_waits(waited_for(*arguments), reason, noted)
                except Exception as error:  # noqa: BLE001 - not raised into the program
                    self._agent.fault(error)
                try:
                    return original(*arguments)
                finally:
                    for book, cell in noted:
                        end_wait(self._agent, book, cell, where)

            return wait

        return hook

    def _begin_waits(self, queues: Any, reason: str, noted: list[Any]) -> None:
        for one in queues:
            entry = self._entries.get(id(one))
            if entry is not None:
                cell = self._cell_of(entry)
                begin_wait(cell, reason)
                noted.append((entry[0], cell))


def first_of(kind: Any, functions: Any, name: str) -> Any:
    """The first of functions by a name that a class has, or inherits."""
    found = (vars(one).get(name) for one in type.__dict__["__mro__"].__get__(kind))
    return next(one for one in found if one in functions)


def is_made(one: Any) -> bool:
    """Whether the constructor of a `pcsim.Queue` has done its work."""
    return inside_of(one) is not one or getattr(one, "is_shutdown", None) is not None


def hook_of(code: Any) -> str:
    """The name of the global by which a function finds what it passes its arguments on to."""
    return f"_pcsim_agent_{code.co_name}"


def hook(*arguments: Any) -> Any:
    """In the place of what a function passes its arguments on to."""


TRAMPOLINES: tuple[Any, ...] = (
    lambda one, two: hook(one, two),
    lambda one, two, three: hook(one, two, three),
    lambda one, two, three, four: hook(one, two, three, four),
)


def trampoline(function: Any, hook: Any) -> Any:
    """Code for a function, with which it passes its arguments on to another one."""
    code = function.__code__
    function.__globals__[hook_of(code)] = hook
    pattern = next(
        one.__code__ for one in TRAMPOLINES if one.__code__.co_argcount == code.co_argcount
    )
    return pattern.replace(
        co_filename=code.co_filename, co_firstlineno=code.co_firstlineno, co_name=code.co_name,
        co_qualname=code.co_qualname, co_varnames=code.co_varnames[: code.co_argcount],
        co_names=(hook_of(code),),
    )  # fmt: skip


def forget_hooks(undo: list[tuple[Any, Any, Any]]) -> None:
    """Forget what functions passed their arguments on to. Where a thread has begun and will ask for
    it, as may be any time without Python's lock, it is from now on the function as it was."""
    begun = set()
    for frame in frames_of_threads().values():
        place: FrameType | None = frame
        while place is not None:
            if place.f_lasti <= ASKS_AT:
                begun.add(place.f_code)
            place = place.f_back
    for function, original, code in undo:
        if code in begun or IS_FREE_THREADED:
            own = FunctionType(original, function.__globals__, None, function.__defaults__)
            function.__globals__[hook_of(code)] = own
        else:
            function.__globals__.pop(hook_of(code), None)


class Looked:
    """A queue that is only looked at: nothing of it is replaced, and nothing counted."""

    is_exact = False

    def __init__(self, subject: Any, number: int, kind: Any) -> None:
        self.number = number
        self.key = id(subject)
        self.kind = type(subject).__name__
        self.ref: Any = None
        self.site: Any = None
        self.found: Any = None
        self.born = clock()
        self._size, self._capacity = kind[1:3]

    @property
    def subject(self) -> Any:
        """The queue; None where it is no more."""
        return self.ref()

    def depth(self) -> int | None:
        """How many items are in it; None where it does not say."""
        subject = self.subject
        try:
            return None if subject is None else max(int(self._size(subject)), 0)
        except Exception:  # noqa: BLE001 - half made, closed, or of a system that does not say
            return None

    def maxsize(self) -> int:
        """The most items that may be in it; 0 for no limit."""
        subject = self.subject
        try:
            return 0 if subject is None else max(int(self._capacity(subject)), 0)
        except Exception:  # noqa: BLE001 - half made
            return 0

    def is_at_limit(self, reason: str) -> bool:
        """Whether a thread that is in `get`, or in `put`, has to wait."""
        depth = self.depth()
        if depth is None or reason == "empty":
            return depth == 0
        return 0 < self.maxsize() <= depth


def looked_at_kinds() -> list[tuple[Any, Any, Any, dict[Any, str]]]:
    """The classes of queues that are only looked at, of those that the program has loaded: with
    what returns the depth and the capacity, and why a thread is blocked, by the code it is in."""
    simple = queue.SimpleQueue
    kinds: list[tuple[Any, Any, Any, dict[Any, str]]] = [(simple, simple.qsize, lambda _: 0, {})]
    module: Any = sys.modules.get("multiprocessing.queues")
    if hasattr(module, "SimpleQueue"):  # the last that is defined there
        shared = module.Queue
        codes = {shared.put.__code__: "full", shared.get.__code__: "empty"}
        codes[module.JoinableQueue.put.__code__] = "full"
        kinds.append((shared, shared.qsize, capacity_of_shared, codes))
        kinds.append((module.SimpleQueue, size_unknown, lambda _: 0, {}))
    return kinds


def capacity_of_shared(one: Any) -> int:
    """The capacity of a `multiprocessing.Queue`: one without a limit has that of a semaphore."""
    most: int = sys.modules["multiprocessing.synchronize"].SEM_VALUE_MAX
    capacity: int = one._maxsize
    return 0 if capacity >= most else capacity


def size_unknown(_: Any) -> int:
    """A pipe does not say how many items are in it."""
    raise NotImplementedError


class Stay:
    """What looks have shown of a thread at queues that are only looked at."""

    def __init__(self, thread: Any, at: float) -> None:
        self.thread = None if thread is None else weakref.ref(thread)
        self.at: dict[str, set[int]] = {"empty": set(), "full": set()}
        """The queues at which it was blocked, by the reason."""
        self.blocked: dict[str, float] = {"empty": 0.0, "full": 0.0}
        """Seconds of the waits that have ended; each counts until the look after its last."""
        self.first = self.last = self.since = at
        self.wait: Any = None


class LookedAt:
    """Queues that can be neither counted nor hooked: found and read whenever a viewer looks."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self.queues: dict[int, Looked] = {}
        """By the identity of the queue."""
        self.find_at = 0.0
        """When those that are new are looked for next."""
        self._stays: dict[int, Stay] = {}
        """By the identity of the thread."""

    def begin(self) -> None:
        """Find those that there are, now and then: by a pass over all objects."""
        at = clock()
        if at < self.find_at:
            return
        agent, queues = self._agent, self.queues
        kinds = {below: kind for kind in looked_at_kinds() for below in _with_subclasses(kind[0])}
        found = [one for one in gc.get_objects() if type(one) in kinds]
        lines = lines_of_pools()
        new = []
        for one in found:
            key = id(one)
            if key in queues or key in agent.books or key in lines or len(queues) >= MOST_QUEUES:
                continue
            looked = Looked(one, next(agent.numbers), kinds[type(one)])
            looked.ref = weakref.ref(one, self._forget(key, looked.number))
            queues[key] = looked
            new.append(looked)
        del found
        find_names(new)
        now = clock()
        self.find_at = now + max(1.0, FIND_SHARE * (now - at))

    def _forget(self, key: int, number: int) -> Any:
        queues = self.queues

        def forget(_: Any) -> None:
            looked = queues.get(key)
            if looked is not None and looked.number == number:
                queues.pop(key, None)

        return forget

    def restore(self) -> None:
        """Forget them."""
        while self.queues:
            _, looked = self.queues.popitem()
            looked.ref = lambda: None  # garbage may still refer to it
        self._stays.clear()
        self.find_at = 0.0

    def rows(self) -> tuple[list[dict[str, Any]], int]:
        """Those whose depth is known, and the number of the others."""
        rows, silent = [], 0
        for key, looked in list(self.queues.items()):
            depth = looked.depth()
            if key in self._agent.books:  # by now it is known to be of a pool
                self.queues.pop(key, None)
            elif depth is not None:
                rows.append({"id": looked.number, "maxsize": looked.maxsize(), "depth": depth})
            elif looked.subject is not None:
                silent += 1
        return rows, silent

    def add_threads(self, rows: dict[int, dict[str, Any]]) -> None:
        """Add what looks have shown of threads: the queues that each `reads` and `writes`, where
        it is `blocked`, and the seconds of its ended waits there as `sampled`."""
        waits, at = self._waits(), clock()
        for ident in waits.keys() - self._stays.keys():
            self._stays[ident] = Stay(active_threads().get(ident), at)
        numbers = {looked.number for looked in list(self.queues.values())}
        of_idents = {row["ident"]: row for row in rows.values() if row["alive"]}
        frames = frames_of_threads()
        for ident, stay in list(self._stays.items()):
            thread = active_threads().get(ident)
            if ident not in frames or thread is not (stay.thread and stay.thread()):
                del self._stays[ident]
                continue
            self._note(stay, waits.get(ident), at)
            row = of_idents.get(ident)
            if row is None:
                row = rows[-ident] = standing_row(ident, thread, stay.first)
            row["reads"] = sorted(stay.at["empty"] & numbers)
            row["writes"] = sorted(stay.at["full"] & numbers)
            row["sampled"] = stay.blocked["full"], stay.blocked["empty"]
            row["last"] = max(row["last"], stay.last)
            if stay.wait is not None and row["blocked"] is None:
                row["blocked"] = *stay.wait[:2], stay.since

    def _note(self, stay: Stay, wait: Any, at: float) -> None:
        before = stay.wait
        # Without the system's count of turns nobody knows whether it is the same wait.
        is_same = wait is not None and wait == before and wait[-1] is not None
        if before is not None and not is_same:
            stay.blocked[before[1]] += at - stay.since
        if wait is not None:
            stay.at[wait[1]].add(wait[0])
            stay.last = at
        if not is_same:
            stay.wait, stay.since = wait, at

    def _waits(self) -> dict[int, Any]:
        """The threads that wait: they stand there twice, and were on no core in between."""
        first = self._standing() if self.queues else {}
        if not first:
            return {}
        sleep(LOOK_TWICE)
        second = self._standing()
        return {ident: wait for ident, wait in first.items() if second.get(ident) == wait}

    def _standing(self) -> dict[int, Any]:
        codes = {code: why for kind in looked_at_kinds() for code, why in kind[3].items()}
        found = {}
        for ident, frame in frames_of_threads().items():
            place = self._place(frame, codes)
            if place is not None and place[0].is_at_limit(place[1]):
                thread = active_threads().get(ident)
                turns = turns_of(getattr(thread, "native_id", None))
                number, why = place[0].number, place[1]
                found[ident] = number, why, id(frame), frame.f_lasti, turns
        return found

    def _place(self, frame: FrameType, codes: dict[Any, str]) -> tuple[Looked, str] | None:
        """The queue at which a thread is, and why it would be blocked there."""
        looked = self.queues.get(id(owner_of_get(frame)))
        if looked is not None:
            return looked, "empty"
        caller: FrameType | None = frame
        for _ in range(8):
            if caller is None:
                return None
            reason = codes.get(caller.f_code)
            if reason is not None:
                looked = self.queues.get(id(caller.f_locals.get(caller.f_code.co_varnames[0])))
                return None if looked is None else (looked, reason)
            caller = caller.f_back
        return None


OF_SYSTEM = "queue of a system"
"""What is said of the class of a queue that a running system of pcsim has."""


class Engines:
    """Systems of pcsim that run on threads. They count all that they do: nothing is counted twice,
    their snapshots are read, which wait for no lock. Nothing of them is replaced."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._numbers: Any = weakref.WeakKeyDictionary()
        """By engine: a number for each queue and worker, by which of the two it is and its name."""
        self._merged: set[int] = set()
        """The numbers of threads that are workers as well, and are shown as such."""

    @staticmethod
    def running() -> list[Any]:
        """Those that have begun and not ended, in the order in which they began."""
        module: Any = sys.modules.get("pcsim.engine.threads.process_exit")
        engines = oldest(getattr(module, "running_engines", ()), MOST_QUEUES)
        begun = [one for one in engines if began(one) is not None]
        return sorted(begun, key=began)  # type: ignore[arg-type]

    def number(self, engine: Any, what: str, name: str) -> int:
        """The number of a queue or worker of it."""
        numbers = self._numbers.setdefault(engine, {})
        if (what, name) not in numbers:
            numbers[what, name] = next(self._agent.numbers)
        found: int = numbers[what, name]
        return found

    def restore(self) -> None:
        """Forget the numbers."""
        self._numbers = weakref.WeakKeyDictionary()
        self._merged.clear()

    def counts(self) -> tuple[int, int]:
        """How many queues there are, and how many workers are blocked."""
        queues = blocked = 0
        for engine in self.running():
            snapshot = self._snapshot(engine)
            if snapshot is not None:
                queues += len(snapshot.queues)
                blocked += sum(row.queue is not None for row in snapshot.workers)
        return queues, blocked

    def _snapshot(self, engine: Any) -> Any:
        """A snapshot; None where it is of a version of pcsim that makes none."""
        try:
            return engine.snapshot()
        except Exception as error:  # noqa: BLE001 - not raised into the program
            self._agent.fault(error)
            return None

    def look(self, threads: dict[int, dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
        """The rows of their queues, and the number of those that cannot be read. The rows of their
        workers are added to those of the `threads`."""
        rows: list[dict[str, Any]] = []
        unread = 0
        for engine in self.running():
            try:
                since, snapshot = began(engine) or 0.0, engine.snapshot()
                queues = [
                    engine_queue_row(self.number(engine, "queue", row.name), row, since)
                    for row in snapshot.queues
                ]
                workers = self._workers(engine, snapshot, since)
            except Exception as error:  # noqa: BLE001 - of another version of pcsim
                self._agent.fault(error)
                unread += len(getattr(engine, "queues", ()))
                continue
            rows += queues
            for row in workers:
                self._add(row, threads)
        for number in self._merged & threads.keys():
            del threads[number]  # its worker has ended with its system
        return rows, unread

    def _add(self, row: dict[str, Any], threads: dict[int, dict[str, Any]]) -> None:
        """Add the row of a worker, with what its thread did at other queues."""
        for other in list(threads.values()):
            # A thread may have the `ident` of one that has ended, but not soon its `native`.
            is_same = all(other[what] == row[what] for what in ("ident", "native", "alive"))
            if is_same and row["ident"] is not None:
                self._merged.add(other["id"])
                del threads[other["id"]]
                row["cells"].update(other["cells"])
                row["blocked"] = row["blocked"] or other["blocked"]
                row["last"] = max(row["last"], other["last"])
        threads[row["id"]] = row

    def _workers(self, engine: Any, snapshot: Any, since: float) -> list[dict[str, Any]]:
        """The rows of its workers, with what each has put and got at each of its queues."""
        cells, names = engine.copy_cells(), [row.name for row in snapshot.queues]
        numbers = [self.number(engine, "queue", name) for name in names]
        by_name = dict(zip(names, numbers, strict=True))
        accounts = {account.name: account for account in engine.ledger.accounts}
        threads = {worker.name: worker.thread for worker in engine.workers}
        rows = []
        for row in snapshot.workers:
            account, thread = accounts[row.name], threads.get(row.name)
            at: dict[int, list[Any]] = {}
            for place, index in enumerate(account.outputs):
                cell = at.setdefault(numbers[index], [0, 0, 0.0, 0.0, 0, 0.0])
                cell[0] = cells[account.put_cell(place)]
                cell[2] = row.blocked_full_time if not place else 0.0
            for place, index in enumerate(account.inputs):
                cell = at.setdefault(numbers[index], [0, 0, 0.0, 0.0, 0, 0.0])
                cell[1] = cells[account.got_cell(place)]
                cell[3] = row.blocked_empty_time if not place else 0.0
                cell[5] = since + (row.item_since or 0.0) if row.in_hand else 0.0
            blocked = row.queue is not None and row.reason is not None
            rows.append({
                "id": self.number(engine, "worker", row.name),
                "ident": getattr(thread, "ident", None),
                "name": row.name,
                "target": row.group,
                "native": getattr(thread, "native_id", None),
                "alive": row.ended_at is None,
                "first": since + row.started_at,
                "last": since + max(row.since, row.item_since or 0.0, row.ended_at or 0.0),
                "cells": at,
                "inputs": [numbers[index] for index in account.inputs],
                "outputs": [numbers[index] for index in account.outputs],
                "state": row.state,
                "state_since": since + row.since,
                "paused": row.paused_time,
                "blocked": [by_name[row.queue], row.reason, since + row.since] if blocked else None,
            })  # fmt: skip
        return rows

    def names(self) -> list[dict[str, Any]]:
        """What does not change of their queues: they are called as the scenario calls them."""
        return [
            {
                "id": self.number(engine, "queue", queue.spec.name),
                "kind": OF_SYSTEM,
                "site": None,
                "found": ("scenario", "", queue.spec.name),
                "exact": True,
                "born": began(engine),
            }
            for engine in self.running()
            for queue in getattr(engine, "queues", ())
            if hasattr(queue, "spec")
        ]

    def detail(self, number: Any, limit: int) -> dict[str, Any] | None:
        """The oldest items in the queue of that number; None where it is none of these."""
        for engine in self.running():
            for (what, name), own in list(self._numbers.get(engine, {}).items()):
                if (what, own) == ("queue", number):
                    found = engine.queue_detail(name, limit)
                    since = began(engine) or 0.0
                    items = [[one.shown, since + one.queued_at] for one in found.items]
                    snapshot = engine.snapshot()
                    gets = next(row.got_total for row in snapshot.queues if row.name == name)
                    return {"items": items, "depth": found.depth, "exact": True, "gets": gets}
        return None


def began(engine: Any) -> float | None:
    """When a run of pcsim began; None where it has not."""
    found: float | None = getattr(getattr(engine, "status", None), "origin", None)
    return found


def engine_queue_row(number: int, row: Any, since: float) -> dict[str, Any]:
    """The row of a queue of a system that began at a time, by its row in a snapshot."""

    def moment(at: float | None) -> float | None:
        return None if at is None else since + at

    times, depth = row.waiting_time, row.depth
    wait_sum = times.mean * row.got_total
    return {
        "id": number,
        "maxsize": row.capacity or 0,
        "first_depth": 0,
        "depth": depth,
        "peak": row.peak_depth,
        "puts": row.put_total,
        "gets": row.got_total,
        "unseen_puts": 0,
        "unseen_gets": row.put_total - row.got_total - depth,
        "oldest": moment(row.oldest_queued_at),
        "stamps": wait_sum - row.moment + depth * since,
        "full": row.full_time,
        "full_since": moment(row.full_since),
        "empty": row.empty_time,
        "empty_since": moment(row.empty_since),
        "wait_sum": wait_sum,
        "longest": times.max,
        "buckets": list(getattr(times.counts, "buckets", {}).items()),
        "closed": row.closed,
    }


def lines_of_pools() -> set[int]:
    """The identities of the queues in which thread pools keep their tasks."""
    module: Any = sys.modules.get("concurrent.futures.thread")
    kind: Any = getattr(module, "ThreadPoolExecutor", None)
    if kind is None:
        return set()
    kinds = set(_with_subclasses(kind))
    pools = [one for one in gc.get_objects() if type(one) in kinds]
    lines = {id(getattr(one, "_work_queue", None)) for one in pools}
    return lines | {id(line) for line in list(module._threads_queues.values())}


def turns_of(native: int | None) -> int | None:
    """How often a thread was put on a core; None where the system does not say."""
    try:
        with open(f"/proc/self/task/{native}/schedstat", "rb") as file:
            return int(file.read().split()[2])
    except (OSError, ValueError, IndexError):
        return None


def owner_of_get(frame: FrameType) -> Any:
    """What a thread calls `get` of, where that is written in C and so has no frame: by the text
    of the call, such as `self.tasks.get()`. None of the program's code is run for it."""
    code = frame.f_code
    if "get" not in code.co_names or frame.f_lasti < 0:
        return None
    place: Any = next(islice(code.co_positions(), frame.f_lasti // 2, None), (None,) * 4)
    line, end_line, begin, end = place
    if line is None or line != end_line or begin is None or end is None:
        return None
    import linecache

    text = linecache.getline(code.co_filename, line, frame.f_globals)
    path, is_call, _ = text.encode()[begin:end].decode(errors="replace").partition(".get(")
    names = path.split(".")
    if not is_call or not all(name.isidentifier() for name in names):
        return None
    is_local = names[0] in (*code.co_varnames, *code.co_cellvars, *code.co_freevars)
    owner = (frame.f_locals if is_local else frame.f_globals).get(names[0])
    for name in names[1:]:
        owner = plain_attribute(owner, name)
    return owner


def plain_attribute(owner: Any, name: str) -> Any:
    """An attribute that is kept in an object, a module or a slot; None where it is computed."""
    if issubclass(type(owner), ModuleType):
        return vars(owner).get(name)
    for kind in type.__dict__["__mro__"].__get__(type(owner)):
        found = type.__dict__["__dict__"].__get__(kind).get(name)
        if found is not None:
            is_slot = type(found) is MemberDescriptorType
            return getattr(found, "__get__")(owner, kind) if is_slot else None  # noqa: B009
    try:
        return object.__getattribute__(owner, name)
    except AttributeError:
        return None


def of_weak(one: Any, function: Any) -> Any:
    """What calls a function with a queue, and does not keep the queue."""
    ref = weakref.ref(one)

    def call() -> int:
        there = ref()
        return 0 if there is None else function(there)

    return call


def site_of(frame: FrameType | None, subject: Any) -> Any:
    """Where a queue is made, past the `__init__` of its own class: file, line, function, module and
    column. The column is -1 where Python does not keep it."""
    while (
        frame is not None
        and frame.f_code.co_name == "__init__"
        and frame.f_code.co_varnames
        and frame.f_locals.get(frame.f_code.co_varnames[0]) is subject
    ):
        frame = frame.f_back
    if frame is None:
        return None
    code, module = frame.f_code, frame.f_globals.get("__name__", "")
    # Two bytes are one instruction; a place is its first and last line, and the columns there.
    place = next(islice(code.co_positions(), frame.f_lasti // 2, None), (None, None, None))
    column = -1 if place[2] is None else place[2]
    return code.co_filename, frame.f_lineno, code.co_qualname, module, column


def find_names(books: list[Any]) -> None:
    """Find how the program reaches queues that were made before: two passes over all objects,
    however many queues there are."""
    wanted = {book.key: book for book in books if book.subject is not None}
    if not wanted:
        return
    for book in wanted.values():
        book.site = book.site or ("", 0, "", "", -1)  # it is looked for once
    for key, *found in (
        *_globals(set(wanted)),
        *_held_by_objects(set(wanted)),
        *(_locals(set(wanted)) if READS_VARIABLES else ()),
    ):
        if wanted[key].found is None:
            wanted[key].found = found


Names = list[tuple[int, str, str, str]]
"""The identity of an object; how it is reached: `global`, `attribute` or `local`; in which module,
class or function; by which name."""
_CONTAINERS = (dict, list, tuple, deque)
_NO_OWNERS = (type, ModuleType, threading.Thread)


def _modules() -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, Any]] = list(sys.modules.items())
    return [(name, vars(one)) for name, one in found if issubclass(type(one), ModuleType)]


def _globals(keys: set[int]) -> Names:
    return [
        (id(value), "global", module, name)
        for module, names in _modules()
        for name, value in list(names.items())
        if id(value) in keys
    ]


def _locals(keys: set[int]) -> Names:
    found: Names = []
    suspended = [one.cr_frame for one in gc.get_objects() if type(one) is CoroutineType]
    for frame in (*frames_of_threads().values(), *suspended):
        caller: FrameType | None = frame
        while caller is not None:
            is_own = caller.f_globals.get("__name__") in ("queue", "threading", NAME, __name__)
            if not is_own and caller.f_locals is not caller.f_globals:
                found += [
                    (id(value), "local", caller.f_code.co_qualname, name)
                    for name, value in list(caller.f_locals.items())
                    if id(value) in keys and name != "self"
                ]
            caller = caller.f_back
    return found


def _held_by_objects(keys: set[int]) -> Names:
    """Attributes that are one of these objects, or a container with it."""
    found: Names = []
    paths: Paths = {key: [(key, ())] for key in keys}
    known: Paths = {}
    # An object, in a container, in the dictionary of attributes of its owner: three steps.
    for _ in range(3):
        inside: Paths = {}
        for owner in _referrers(set(paths)):
            if type(owner) in _CONTAINERS:
                inside[id(owner)] = _paths_in(owner, paths)
            elif _has_dict(owner) and not issubclass(type(owner), _NO_OWNERS):
                own = vars(owner)
                held = paths[id(own)] if id(own) in paths else _paths_in(own, paths)
                kind = type(owner).__qualname__
                found += [
                    (key, "attribute", kind, f"{path[0]}{_elements(path[1:])}")
                    for key, path in held
                    if path
                ]
        paths = inside
        known.update(inside)
    found += [
        (key, "global", module, name + _elements(path))
        for module, names in _modules()
        for name, one in list(names.items())
        for key, path in known.get(id(one), ())
    ]
    return found


Paths = dict[int, list[tuple[int, tuple[Any, ...]]]]
"""By the identity of a container: the identities of objects in it, and the way to each."""


def _paths_in(container: Any, paths: Paths) -> list[tuple[int, tuple[Any, ...]]]:
    """The ways from a container to objects, by what is in it and to which they are known."""
    items = container.items() if type(container) is dict else enumerate(container)
    return [
        (key, (place, *path))
        for place, one in list(items)
        if id(one) in paths and isinstance(place, (int, str))
        for key, path in paths[id(one)]
    ]


def _elements(path: tuple[Any, ...]) -> str:
    return "".join(f"[{place!r}]" for place in path)


_NOT_ASKED = (ModuleType, FrameType)


def _referrers(keys: set[int]) -> list[Any]:
    """Objects that refer to one of these, without making a dictionary of their attributes.

    Modules are left out before they are asked: that of `_asyncio` in 3.12 walks over futures that
    it keeps for later as if they were alive, without end or into what is not there any more.
    """
    referents, is_apart = gc.get_referents, keys.isdisjoint
    if not keys:
        return []
    return [
        one
        for one in gc.get_objects()
        if type(one) not in _NOT_ASKED and not is_apart(map(id, referents(one)))
    ]


def _has_dict(owner: Any) -> bool:
    offset: int = type.__dict__["__dictoffset__"].__get__(type(owner))
    return offset != 0


class Agent:
    """The books of all queues, and the answers to viewers.

    Args:
        way: How it came in: `exec` watches all the time, `allow` while a viewer looks, and
            `attach` leaves the program for good when the last viewer leaves.
    """

    def __init__(self, way: str) -> None:
        self.way = way
        self.books: dict[int, Book] = {}
        """By the identity of the queue."""
        # A lock would be taken twice where a finalizer comes between that puts into a queue.
        self.numbers = count(1)
        """Numbers of queues and threads."""
        self.faults: deque[str] = deque(maxlen=MOST_FAULTS)
        self.is_watching = self.is_recording = False
        self.since = self.recorded_since = clock()
        """When the watching began, and the last recording."""
        self.unwatched: dict[str, int] = {}
        """How many queues are not watched, by the reason."""
        self.refused: dict[int, Any] = {}
        """Those that were too many, by their identity."""
        self.items_log: deque[Any] = deque(maxlen=MOST_LOGGED)
        self.waits_log: deque[Any] = deque(maxlen=MOST_LOGGED)
        self.threads_log: deque[Any] = deque(maxlen=MOST_LOGGED)
        self._waits_counter = count()
        self.gets_of_gone = 0
        """Items that were taken from queues that are no more."""
        self._items_sent = self._waits_sent = self._items_lost = self._waits_lost = 0
        self._items_before = 0
        self._local = local()
        self.others = Pools(self), AsyncQueues(self), OurQueues(self)
        """What watches other things than the standard queue."""
        self.looked_at = LookedAt(self)
        self.engines = Engines(self)
        self._init: Any = None

    def fault(self, error: BaseException) -> None:
        """Keep in mind what went wrong in the agent itself."""
        frames, line = error.__traceback__, 0
        while frames is not None:
            line, frames = frames.tb_lineno, frames.tb_next
        self.faults.append(f"{type(error).__name__}: {error} (line {line})")

    def new_cell(self, book: Book, task: Any = None) -> list[Any]:
        """The cell of this thread at a queue, or of a task."""
        who: Any = task
        try:
            who = who or self._local.who
        except AttributeError:
            who = self._local.who = Who(next(self.numbers))
            if self.is_recording:
                self.threads_log.append((who.number, who.name, who.target))
        if len(book.cells) >= book.most_cells:
            book.fold_ended()
        at = clock()
        cell = [0, 0, at, 0.0, 0.0, None, None, 0, at, who]
        book.cells.append(cell)
        return cell

    def note_wait(self, *wait: Any) -> None:
        """Keep a wait for the recording."""
        self.waits_log.append((next(self._waits_counter), *wait))

    # From the first look to the last

    def begin(self, finds: bool = True) -> None:
        """Watch the queues that there are, if it `finds` them, and those that are made later."""
        if self.is_watching:
            return
        self.is_watching = True
        self.since = clock()
        self.unwatched = {}
        self.refused.clear()
        self._init = InitHook(self, queue.Queue, self.watch)
        if finds:
            found = [self.watch(one, None) for one in queues_of_program()]
            self._note_standing(found)
            self.begin_others()
            find_names([book for book in found if book is not None])

    def begin_others(self) -> None:
        """Watch pools, queues of asyncio and of pcsim, as soon as the program has loaded them."""
        before = set(self.books.values())
        for one in self.others:
            one.begin()
        new = set(self.books.values()) - before
        if new:
            self._note_standing(new)

    def restore(self) -> None:
        """Take everything back: the program is as it was before `begin`."""
        if not self.is_watching:
            return
        self.is_watching = self.is_recording = False
        self._init.restore()
        for one in (*self.others, self.looked_at, self.engines):
            one.restore()
        while self.books:
            _, book = self.books.popitem()
            end_book(book, book.subject)
        self.items_log.clear()
        self.waits_log.clear()

    def watch(self, subject: Any, site: Any) -> Book | None:
        """Watch a queue; None where that cannot be done, which is counted."""
        key = id(subject)
        if key in self.books or isinstance(subject, our_kind()):
            return None
        reason = ""
        if len(self.books) >= MOST_QUEUES:
            reason = "more"
        elif not has_usual_conditions(subject):
            reason = "own conditions"
        elif not subject.mutex.acquire(timeout=LONGEST_LOCK):
            reason = "locked"
        if reason:
            self.unwatched[reason] = self.unwatched.get(reason, 0) + 1
            return None
        try:
            book = Book(subject, next(self.numbers), site)
            begin_book(self, book, subject)
        finally:
            subject.mutex.release()

        return self.add_book(book, key, subject)

    def add_book(self, book: Book, key: int, subject: Any) -> Book | None:
        """Keep a book as long as there is its subject; None where there are too many already."""
        agent, books, end = self, self.books, end_book  # in the end there are no globals
        refused = self.refused
        if len(books) >= MOST_QUEUES:
            self.unwatched["more"] = self.unwatched.get("more", 0) + 1
            refused[key] = weakref.ref(subject, lambda _: refused.pop(key, None))
            return None

        def forget(_: Any) -> None:
            if books.get(key) is book:
                books.pop(key, None)  # `restore` may be taking it at this moment
                agent.gets_of_gone += book.read()[1]
            end(book, None)

        book.ref = weakref.ref(subject, forget)
        self.books[key] = book
        return book

    def _note_standing(self, books: Any) -> None:
        """Find the threads that are blocked already at queues that are new here: they wait in the
        way in which they began."""
        for ident, frame in frames_of_threads().items():
            where = blocked_at(frame)
            book = None if where is None else self.books.get(where[0])
            if where is not None and book is not None and book in books:
                book.stood += 1
                book.standing[ident] = (where[1], frame, active_threads().get(ident))

    # Answers

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request of a viewer.

        A request is an object with `ask`, and `protocol`; an answer has `protocol`, and `error`
        where it could not be given. All times are those of the machine's monotonic clock.

        `hello`: who this is. `look`: all queues and threads. `names`: what does not change of
        them. `detail`: the items in one queue. `record`, `items`, `stop`: a recording.
        `leave`: the same as to close the connection.
        """
        answers: dict[str, Any] = {
            "hello": self.hello,
            "look": self.look,
            "names": self.names,
            "detail": self.detail,
            "record": self.begin_record,
            "items": self.items,
            "stop": self.end_record,
            "leave": lambda _: {},
        }
        ask = request.get("ask")
        if ask != "hello" and request.get("protocol") != PROTOCOL:
            return {"protocol": PROTOCOL, "error": "protocol"}
        if not isinstance(ask, str) or ask not in answers:
            return {"protocol": PROTOCOL, "error": "unknown request"}
        try:
            answer: dict[str, Any] = answers[ask](request)
            return {"protocol": PROTOCOL, **answer}
        except Exception as error:  # noqa: BLE001 - the viewer is shown it
            self.fault(error)
            return {"protocol": PROTOCOL, "error": f"{type(error).__name__}: {error}"}

    def hello(self, _: dict[str, Any]) -> dict[str, Any]:
        """Who this is, and how much there is to see: the number of queues, and that of threads that
        are blocked, if that can be read. Nothing is watched for it."""
        kinds = {below for one in every_kind() for below in _with_subclasses(one)}
        found = [id(one) for one in gc.get_objects() if type(one) in kinds]
        queues = set(found) - lines_of_pools()
        frames = frames_of_threads()
        blocked = sum(blocked_at(frame) is not None for frame in frames.values())
        own_queues, own_blocked = self.engines.counts()
        return {
            "pid": os.getpid(),
            "way": self.way,
            "python": ".".join(map(str, sys.version_info[:3])),
            "free_threaded": IS_FREE_THREADED,
            "argv": [str.__str__(word) for word in getattr(sys, "argv", ())],
            "cwd": current_folder(),
            "at": clock(),
            "is_watching": self.is_watching,
            "queues": len(queues) + own_queues,
            "blocked": None if IS_FREE_THREADED else blocked + own_blocked,
        }

    def look(self, _: dict[str, Any]) -> dict[str, Any]:
        """All queues and threads as they are now, and what they have done since `since`.

        A queue has its number `id` and the fields of `queue_row`, a thread those of
        `thread_rows`. `ended` has what threads did that have ended: `[queue, what they ran,
        puts, gets, seconds blocked on full, on empty, how many]`. `unwatched` counts queues by
        the reason why they are not watched. `looked_at` has the queues that are not counted:
        number, capacity and depth.
        """
        self.begin()
        self.begin_others()  # the program may have loaded them since
        self.looked_at.begin()
        find_names([book for book in list(self.books.values()) if book.is_nameless])
        at = clock()
        subjects = [(book, book.subject) for book in list(self.books.values())]
        alive = [
            (book, one) for book, one in subjects if one is not None
        ]  # until the rows are made
        books = [book for book, _ in alive]
        ended: list[Any] = []
        for book in books:
            if len(book.cells) > MOST_CELLS // 4:
                book.fold_ended()
            ended += [[book.number, name, *total] for name, total in list(book.ended.items())]
        looked_at, silent = self.looked_at.rows()
        rows = [self.queue_row(book, subject) for book, subject in alive]
        threads = self.thread_rows(books)
        engine_rows, unread = self.engines.look(threads)
        self.looked_at.add_threads(threads)
        more = {"silent": silent, "other pcsim": unread + self.unwatched.get("other pcsim", 0)}
        return {
            "at": at,
            "since": self.since,
            "queues": rows + engine_rows,
            "looked_at": looked_at,
            "threads": list(threads.values()),
            "ended": ended,
            "unwatched": {why: n for why, n in {**self.unwatched, **more}.items() if n},
            "faults": list(self.faults),
        }

    def queue_row(self, book: Book, subject: Any) -> dict[str, Any]:
        """One queue: counts since `since`, seconds full and empty, waiting times by bucket."""
        self._agree(book, subject)
        book.fold_waits()
        puts, gets, wait_sum, full, full_since, empty, empty_since = book.read()
        depth = book.depth_at_first + puts - gets + book.unseen_puts - book.unseen_gets
        full_depth = book.maxsize if full or full_since is not None else 0
        book.peak = max(book.peak, depth, full_depth)
        return {
            "id": book.number,
            "maxsize": max(book.maxsize, 0),
            "first_depth": book.depth_at_first,
            "depth": max(depth, 0),
            "peak": book.peak,
            "puts": puts,
            "gets": gets,
            "unseen_puts": book.unseen_puts,
            "unseen_gets": book.unseen_gets,
            "oldest": book.oldest(),
            "stamps": book.sum_of_stamps(),
            "full": full,
            "full_since": full_since,
            "empty": empty,
            "empty_since": empty_since,
            "wait_sum": wait_sum,
            "longest": book.longest,
            "buckets": list(book.buckets.items()),
            "closed": bool(getattr(inside_of(subject), "is_shutdown", False)),
        }

    def _agree(self, book: Book, subject: Any) -> None:
        """Notice what went past the conditions, such as `q.queue.clear()`."""
        if not book.conditions:
            book.correct(subject)
        if subject is None or not book.conditions or not is_watched(book, subject):
            return
        puts, gets, *_ = book.read()
        depth = subject._qsize()
        odd = (puts, gets, depth) if depth != len(book.stamps) else None
        if odd is not None or subject.maxsize != book.maxsize:
            is_sure = odd is None or book.odd == odd or abs(depth - len(book.stamps)) > 8
            if is_sure and subject.mutex.acquire(timeout=LONGEST_LOCK / 10):
                try:
                    book.correct(subject)
                finally:
                    subject.mutex.release()
        book.odd = odd

    def thread_rows(self, books: list[Book]) -> dict[int, dict[str, Any]]:
        """Each thread: its cells by queue (puts, gets, seconds blocked on full and on empty, how
        often blocked, when it last did something), and where it is blocked now, why, and since
        when."""
        rows: dict[int, dict[str, Any]] = {}
        for book in books:
            for cell in list(book.cells):
                who = cell[WHO]
                row = rows.get(who.number)
                if row is None:
                    is_alive = who.is_alive()
                    row = rows[who.number] = thread_row(who, is_alive, cell[FIRST])
                row["cells"][book.number] = tuple(cell[place] for place in _SENT)
                row["first"] = min(row["first"], cell[FIRST])
                row["last"] = max(row["last"], cell[LAST])
                since = cell[SINCE]
                if since is not None and row["alive"]:
                    row["blocked"] = book.number, cell[REASON], since
            if book.standing:
                self._add_standing(book, rows)
        return rows

    def _add_standing(self, book: Book, rows: dict[int, Any]) -> None:
        """Threads that have been blocked since before the watching began."""
        frames = frames_of_threads()
        for ident, (reason, frame, thread) in list(book.standing.items()):
            if frames.get(ident) is not frame:
                del book.standing[ident]  # it went on
                continue
            row = rows.setdefault(-ident, standing_row(ident, thread, self.since))
            row["cells"].setdefault(book.number, (0, 0, 0.0, 0.0, 1, self.since))
            row["blocked"] = book.number, reason, self.since

    def names(self, _: dict[str, Any]) -> dict[str, Any]:
        """What does not change of each queue: its class, where it was made, how it is reached."""
        every: list[Any] = [*self.books.values(), *self.looked_at.queues.values()]
        return {
            "queues": [
                {
                    "id": book.number,
                    "kind": book.kind,
                    "site": book.site,
                    "found": book.found,
                    "exact": book.is_exact,
                    "born": book.born,
                }
                for book in every
            ]
            + self.engines.names()
        }

    def detail(self, request: dict[str, Any]) -> dict[str, Any]:
        """The oldest items in the queue of number `id`, at most `limit`: their short `repr`, and
        when they came. Only here anything of an item is sent."""
        limit = min(max(int(request.get("limit", 100)), 0), 1_000)
        for book in list(self.books.values()):
            subject = book.subject
            if book.number == request.get("id") and subject is not None:
                break
        else:
            of_engine = self.engines.detail(request.get("id"), limit)
            if of_engine is not None:
                return of_engine
            looked_at = list(self.looked_at.queues.values())
            depths = [one.depth() for one in looked_at if one.number == request.get("id")]
            return {"items": [], "depth": sum(depth or 0 for depth in depths)}
        if not book.lock.acquire(timeout=LONGEST_LOCK):
            return {"error": "the queue is locked"}
        try:
            items, stamps = oldest(items_of(subject), limit), oldest(book.stamps, limit)
            depth = subject._qsize() if book.conditions else len(book.stamps)
        finally:
            book.lock.release()
        shown = [[short(item), time_of(stamp)] for item, stamp in zip(items, stamps, strict=False)]
        return {"items": shown, "depth": depth, "exact": book.is_exact, "gets": book.read()[1]}

    # A recording

    def begin_record(self, _: dict[str, Any]) -> dict[str, Any]:
        """Note each item and each wait from now on."""
        self.begin()
        self.items_log.clear()
        self.waits_log.clear()
        self._items_sent = self._waits_sent = self._items_lost = self._waits_lost = 0
        self._waits_counter = count()
        self.is_recording, self.recorded_since = True, clock()
        self._items_before = self._set_records(True)
        return {"at": clock(), "most": MOST_LOGGED}

    def end_record(self, _: dict[str, Any]) -> dict[str, Any]:
        """Note nothing more. `queued` has the items that are still in queues, at most as many as a
        log: `[queue, put at, thread that put it]`."""
        self.is_recording = False
        queued = [
            [book.number, *(stamp if stamp.__class__ is tuple else (stamp, 0))]
            for book in list(self.books.values())
            for stamp in book.stamps.copy()
        ]
        self._set_records(False)
        return {"at": clock(), "queued": queued[:MOST_LOGGED]}

    def _set_records(self, is_on: bool) -> int:
        gets = self.gets_of_gone
        for book in list(self.books.values()):
            subject = book.subject
            if subject is not None and book.lock.acquire(timeout=LONGEST_LOCK):
                try:
                    book.record(is_on)
                    gets += book.read()[1]
                finally:
                    book.lock.release()
        return gets

    def items(self, request: dict[str, Any]) -> dict[str, Any]:
        """What was noted since this was last asked; `left` is how much was lost because it was
        not fetched in time.

        An item is `[queue, put at, thread that put it, got at, thread that got it]`, noted when it
        leaves the queue; the thread is 0 where the item came before the recording. A wait is
        `[thread, queue, "full" or "empty", from, to]`, noted when it ends. Both are in the order
        in which they were noted. At most `limit` of each are sent. `threads` has those that came
        since: `[thread, name, what it runs]`.
        """
        limit = min(max(int(request.get("limit", 20_000)), 1), MOST_LOGGED)
        was_full = len(self.items_log) == self.items_log.maxlen
        items = _drained(self.items_log, limit)
        waits = _drained(self.waits_log, limit)
        self._items_sent += len(items)
        self._waits_sent += len(waits)
        if was_full:  # only then one can have been lost; within those that are on their way
            gets = sum(book.read()[1] for book in list(self.books.values())) + self.gets_of_gone
            noted = self._items_sent + len(self.items_log)
            self._items_lost = max(gets - self._items_before - noted, self._items_lost)
        if waits:
            self._waits_lost = waits[-1][0] + 1 - self._waits_sent
        return {
            "at": clock(),
            "items": items,
            "waits": [wait[1:] for wait in waits],
            "threads": _drained(self.threads_log, limit),
            "more": len(self.items_log) + len(self.waits_log),
            "lost": [self._items_lost, self._waits_lost],
        }


def _drained(log: deque[Any], limit: int) -> list[Any]:
    """Take at most that many from the beginning of a log."""
    taken: list[Any] = []
    try:
        while len(taken) < limit:
            taken.append(log.popleft())
    except IndexError:
        pass
    return taken


def standing_row(ident: int, thread: Any, first: float) -> dict[str, Any]:
    """The row of a thread that has no number before it does something."""
    return {
        "id": -ident,
        "ident": ident,
        "name": f"thread {ident}" if thread is None else str.__str__(thread.name),
        "target": "" if thread is None else target_of(thread),
        "native": getattr(thread, "native_id", None),
        "alive": True,
        "first": first,
        "last": first,
        "cells": {},
        "blocked": None,
    }


def thread_row(who: Who, is_alive: bool, first: float) -> dict[str, Any]:
    """The row of a thread without its cells."""
    return {
        "id": who.number,
        "ident": who.ident,
        "name": who.name,
        "target": who.target,
        "native": who.native_id,
        "alive": is_alive,
        "first": first,
        "last": first,
        "cells": {},
        "blocked": None,
    }


def items_of(subject: Any) -> Any:
    """What has the items of a queue, the oldest first; a pool shows nobody what is in it."""
    inside = inside_of(subject)
    for name in ("_items", "queue", "_queue"):  # of a core, of a queue, of one of asyncio
        if hasattr(inside, name):
            return getattr(inside, name)
    return ()


def oldest(items: Any, limit: int) -> list[Any]:
    """The first of items to which others may come meanwhile."""
    for _ in range(MOST_TRIES):
        try:
            return list(islice(items, limit))
        except RuntimeError:  # it was changed
            pass
    return []


def current_folder() -> str:
    """The folder against which names of files are relative."""
    try:
        return os.getcwd()
    except OSError:
        return ""


def short(item: Any) -> str:
    """An item as text, short; whatever its `repr` does."""
    import reprlib

    shortened = reprlib.Repr()
    shortened.maxstring = shortened.maxother = 80
    try:
        return str.__str__(shortened.repr(item))
    except Exception:  # noqa: BLE001 - the repr of an item may raise anything
        return f"<{type(item).__name__}: its repr raises>"


def queues_of_program() -> list[Any]:
    """All queues of the standard class and its subclasses."""
    kinds = set(_with_subclasses(queue.Queue))
    return [one for one in gc.get_objects() if type(one) in kinds]


def _with_subclasses(kind: Any) -> list[Any]:
    below = type.__subclasses__(kind)
    return [kind] + [one for direct in below for one in _with_subclasses(direct)]


def has_usual_conditions(subject: Any) -> bool:
    """Whether a queue has the conditions of the standard class, as plain attributes. None of its
    own code is called for that, and no dictionary of its attributes made, which would slow it."""
    kind: Any = type(subject)
    is_plain = (
        kind.__setattr__ is object.__setattr__ and kind.__getattribute__ is object.__getattribute__
    )
    names = ("mutex", "not_empty", "not_full")
    if not is_plain or any(hasattr(kind, name) for name in names):
        return False
    try:
        lock, *conditions = (object.__getattribute__(subject, name) for name in names)
    except AttributeError:
        return False
    return all(type(one) is Condition and one._lock is lock for one in conditions)  # type: ignore[attr-defined]


def every_kind() -> list[Any]:
    """The classes of queues that are watched or looked at, without those of asyncio."""
    return [queue.Queue, *(each[0] for each in looked_at_kinds())]


def is_watched(book: Book, subject: Any) -> bool:
    """Whether its conditions are still those that were watched."""
    return (subject.not_empty, subject.not_full) == book.conditions


_PUT, _GET = queue.Queue.put.__code__, queue.Queue.get.__code__
_WAITING = ("wait", "_park", "wait_once")


def blocked_at(frame: FrameType | None) -> tuple[int, str] | None:
    """The identity of the queue at which a thread is blocked, and why; None where it is not."""
    waits = False
    for _ in range(10):
        if frame is None:
            return None
        code = frame.f_code
        if code in (_PUT, _GET):
            subject = frame.f_locals.get("self")
            return (id(subject), "full" if code is _PUT else "empty") if waits else None
        reason = OUR_PLACES.get(code.co_name)
        if reason is not None and frame.f_globals.get("__package__") == "pcsim.queue":
            there = frame.f_locals
            return (id(there.get("queue") or there["line"][0]), reason) if waits else None
        waits = waits or code.co_name in _WAITING
        frame = frame.f_back
    return None


# The socket


def socket_folders(uid: int) -> list[str]:
    """Where the sockets of a user's programs may be, the first first: the user's folder of the
    session, and one in the temporary folder.

    Args:
        uid: The number of the user.
    """
    session = os.environ.get("XDG_RUNTIME_DIR") if uid == os.getuid() else None
    sessions = [session] if session else []
    temporary = [os.environ.get("TMPDIR") or "/tmp", "/tmp"]  # noqa: S108 - it is made private
    folders = [os.path.join(one, "pcsim") for one in (*sessions, f"/run/user/{uid}")]
    folders += [os.path.join(one, f"pcsim-{uid}") for one in temporary]
    return list(dict.fromkeys(folders))


def is_private(folder: str, uid: int) -> bool:
    """Whether it is a folder, no link, of that user, and of nobody else to read or to write."""
    found = os.lstat(folder)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == uid and not found.st_mode & 0o077


def make_folder() -> str:
    """The folder for the socket, which nobody else can enter.

    Raises:
        OSError: There is none that is private, and none can be made.
    """
    problem: OSError = OSError("there is no private folder for a socket")
    for folder in socket_folders(os.geteuid()):
        if not os.path.isdir(os.path.dirname(folder)) or len(os.fsencode(folder)) > 80:
            continue
        try:
            try:
                os.mkdir(folder, 0o700)
            except FileExistsError:
                pass
            if is_private(folder, os.geteuid()):
                return folder
            problem = PermissionError(f"{folder} is not private")
        except OSError as error:
            problem = error
    raise problem


def uid_of_peer(connection: Any) -> int | None:
    """The user at the other end; None where the system does not say."""
    import _socket

    if not hasattr(_socket, "SO_PEERCRED"):
        return None
    from struct import unpack

    found = connection.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12)
    uid: int = unpack("3i", found)[1]
    return uid


def mask_signals(new: Any = None) -> Any:
    """Block all signals in this thread, or those of a mask; returns the mask before, or None."""
    import _signal  # type: ignore[import-not-found]

    if not hasattr(_signal, "pthread_sigmask"):
        return None
    return _signal.pthread_sigmask(
        _signal.SIG_SETMASK, _signal.valid_signals() if new is None else new
    )


class Viewer:
    """A connection: what has come and is no whole request yet, and what is still to be sent."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.received = b""
        self.unsent: Any = b""
        self.unsent_since = 0.0
        self.is_looking = False
        self.is_recording = False
        self.is_leaving = False


class Server:
    """A socket for viewers, and the one thread that serves them all.

    A viewer that does not read keeps nobody else waiting, and is dropped.
    """

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.path = ""
        self._listener: Any = None
        self._viewers: dict[int, Viewer] = {}
        self._wake: tuple[int, int] | None = None
        self._is_ending = False
        self._done = Lock()
        """Held while the thread runs."""
        self.ident = 0
        """The identity of the thread."""

    @property
    def is_open(self) -> bool:
        """Whether viewers can come."""
        return self._listener is not None

    def open(self) -> None:
        """Make the socket and begin to serve.

        Raises:
            OSError: No socket can be made.
        """
        import _socket
        import select  # noqa: F401 - so that the thread, once it runs, has next to nothing to do

        path = os.path.join(make_folder(), f"{os.getpid()}.sock")
        try:
            os.unlink(path)  # of a process that was killed
        except FileNotFoundError:
            pass
        listener = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        try:
            listener.bind(path)
            os.chmod(path, 0o600)
            listener.listen(8)
            listener.setblocking(False)
        except OSError:
            listener.close()
            raise
        self.path, self._listener = path, listener
        self._start()

    def _start(self) -> None:
        self._wake = os.pipe()
        self._is_ending = False
        self._done.acquire()
        # A new thread has the mask of its parent: signals are for the program's own threads.
        before = mask_signals()
        try:
            start_new_thread(self._serve, ())
        except BaseException:
            self._done.release()
            raise
        finally:
            mask_signals(before)

    def pause(self) -> None:
        """End the thread, and keep the socket and the viewers: they wait."""
        if self._wake is None:
            return
        self._is_ending = True
        os.write(self._wake[1], b"x")
        if self._done.acquire(timeout=LONGEST_SEND):
            self._done.release()
        self._close_wake()

    def _close_wake(self) -> None:
        wake, self._wake = self._wake, None
        for end in wake or ():
            os.close(end)

    def go_on(self) -> None:
        """Begin to serve again."""
        if self._listener is not None and self._wake is None:
            self._start()

    def close(self) -> None:
        """Close the socket and all connections; its file goes, too."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        self.forget()
        listener.close()
        self._close_wake()
        try:
            os.unlink(self.path)
        except OSError:
            pass

    def forget(self) -> None:
        """Close the connections."""
        for viewer in list(self._viewers.values()):
            viewer.connection.close()
        self._viewers.clear()

    def reopen(self) -> None:
        """In a forked child: close what belongs to the parent, and open a socket of its own."""
        listener, self._listener = self._listener, None
        self._done = Lock()
        if listener is None:
            return
        self.forget()
        listener.close()
        self.open()

    def _serve(self) -> None:
        try:
            self.ident = get_ident()
            self._serve_until_ended()
        except Exception as error:  # noqa: BLE001 - the thread ends, the program goes on
            self.agent.fault(error)
        finally:
            self._done.release()

    def _serve_until_ended(self) -> None:
        from select import POLLIN, POLLOUT, poll

        while not self._is_ending and self._wake is not None and self._listener is not None:
            poller = poll()
            poller.register(self._wake[0], POLLIN)
            poller.register(self._listener.fileno(), POLLIN)
            writes = False
            for number, viewer in self._viewers.items():
                poller.register(number, POLLOUT if viewer.unsent else POLLIN)
                writes = writes or bool(viewer.unsent)
            ready = dict(poller.poll(LONGEST_SEND * 500 if writes else None))
            if self._wake[0] in ready:
                return
            if self._listener.fileno() in ready:
                self._accept()
            for number, viewer in list(self._viewers.items()):
                if number in ready:
                    is_here = self._send(viewer) if viewer.unsent else self._receive(viewer)
                else:
                    is_here = not viewer.unsent or clock() - viewer.unsent_since < LONGEST_SEND
                if not is_here:
                    self._drop(number)
                    if self.agent.way == "attach" and not self._viewers:
                        leave()
                        return

    def _accept(self) -> None:
        import _socket

        try:
            descriptor, _ = self._listener._accept()
        except OSError:
            return
        connection = _socket.socket(fileno=descriptor)
        connection.setblocking(False)
        is_ours = uid_of_peer(connection) in (None, 0, os.geteuid())
        if is_ours and len(self._viewers) < MOST_VIEWERS:
            self._viewers[descriptor] = Viewer(connection)
        else:
            connection.close()

    def _receive(self, viewer: Viewer) -> bool:
        """Read, and answer the first whole request; whether the viewer stays."""
        try:
            received = viewer.connection.recv(LONGEST_REQUEST)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not received:
            return False
        viewer.received += received
        return self._answer_next(viewer)

    def _answer_next(self, viewer: Viewer) -> bool:
        line, found, rest = viewer.received.partition(b"\n")
        if not found:
            return len(viewer.received) < LONGEST_REQUEST
        viewer.received = rest
        import json

        try:
            request = json.loads(line)
        except ValueError:
            return False
        if not isinstance(request, dict):
            return False
        answer = self._answer(viewer, request)
        if request.get("ask") in ("look", "record"):
            viewer.is_looking = True
        viewer.is_leaving = request.get("ask") == "leave"
        viewer.unsent = memoryview(json.dumps(answer).encode() + b"\n")
        viewer.unsent_since = clock()
        return self._send(viewer)

    def _answer(self, viewer: Viewer, request: dict[str, Any]) -> dict[str, Any]:
        """The agent's answer; what it notes is for one viewer, and nobody takes it from that."""
        ask = request.get("ask")
        others = [one for one in self._viewers.values() if one is not viewer]
        if ask in ("record", "items", "stop") and any(one.is_recording for one in others):
            return {"protocol": PROTOCOL, "error": "it is being recorded by another viewer"}
        answer = self.agent.answer(request)
        if ask in ("record", "stop") and "error" not in answer:
            viewer.is_recording = ask == "record"
        return answer

    def _send(self, viewer: Viewer) -> bool:
        """Send as much as goes; whether the viewer stays."""
        try:
            viewer.unsent = viewer.unsent[viewer.connection.send(viewer.unsent) :]
        except BlockingIOError:
            return True
        except OSError:
            return False
        if viewer.unsent:
            return True
        viewer.unsent = b""
        if viewer.is_leaving:
            return False
        return self._answer_next(viewer) if b"\n" in viewer.received else True

    def _drop(self, number: int) -> None:
        """Close a connection; without any that looks, nothing is watched."""
        gone = self._viewers.pop(number)
        gone.connection.close()
        agent = self.agent
        if agent.way != "exec" and not any(one.is_looking for one in self._viewers.values()):
            agent.restore()
        elif gone.is_recording:
            agent.end_record({})


class _Here:
    """What is in this process: one agent at most."""

    agent: Agent | None = None
    server: Server | None = None
    has_hooks = False


def start(way: str) -> bool:
    """Let viewers come; whether they can. A second call changes nothing. It never raises.

    Args:
        way: `exec`, `allow` or `attach`, see `Agent`.
    """
    first = sys.modules.setdefault(NAME, sys.modules[__name__])
    if first is not sys.modules[__name__]:
        began: bool = first.start(way)
        return began
    if _Here.server is not None and _Here.server.is_open:
        return True
    try:
        agent = Agent(way)
        server = Server(agent)
        server.open()
    except Exception:  # noqa: BLE001 - no socket, no viewers, and the program goes on
        return False
    _Here.agent, _Here.server = agent, server
    if not _Here.has_hooks:
        _Here.has_hooks = True
        atexit.register(_at_exit)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=_before_fork, after_in_parent=_after_fork, after_in_child=_in_child
            )
    if way == "exec":
        agent.begin(finds=False)
    return True


def leave() -> None:
    """Take everything back, and close the socket. Nothing is left but this module."""
    agent, server = _Here.agent, _Here.server
    _Here.agent = _Here.server = None
    if agent is not None:
        agent.restore()
    if server is not None:
        if get_ident() != server.ident:
            server.pause()
        server.close()


def _at_exit() -> None:
    try:
        leave()
    except Exception:  # noqa: BLE001 - nobody is left to see it
        pass


# A fork copies only the thread that forks, and Python warns of others: the agent's one ends before.


def _before_fork() -> None:
    if _Here.server is not None:
        try:
            _Here.server.pause()
        except Exception as error:  # noqa: BLE001 - not raised into the program
            _Here.server.agent.fault(error)


def _after_fork() -> None:
    if _Here.server is not None:
        try:
            _Here.server.go_on()
        except Exception as error:  # noqa: BLE001 - not raised into the program
            _Here.server.agent.fault(error)


def _in_child() -> None:
    if _Here.server is not None:
        try:
            _Here.server.reopen()
        except Exception as error:  # noqa: BLE001 - not raised into the program
            _Here.server.agent.fault(error)
