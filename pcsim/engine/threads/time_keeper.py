"""What one thread of a run does at certain times: it measures, keeps marks, and ends the run.

How late it wakes says whether Python's lock is taken: it needs that to go on. What it waited for a
core is not part of it. So the lock is looked at as often as the thread wakes.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from pcsim import runtime
from pcsim.engine.observer import Observer
from pcsim.engine.protocols import RunStatus
from pcsim.engine.threads.gauges import ThreadGauges

PAUSE_FOR_COST = 400
"""The pause after a mark or a measurement, as a multiple of its time on a processor: each takes
1 in 400 of a core at most."""
FIRST_WAKE, GROWTH = 0.005, 0.1
"""A young run is looked at every 5 ms, an older one every tenth of its age."""
WAKES_WHILE_COMPUTING = 0.125
"""Seconds between two looks while the process computes: only then the lock may be scarce."""
WAKES_WHILE_IDLE = 1.0
COMPUTING = 0.3
"""Cores that a process uses that computes."""
LATE = 0.0005
"""Seconds by which a thread wakes later where another one has Python's lock."""


class TimeKeeper:
    """Keeps the times of one run, on a thread of its own, until `done` is raised."""

    def __init__(
        self,
        clock: Callable[[], float],
        status: RunStatus,
        observer: Observer,
        gauges: ThreadGauges,
        done: runtime.Latch,
    ) -> None:
        self._clock = clock
        self._status = status
        self._observer = observer
        self._gauges = gauges
        self._done = done
        self._measure_at = self._mark_at = self._measured_at = 0.0
        self._used = runtime.process_clock()
        self._is_computing = False
        self._core_wait = runtime.CoreWait()

    def wait_until(self, time: float = math.inf) -> bool:
        """Wait for that time of the run; return whether the run is not over yet."""
        while not self._done.is_set and (now := self._now()) < time:
            wake_at = min(self._act(now), time)
            waited = self._core_wait.read()
            begun = self._now()
            if wake_at > begun:
                if self._done.wait(wake_at - begun):
                    return False
                late = self._now() - wake_at
                self._note_look(late - (self._core_wait.read() - waited))
        return not self._done.is_set

    def close(self) -> None:
        """It is not needed any more."""
        self._core_wait.close()

    def _now(self) -> float:
        return self._clock() - (self._status.origin or 0.0)

    def _act(self, now: float) -> float:
        """Do what is due; return when there is more to be done."""
        marks = self._observer.marks
        if now >= self._measure_at:
            self._look_at_process(now)
            pause = WAKES_WHILE_COMPUTING if self._is_computing else WAKES_WHILE_IDLE
            pause = min(pause, max(FIRST_WAKE, GROWTH * now))
            self._measure_at = now + max(pause, self._cost_of(self._gauges.read_on))
        if now >= max(marks.latest_at + marks.step, self._mark_at):
            # A run that is just ending takes no mark any more: wait a moment for it.
            self._mark_at = now + max(self._cost_of(self._observer.mark), FIRST_WAKE)
        course_at = self._observer.course.follow(now)
        return min(self._measure_at, max(marks.latest_at + marks.step, self._mark_at), course_at)

    def _cost_of(self, act: Callable[[], None]) -> float:
        """Do it, and return the pause that it costs."""
        began = runtime.thread_clock()
        act()
        return PAUSE_FOR_COST * (runtime.thread_clock() - began)

    def _look_at_process(self, now: float) -> None:
        used = runtime.process_clock()
        self._is_computing = used - self._used >= COMPUTING * (now - self._measured_at)
        self._used, self._measured_at = used, now

    def _note_look(self, late: float) -> None:
        processor = self._status.processor
        if processor is not None and processor.has_interpreter_lock:
            self._status.processor = processor.looked_at(is_taken=late >= LATE)
