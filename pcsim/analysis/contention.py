"""Whether workers wait for the processor: for Python's lock, which one at a time has, or for cores.

What is measured of each thread is how long it was on a processor and how long it was ready and
waited for a core. A thread that waits for Python's lock sleeps, as one that reads a file does, so
time off the processor alone says nothing. But now and then a thread of the run looks whether the
lock is taken. Where it mostly is, and several workers that compute are elsewhere for much of the
time in which they run, they wait for it; else they read, write or sleep.
"""

from __future__ import annotations

from enum import StrEnum
from math import fsum
from typing import NamedTuple

from pcsim.analysis.counterfactual import Diagnosis, PartKind, Verdict
from pcsim.snapshot import Processor, Snapshot, WorkerRow

ENOUGH_CPU_TIME = 0.05
"""Seconds on the processor from which the measurement is judged."""
HEAVY = 0.25
"""A worker uses the processor if it does so for this share of the time of the heaviest."""
ONE_CORE = (0.5, 1.2)
"""Where one thread at a time runs, at least the first number of cores is asked for, and at most
the second is busy."""
ENOUGH_LOOKS = 5
"""Looks at the lock from which it is judged."""
MOSTLY_TAKEN = 0.5
"""The share of looks at which the lock was taken, from which workers wait for it."""
MUCH_WAITING = 0.3
"""Workers that wait on average, from which on they are held up."""
ON_CPU_ALL_THE_TIME = 0.8
"""The share of its running time from which a worker does nothing but compute."""


class Scarce(StrEnum):
    """What workers wait for."""

    LOCK = "lock"
    CORES = "cores"


class Contention(NamedTuple):
    """Workers that wait for the processor, and what they wait for."""

    scarce: Scarce
    workers: tuple[WorkerRow, ...]
    on_cpu: float
    """The share of their running time in which they were on a processor."""
    cores_used: float
    """The number of cores that they kept busy on average."""


def cpu_share(row: WorkerRow, at: float) -> float:
    """The share of a worker's time in which it was on a processor; 0 where it is not measured."""
    life = row.lifetime(at)
    return min((row.cpu_time or 0.0) / life, 1.0) if life > 0 else 0.0


def off_cpu_time(row: WorkerRow, at: float) -> float | None:
    """The seconds in which a worker ran code of its own and was not on a processor, for whatever
    reason; None where that is not measured."""
    if row.cpu_time is None:
        return None
    spent = row.spent(at)
    return max(spent.active - min(row.timed(at), spent.active) - row.cpu_time, 0.0)


def core_wait_share(row: WorkerRow, at: float) -> float:
    """The share of a worker's time in which it was ready to run and waited for a core."""
    life = row.lifetime(at)
    return min((row.core_wait_time or 0.0) / life, 1.0) if life > 0 else 0.0


def away_share(row: WorkerRow, at: float) -> float:
    """The share of a worker's time in which it was inside code of its own and neither on a
    processor nor waiting for a core: it read or slept, or waited for Python's lock."""
    life = row.lifetime(at)
    away = (off_cpu_time(row, at) or 0.0) - (row.core_wait_time or 0.0)
    return min(max(away, 0.0) / life, 1.0) if life > 0 else 0.0


def find_contention(snapshot: Snapshot) -> Contention | None:
    """Find what the workers of a run on threads wait for; None where nothing shows that they do."""
    at, processor = snapshot.at, snapshot.processor
    if processor is None or at <= 0:
        return None
    cpu = {row.name: row.cpu_time or 0.0 for row in snapshot.workers}
    heaviest = max(cpu.values(), default=0.0)
    if fsum(cpu.values()) < ENOUGH_CPU_TIME:
        return None
    heavy = tuple(row for row in snapshot.workers if cpu[row.name] >= HEAVY * heaviest)
    used = fsum(cpu[row.name] for row in heavy)
    for_cores = fsum(row.core_wait_time or 0.0 for row in heavy)
    away = fsum(off_cpu_time(row, at) or 0.0 for row in heavy) - for_cores
    on_cpu = used / max(used + for_cores + max(away, 0.0), used)
    cores = Contention(Scarce.CORES, heavy, on_cpu, used / at)
    if for_cores >= max(MUCH_WAITING * at, away):
        return cores
    is_one_core = ONE_CORE[0] * at <= used + for_cores and used <= ONE_CORE[1] * at
    may_contend = _is_mostly_taken(processor) and len(heavy) > 1
    if may_contend and is_one_core and away >= MUCH_WAITING * at:
        return cores._replace(scarce=Scarce.LOCK)
    return cores if for_cores >= MUCH_WAITING * at else None


def _is_mostly_taken(processor: Processor) -> bool:
    is_known = processor.has_interpreter_lock and processor.looks >= ENOUGH_LOOKS
    return is_known and processor.taken_share >= MOSTLY_TAKEN


def only_computes(row: WorkerRow, snapshot: Snapshot) -> bool:
    """Whether a worker is on the processor, or waits for a core, for nearly all of its running
    time: one more like it helps only where it lets go of Python's lock."""
    running = row.spent(snapshot.at).running
    cpu = (row.cpu_time or 0.0) + (row.core_wait_time or 0.0)
    has_lock = snapshot.processor is not None and snapshot.processor.has_interpreter_lock
    return has_lock and cpu >= ENOUGH_CPU_TIME and cpu >= ON_CPU_ALL_THE_TIME * running


def held_up(found: Diagnosis, snapshot: Snapshot) -> Diagnosis:
    """What was found, but where the limit waits for the processor, that limits the run."""
    contention = find_contention(snapshot)
    if contention is None or found.limit is None or found.limit.kind is not PartKind.WORKERS:
        return found
    slowed = {row.name for row in contention.workers}
    if slowed.isdisjoint(found.limit.names):
        return found
    return found._replace(verdict=Verdict.PROCESSOR, enough=None)
