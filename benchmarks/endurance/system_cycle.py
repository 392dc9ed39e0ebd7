"""One run of a random system on threads, steered, watched and disturbed; and what must hold."""

from __future__ import annotations

import faulthandler
import threading
import time
import warnings
import weakref
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from random import Random

from benchmarks.endurance import laws
from benchmarks.endurance.faults import Faults, threads_that_fail
from benchmarks.endurance.findings import GUARD, PAUSES, Findings
from benchmarks.endurance.interrupts import Interrupted, interrupting
from benchmarks.endurance.topologies import described, may_fail, topology
from pcsim.analysis import report
from pcsim.analysis.statistics import statistics
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.errors import PcsimError, PhaseError
from pcsim.snapshot import Phase, Snapshot
from pcsim.system import ProducerConsumerSystem

DRAINED_WITHIN = 0.3
"""Seconds that a run may go on, and that its drain may take, before it is aborted."""
DISTURBANCES = ("nothing",) * 12 + ("hang", "thread", "interrupt", "interrupt", "handler")


class SystemCycle:
    """One run, from its making to its end."""

    def __init__(self, rng: Random, findings: Findings, *, has_signals: bool) -> None:
        self.rng, self.findings = rng, findings
        kind, self.scenario = topology(rng)
        self.disturbance = rng.choice(DISTURBANCES)
        if not has_signals and self.disturbance in ("interrupt", "handler"):
            self.disturbance = "nothing"
        self.faults = Faults(rng, self.scenario, may_hang=self.disturbance == "hang")
        self.subject = self._made(rng.random() < 0.4)
        self.aborted_at: float | None = None
        self.was_aborted = self.was_interrupted = False
        self.is_watched = True
        self.strangers = set(threading.enumerate())
        """Threads of cycles before, perhaps of the same names: one whose start was interrupted may
        stay for ever in Python's own code for that."""
        way = "system" if isinstance(self.subject, ProducerConsumerSystem) else "engine"
        findings.what = (
            f"{kind} as {way}, {len(self.scenario.workers)} workers, disturbed by "
            f"{self.disturbance}{', code that raises' * self.faults.raises}"
        )

    def _made(self, as_system: bool) -> ThreadsEngine | ProducerConsumerSystem:
        sources, sinks = self.faults.sources, self.faults.sinks
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the risk of a deadlock is meant
            made = described(self.scenario, sources, sinks) if as_system else None
            if made is not None:
                made.snapshot()
        return made or ThreadsEngine(self.scenario, sources, sinks)

    def run(self) -> None:
        """Run it, and check what holds at its end."""
        self.findings.kept.append(weakref.ref(self.subject))
        rng = self.rng
        acts: list[Callable[[Random], None]] = [self._look] * rng.randint(0, 3)
        acts += [self._steer] * rng.choice((0, 0, 1, 1, 2))
        helpers = [
            threading.Thread(target=self._guarded, args=(act, Random(rng.random())), daemon=True)
            for act in acts
        ]
        begins_early = rng.random() < 0.3
        if begins_early:
            _start_all(helpers)
        try:
            self._start()
            if not begins_early:
                _start_all(helpers)
            self.findings.threads = threading.active_count()
            has_ended = self._end()
        finally:
            self.is_watched = False
        for helper in helpers:
            helper.join(GUARD)
            has_ended = has_ended and not helper.is_alive()
        if not has_ended:
            self._hangs("a thread does not end")
            return
        with self.findings.law("at the end"):
            self._check(self.subject.snapshot())

    def _hangs(self, how: str) -> None:
        """Show what every thread does: the process is of no more use."""
        if not self.findings.hangs:
            seen = self.subject.snapshot()
            names = [thread.name for thread in threading.enumerate()]
            self.findings.broke(f"hangs: {how}", (seen.phase, seen.abandoned, names, seen.totals))
            self.findings.hangs = True
            faulthandler.dump_traceback(all_threads=True)

    # What threads do.

    def _guarded(self, act: Callable[[Random], None], rng: Random) -> None:
        with self.findings.law("a call raised"):
            act(rng)

    def _look(self, rng: Random) -> None:
        """Take snapshots and events, and check them."""
        seen: list[Snapshot] = []
        since = looks = 0
        while self.is_watched:
            snapshot = self.subject.snapshot()
            looks += 1
            with self.findings.law("in a snapshot"):
                laws.check_snapshot(snapshot)
            if seen:
                with self.findings.law("from one snapshot to the next"):
                    laws.check_next(seen[-1], snapshot)
                if rng.random() < 0.1:
                    with self.findings.law("between two snapshots"):
                        laws.check_shares(snapshot.since(rng.choice(seen)))
            seen = [*seen[-4:], snapshot]
            if rng.random() < 0.2:
                batch = self.subject.events(since)
                with self.findings.law("in events"):
                    laws.check_events(batch, since)
                since = batch.next_number
            if rng.random() < 0.05:
                name = rng.choice(self.scenario.queue_names)
                self.subject.queue_detail(name, rng.choice((1, 100)))
            if len(self.findings.broken) > 20:
                return
            time.sleep(rng.choice(PAUSES))
        self.findings.looks.append(looks)

    def _steer(self, rng: Random) -> None:
        """Pause, resume, drain, abort."""
        subject = self.subject
        acts = [subject.pause_producing, subject.resume_producing] * 4
        acts += [subject.drain, self._abort]
        for _ in range(rng.randint(1, 8)):
            time.sleep(rng.choice(PAUSES))
            rng.choice(acts)()
        subject.resume_producing()

    def _abort(self) -> None:
        if self.aborted_at is None and not self.subject.snapshot().phase.is_over:
            self.aborted_at = time.monotonic()
        self.was_aborted = True
        self.subject.abort()

    # From the start to the end, in the main thread.

    def _start(self) -> None:
        rng, kind = self.rng, self.disturbance
        most = len(self.scenario.workers) + 1
        unlucky = threads_that_fail(rng, most) if kind == "thread" else nullcontext()
        interrupt = kind == "interrupt" and rng.random() < 0.5
        try:
            with unlucky, interrupting(rng) if interrupt else nullcontext():
                self.subject.start()
        except Interrupted:
            self.was_interrupted = True
            self.findings.kept.clear()  # `threading` may keep a thread that it was about to start
            self._abort()
        except PhaseError:  # another thread has ended it before
            pass
        except RuntimeError:  # `threading` raises one as well, where a signal interrupts its start
            if kind != "thread" and not interrupt:
                raise

    def _end(self) -> bool:
        """Let it come to an end; whether it has, with all of its threads."""
        try:
            has_ended = self._ends_by_itself()
        except Interrupted:
            self.was_interrupted, has_ended = True, False
        if not has_ended:
            self._abort()
            has_ended = self._wait(GUARD)
            if not has_ended:
                self._hangs("it does not end after an abort")
            elif self.aborted_at is not None and self.disturbance != "hang":
                self.findings.abort_time = time.monotonic() - self.aborted_at
        self.faults.let_go()
        return has_ended and self._hung_ones_end()

    def _ends_by_itself(self) -> bool:
        """Let it go on for a while, then drain it; whether it has ended."""
        rng, kind = self.rng, self.disturbance
        act = rng.choice((self.subject.snapshot, self.subject.drain, self._abort))
        with (
            interrupting(rng, act if kind == "handler" else None)
            if kind in ("interrupt", "handler")
            else nullcontext()
        ):
            if self._wait(rng.choice((0.0, 0.01, DRAINED_WITHIN))):
                return True
            self.subject.resume_producing()
            if self._wait(rng.choice((0.0, DRAINED_WITHIN))):
                return True
            self.subject.drain()
            return self._wait(rng.choice((0.0, DRAINED_WITHIN)))

    def _wait(self, timeout: float) -> bool:
        began = time.monotonic()
        if isinstance(self.subject, ThreadsEngine):
            has_ended = self.subject.join(timeout)
        else:
            try:
                has_ended = self.subject.wait_for_completion(timeout)
            except PhaseError:  # it was not started
                has_ended = self.subject.snapshot().phase.is_over
            except (PcsimError, RuntimeError):
                has_ended = True
        if not has_ended:
            took = time.monotonic() - began
            self.findings.require(took >= timeout, "a wait ends early", f"{took} of {timeout} s")
        return has_ended

    def _hung_ones_end(self) -> bool:
        """Workers that were let go end, although the run has ended without them."""
        abandoned = set(self.subject.snapshot().abandoned)
        until = time.monotonic() + GUARD
        while any(
            thread.name in abandoned and thread not in self.strangers
            for thread in threading.enumerate()
        ):
            if time.monotonic() > until:
                return False
            time.sleep(0.001)
        return True

    # At the end.

    def _check(self, end: Snapshot) -> None:
        findings, totals, faults = self.findings, end.totals, self.faults
        laws.check_snapshot(end)
        findings.require(end.phase.is_over, "the run is over at the end", end.phase)
        findings.require(totals.in_system == 0, "no item is left in the system", totals)
        self._check_error(end)
        hung = self.disturbance == "hang" and faults.hung.is_set()
        findings.require(hung or not end.abandoned, "nobody is abandoned", end.abandoned)
        if hung:
            return
        got = self._by_place()
        delivered = sum(places.total() for places in got.values())
        given = sum(faults.given.values())
        # An item that was pulled when there was no number left for it goes no further.
        spare = len(faults.given) if self.scenario.end.items is not None else 0
        findings.moved = delivered
        findings.doubled = sum(places.total() - len(places) for places in got.values())
        findings.doubled += max(delivered - totals.consumed, 0)
        findings.lost = max(given - totals.produced - spare, 0)
        findings.lost += totals.produced + totals.copied - totals.accounted
        findings.lost += max(totals.consumed - delivered, 0)
        for name in ("lost", "doubled"):
            number = getattr(findings, name)
            findings.require(not number, f"items {name}", f"{number}: {totals}, {given} given")
        findings.require(given >= totals.produced, "items that nobody gave", totals)
        if not (totals.dropped or totals.failed or totals.discarded or totals.copied or spare):
            all_given = Counter(
                number * 10**9 + place
                for number, spec in enumerate(self.scenario.workers)
                for place in range(faults.given.get(spec.name, 0))
            )
            all_got = sum(got.values(), Counter[int]())
            findings.require(all_got == all_given, "all that was given is delivered", end.totals)
        if self.rng.random() < 0.05:
            report.text(end)
            statistics(end)

    def _by_place(self) -> dict[tuple[str, ...], Counter[int]]:
        """What was delivered, by the queues it was taken from: copies go to different ones."""
        got: dict[tuple[str, ...], Counter[int]] = {}
        for spec in self.scenario.workers:
            if spec.name in self.faults.delivered:
                place = got.setdefault(spec.inputs, Counter())
                place.update(self.faults.delivered[spec.name])
        return got

    def _check_error(self, end: Snapshot) -> None:
        kind, error = self.disturbance, end.failure
        may_be = self.faults.raises or kind in ("thread", "interrupt") or may_fail(self.scenario)
        if error is not None:
            self.findings.require(may_be, "a run fails with a reason", error.message)
        asked = self.was_aborted or self.was_interrupted or self.scenario.end.time is not None
        aborted = end.phase is Phase.ABORTED
        self.findings.require(asked or not aborted, "only an abort aborts", end.totals)


def _start_all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
