"""Record a system of one's own: `system.record`."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self
from weakref import ref

from pcsim import runtime
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.errors import PhaseError
from pcsim.snapshot import EventBatch, Phase, QueueDetail, Snapshot, Totals

if TYPE_CHECKING:
    from pcsim.recording.recorder import Recorder


class SystemRecording:
    """A recording of a system's run, which ends with the run. As a context manager it is closed
    at the end of the block.

    Args:
        recorder: What writes it.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def close(self) -> None:
        """End the recording with the run as it is now, and wait until it is written."""
        self._recorder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Recordable:
    """A system that can be recorded."""

    _engine: ThreadsEngine | None

    def record(self, path: str | os.PathLike[str]) -> SystemRecording:
        """Record the run into a new file, from its start to its end.

        What is to be seen of it is written ten times a second, by a thread of its own that takes
        about 1 % of a processor at most; with a thousand workers it looks less often. `pcsim
        replay`, `report`, `diff` and `export` read the file. What was written is there after
        `kill -9`. On a full disk the run goes on, a `RuntimeWarning` says so, and the recording
        is cut there.

        Args:
            path: The file, which must not exist.

        Returns:
            The recording. It ends with the run; to be sure that all of it is written, `close` it
            or use it as a context manager around the run.

        Raises:
            RecordingError: There is a file already, or it cannot be written.
            PhaseError: The run has started.

        Example:
            >>> import tempfile
            >>> from pcsim import ProducerConsumerSystem
            >>> system = ProducerConsumerSystem("Words")
            >>> system.add_queue("words", queue_size=2)
            >>> system.add_producer("Reader", ["to", "be"], 0, queue_name="words")
            >>> system.add_consumer("Writer", None, 0, queue_names="words")
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     with system.record(folder + "/words.rec"), system:
            ...         pass
        """
        engine = self._engine
        if engine is not None and engine.phase is not Phase.CREATED:
            raise PhaseError(f"the run is {engine.phase.value}: record it before its start")
        from pcsim.recording.recorder import Recorder

        recorder = Recorder(Path(path), on_problem=_warn)
        recorder.begin(_Latest(self, recorder), closes=True)
        runtime.call_at_exit(recorder.close)
        return SystemRecording(recorder)


def _warn(problem: str) -> None:
    warnings.warn(f"{problem}; the run goes on", RuntimeWarning, stacklevel=2)


class _Latest:
    """The run of a system, whichever it has when it starts; it does not keep the system."""

    def __init__(self, system: Recordable, recorder: Recorder) -> None:
        self._system = ref(system)
        self._recorder = ref(recorder)
        self._engine: ThreadsEngine | None = None

    def snapshot(self) -> Snapshot:
        """The run as it is now: not begun, while there is none."""
        if self._engine is None:
            system = self._system()
            engine = None if system is None else system._engine
            if engine is None or engine.phase is Phase.CREATED:
                phase = Phase.ABORTED if system is None else Phase.CREATED
                return Snapshot(0, 0.0, phase, True, (), (), Totals())
            self._engine = engine
            recorder = self._recorder()
            if recorder is not None:
                recorder.describe(engine.scenario)
        return self._engine.snapshot()

    def events(self, since: int = 0) -> EventBatch:
        """What has happened."""
        return EventBatch() if self._engine is None else self._engine.events(since)

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """Nothing: nobody asks. Raises `KeyError`."""
        raise KeyError(name)
