"""The search over every schedule with few preemptions, which runs on from each state once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pcsim.testing.schedule import Decision, Kind
from pcsim.testing.scheduler import NEVER, Scheduler, Task
from pcsim.testing.strategies import Replay

_TIME, _VALUE, _INTERRUPT = -1, -1_000_000, 1_000_000
"""Added to numbers of what is done next, beside those of threads."""


class Branch(NamedTuple):
    """Decisions to begin a schedule with."""

    decisions: list[Decision]
    budget: int
    """The preemptions, interrupts and timeouts that may still come."""
    node: int | None
    """The state that they lead to, with the thread that runs next, where that is known."""


class Search:
    """What is to be run, and what is known already.

    A node is a state with what happens next in it. Schedules that come to the same node with the
    same budget left have the same ones to come, so that one of them is enough. What costs the
    least is run first: then each node is met first with the largest budget.

    Args:
        bound: Of the preemptions, interrupts and timeouts of a schedule.
        follows: Whether the schedulers follow histories, so that states are known.
    """

    def __init__(self, bound: int, *, follows: bool) -> None:
        self.follows = follows
        self._pending: list[list[Branch]] = [[] for _ in range(bound + 1)]
        self._budgets: dict[int, int] = {}
        self.add(Branch([], bound, None))

    def add(self, branch: Branch) -> None:
        """Run it some time."""
        self._pending[branch.budget].append(branch)

    def branches(self) -> Iterator[Branch]:
        """What is to be run now, until nothing is left."""
        while any(self._pending):
            yield next(each for each in reversed(self._pending) if each).pop()

    def is_new(self, node: int, budget: int) -> bool:
        """Whether nothing has run on from there with that budget, or a larger one; from now on
        something has."""
        if self._budgets.get(node, -1) >= budget:
            return False
        self._budgets[node] = budget
        return True


class Extend:
    """Some decisions once more, and after them the default; notes what else could be decided.

    Args:
        branch: What to begin with.
        search: What is known.
    """

    def __init__(self, branch: Branch, search: Search) -> None:
        decisions, self._budget, self._node = branch
        self._replay = Replay(decisions)
        self._search = search
        self._decisions = decisions
        self._end = self.new_from = decisions[-1].step if decisions else 0
        self._last: tuple[int, int] | None = None
        """The thread that was last seen at a point, and its history then."""
        self.alternatives: list[Branch] = []
        """What could be decided instead."""
        self.next_step = 0
        self._plan(0)

    def _plan(self, step: int) -> None:
        if step < self._end:
            self.next_step = min(self._replay.next_step, self._end + 1)
        elif self._budget or self._search.follows:
            self.next_step = step + 1
        else:
            self.next_step = NEVER

    def _note(self, scheduler: Scheduler, kind: Kind, number: int, cost: int, node: int) -> None:
        """This could be decided instead."""
        if cost > self._budget:
            return
        budget = self._budget - cost
        if not self._search.follows or self._search.is_new(node, budget):
            decision = Decision(scheduler.step, kind, number)
            lasting = node if kind is Kind.RUN and self._search.follows else None
            self.alternatives.append(Branch([*self._decisions, decision], budget, lasting))

    def _goes_on(self, scheduler: Scheduler, node: int) -> bool:
        """Return whether it is of interest what else could come from this node. If not, the
        schedule is run to its end all the same: what it leaves behind must be whole."""
        is_new = node == self._node or self._search.is_new(node, self._budget)
        self._node = node
        if not is_new:
            self._end = self.new_from = self.next_step = NEVER
            scheduler.follows = False
        return is_new

    def at_point(self, scheduler: Scheduler) -> Decision | None:
        """What was decided; after that nothing, but note what could be."""
        step, me = scheduler.step, scheduler.current
        if step <= self._end or me is None:
            decision = self._replay.at_point(scheduler)
            self._plan(step)
            return decision
        self._plan(step)
        state = _state(scheduler) if self._search.follows else 0
        if not self._search.follows or self._last != (me.number, me.history):
            # Else the thread has done nothing since that another could see: to stop it here
            # is to stop it there.
            self._last = me.number, me.history
            if self._search.follows and not self._goes_on(scheduler, hash((state, me.number))):
                return None
            self._note_switches(scheduler, state, me)
        for task in scheduler.tasks:
            if task.may_be_interrupted:
                node = hash((state, me.number, _INTERRUPT + task.number))
                self._note(scheduler, Kind.INTERRUPT, task.number, 1, node)
        return None

    def _note_switches(self, scheduler: Scheduler, state: int, me: Task) -> None:
        for task in scheduler.ready_tasks():
            if task is not me:
                self._note(scheduler, Kind.RUN, task.number, 1, hash((state, task.number)))
        for task in scheduler.tasks:
            if task.deadline is not None and not task.is_ready and not task.is_done:
                self._note(scheduler, Kind.TIME, 0, 1, hash((state, me.number, _TIME)))
                break

    def next_thread(self, scheduler: Scheduler, ready: list[Task]) -> Task:
        """As decided; after that the first, but note the others."""
        if scheduler.step <= self._end:
            return self._replay.next_thread(scheduler, ready)
        state = _state(scheduler) if self._search.follows else 0
        for task in ready[1:]:
            self._note(scheduler, Kind.RUN, task.number, 0, hash((state, task.number)))
        if self._search.follows:
            self._goes_on(scheduler, hash((state, ready[0].number)))
        return ready[0]

    def value(self, scheduler: Scheduler, count: int) -> int:
        """As decided; after that the default, but note the others."""
        if scheduler.step <= self._end:
            return self._replay.value(scheduler, count)
        state = _state(scheduler) if self._search.follows else 0
        for number in range(1, count):
            node = hash((state, _VALUE + number))
            self._note(scheduler, Kind.VALUE, number, 0, node)
        return 0

    def on_ready(self, scheduler: Scheduler) -> None:
        """Nothing."""

    def on_yield(self, task: Task) -> None:
        """Nothing."""


def _state(scheduler: Scheduler) -> int:
    """A number for the state of all threads and of all that they share."""
    facts: list[object] = [scheduler.now]
    for one in scheduler.tasks:
        facts += one.history, one.is_ready, one.timed_out, one.deadline
        # To stop a thread here is to stop it a bit later, where it does nothing that others see;
        # but to interrupt it here is something else.
        facts += one.interrupt is not None, one.may_be_interrupted and 1 + one.position
    return hash(tuple(facts))
