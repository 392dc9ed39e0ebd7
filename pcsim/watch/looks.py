"""Snapshots of a program, made of what its agent answers to one look after the other.

Counts and times begin with the first look.
"""

from __future__ import annotations

from itertools import repeat
from typing import Any, NamedTuple

from pcsim.snapshot import (
    BlockReason,
    Event,
    EventKind,
    Phase,
    Processor,
    QueueRow,
    Snapshot,
    Totals,
    WorkerRow,
    WorkerState,
)
from pcsim.snapshot.marks import Marks
from pcsim.text import safe
from pcsim.watch import answers
from pcsim.watch.answers import Did, ThreadRow
from pcsim.watch.names import Sources, Unique, group_name, queue_name
from pcsim.watch.outside.queues import QueueState
from pcsim.watch.outside.reading import QueueLook
from pcsim.watch.outside.tally import QueueTally
from pcsim.watch.past import Events


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


def _as_seen(whole: WorkerRow, shown: WorkerRow, begin: float) -> WorkerRow:
    """The row of a thread: it is blocked or paused for as long as it is, though that is longer than
    it was looked at, and its item has the number among those that it took since then."""
    if shown.state in (WorkerState.BLOCKED, WorkerState.PAUSED) and whole.since < begin:
        return shown._replace(since=whole.since - begin)
    return shown if shown.item is None else shown._replace(item=max(shown.got_total, 1))


def _ids(look: dict[str, Any]) -> set[int]:
    """The numbers of all queues of a look."""
    return {int(queue["id"]) for queue in (*look["queues"], *look.get("looked_at", ()))}


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
        self._since: float | None = None
        self._marks = Marks()
        self._version = 0
        self._seen: dict[int, tuple[str, tuple[str, BlockReason, float] | None]] = {}
        self.events = Events()
        self._unnumbered: list[Event] = []
        self._looked_at: dict[int, QueueTally] = {}
        """What looks have shown of queues that are not counted."""
        self._uncounted: frozenset[str] = frozenset()
        """The names of these."""
        self._gone = Did()
        """What threads did that are no more."""
        self.unwatched: dict[str, int] = {}

    def is_of(self, look: dict[str, Any]) -> bool:
        """Whether a look counts from the same beginning as those before it."""
        return self._since in (None, look["since"])

    def again(self, cores: int) -> Looks:
        """What makes snapshots of looks that count from another beginning; events go on."""
        other = Looks(self.program, cores)
        other.events, other._version = self.events, self._version
        return other

    @property
    def numbers(self) -> dict[str, int]:
        """The agent's numbers of queues by their names."""
        return {self._queue_names.get(number) or "": number for number in self._wanted}

    def lacks_names(self, look: dict[str, Any]) -> bool:
        """Whether there are queues in a look that have no name yet."""
        return any(number not in self._wanted for number in _ids(look))

    def learn_names(self, names: dict[str, Any]) -> None:
        """Read an answer to `names`."""
        for row in names["queues"]:
            number = int(row["id"])
            if number not in self._wanted:
                self._wanted[number] = queue_name(row, self._sources)

    def snapshot(self, look: dict[str, Any]) -> Snapshot:
        """The snapshot of a look, in which counts and times begin with the first look."""
        since = self._since = float(look["since"])
        at = float(look["at"]) - since
        ids = _ids(look)
        self._wanted = {n: name for n, name in self._wanted.items() if n in ids}
        self._queue_names.keep(ids)
        queues = {
            number: self._queue_names.name(number, self._wanted.get(number, "Queue"))
            for number in sorted(ids)
        }
        rows = tuple(
            answers.queue_row(queues[int(found["id"])], found, since) for found in look["queues"]
        )
        rows += self._looked_at_rows(look, queues, at)
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
            is_counted=all(row.is_counted for row in workers),
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
        workers = tuple(map(_as_seen, whole.workers, shown.workers, repeat(first.at)))
        totals = totals._replace(carried=carried) if shown.is_counted else Totals()
        shown = shown._replace(totals=totals, workers=workers, begins_at=0.0)
        return self._marks.seen(shown)

    def _looked_at_rows(
        self, look: dict[str, Any], queues: dict[int, str], at: float
    ) -> tuple[QueueRow, ...]:
        """The rows of queues of which only the depth is known."""
        tallies, self._looked_at = self._looked_at, {}
        rows = []
        for found in look.get("looked_at", ()):
            number = int(found["id"])
            state = QueueState(int(found["depth"]), int(found["maxsize"]))
            one = QueueLook(number, queues[number], "", state, is_used=True)
            tally = self._looked_at[number] = tallies.get(number) or QueueTally(one, at)
            rows.append(tally.row(queues[number], one, len(look["threads"]), at))
        self._uncounted = frozenset(row.name for row in rows)
        return tuple(rows)

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
        if blocked is not None and blocked[0] in self._uncounted:
            blocked = None  # when it went on is not known
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
            self.events.add(event)
        self._unnumbered.clear()

    _begins = 0.0
    """The time of the first look."""

    def begin(self, look: dict[str, Any]) -> Snapshot:
        """The snapshot of the first look."""
        self._begins = float(look["at"])
        return self.snapshot(look)
