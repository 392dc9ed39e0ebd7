"""A program that is watched from outside, as the app shows it: rows made from successive looks.

Depths, who waits at which queue, how long threads ran: that can be seen. How long items waited
cannot, and puts and gets only where the program itself counts them. A thread of its own looks, and
only after somebody has asked for a snapshot.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pcsim import runtime
from pcsim.errors import DeadlockError
from pcsim.snapshot import (
    BlockReason,
    Event,
    EventBatch,
    EventKind,
    Failure,
    Phase,
    Processor,
    QueueDetail,
    QueueRow,
    Snapshot,
    Totals,
    WorkerRow,
    WorkerState,
)
from pcsim.snapshot.marks import Marks
from pcsim.text import safe
from pcsim.watch.background import Background
from pcsim.watch.names import Unique, group_name
from pcsim.watch.outside.order import in_order
from pcsim.watch.outside.reading import Look, Outside, QueueLook, ThreadLook
from pcsim.watch.outside.standstill import standstill
from pcsim.watch.outside.tally import QueueTally, ThreadTally, Wait
from pcsim.watch.past import Events, ended
from pcsim.watch.wire import GoneError

NOTE = "No waiting times from outside: run it with `pcsim exec`"
OR_ATTACH = ", or attach (key a, --attach)"
LOOK_EVERY = 0.05
"""Seconds between looks, where nobody else decides it."""
SETTLED = 1.0
"""Seconds that a thread has not moved before it is said to wait for ever."""
NAMELESS = 1.5
"""Seconds after which a thread without a name in the program is called by its number."""
EVENTFUL = 0.25
"""Seconds that a thread waits without having moved before that is an event."""


class OutsideWatch:
    """A program that is watched from outside. Nothing is done to it.

    Args:
        pid: The number of the process.

    Raises:
        Refusal: It cannot be read; says why, and what would help.
    """

    def __init__(self, pid: int) -> None:
        self._outside = Outside(pid)
        self._began = runtime.clock()
        self._queue_names, self._thread_names = Unique(), Unique()
        self._group_names = Unique()
        self._groups_were: tuple[tuple[Any, ...], dict[int, str]] = ((), {})
        self._names: dict[int, str] = {}
        self._queues: dict[int, QueueTally] = {}
        self._threads: dict[int, ThreadTally] = {}
        self._noted: dict[int, tuple[str, Wait]] = {}
        self._processor = Processor(self._outside.process.cores(), True)
        self._held: dict[str, int] = {}
        self._marks = Marks()
        self._events = Events()
        self._version = 0
        self._lock = runtime.Lock()
        """Held while it is looked."""
        self._background = Background(self._look_now)
        self.title = self._title()
        with self._lock:
            try:
                self._latest = self._snapshot(self._outside.look(), is_first=True)
            except GoneError:
                self._latest = self._nothing()
        if self._latest.phase is Phase.RUNNING:
            self.look()  # what is held for a while shows only in a second look

    def _title(self) -> str:
        command = safe(program_words(self._outside.process.arguments()), 60)
        version = self._outside.interpreter.version
        return f"{command} · pid {self._outside.pid} · Python {version} · from outside"

    @property
    def can_attach(self) -> bool:
        """Whether its Python has a way to start the agent in it."""
        return self._outside.interpreter.layout.remote is not None

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known of what is seen: sentences, safe for a terminal."""
        found = [f"{NOTE}{OR_ATTACH if self.can_attach else ''}."]
        found.append(lock_note(self._processor, self._held))
        if not self._outside.search.is_whole:
            found.append("Its memory is too large to be searched whole: queues may be missing.")
        return tuple(found)

    def look(self) -> Snapshot:
        """Look now."""
        self._look_now()
        return self._latest

    def _look_now(self) -> None:
        with self._lock:
            self._renew()

    def look_for(self, seconds: float) -> Snapshot:
        """Look again and again for a while, so that shares of time can be said."""
        end = runtime.clock() + seconds
        while runtime.clock() < end and not self.look().phase.is_over:
            time.sleep(min(LOOK_EVERY, max(end - runtime.clock(), 0.0)))
        return self.look()

    def snapshot(self) -> Snapshot:
        """The latest look; the next one is made in the background."""
        self._background.want()
        return self._latest

    def events(self, since: int = 0) -> EventBatch:
        """When threads were found waiting, and found to have gone on."""
        return self._events.since(since)

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """The depth of a queue: items are not read from outside.

        Args:
            name: The queue.
            limit: Not used.

        Raises:
            KeyError: There is no such queue.
        """
        depths = {row.name: row.depth for row in self._latest.queues}
        return QueueDetail(name, depths[name], ())

    def close(self) -> None:
        """Leave the program. Nothing was changed in it."""
        self._background.close()
        with self._lock:
            self._outside.close()

    # Making snapshots.

    def _renew(self) -> None:
        if self._latest.phase.is_over or self._outside.is_closed:
            return
        try:
            self._latest = self._snapshot(self._outside.look())
        except GoneError:
            self._latest = ended(self._latest, f"{self.title} · ended")
        except OSError as error:
            title = f"{self.title} · cannot be read any more ({error.strerror})"
            self._latest = ended(self._latest, title)

    def _snapshot(self, look: Look, *, is_first: bool = False) -> Snapshot:
        at = max(runtime.clock() - self._began, 0.0)
        self._note_lock(look)
        names = self._names_of_queues(look.queues)
        workers = self._workers(look, names, at, is_first=is_first)
        rows = self._rows(look, names, at)
        queues = in_order(rows, workers)
        self._version += 1
        used = {name for row in workers for name in (*row.inputs, *row.outputs)}
        counted = [row.is_counted for row in queues if row.name in used]
        is_counted = bool(counted) and all(counted)
        title = f"{self.title} · stopped" if look.is_stopped else self.title
        shown = Snapshot(
            self._version,
            at,
            Phase.RUNNING,
            True,
            queues,
            workers,
            _totals(queues, workers) if is_counted else Totals(),
            failure=self._failure(workers, at, is_stopped=look.is_stopped),
            title=title,
            engine="watched",
            processor=self._processor,
            is_counted=is_counted,
        )
        return self._marks.seen(shown)

    def _note_lock(self, look: Look) -> None:
        taken = look.lock_taken
        for number in range(look.lock_looks):
            self._processor = self._processor.looked_at(is_taken=number < taken)
        holder = next((one.name for one in look.threads if one.ident == look.holder), None)
        if holder is not None:
            name = safe(holder, 60)
            self._held[name] = self._held.get(name, 0) + taken

    def _names_of_queues(self, queues: tuple[QueueLook, ...]) -> dict[int, str]:
        self._queue_names.keep({queue.at for queue in queues})
        names = {
            queue.at: self._queue_names.name(queue.at, queue.name or queue.kind)
            for queue in queues
            if queue.name or queue.is_used
        }
        if names != self._names:
            self._names = names
        return self._names

    def _rows(self, look: Look, names: dict[int, str], at: float) -> tuple[QueueRow, ...]:
        self._queues = {key: one for key, one in self._queues.items() if key in names}
        rows = []
        for queue in look.queues:
            if queue.at not in names:
                continue
            tally = self._queues.get(queue.at)
            if tally is None:
                tally = self._queues[queue.at] = QueueTally(queue, at)
            rows.append(tally.row(names[queue.at], queue, len(look.threads), at))
        return tuple(rows)

    def _workers(
        self, look: Look, names: dict[int, str], at: float, *, is_first: bool
    ) -> tuple[WorkerRow, ...]:
        known = {thread.ident for thread in look.threads}
        self._threads = {key: one for key, one in self._threads.items() if key in known}
        self._thread_names.keep(known)
        shown: list[ThreadLook] = []
        for thread in look.threads:
            tally = self._threads.get(thread.ident)
            if tally is None:
                tally = ThreadTally(thread, at, is_new=not is_first)
                self._threads[thread.ident] = tally
            tally.add(thread, at)
            if tally.has_queues and (thread.name or tally.age(at) > NAMELESS):
                shown.append(thread)
        groups = self._groups(shown)
        rows = []
        for thread in shown:
            wanted = thread.name or f"thread {thread.native}"
            name = self._thread_names.name(thread.ident, wanted)
            tally = self._threads[thread.ident]
            rows.append(tally.row(name, groups.get(thread.ident, ""), thread, names, at))
            self._note(thread.ident, name, tally.wait, names, at)
        return tuple(rows)

    def _groups(self, threads: list[ThreadLook]) -> dict[int, str]:
        """The group of each thread that is not the only one with its queues."""
        made_of = tuple((one.ident, one.name, one.inputs, one.outputs) for one in threads)
        if made_of != self._groups_were[0]:
            self._groups_were = made_of, self._find_groups(threads)
        return self._groups_were[1]

    def _find_groups(self, threads: list[ThreadLook]) -> dict[int, str]:
        alike: dict[Any, list[ThreadLook]] = {}
        for thread in threads:
            alike.setdefault((thread.inputs, thread.outputs), []).append(thread)
        self._group_names.keep(alike)
        groups: dict[int, str] = {}
        for key, members in alike.items():
            if len(members) > 1:
                targets = [_target(one.name) for one in members]
                wanted = group_name(targets, [one.name for one in members])
                name = self._group_names.name(key, wanted)
                groups.update((one.ident, name) for one in members)
        return groups

    def _failure(
        self, workers: tuple[WorkerRow, ...], at: float, *, is_stopped: bool
    ) -> Failure | None:
        """The deadlock that some of the threads are in; of a program that is stopped, it is not
        known whether threads would move."""
        if is_stopped:
            return None
        timed = {
            self._thread_names.get(key)
            for key, one in self._threads.items()
            if one.wait is not None and one.wait.is_timed
        }
        stuck = {
            row.name
            for row in workers
            if row.state is WorkerState.BLOCKED
            and at - row.since >= SETTLED
            and row.name not in timed
        }
        waits = standstill(workers, stuck) if stuck else ()
        return Failure("", 0, str(DeadlockError(waits)), waits=waits) if waits else None

    def _note(
        self, ident: int, name: str, wait: Wait | None, names: dict[int, str], at: float
    ) -> None:
        before = self._noted.get(ident)
        if before is not None and before[1] is not wait:
            _, was = before
            del self._noted[ident]
            self._add(EventKind.RESUMED, at, name, names, was, at - was.since)
        if wait is not None and ident not in self._noted and at - wait.since >= EVENTFUL:
            self._noted[ident] = name, wait
            self._add(EventKind.BLOCKED, wait.since, name, names, wait, None)

    def _add(
        self,
        kind: EventKind,
        at: float,
        name: str,
        names: dict[int, str],
        wait: Wait,
        seconds: float | None,
    ) -> None:
        queue, reason = names.get(wait.queue, ""), BlockReason(wait.reason)
        self._events.add(Event(0, at, kind, name, queue, reason, seconds=seconds))

    def _nothing(self) -> Snapshot:
        return Snapshot(
            1, 0.0, Phase.FINISHED, False, (), (), Totals(),
            title=f"{self.title} · ended", engine="watched", processor=self._processor,
        )  # fmt: skip


