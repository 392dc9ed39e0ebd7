"""A program that is watched from within, as the app shows it: made from its agent's answers.

Counts and times begin with the first look. A thread of its own asks the agent, and only after
somebody has looked at the snapshot, so that a program which does not answer keeps nobody waiting.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from pcsim import runtime
from pcsim.snapshot import (
    BlockReason,
    Event,
    EventBatch,
    EventKind,
    Phase,
    Processor,
    QueueDetail,
    Snapshot,
    Totals,
    WaitingItem,
    WorkerRow,
    WorkerState,
)
from pcsim.text import duration, safe
from pcsim.watch import answers
from pcsim.watch.answers import Did, ThreadRow
from pcsim.watch.background import Background
from pcsim.watch.names import Sources, Unique, group_name, queue_name
from pcsim.watch.wire import Connection, SilentError, WatchError

MOST_EVENTS = 10_000
RECENT = 10.0
"""Seconds before now with which the present is compared."""
MARK_EVERY = 1.0
"""Seconds between the looks that are kept for that."""


class Program(NamedTuple):
    """What an agent says of its program."""

    pid: int
    words: tuple[str, ...]
    python: str
    way: str
    is_free_threaded: bool
    folder: str

    @property
    def name(self) -> str:
        """Its command line, short and safe."""
        words = list(self.words) or ["?"]
        words[0] = words[0].rpartition("/")[2] or words[0]
        return safe(" ".join(words), 60)

    @property
    def title(self) -> str:
        """Its name, process and Python."""
        kind = "t" if self.is_free_threaded else ""
        return f"{self.name} · pid {self.pid} · Python {self.python}{kind}"


def program_of(hello: dict[str, Any]) -> Program:
    """Read the answer to `hello`."""
    return Program(
        int(hello["pid"]),
        tuple(map(str, hello["argv"])),
        safe(str(hello["python"]), 20),
        str(hello["way"]),
        bool(hello["free_threaded"]),
        str(hello["cwd"]),
    )


class Looks:
    """Makes snapshots of successive answers to `look`.

    Args:
        program: The program.
        cores: The number of cores that it may use.
    """

    def __init__(self, program: Program, cores: int) -> None:
        self.program = program
        self._processor = Processor(cores, not program.is_free_threaded)
        self._sources = Sources(program.folder)
        self._queue_names, self._thread_names = Unique(), Unique()
        self._group_names = Unique()
        self._wanted: dict[int, str] = {}
        self._did: dict[int, Did] = {}
        self._first: Snapshot | None = None
        self._marks: deque[Snapshot] = runtime.deque()
        self._version = 0
        self._seen: dict[int, tuple[str, tuple[str, BlockReason, float] | None]] = {}
        self.events: deque[Event] = runtime.deque(maxlen=MOST_EVENTS)
        self.next_event = 0
        self._unnumbered: list[Event] = []
        self._gone = Did()
        """What threads did that are no more."""
        self.unwatched: dict[str, int] = {}

    @property
    def numbers(self) -> dict[str, int]:
        """The agent's numbers of queues by their names."""
        return {self._queue_names.get(number) or "": number for number in self._wanted}

    def lacks_names(self, look: dict[str, Any]) -> bool:
        """Whether there are queues in a look that have no name yet."""
        return any(int(queue["id"]) not in self._wanted for queue in look["queues"])

    def learn_names(self, names: dict[str, Any]) -> None:
        """Read an answer to `names`."""
        for row in names["queues"]:
            number = int(row["id"])
            if number not in self._wanted:
                self._wanted[number] = queue_name(row, self._sources)

    def snapshot(self, look: dict[str, Any]) -> Snapshot:
        """The snapshot of a look, in which counts and times begin with the first look."""
        since = float(look["since"])
        at = float(look["at"]) - since
        ids = {int(queue["id"]) for queue in look["queues"]}
        self._wanted = {n: name for n, name in self._wanted.items() if n in ids}
        self._queue_names.keep(ids)
        queues = {
            number: self._queue_names.name(number, self._wanted.get(number, "Queue"))
            for number in sorted(ids)
        }
        rows = tuple(
            answers.queue_row(queues[int(found["id"])], found, since) for found in look["queues"]
        )
        workers = self._workers(look, queues, since)
        self.unwatched = {str(why): int(n) for why, n in look["unwatched"].items()}
        self._version += 1
        depth, hands = sum(row.depth for row in rows), sum(row.in_hand for row in workers)
        did = [self._gone, *self._did.values()]
        totals = Totals(
            sum(one.produced for one in did) + sum(int(q["unseen_puts"]) for q in look["queues"]),
            0,
            depth,
            hands,
            sum(one.consumed for one in did),
            discarded=sum(row.discarded_total for row in rows),
            copied=sum(one.copied for one in did),
        )
        whole = Snapshot(
            self._version,
            at,
            Phase.RUNNING,
            True,
            rows,
            workers,
            totals,
            title=self.program.title,
            engine="watched",
            processor=self._processor,
        )
        return self._since_first(whole)

    def _since_first(self, whole: Snapshot) -> Snapshot:
        if self._first is None:
            self._first = whole
        first = self._first
        shown = whole.since(first)
        totals = shown.totals
        # Threads go on while one after the other is looked at: what was on its way counts as there.
        carried = totals.accounted - totals.produced - totals.copied
        shown = shown._replace(totals=totals._replace(carried=carried), begins_at=0.0)
        marks = self._marks
        if not marks or shown.at - marks[-1].at >= MARK_EVERY:
            marks.append(shown)
        while len(marks) > 1 and shown.at - marks[1].at >= RECENT:
            marks.popleft()
        return shown._replace(before=marks[0]) if shown.at - marks[0].at >= RECENT else shown

    def _workers(
        self, look: dict[str, Any], queues: dict[int, str], since: float
    ) -> tuple[WorkerRow, ...]:
        threads = [(int(t["id"]), t, answers.read_thread(t, queues)) for t in look["threads"]]
        threads.sort(key=lambda each: (each[2].first, each[0]))
        ids = [number for number, _, _ in threads]
        self._thread_names.keep(ids)
        groups = self._groups(threads)
        rows = []
        for number, found, thread in threads:
            name = self._thread_names.name(number, str(found["name"]))
            did = self._did.get(number, Did()).until(
                thread.puts, thread.gets - thread.has_item, bool(thread.inputs)
            )
            self._did[number] = did
            native = found.get("native")
            row = answers.worker_row(
                name, groups.get(number, ""), thread, did, native, self.program.pid, since
            )
            rows.append(row)
            self._note(number, name, thread, float(look["at"]))
        self._number_events()
        for number in self._did.keys() - set(ids):
            self._gone = self._gone.plus(self._did.pop(number))
            self._seen.pop(number, None)
        return tuple(rows)

    def _groups(self, threads: list[tuple[int, dict[str, Any], ThreadRow]]) -> dict[int, str]:
        """The group of each thread that is not the only one with its queues."""
        alike: dict[Any, list[tuple[int, str, str]]] = {}
        for number, found, thread in threads:
            key = frozenset(thread.inputs), frozenset(thread.outputs)
            alike.setdefault(key, []).append((number, str(found["target"]), str(found["name"])))
        self._group_names.keep(alike)
        groups: dict[int, str] = {}
        for key, members in alike.items():
            if len(members) > 1:
                wanted = group_name([m[1] for m in members], [m[2] for m in members])
                name = self._group_names.name(key, wanted)
                groups.update((member[0], name) for member in members)
        return groups

    def _note(self, number: int, name: str, thread: ThreadRow, now: float) -> None:
        """Note when a thread was blocked, and when it went on, as far as looks show it."""
        before = self._seen.get(number, (name, None))[1]
        blocked = thread.blocked
        self._seen[number] = (name, blocked)
        if blocked == before or self._first is None:
            return
        if before is not None:
            end = max(min(thread.last, now), before[2])
            self._add(EventKind.RESUMED, end, name, before, end - before[2])
        if blocked is not None:
            self._add(EventKind.BLOCKED, blocked[2], name, blocked, None)

    def _add(
        self,
        kind: EventKind,
        when: float,
        name: str,
        blocked: tuple[str, BlockReason, float],
        seconds: float | None,
    ) -> None:
        at = max(when - self._begins, 0.0)
        queue, reason, _ = blocked
        self._unnumbered.append(Event(0, at, kind, name, queue, reason, seconds=seconds))

    def _number_events(self) -> None:
        """Keep the events that a look has shown, in the order of their times."""
        for event in sorted(self._unnumbered, key=lambda event: event.at):
            self.events.append(event._replace(number=self.next_event))
            self.next_event += 1
        self._unnumbered.clear()

    _begins = 0.0
    """The time of the first look."""

    def begin(self, look: dict[str, Any]) -> Snapshot:
        """The snapshot of the first look."""
        self._begins = float(look["at"])
        return self.snapshot(look)


