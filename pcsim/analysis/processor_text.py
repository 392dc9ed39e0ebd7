"""Words about workers that wait for the processor: for Python's lock, or for cores."""

from __future__ import annotations

from collections.abc import Collection

from pcsim.analysis.contention import Scarce, find_contention, only_computes
from pcsim.analysis.crews import crew_names, in_crews
from pcsim.analysis.phrases import names
from pcsim.snapshot import Snapshot, WorkerRow
from pcsim.text import percent


def waits(snapshot: Snapshot) -> str:
    """A sentence, after a space, about what the workers wait for beside items and room; empty
    where that is not the processor."""
    contention = find_contention(snapshot)
    if contention is None:
        return ""
    over = snapshot.phase.is_over
    slowed = _names(contention.workers, snapshot)
    share = percent(contention.on_cpu)
    if contention.scarce is Scarce.CORES:
        is_one = len(contention.workers) == 1
        waited = "waited" if over else "waits" if is_one else "wait"
        it_was = ("it was" if over else "it is") if is_one else "they were" if over else "they are"
        return f" {slowed} {waited} for cores: {it_was} on one {share} of the time."
    wait, used = ("have waited", "used") if over else ("wait", "use")
    cores = f"{contention.cores_used:.2f} cores"
    return f" {slowed} seem to {wait} for Python's lock: together they {used} {cores}."


def advice(snapshot: Snapshot, members: Collection[WorkerRow]) -> str:
    """Why more of these workers would not help; empty where nothing shows that."""
    contention = find_contention(snapshot)
    if contention is not None and contention.scarce is Scarce.LOCK:
        return "More threads would not help: use processes, or code that releases Python's lock."
    if contention is not None:
        return "More threads would not help while cores are scarce: make the work cheaper."
    if members and all(only_computes(row, snapshot) for row in members):
        computes = "computes" if len(members) == 1 else "compute"
        subject = _names(members, snapshot)
        return (
            f"{subject} only {computes}: more threads would help only if that releases Python's "
            "lock; else use processes."
        )
    return ""


def _names(workers: Collection[WorkerRow], snapshot: Snapshot) -> str:
    """Their names, those of a group together."""
    return names(in_crews((row.name for row in workers), crew_names(snapshot.workers)))