def program_words(arguments: Sequence[str]) -> str:
    """A command line without its Python, where that runs a script, and without folders.

    >>> program_words(["/usr/bin/python3", "/srv/crawl.py", "--all"])
    'crawl.py --all'
    >>> program_words(["/usr/bin/python3", "-m", "crawl"])
    'python3 -m crawl'
    """
    words = list(arguments) or ["?"]
    first = Path(words[0]).name
    if first.startswith("python") and len(words) > 1 and not words[1].startswith("-"):
        del words[0]
        first = Path(words[0]).name
    return " ".join([first, *words[1:]])


def lock_note(processor: Processor, held: Mapping[str, int]) -> str:
    """How often Python's lock was taken, and who had it most often.

    >>> lock_note(Processor(2, True, looks=40, times_taken=10), {"parser": 8, "writer": 2})
    "Python's lock was taken at 10 of 40 looks, most often by parser."
    """
    looks, taken = processor.looks, processor.times_taken
    if not held:
        return f"Python's lock was free at all {looks} looks."
    who = max(held, key=lambda name: held[name])
    often = "by" if len(held) == 1 else "most often by"
    return f"Python's lock was taken at {taken} of {looks} looks, {often} {who}."


def _target(name: str) -> str:
    """The function that a thread runs, where its name says it: `Thread-1 (parse)`."""
    return name.partition(" (")[2].removesuffix(")")


def _totals(queues: tuple[QueueRow, ...], workers: tuple[WorkerRow, ...]) -> Totals:
    """Where items are, if all queues count theirs: what only consumers read is consumed."""
    fed = {name for row in workers if row.inputs for name in row.outputs}
    passed = {name for row in workers if row.outputs for name in row.inputs}
    produced = sum(row.put_total for row in queues if row.name not in fed)
    consumed = sum(row.got_total for row in queues if row.name not in passed)
    queued = sum(row.depth for row in queues)
    return Totals(produced, 0, queued, 0, consumed, carried=queued + consumed - produced)
