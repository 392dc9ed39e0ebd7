"""A program that is watched from within, as the app shows it: made from its agent's answers.

Counts and times begin with the first look. A thread of its own asks the agent, and only after
somebody has looked at the snapshot, so that a program which does not answer keeps nobody waiting.

A connection that is lost is not a program that has ended: the agent drops a viewer that does not
read its answers, as one that was stopped, and takes it again when it comes back. If nothing was
watched in between, counts begin again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from pcsim import runtime
from pcsim.snapshot import EventBatch, QueueDetail, Snapshot, WaitingItem
from pcsim.text import duration, safe
from pcsim.watch import answers
from pcsim.watch.background import Background
from pcsim.watch.looks import Looks, Program, program_of
from pcsim.watch.past import ended
from pcsim.watch.wire import Connection, GoneError, SilentError, WatchError


class Remote:
    """A program that can be watched: it answers what the app asks.

    Args:
        connect: Makes a connection to its agent.
        cores: The number of cores that it may use.
        state: Returns a word about its process, such as `stopped`; empty where all is well.
        pid: The number of its process here, by which others can be connected to it; 0 where it is
            not known.

    Raises:
        WatchError: It cannot be watched.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        cores: int = 1,
        state: Callable[[], str] = lambda: "",
        pid: int = 0,
    ) -> None:
        self.pid = pid
        self._connect, self._state = connect, state
        self._connection: Connection | None = connect()
        self._cores = cores
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
        """Ask for a look, and for names where it has new queues."""
        look = self._ask("look")
        if self._looks.lacks_names(look):
            self._looks.learn_names(self._ask("names"))
        return look

    def _ask(self, what: str, **details: Any) -> dict[str, Any]:
        """Ask its agent; a connection on which an answer may still come is given up."""
        if self._connection is None:
            try:
                self._connection = self._connect()
            except SilentError:
                raise
            except WatchError as problem:  # it is no more, or another has its number
                raise GoneError(str(problem)) from None
            if program_of(self._ask("hello")) != self.program:
                raise GoneError("another program runs in its process")
        try:
            return self._connection.ask(what, **details)
        except (GoneError, SilentError):
            connection, self._connection = self._connection, None
            connection.close()
            raise

    def _renew(self) -> None:
        if self._latest.phase.is_over:
            return
        try:
            try:
                look = self._ask_look()
            except GoneError:
                look = self._ask_look()  # by another connection, if there is one to be had
            self._latest = self._shown(look)
            self._answered_at = runtime.clock()
        except SilentError:
            for_ = duration(runtime.clock() - self._answered_at)
            self._say(f"{self._state() or 'does not answer'} for {for_}")
        except GoneError:
            self._end()
        except WatchError as problem:
            self._say(str(problem))

    def _shown(self, look: dict[str, Any]) -> Snapshot:
        """The snapshot of a look; where the watching ended meanwhile, the first of another."""
        if self._looks.is_of(look):
            return self._looks.snapshot(look)
        self._looks = self._looks.again(self._cores)
        self._looks.learn_names(self._ask("names"))
        return self._looks.begin(look)

    def _say(self, what: str) -> None:
        """Show the last that was seen of it, with a title that says why it is not newer."""
        self._latest = self._latest._replace(title=f"{self.program.title} · {what}")

    def _end(self) -> None:
        """The program has ended: the last that was seen of it stays."""
        self._latest = ended(self._latest, f"{self.program.title} · ended")

    def snapshot(self) -> Snapshot:
        """The latest look; the next one is made in the background."""
        self._background.want()
        return self._latest

    def events(self, since: int = 0) -> EventBatch:
        """When threads were blocked and went on, as far as looks have shown it."""
        return self._looks.events.since(since)

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
                found = self._ask("detail", id=number, limit=limit)
            except WatchError:
                return QueueDetail(name, 0, ())
        begins, first = self._looks._begins, int(found.get("gets", 0)) + 1
        items = tuple(
            WaitingItem(first + place, safe(str(shown), 80), "", float(came) - begins)
            for place, (shown, came) in enumerate(found["items"])
        )
        return QueueDetail(name, int(found["depth"]), items)

    def at_once(self) -> AtOnce:
        """Return the same, whose snapshots are looks of now: to ask is to wait for the answer."""
        return AtOnce(self)

    def close(self) -> None:
        """Leave the program. It goes on as if nobody had looked."""
        self._background.close()
        if self._connection is not None:
            self._connection.close()


class AtOnce:
    """A program whose snapshots are looks of now.

    Args:
        remote: The program.
    """

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self.events = remote.events
        self.queue_detail = remote.queue_detail

    def snapshot(self) -> Snapshot:
        """Ask the agent, and wait for its answer."""
        return self._remote.look()
