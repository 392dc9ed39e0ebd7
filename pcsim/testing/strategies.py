"""How decisions are made: at random, by priorities, one by one, or as they were made before."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable

from pcsim.testing.schedule import Decision, Kind
from pcsim.testing.scheduler import NEVER, Scheduler, Task

SWITCH_CHANCES = (0.02, 0.05, 0.1, 0.2, 0.5)
TIME_CHANCES = (0.0, 0.0, 0.02, 0.1, 0.3)
"""How often, where it decides, time passes rather than a thread goes on."""
FAULT_CHANCE = 0.1
"""How often a choice of outcomes is one that is not the default."""


class Replay:
    """The same decisions once more; the default where there is none."""

    def __init__(self, decisions: Iterable[Decision]) -> None:
        self._decisions = {one.step: one for one in decisions}
        self.new_from = 0
        self._steps = sorted(self._decisions, reverse=True)
        self.next_step = 0
        self._advance(0)

    def _advance(self, step: int) -> None:
        while self._steps and self._steps[-1] <= step:
            self._steps.pop()
        self.next_step = self._steps[-1] if self._steps else NEVER

    def at_point(self, scheduler: Scheduler) -> Decision | None:
        """The decision of that step."""
        decision = self._decisions.get(scheduler.step)
        self._advance(scheduler.step)
        return decision

    def next_thread(self, scheduler: Scheduler, ready: list[Task]) -> Task:
        """The thread that went on then, if it can."""
        decision = self._decisions.get(scheduler.step)
        self._advance(scheduler.step)
        if decision is not None and decision.kind is Kind.RUN:
            for task in ready:
                if task.number == decision.number:
                    return task
        return ready[0]

    def value(self, scheduler: Scheduler, count: int) -> int:
        """The outcome of then, if there is such."""
        decision = self._decisions.get(scheduler.step)
        self._advance(scheduler.step)
        if decision is not None and decision.kind is Kind.VALUE and decision.number < count:
            return decision.number
        return 0

    def on_ready(self, scheduler: Scheduler) -> None:
        """Nothing: the decisions are made."""

    def on_yield(self, task: Task) -> None:
        """Nothing: the decisions are made."""


class RandomWalk:
    """Any thread goes on, at points that are drawn at random."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._chance = self._random.choice(SWITCH_CHANCES)
        self._time_chance = self._random.choice(TIME_CHANCES)
        self._interrupts = self._random.choice((0, 1, 2))
        self.new_from = 0
        self.next_step = 0
        self._draw(0)

    def _draw(self, step: int) -> None:
        drawn = 1.0 - self._random.random()
        self.next_step = step + 1 + int(math.log(drawn) / math.log(1.0 - self._chance))

    def at_point(self, scheduler: Scheduler) -> Decision | None:
        """Another thread, the passing of time, or an interrupt."""
        self._draw(scheduler.step)
        drawn = self._random.random()
        if drawn < self._time_chance:
            return Decision(scheduler.step, Kind.TIME)
        if self._interrupts and drawn > 0.8:
            open_to = [task for task in scheduler.tasks if task.may_be_interrupted]
            if open_to:
                self._interrupts -= 1
                return Decision(scheduler.step, Kind.INTERRUPT, self._random.choice(open_to).number)
        return Decision(
            scheduler.step, Kind.RUN, self._random.choice(scheduler.ready_tasks()).number
        )

    def next_thread(self, scheduler: Scheduler, ready: list[Task]) -> Task:
        """Any of them."""
        return self._random.choice(ready)

    def value(self, scheduler: Scheduler, count: int) -> int:
        """Now and then, not the default."""
        return self._random.randrange(count) if self._random.random() < FAULT_CHANCE else 0

    def on_ready(self, scheduler: Scheduler) -> None:
        """Nothing."""

    def on_yield(self, task: Task) -> None:
        """Nothing."""


class PriorityChanges:
    """Always the thread of the highest priority, which changes at a few random points.

    A fault that needs `d` things in an order is found with probability at least 1/(n kᵈ⁻¹), for
    n threads and k points (PCT: Burckhardt, Kothari, Musuvathi and Nagarakatte, "A Randomized
    Scheduler with Probabilistic Guarantees of Finding Bugs", ASPLOS 2010).

    Args:
        seed: Of the random numbers.
        length: The number of switch points that a schedule has, about.
        changes: The number of changes of priority, d - 1.
    """

    def __init__(self, seed: int, length: int, changes: int | None = None) -> None:
        self._random = random.Random(seed)
        number = self._random.randint(1, 4) if changes is None else changes
        steps = (self._random.randint(1, max(length, 1)) for _ in range(number))
        self._changes = sorted(set(steps), reverse=True)
        self._priorities: dict[int, float] = {}
        self._lowest = 0.0
        self.next_step = self.new_from = 0

    def _priority(self, task: Task) -> float:
        return self._priorities.setdefault(task.number, 1.0 + self._random.random())

    def _sink(self, task: Task) -> None:
        self._lowest -= 1.0
        self._priorities[task.number] = self._lowest

    def at_point(self, scheduler: Scheduler) -> Decision | None:
        """Change a priority where it is time; then the thread of the highest."""
        passes = False
        while self._changes and self._changes[-1] <= scheduler.step:
            self._changes.pop()
            if self._random.random() < 0.3:
                passes = True
            elif scheduler.current is not None:
                self._sink(scheduler.current)
        self.next_step = self._changes[-1] if self._changes else NEVER
        if passes:
            self.next_step = min(self.next_step, scheduler.step + 1)
            return Decision(scheduler.step, Kind.TIME)
        best = max(scheduler.ready_tasks(), key=self._priority)
        return (
            None if best is scheduler.current else Decision(scheduler.step, Kind.RUN, best.number)
        )

    def next_thread(self, scheduler: Scheduler, ready: list[Task]) -> Task:
        """That of the highest priority."""
        return max(ready, key=self._priority)

    def value(self, scheduler: Scheduler, count: int) -> int:
        """Now and then, not the default."""
        return self._random.randrange(count) if self._random.random() < FAULT_CHANCE else 0

    def on_ready(self, scheduler: Scheduler) -> None:
        """It may have a higher priority than the current one."""
        self.next_step = scheduler.step + 1

    def on_yield(self, task: Task) -> None:
        """A thread that only looks again and again must not keep the others from running."""
        self._sink(task)
