"""Simulated locks, conditions and threads, for code that runs under a scheduler.

They behave as those of `threading`. A switch point comes before each operation that may wait and
after each that lets others go on. While no scheduler runs, as when a module is imported, they
never wait.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

from pcsim.testing import histories
from pcsim.testing.scheduler import Scheduler
from pcsim.testing.task import LOOK, MARK, POINT, Task

_active: list[Scheduler] = []
_scopes: list[tuple[dict[str, Any], bool]] = []
MAIN_IDENT = 1


def supply_point(scope: dict[str, Any], *, is_outside: bool = False) -> None:
    """Let code with this scope call the switch point by its name.

    Args:
        scope: Of a module, or the built-in names of some.
        is_outside: Whether nothing is known of the variables of its code.
    """
    scope[POINT] = scope[LOOK] = scope[MARK] = _no_point
    _scopes.append((scope, is_outside))


def activate(scheduler: Scheduler) -> None:
    """From now on, simulated threads take turns by this scheduler."""
    _active[:] = [scheduler]
    for scope, is_outside in _scopes:
        if is_outside and scheduler.follows:
            scope[POINT], scope[LOOK] = _outside(scheduler.point), _outside(scheduler.look)
            scope[MARK] = histories.change_outside
        else:
            scope[POINT], scope[LOOK] = scheduler.point, scheduler.look


def _outside(point: Callable[[], Any]) -> Callable[..., Any]:
    """The same in a module whose variables are not known."""

    def marked(value: Any = None) -> Any:
        histories.change_outside()
        point()
        return histories.change_outside(value)

    return marked


def deactivate() -> None:
    """No scheduler runs any more."""
    _active.clear()
    for scope, _ in _scopes:
        scope[POINT] = scope[LOOK] = scope[MARK] = _no_point


def _no_point(value: Any = None) -> Any:
    return value


def active() -> Scheduler | None:
    """The scheduler that runs."""
    return _active[0] if _active else None


def point() -> None:
    """Let another thread run here, if the strategy says so."""
    if _active:
        _active[0].point()


@contextmanager
def quiet() -> Iterator[None]:
    """Meanwhile, no other thread has a turn."""
    scheduler = active()
    if scheduler is None or scheduler.is_quiet:
        yield
        return
    scheduler.is_quiet = True
    try:
        yield
    finally:
        scheduler.is_quiet = False


class _Resource:
    """What threads wait for. It is free again in each new schedule."""

    def __init__(self) -> None:
        self._scheduler: Scheduler | None = None
        self._owner: Any = None
        self._count = 0
        self._waiting: list[Task] = []
        self.version = 0

    def _follow(self, note: Callable[[Any], None]) -> None:
        """The current thread looks at it, or changes it."""
        if self._scheduler is not None and self._scheduler.follows:
            note(self)

    def _enter(self) -> Scheduler | None:
        scheduler = active()
        if self._scheduler is not scheduler:
            self._scheduler = scheduler
            self._owner, self._count, self._waiting = None, 0, []
        return scheduler

    def _wait_until_free(self, blocking: bool, timeout: float) -> bool:
        scheduler = self._scheduler
        if self._owner is None:
            self._follow(histories.change)
            return True
        self._follow(histories.look)
        if not blocking:
            return False
        if scheduler is None:
            raise RuntimeError("a simulated lock is waited for outside of a schedule")
        is_endless = timeout < 0 or timeout >= threading.TIMEOUT_MAX
        deadline = None if is_endless else scheduler.deadline_in(timeout)
        task = scheduler.current
        if task is None:
            raise RuntimeError("a simulated lock is waited for by no simulated thread")
        while self._owner is not None:
            self._waiting.append(task)
            try:
                in_time = scheduler.wait(deadline)
            finally:
                if task in self._waiting:
                    self._waiting.remove(task)
            if not in_time and self._owner is not None:
                self._follow(histories.look)
                return False
        self._follow(histories.change)
        return True

    def _let_in(self) -> None:
        self._follow(histories.change)
        waiting, self._waiting = self._waiting, []
        if self._scheduler is not None:
            for task in waiting:
                self._scheduler.wake(task)

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take it, waiting for it if need be; return whether that was done."""
        raise NotImplementedError

    def release(self) -> None:
        """Free it, and let another thread have it."""
        raise NotImplementedError

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def locked(self) -> bool:
        """Whether a thread has it."""
        self._enter()
        self._follow(histories.look)
        return self._owner is not None

    def _at_fork_reinit(self) -> None:
        self._owner, self._count = None, 0


