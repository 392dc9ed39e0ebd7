"""Take turns: simulated threads on one real thread, which change only at switch points.

Each simulated thread is a greenlet, and time is virtual. Every choice is a decision of a
strategy: which thread goes on, whether time passes, which fault happens. Decisions that differ
from the default are written down; the same decisions give the same run again.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any, Protocol

import greenlet

from pcsim.testing import histories
from pcsim.testing.schedule import Decision, Kind
from pcsim.testing.task import LOOK as LOOK
from pcsim.testing.task import POINT as POINT
from pcsim.testing.task import Task as Task
from pcsim.testing.task import place_of as place_of

MOST_STEPS = 50_000
"""Switch points of one schedule, at most."""
MOST_ENDINGS = 100
"""How often a thread that waits at the end of a schedule is asked to end."""
NEVER = sys.maxsize


class EndlessScheduleError(Exception):
    """A schedule went on for too long: its threads run in circles, or it is too large."""


class StandstillError(Exception):
    """Every thread waits, and nothing can wake one of them: a deadlock."""


class Strategy(Protocol):
    """Makes the decisions of one schedule."""

    next_step: int
    """The next switch point at which it wants to be asked, whatever happens until then."""
    new_from: int
    """The first switch point that no schedule before had after the same decisions: what holds at
    every step was seen to hold until then."""

    def at_point(self, scheduler: Scheduler) -> Decision | None:
        """Decide at a switch point; None to let the current thread go on."""

    def next_thread(self, scheduler: Scheduler, ready: list[Task]) -> Task:
        """Choose a thread, where the current one cannot go on; the default is the first."""

    def value(self, scheduler: Scheduler, count: int) -> int:
        """Choose a number from 0 to `count` - 1; the default is 0."""

    def on_ready(self, scheduler: Scheduler) -> None:
        """A thread that waited can go on."""

    def on_yield(self, task: Task) -> None:
        """A thread lets others go first."""


class Scheduler:
    """Runs one function, and the threads that it starts, by the decisions of a strategy."""

    def __init__(
        self, strategy: Strategy, most_steps: int = MOST_STEPS, *, follows: bool = False
    ) -> None:
        self.strategy = strategy
        self.follows = follows
        """Whether each thread has a history: see `pcsim.testing.histories`."""
        self.histories_of_ended = 0
        self.most_steps = most_steps
        self.hub = greenlet.getcurrent()
        self.tasks: list[Task] = []
        self.current: Task | None = None
        self.now = 0.0
        self.step = 0
        self.next_step = NEVER
        self.decisions: list[Decision] = []
        self.on_decision: Callable[[Scheduler, Decision], None] | None = None
        self.invariants: list[Callable[[], object]] = []
        self.is_quiet = False
        """Whether there are no switch points for now: while invariants are checked."""
        self.is_ending = False
        self.can_fail_to_start = False
        """Whether a thread that does not start is one of the faults."""
        self._failure: BaseException | None = None

    # A run.

    def run(self, function: Callable[[], object]) -> None:
        """Run the function as the first thread until all threads have ended.

        Raises the first error of a thread, `StandstillError` or `EndlessScheduleError`.
        """
        if self.follows:
            histories.begin()
        self.spawn("main", function)
        self._plan()
        try:
            self._drive()
        finally:
            self._end_all()

    def _drive(self) -> None:
        while True:
            ready = self.ready_tasks()
            if not ready:
                if all(task.is_done for task in self.tasks):
                    return
                if not self.let_time_pass():
                    raise StandstillError(self._standstill())
                continue
            self.current = task = self._next(ready)
            task.greenlet.switch()  # until a thread ends, or the schedule fails
            if self._failure is not None:
                raise self._failure
            for task in self.tasks:
                if task.error is not None:
                    raise task.error

    def _fail(self, error: BaseException) -> None:
        """From a thread: end the schedule with an error that the code under test cannot catch."""
        self._failure = error
        self.hub.switch()
        raise greenlet.GreenletExit

    def _standstill(self) -> str:
        return f"every thread waits for ever: {self._places()}"

    def _places(self) -> str:
        """Where each thread stands."""
        return "; ".join(f"{one.name} at {place_of(one)}" for one in self.tasks if not one.is_done)

    def _end_all(self) -> None:
        """End the threads that still wait, each with an exception where it stands."""
        self.is_ending = True
        for task in self.tasks:
            self.current = task
            for _ in range(MOST_ENDINGS):  # code may catch the exception, and wait again
                if task.is_done or not task.greenlet:
                    break
                task.greenlet.throw(greenlet.GreenletExit)
        self.current = None
        # Without circles of references, what was used in the schedule is freed at once.
        for task in self.tasks:
            task.greenlet = task.thread = None
        self.tasks = []
        self.invariants = []

    def spawn(self, name: str, run: Callable[[], object]) -> Task:
        """Add a thread that can run at once."""
        task = Task(self, len(self.tasks), name, run)
        if self.follows and self.current is not None:
            histories.change(histories.SPAWNED)
            self.current.follow()
            task.history += self.current.history
        self.tasks.append(task)
        self.strategy.on_ready(self)
        self._plan()
        return task

    # Switch points.

    def point(self, value: Any = None) -> Any:
        """Let another thread run here, if the strategy says so; return the value as it is."""
        if self.current is None or self.is_quiet or self.is_ending:
            return value
        self.step += 1
        if self.follows:
            self.current.follow()
            self.current.position += 1
        if self.step >= self.next_step:
            self._decide()
            if self.current.interrupt is not None:
                self._raise_interrupt(self.current)
        return value

    def look(self, value: Any = None) -> Any:
        """The same where no interrupt comes: it is raised at the next of the other points."""
        if self.current is None or self.is_quiet or self.is_ending:
            return value
        self.step += 1
        if self.follows:
            self.current.follow()
        if self.step >= self.next_step:
            self._decide()
        return value

    # Histories.

    def note(self, fact: int) -> None:
        """The current thread has seen this."""
        if self.follows:
            histories.seen.append(fact)

    def note_end(self, task: Task) -> None:
        """A thread is at its end. In which order threads come to it does not matter."""
        if self.follows and not self.is_ending:
            task.follow()
            self.histories_of_ended ^= hash((task.history, task.number))

    def _decide(self) -> None:
        step, strategy = self.step, self.strategy
        is_new = step >= strategy.new_from
        if is_new:
            self._check()
        if step >= strategy.next_step:
            decision = strategy.at_point(self)
            if decision is not None:
                self._carry_out(decision)
        elif is_new and self.invariants:
            self.next_step = step + 1
            return
        self._plan()

    def _plan(self) -> None:
        """Set the next switch point at which there is something to do."""
        if self.current is not None and self.current.interrupt is not None:
            self.next_step = self.step + 1
            return
        strategy = self.strategy
        first_check = strategy.new_from if self.invariants else self.most_steps + 1
        self.next_step = min(strategy.next_step, max(first_check, self.step + 1))

    def _carry_out(self, decision: Decision) -> None:
        me = self.current
        if decision.kind is Kind.RUN:
            other = self._task(decision.number)
            if other is not None and other is not me and other.is_ready:
                self._note(decision)
                self._switch(other)
        elif decision.kind is Kind.TIME:
            if self.let_time_pass():
                self._note(decision)
        elif decision.kind is Kind.INTERRUPT:
            other = self._task(decision.number)
            if other is not None and other.may_be_interrupted and other.interrupt is None:
                self._note(decision)
                other.interrupt = KeyboardInterrupt()
                other.is_ready = True

    def _task(self, number: int) -> Task | None:
        return self.tasks[number] if number < len(self.tasks) else None

    def _note(self, decision: Decision) -> None:
        self.decisions.append(decision)
        if self.on_decision is not None:
            self.on_decision(self, decision)

    def add_invariant(self, holds: Callable[[], object]) -> None:
        """Call this at every switch point; it raises where something does not hold."""
        self.invariants.append(holds)
        self._plan()

    def _check(self) -> None:
        """Check what must hold at every step."""
        if self.step > self.most_steps:
            text = f"not at its end after {self.most_steps} switch points: {self._places()}"
            self._fail(EndlessScheduleError(text))
        if not self.invariants:
            return
        self.is_quiet = True
        try:
            for holds in self.invariants:
                holds()
        except Exception as error:  # noqa: BLE001 - raised where the schedule is driven
            self._fail(error)
        finally:
            self.is_quiet = False
            if histories.seen:
                histories.forget_last()

    # Waiting.

    def deadline_in(self, seconds: float) -> float:
        """The time in that many seconds, which is later than now where they are more than 0."""
        at = self.now + seconds
        return math.nextafter(at, math.inf) if seconds > 0 and at == self.now else at

    def wait(self, deadline: float | None = None) -> bool:
        """Let the current thread wait until it is woken; False once the deadline has passed.

        Raises what it is interrupted with.
        """
        me = self.current
        if me is None or self.is_ending:
            raise greenlet.GreenletExit
        if self.is_quiet:
            raise RuntimeError("a lock is waited for where no thread may change")
        if self.follows:
            me.follow()
        me.is_ready, me.deadline, me.timed_out = False, deadline, False
        self._leave(me)
        me.deadline = None
        self.note(2 + me.timed_out)
        return not me.timed_out

    def wake(self, task: Task) -> None:
        """Let a waiting thread go on when its turn comes."""
        if not task.is_ready and not task.is_done:
            task.is_ready = True
            self.strategy.on_ready(self)
            self._plan()

    def yield_turn(self) -> None:
        """Let another thread run first, if one can."""
        me = self.current
        if me is None or self.is_ending or self.is_quiet:
            return
        self.step += 1
        if self.follows:
            self.note(1)
            me.follow()
        self._check()
        self.strategy.on_yield(me)
        others = [task for task in self.ready_tasks() if task is not me]
        if others:
            self._switch(self._next(others))

    def let_time_pass(self) -> bool:
        """Go on to the earliest deadline; return whether there is one."""
        waiting = [
            task
            for task in self.tasks
            if not task.is_ready and not task.is_done and task.deadline is not None
        ]
        if not waiting:
            return False
        self.now = max(self.now, min(task.deadline or 0.0 for task in waiting))
        for task in waiting:
            if (task.deadline or 0.0) <= self.now:
                task.timed_out = True
                self.wake(task)
        return True

    def _leave(self, me: Task) -> None:
        """Run others until this thread can go on."""
        while not me.is_ready:
            ready = self.ready_tasks()
            if not ready:
                if not self.let_time_pass():
                    self._fail(StandstillError(self._standstill()))
                continue
            other = self._next(ready)
            if other is me:
                break
            self._switch(other)
        self._raise_interrupt(me)

    def _raise_interrupt(self, me: Task) -> None:
        if me.interrupt is not None:
            interrupt, me.interrupt = me.interrupt, None
            me.may_be_interrupted = False
            raise interrupt

    def ready_tasks(self) -> list[Task]:
        """The threads that can run, the one after the current first."""
        number = -1 if self.current is None else self.current.number
        after = [task for task in self.tasks[number + 1 :] if task.is_ready]
        return after + [task for task in self.tasks[: number + 1] if task.is_ready]

    def _next(self, ready: list[Task]) -> Task:
        if len(ready) == 1:
            return ready[0]
        self.step += 1  # each decision has a step of its own
        task = self.strategy.next_thread(self, ready)
        if task is not ready[0]:
            self._note(Decision(self.step, Kind.RUN, task.number))
        return task

    def _switch(self, other: Task) -> None:
        """Let the other thread run; return when this one has its turn again."""
        me = self.current
        self.current = other
        other.greenlet.switch()
        self.current = me
        if me is not None:
            if self.is_ending:
                raise greenlet.GreenletExit
            self._plan()

    # Choices.

    def value(self, count: int) -> int:
        """Choose one of `count` outcomes, 0 unless the strategy says otherwise."""
        if self.current is None or count < 2 or self.is_ending:
            return 0
        self.step += 1
        if self.follows:
            self.current.follow()
        chosen = self.strategy.value(self, count)
        self.note(chosen)
        if chosen:
            self._note(Decision(self.step, Kind.VALUE, chosen))
        return chosen
