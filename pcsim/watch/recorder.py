"""Records a program that is watched: fetches what its agent notes, and writes it into a file.

The agent keeps what it notes for a while, and what is not fetched in time is let go and counted.
Nothing is written by the program itself.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pcsim.recording.program import Item, Program, QueueFacts, Recorder, ThreadFacts, Wait
from pcsim.snapshot.control import Watchable
from pcsim.snapshot.steady import Steady
from pcsim.text import safe
from pcsim.watch import programs
from pcsim.watch.answers import processor_times
from pcsim.watch.lock_looks import LockLooks
from pcsim.watch.looks import program_of
from pcsim.watch.names import Sources, Unique, queue_name
from pcsim.watch.wire import Connection, GoneError

FETCH_EVERY = 0.1
"""Seconds between two fetches, unless there is more to fetch at once."""
DESCRIBE_EVERY = 1.0
"""Seconds after which what is known of the program as a whole is written again."""


class Recorded:
    """One recording while it is made.

    Args:
        connection: The way to the agent.
        recorder: The file.
        cores: The number of cores that the program may use.
        lock_looks: Returns how often somebody has looked whether Python's lock was held, and how
            often it was, since the recording began.
        seen: The program as the app would show it: what looks have shown is recorded as well.
    """

    def __init__(
        self,
        connection: Connection,
        recorder: Recorder,
        cores: int,
        lock_looks: Callable[[], tuple[int, int]] = lambda: (0, 0),
        seen: Watchable | None = None,
    ) -> None:
        self._seen = None if seen is None else Steady(seen)
        self._next_look = self._next_flush = 0.0
        self._connection, self._recorder = connection, recorder
        self._cores, self._lock_looks = cores, lock_looks
        self._program = program_of(connection.ask("hello"))
        self._sources = Sources(self._program.folder)
        self._queue_names, self._thread_names = Unique(), Unique()
        self._queues: dict[int, QueueFacts] = {}
        self._threads: dict[int, ThreadFacts] = {}
        self._times_at_first: dict[int, tuple[float | None, float | None]] = {}
        self._began_at = time.time()
        self._lost = 0
        self.seconds = 0.0
        """How long it has lasted."""
        connection.ask("look")  # that is what begins to watch, and may take a moment
        self._begin = float(connection.ask("record")["at"])
        self._described_at = 0.0
        self._describe()

    @property
    def items(self) -> int:
        """How many items were recorded."""
        return self._recorder.items

    @property
    def lost(self) -> int:
        """How many items and waits were let go."""
        return self._lost

    def fetch(self) -> bool:
        """Fetch what was noted; whether there is more at once."""
        answer = self._connection.ask("items")
        begin = self._begin
        self.seconds = float(answer["at"]) - begin
        items = [
            Item(int(queue), put_at - begin, int(put_by) or None, got_at - begin, int(got_by))
            for queue, put_at, put_by, got_at, got_by in answer["items"]
        ]
        waits = [
            Wait(int(thread), int(queue), str(reason), began - begin, ended - begin)
            for thread, queue, reason, began, ended in answer["waits"]
        ]
        for number, name, target in answer["threads"]:
            self._add_thread(int(number), str(name), str(target), None)
        self._add(items, waits)
        self._lost = sum(map(int, answer["lost"]))
        if self.seconds - self._described_at >= DESCRIBE_EVERY:
            self._describe()
        self._look()
        return int(answer["more"]) > 0

    def _look(self) -> None:
        """Add what the program shows now, ten times a second."""
        if self._seen is None or self.seconds < self._next_look:
            return
        frames = self._recorder.frames
        frames.add(self._seen.snapshot(), self._seen.events(frames.next_event))
        self._next_look = self.seconds + FETCH_EVERY
        if self.seconds >= self._next_flush:
            frames.flush()
            self._next_flush = self.seconds + DESCRIBE_EVERY

    def _add(self, items: list[Item], waits: list[Wait]) -> None:
        """Write them; what they name is known from here on, if only by its number."""
        threads = {thread for item in items for thread in (item.put_by, item.got_by)}
        for thread in threads | {wait.thread for wait in waits}:
            if thread is not None and thread not in self._threads:
                self._add_thread(thread, "", "", None)
        for queue in {item.queue for item in items} | {wait.queue for wait in waits}:
            self._add_queue(queue)
        self._recorder.add(items, waits)

    def end(self) -> None:
        """Fetch what is left, and write what is known of the program."""
        try:
            answer = self._connection.ask("stop")
            while self.fetch():
                pass
            self.seconds = float(answer["at"]) - self._begin
            left = [
                Item(int(queue), put_at - self._begin, int(put_by) or None)
                for queue, put_at, put_by in answer["queued"]
            ]
            self._add(left, [])
            self._describe()
        except GoneError:
            self._write()

    def _add_thread(self, number: int, name: str, target: str, native: Any) -> None:
        known = self._threads.get(number)
        if known is None or (name and known.name == f"thread {number}"):
            shown = self._thread_names.name((number, name), name or f"thread {number}")
            self._threads[number] = ThreadFacts(number, shown, safe(target, 60))
        if native is None:
            return
        now = processor_times(self._program.pid, native)
        first = self._times_at_first.setdefault(number, now)
        cpu, core_wait = (
            None if end is None or begin is None else end - begin
            for begin, end in zip(first, now, strict=True)
        )
        if cpu is not None:
            facts = self._threads[number]
            self._threads[number] = facts._replace(cpu_time=cpu, core_wait_time=core_wait)

    def _add_queue(self, number: int) -> None:
        if number not in self._queues:
            name = self._queue_names.name(number, f"queue {number}")
            self._queues[number] = QueueFacts(number, name)

    def _describe(self) -> None:
        look = self._connection.ask("look")
        rows = {int(row["id"]): row for row in look["queues"]}
        if not rows.keys() <= self._queues.keys():
            for row in self._connection.ask("names")["queues"]:
                number = int(row["id"])
                if number in rows and number not in self._queues:
                    name = self._queue_names.name(number, queue_name(row, self._sources))
                    found = rows[number]
                    capacity, depth = int(found["maxsize"]) or None, int(found["depth"])
                    kind = safe(str(row["kind"]), 60)
                    is_new = float(row["born"]) > self._begin
                    depth = 0 if is_new else depth
                    self._queues[number] = QueueFacts(number, name, kind, capacity, depth)
        for thread in look["threads"]:
            name, target = str(thread["name"]), str(thread["target"])
            self._add_thread(int(thread["id"]), name, target, thread["native"])
        self._described_at = self.seconds
        self._write()

    def _write(self) -> None:
        program = self._program
        looks, held = self._lock_looks()
        facts = Program(
            program.name,
            program.pid,
            program.python,
            self._began_at,
            self.seconds,
            self._cores,
            not program.is_free_threaded,
            looks,
            held,
            self._lost,
        )
        threads = [one for one in self._threads.values() if one.id > 0]
        self._recorder.describe(facts, self._queues.values(), threads)


def record(
    connection: Connection,
    path: Path,
    seconds: float,
    cores: int = 1,
    lock_looks: Callable[[], tuple[int, int]] = lambda: (0, 0),
    on_progress: Callable[[Recorded], None] = lambda _: None,
    seen: Watchable | None = None,
    most_items: float = math.inf,
) -> Recorded:
    """Record a program for a while, or until it ends; an interrupt ends it, too, in good order.

    Args:
        connection: The way to its agent.
        path: The file, which must not exist.
        seconds: How long, above 0; infinite for until it ends.
        cores: The number of cores that the program may use.
        lock_looks: Returns how often somebody has looked whether Python's lock was held, and how
            often it was, since the recording began.
        on_progress: Called after each fetch.
        seen: The program as the app would show it, each of whose snapshots is a look of now; None
            records items and waits alone.
        most_items: Items after which it ends, too.

    Raises:
        RecordingError: The file exists, or cannot be written.
        WatchError: The program cannot be recorded.
    """
    with Recorder(path) as recorder:
        recorded = Recorded(connection, recorder, cores, lock_looks, seen)
        try:
            while recorded.seconds < seconds and recorded.items < most_items:
                if not recorded.fetch():
                    time.sleep(min(FETCH_EVERY, max(seconds - recorded.seconds, 0.001)))
                on_progress(recorded)
        except (KeyboardInterrupt, GoneError):
            pass
        recorded.end()
        return recorded


def record_process(
    pid: int,
    path: Path,
    seconds: float,
    *,
    attaches: bool = False,
    shows: bool = True,
    most_items: float = math.inf,
) -> Recorded:
    """Record the program of a process, with a connection of its own.

    Args:
        pid: The number of the process.
        path: The file, which must not exist.
        seconds: How long, above 0; infinite for until it ends.
        attaches: Whether to start an agent in it, if it has none.
        shows: Whether to record what looks at it show as well, to replay it.
        most_items: Items after which it ends, too.

    Raises:
        RecordingError: The file exists, or cannot be written.
        WatchError: The program cannot be recorded.
    """
    with ExitStack() as after:
        if attaches:
            after.callback(programs.attach(pid).close)
        connection = programs.connect(pid)
        after.callback(connection.close)
        seen = None
        if shows:
            remote = programs.remote(pid)
            after.callback(remote.close)
            seen = remote.at_once()
        looks = after.enter_context(LockLooks(pid))
        cores = programs.cores_of(pid)
        return record(connection, path, seconds, cores, looks, seen=seen, most_items=most_items)