class Lock(_Resource):
    """As `threading.Lock`."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take it, as `threading.Lock.acquire` does."""
        self._enter()
        point()
        if not self._wait_until_free(blocking, timeout):
            return False
        self._owner = True
        return True

    def release(self) -> None:
        """Free it, and let another thread have it."""
        self._enter()
        if self._owner is None:
            raise RuntimeError("release unlocked lock")
        self._owner = None
        self._let_in()
        point()


class RLock(_Resource):
    """As `threading.RLock`."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take it, once more if this thread has it."""
        self._enter()
        point()
        me = get_ident()
        if self._owner == me:
            self._count += 1
            return True
        if not self._wait_until_free(blocking, timeout):
            return False
        self._owner, self._count = me, 1
        return True

    def release(self) -> None:
        """Free it once."""
        self._enter()
        if self._owner != get_ident():
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1
        if not self._count:
            self._owner = None
            self._let_in()
            point()

    def _is_owned(self) -> bool:
        self._enter()
        return bool(self._owner == get_ident())

    def _release_save(self) -> tuple[int, Any]:
        saved = self._count, self._owner
        self._owner, self._count = None, 0
        self._let_in()
        return saved

    def _acquire_restore(self, saved: tuple[int, Any]) -> None:
        self.acquire()
        self._count, self._owner = saved


class Thread:
    """As `threading.Thread`, as far as programs use it."""

    def __init__(
        self,
        group: None = None,
        target: Callable[..., object] | None = None,
        name: str | None = None,
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        daemon: bool | None = None,
    ) -> None:
        self._target = target
        self._args = tuple(args)
        self._kwargs = dict(kwargs or {})
        self.name = name or f"Thread-{next(thread_numbers)}"
        self.daemon = bool(daemon)
        self.ident: int | None = None
        self._task: Task | None = None
        self._joining: list[Task] = []

    @property
    def native_id(self) -> int | None:
        """The same as `ident`."""
        return self.ident

    def run(self) -> None:
        """Call the target."""
        if self._target is not None:
            self._target(*self._args, **self._kwargs)

    def start(self) -> None:
        """Begin to take turns.

        Raises `RuntimeError` where that may fail in the schedule, and does.
        """
        scheduler = active()
        if scheduler is None:
            raise RuntimeError("a simulated thread is started outside of a schedule")
        if self._task is not None:
            raise RuntimeError("threads can only be started once")
        if scheduler.can_fail_to_start and scheduler.value(2):
            raise RuntimeError("can't start new thread")
        self.begin(scheduler)
        point()

    def begin(self, scheduler: Scheduler) -> None:
        """Take part from now on; this is no switch point."""
        self._task = scheduler.spawn(self.name, lambda: self._main(scheduler))
        self._task.thread = self
        self.ident = MAIN_IDENT + self._task.number

    def _main(self, scheduler: Scheduler) -> None:
        try:
            self.run()
        finally:
            for task in self._joining:
                scheduler.wake(task)

    def is_alive(self) -> bool:
        """Whether it was started and has not ended."""
        is_alive = self._task is not None and not self._task.is_done
        if _active:
            _active[0].note(is_alive)
        return is_alive

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end."""
        scheduler = active()
        point()
        if self._task is None:
            raise RuntimeError("cannot join thread before it is started")
        if scheduler is None or scheduler.current is None:
            return
        deadline = None if timeout is None else scheduler.deadline_in(max(timeout, 0.0))
        while self.is_alive():
            self._joining.append(scheduler.current)
            if not scheduler.wait(deadline):
                return


thread_numbers = count(1)


class _MainThread(Thread):
    def __init__(self) -> None:
        super().__init__(name="MainThread")
        self.ident = MAIN_IDENT


main_thread = _MainThread()


def get_ident() -> int:
    """The number of the current thread."""
    scheduler = active()
    if scheduler is None or scheduler.current is None:
        return MAIN_IDENT
    return MAIN_IDENT + scheduler.current.number


def current_thread() -> Thread:
    """The current thread."""
    scheduler = active()
    if scheduler is None or scheduler.current is None or scheduler.current.thread is None:
        return main_thread
    thread: Thread = scheduler.current.thread
    return thread


def clock() -> float:
    """The virtual time in seconds."""
    scheduler = active()
    if scheduler is None:
        return 0.0
    scheduler.note(hash(scheduler.now))
    return scheduler.now


def sleep(seconds: float) -> None:
    """Wait for that much virtual time; 0 lets another thread run first."""
    scheduler = active()
    if scheduler is None or scheduler.current is None:
        return
    if seconds > 0:
        scheduler.wait(scheduler.deadline_in(seconds))
    else:
        scheduler.yield_turn()
