"""Simulations beside a run: in another process, so that the run keeps its processor and its lock.

The process reads tasks from its standard input and writes what was found to its standard output.
It gives way to everything else on the machine, and ends when its input does, whatever has become
of the process that started it.
"""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol, TypeVar

from pcsim import runtime
from pcsim.analysis.counterfactual import Diagnosis
from pcsim.scenario import Scenario
from pcsim.snapshot import Snapshot

Answer = TypeVar("Answer")
Found = TypeVar("Found", covariant=True)
MODULE = "pcsim.experiments.background"
MOST_STARTS = 3
"""Processes that are started, one after another has failed, before a thread does the work."""
MOST_KEPT = 32
"""Answers that are kept: a load that comes and goes needs no further simulation."""
LOWEST_PRIORITY = 19
"""How much the process gives way to others, as `nice` counts it."""
LENGTH = struct.Struct("<Q")


class Task(NamedTuple):
    """What is to be diagnosed."""

    scenario: Scenario
    end: Snapshot | None = None
    """The end of a run of it, about which advice is given; None for a run that goes on."""

    @property
    def key(self) -> object:
        """What makes it another than others; it can be hashed."""
        end = self.end
        return self.scenario, None if end is None else (end.version, end.at, end.totals)

    def done(self) -> Diagnosis:
        """Simulate."""
        # Not before it is needed: a front end hardly ever simulates by itself.
        from pcsim.experiments.counterfactuals import diagnose
        from pcsim.experiments.run_limit import diagnose_run

        if self.end is None:
            return diagnose(self.scenario, with_advice=False)
        return diagnose_run(self.scenario, self.end)


class Work(Protocol[Found]):
    """What can be done in another process."""

    @property
    def key(self) -> object:
        """What makes it another than others; it can be hashed."""

    def done(self) -> Found:
        """Do it."""


class Simulations(Protocol):
    """Where tasks are done, sooner or later."""

    def answer(self, task: Work[Answer]) -> Answer | None:
        """Return what was found; None while that is not known yet."""

    def close(self) -> None:
        """Do no more."""


class _Kept:
    """The latest answers."""

    def __init__(self) -> None:
        self._answers: OrderedDict[object, Any] = OrderedDict()

    def get(self, task: Work[Answer]) -> Answer | None:
        answer: Answer | None = self._answers.get(task.key)
        if answer is not None:
            self._answers.move_to_end(task.key)
        return answer

    def keep(self, task: Work[Answer], answer: Answer) -> None:
        self._answers[task.key] = answer
        while len(self._answers) > MOST_KEPT:
            self._answers.popitem(last=False)


class InBackground:
    """Does one task after the other in another process; of those that wait, the last of each kind.

    Where there can be no other process, a thread does it.
    """

    def __init__(self) -> None:
        self._kept = _Kept()
        self._lock = runtime.Lock()
        self._wanted: dict[type, Work[Any]] = {}
        self._is_busy = self._is_closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._starts = 0
        self._error: Exception | None = None

    def answer(self, task: Work[Answer]) -> Answer | None:
        """Return what was found; None while that is not known yet.

        Raises:
            Exception: A simulation failed by a fault of pcsim. It is raised once, and
                nothing more is simulated.
        """
        with self._lock:
            error, self._error = self._error, None
            if error is not None:
                raise error
            answer = self._kept.get(task)
            if answer is None and not self._is_closed:
                self._wanted[type(task)] = task
                if not self._is_busy:
                    self._is_busy = True
                    runtime.worker_thread("pcsim-simulations", self._work).start()
            return answer

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._is_closed = True
            self._wanted.clear()
            process, self._process = self._process, None
        if process is not None:
            _end(process)

    def _work(self) -> None:
        """In a thread of its own: do what is wanted until nothing is."""
        while True:
            with self._lock:
                if self._is_closed or not self._wanted:
                    self._is_busy = False
                    return
                task = self._wanted.pop(next(iter(self._wanted)))
            try:
                answer = self._answer(task)
            except Exception as error:  # noqa: BLE001 - raised where the answer is asked for
                with self._lock:
                    self._error, self._is_closed, self._is_busy = error, True, False
                return
            if answer is not None:
                self._keep(task, answer)

    def _keep(self, task: Work[Answer], answer: Answer) -> None:
        """Keep an answer, which may have been asked for again meanwhile."""
        with self._lock:
            self._kept.keep(task, answer)
            wanted = self._wanted.get(type(task))
            if wanted is not None and wanted.key == task.key:
                del self._wanted[type(task)]

    def _answer(self, task: Work[Answer]) -> Answer | None:
        """Have it done; None where the process has ended, so that it is to be asked for again."""
        process = self._started()
        if process is None or process.stdin is None or process.stdout is None:
            return task.done()
        try:
            write(process.stdin, task)
            answer: Answer = read(process.stdout)
            return answer
        except (OSError, EOFError, ValueError):  # it was closed here, or killed from outside
            with self._lock:
                self._process = None
            _end(process)
            return None

    def _started(self) -> subprocess.Popen[bytes] | None:
        """The process; None where there can be none."""
        with self._lock:
            may_start = self._starts < MOST_STARTS and not self._is_closed
            is_python = bool(sys.executable) and not hasattr(sys, "frozen")
            if self._process is None and may_start and is_python:
                self._starts += 1
                path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
                with suppress(OSError):
                    self._process = subprocess.Popen(  # noqa: S603 - ourselves
                        [sys.executable, "-P", "-m", MODULE],
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.DEVNULL,
                        env={**os.environ, "PYTHONPATH": path},
                    )
            return self._process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):  # what was still to be written
                pipe.close()


def write(stream: IO[bytes], value: object) -> None:
    """Write a value, with its length before it."""
    data = pickle.dumps(value)
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


def read(stream: IO[bytes]) -> Any:
    """Read what was written.

    Raises:
        EOFError: The other side has ended.
    """
    head = stream.read(LENGTH.size)
    data = stream.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else b""
    if not data:
        raise EOFError
    return pickle.loads(data)  # noqa: S301 - from our own process


def serve() -> None:
    """Do tasks from standard input until that ends, even in the middle of one."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the process that asks
    with suppress(OSError, AttributeError):
        os.nice(LOWEST_PRIORITY)
    tasks: runtime.deque[Work[Any]] = runtime.deque()
    bell = runtime.Lock()
    bell.acquire()

    def listen() -> None:
        while True:
            try:
                tasks.append(read(sys.stdin.buffer))
            except (EOFError, OSError):
                os._exit(0)
            bell.release()

    runtime.worker_thread("tasks", listen).start()
    while True:
        bell.acquire()
        write(sys.stdout.buffer, tasks.popleft().done())


if __name__ == "__main__":
    serve()