class Remote:
    """A program that can be watched: it answers what the app asks.

    Args:
        connect: Makes a connection to its agent.
        cores: The number of cores that it may use.
        state: Returns a word about its process, such as `stopped`; empty where all is well.

    Raises:
        WatchError: It cannot be watched.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        cores: int = 1,
        state: Callable[[], str] = lambda: "",
    ) -> None:
        self._connect, self._state = connect, state
        self._connection = connect()
        self._looks = Looks(program_of(self._connection.ask("hello")), cores)
        self._lock = runtime.Lock()
        """Held while the agent is asked."""
        self._background = Background(self._look_now)
        self._latest = self._looks.begin(self._ask_look())
        self._answered_at = runtime.clock()

    @property
    def program(self) -> Program:
        """What its agent says of it."""
        return self._looks.program

    can_attach = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to know of it besides its rows: sentences."""
        return answers.unwatched_notes(self._looks.unwatched)

    def look(self) -> Snapshot:
        """Ask the agent now, and wait for its answer: for at most some seconds."""
        self._look_now()
        return self._latest

    def _look_now(self) -> None:
        with self._lock:
            self._renew()

    def look_for(self, seconds: float) -> Snapshot:
        """Look after a while: what the agent counts needs no looks in between."""
        time.sleep(seconds)
        return self.look()

    def _ask_look(self) -> dict[str, Any]:
        look = self._connection.ask("look")
        if self._looks.lacks_names(look):
            self._looks.learn_names(self._connection.ask("names"))
        return look

    def _renew(self) -> None:
        if self._latest.phase.is_over:
            return
        try:
            try:
                look = self._ask_look()
            except SilentError:
                self._connection.close()  # what it answers late would be taken for the next answer
                self._connection = self._connect()
                raise
            self._latest = self._looks.snapshot(look)
            self._answered_at = runtime.clock()
        except SilentError:
            self._latest = self._silent()
        except WatchError:
            self._end()

    def _silent(self) -> Snapshot:
        """The last snapshot, with a title that says since when there is no answer."""
        for_ = duration(runtime.clock() - self._answered_at)
        state = self._state() or "does not answer"
        title = f"{self.program.title} · {state} for {for_}"
        return self._latest._replace(title=title)

    def _end(self) -> None:
        """The program has ended: the last that was seen of it stays."""
        done = tuple(
            row._replace(state=WorkerState.DONE, queue=None, reason=None, in_hand=0)
            for row in self._latest.workers
        )
        latest = self._latest
        self._latest = latest._replace(
            version=latest.version + 1,
            phase=Phase.FINISHED,
            workers=done,
            title=f"{self.program.title} · ended",
        )

    def snapshot(self) -> Snapshot:
        """The latest look; the next one is made in the background."""
        self._background.want()
        return self._latest

    def events(self, since: int = 0) -> EventBatch:
        """When threads were blocked and went on, as far as looks have shown it."""
        kept = list(self._looks.events)
        number = self._looks.next_event
        first = kept[0].number if kept else number
        return EventBatch(
            tuple(event for event in kept if event.number >= since), max(first - since, 0), number
        )

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """The oldest items in a queue: only this asks the program for items.

        Args:
            name: The queue.
            limit: The most items.

        Raises:
            KeyError: There is no such queue.
        """
        with self._lock:
            number = self._looks.numbers[name]
            try:
                found = self._connection.ask("detail", id=number, limit=limit)
            except WatchError:
                return QueueDetail(name, 0, ())
        begins, first = self._looks._begins, int(found.get("gets", 0)) + 1
        items = tuple(
            WaitingItem(first + place, safe(str(shown), 80), "", float(came) - begins)
            for place, (shown, came) in enumerate(found["items"])
        )
        return QueueDetail(name, int(found["depth"]), items)

    def close(self) -> None:
        """Leave the program. It goes on as if nobody had looked."""
        self._background.close()
        self._connection.close()
