"""Advice about a program: a scenario fitted to what was recorded of it, in the place of a run.

The program is recorded in another process, over a connection of its own, and only while somebody
looks at the advice and nothing is known yet. It is never changed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import NamedTuple, Protocol

from pcsim.errors import PcsimError
from pcsim.experiments.advising_sizes import MORE_WORKERS
from pcsim.experiments.background import Simulations
from pcsim.experiments.model_of_run import AGAIN, IS_OVER, MEASURED_ANEW, Model
from pcsim.experiments.variants.asking import questions
from pcsim.experiments.variants.measures import usual_measures
from pcsim.experiments.variants.preparing import prepared
from pcsim.experiments.variants.variation import Variant
from pcsim.recording.program import Recording, read, up_to
from pcsim.snapshot import Snapshot
from pcsim.text import duration, plural, safe
from pcsim.watch.checking import self_check
from pcsim.watch.fit_text import CAVEAT, closeness, verdict
from pcsim.watch.fitting import Fit, TooFewError, fit
from pcsim.watch.recorder import record_process
from pcsim.watch.what_if import held_share, shared_bounds

FIRST, LONGEST = 10.0, 160.0
"""Seconds for which a program is recorded at first, and at most."""
ENOUGH_ITEMS = 10_000
"""Items after which it is recorded no longer: what is noted costs the program a little of its time,
and more of them say hardly more."""
LONGER = "v measures anew, and for longer."
LATER = "A later moment of the recording has more."
NOT_STEERED = "This cannot be tried: a program is watched, and never changed."

_numbers = count()


class FitTask(Protocol):
    """A program or a recording to which a scenario is to be fitted, in another process."""

    @property
    def key(self) -> object:
        """What makes it another than others; it can be hashed."""

    def done(self) -> Model:
        """Fit it."""


class ProgramTask(NamedTuple):
    """A program that is to be recorded for a while.

    Attributes:
        number: It makes the key short.
        pid: The number of its process.
        seconds: For how long.
    """

    number: int
    pid: int
    seconds: float

    @property
    def key(self) -> object:
        """What makes it another than others; it can be hashed."""
        return "program", self.number

    def done(self) -> Model:
        """Record it, and fit a scenario to it."""
        with tempfile.TemporaryDirectory(prefix="pcsim-") as folder:
            file = Path(folder, "program.rec")
            try:
                record_process(self.pid, file, self.seconds, shows=False, most_items=ENOUGH_ITEMS)
                recording = read(file)
            except PcsimError as error:
                return Model(why_not=f"It cannot be measured: {safe(str(error), 300)}.")
        return model_of(recording, NOT_STEERED)


class RecordingTask(NamedTuple):
    """A recording of a program, up to a moment.

    Attributes:
        number: It makes the key short.
        path: The file.
        until: The moment, in seconds since its beginning.
    """

    number: int
    path: Path
    until: float

    @property
    def key(self) -> object:
        """What makes it another than others; it can be hashed."""
        return "recording", self.number

    def done(self) -> Model:
        """Read it, and fit a scenario to it."""
        try:
            recording = up_to(read(self.path), self.until)
        except PcsimError as error:
            return Model(why_not=f"It cannot be read: {safe(str(error), 300)}.")
        return model_of(recording, IS_OVER, LATER)


class FittedModel:
    """What is simulated in the place of a program: a scenario that was fitted to it.

    Args:
        simulations: Where it is fitted.
        task_of: Makes what is fitted, of a snapshot of what is shown and of how often that was
            tried and did not suffice.
        waits_for: Says what is done until that is known.
        tries_again: Whether another moment is tried by itself, where one did not suffice.
    """

    def __init__(
        self,
        simulations: Simulations,
        task_of: Callable[[Snapshot, int], FitTask],
        waits_for: Callable[[FitTask], str],
        *,
        tries_again: bool = False,
    ) -> None:
        self.waits_for = ""
        self._simulations = simulations
        self._task_of = task_of
        self._say = waits_for
        self._task: FitTask | None = None
        self._model: Model | None = None
        self._tries = 0
        self._tries_again = tries_again
        self._at = 0.0

    def look(self, snapshot: Snapshot) -> Model | None:
        """Return it; None while it is not known.

        Args:
            snapshot: The program.
        """
        is_another = abs(snapshot.at - self._at) >= AGAIN
        if self._tries_again and self._model is not None and self._model.why_not and is_another:
            self._task = None
        if self._task is None:
            self._task, self._model = self._task_of(snapshot, self._tries), None
            self._at = snapshot.at
            self.waits_for = self._say(self._task)
        if self._model is None:
            self._model = self._simulations.answer(self._task)
        return self._model

    def again(self) -> str:
        """Fit it anew, of more where it was too little; what is said of that."""
        if self._model is None:
            return self.waits_for
        self._tries = self._tries + 1 if self._model.why_not else 0
        self._task = None
        return MEASURED_ANEW


def of_program(simulations: Simulations, pid: int) -> FittedModel:
    """Return what fits a scenario to a program that goes on.

    Args:
        simulations: Where it is recorded and fitted.
        pid: The number of its process.
    """

    def task_of(_: Snapshot, tries: int) -> ProgramTask:
        return ProgramTask(next(_numbers), pid, min(FIRST * 2**tries, LONGEST))

    def waits_for(task: FitTask) -> str:
        seconds = task.seconds if isinstance(task, ProgramTask) else FIRST
        return (
            f"Its items are recorded for up to {duration(seconds)}, one by one; then a scenario is"
            " fitted to them, and simulated as it is, and changed."
        )

    return FittedModel(simulations, task_of, waits_for)


def of_recording(simulations: Simulations, path: Path) -> FittedModel:
    """Return what fits a scenario to the recording of a program, up to the moment that is shown.

    Args:
        simulations: Where it is fitted.
        path: The file.
    """

    def task_of(snapshot: Snapshot, _: int) -> RecordingTask:
        return RecordingTask(next(_numbers), path, snapshot.at)

    def waits_for(_: FitTask) -> str:
        return "A scenario is fitted to the recording, and simulated as it is, and changed."

    return FittedModel(simulations, task_of, waits_for, tries_again=True)


def model_of(recording: Recording, not_live: str, more: str = LONGER) -> Model:
    """Return what is simulated in the place of what was recorded, or why nothing is.

    Args:
        recording: What was recorded.
        not_live: Why no change can be tried, as a sentence.
        more: How more of it is measured, as a sentence.
    """
    seconds = duration(recording.program.seconds)
    try:
        fitted = fit(recording)
        check = self_check(fitted)
        if not check.agrees:
            return Model(why_not=f"{verdict(check)} {more}")
        ready = prepared(fitted.scenario)
        variants = (Variant((), ready), *questions(ready))
    except TooFewError as error:
        return Model(
            why_not=f"Too little was measured in {seconds}: {safe(error.what, 200)}, and"
            f" {error.missing:,} more would make its {error.times} known. {more}"
        )
    except PcsimError as error:
        return Model(why_not=f"No scenario describes it: {safe(str(error), 400)}.")
    items = plural(len(recording.items), "item")
    return Model(
        ready,
        variants,
        tuple(usual_measures(ready)),
        is_measured=False,
        caution=_caution(fitted),
        fit=f"A scenario fitted to {items} in {seconds} of it, and not the program itself."
        f" {closeness(check)}",
        not_live=not_live,
        bounds=shared_bounds(fitted, MORE_WORKERS),
    )


def _caution(fitted: Fit) -> str:
    """What is not simulated: Python's lock, where it is held, and what pcsim does not see."""
    held = held_share(fitted)
    if held is None:
        return f"Whether its threads wait for Python's lock is not known. {CAVEAT}"
    if held:
        return (
            f"Python's lock was held {held:.0%} of the time, and is not simulated: more workers"
            f" that compute do less. {CAVEAT}"
        )
    return CAVEAT
