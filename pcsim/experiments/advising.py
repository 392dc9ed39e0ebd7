"""Advice about a run: what changes of it would do, simulated beside it, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

from pcsim.analysis.advice import Advice, AdviceRow, Asked, Measure, Verified
from pcsim.errors import ScenarioError
from pcsim.experiments.advice_tasks import ENOUGH_ITEMS, ON_THREADS, RowsTask, ThreadsTask
from pcsim.experiments.background import Simulations
from pcsim.experiments.model_of_run import Model, ModelSource
from pcsim.experiments.variants.asking import best_first
from pcsim.experiments.variants.measures import Measure as ReadMeasure
from pcsim.experiments.variants.sweeping import Finished, Row, Stop, differences
from pcsim.experiments.variants.variation import Variant, read_variation, variants
from pcsim.scenario import Change, Scenario
from pcsim.scenario.as_changes import TIMES, changes_between
from pcsim.snapshot import Snapshot
from pcsim.text import plural, safe

REPLICATIONS = (4, 8, 16, 32, 64, 128, 256)
"""Runs of each row, by choice."""
USUAL = 8
MOST_ASKED = 20
"""Rows of a question of one's own."""
NOT_YET = "Nothing is known of that yet."

_numbers = count()


class Rows:
    """The rows of one table: what is known of them, and the next that are to be simulated.

    Args:
        model: What they are made of.
        made: The rows: the system as it is and the changes, or questions of one's own.
    """

    def __init__(self, model: Model, made: Sequence[Variant]) -> None:
        self.made = tuple(made)
        self.found: list[Finished] = []
        self.seconds = 0.0
        self._model = model
        self._number = next(_numbers)
        self._rows: list[Row] = []

    @property
    def is_done(self) -> bool:
        """Whether all are known."""
        return len(self.found) == len(self.made)

    def look(self, simulations: Simulations, replications: int) -> None:
        """Take what has been found, and ask for what comes next."""
        while not self.is_done:
            first, model = len(self.found), self._model
            task = RowsTask(self._number, first, self.made[first:], model.measures, replications)
            found = simulations.answer(task)
            if found is None:
                return
            self.found += found.rows
            self.seconds += found.seconds

    @property
    def measures(self) -> tuple[ReadMeasure, ...]:
        """What is measured of each."""
        return self._model.measures

    def rows(self, base: Finished) -> list[Row]:
        """What is known, with the differences from the system as it is."""
        measures = self._model.measures
        for one in self.found[len(self._rows) :]:
            label = safe(self.made[len(self._rows)].label)
            more = None if one is base else differences(measures, one, base)
            self._rows.append(one.row._replace(label=label, differences=more))
        return self._rows

    def scenario(self, label: str) -> Scenario | None:
        """What the row of a label is."""
        return next((one.scenario for one in self.made if safe(one.label) == label), None)


class _Question(NamedTuple):
    """A question of one's own: as it was typed, and its rows."""

    text: str
    rows: Rows


class Advisor:
    """Finds out what changes of a run would do. Nothing is simulated before it is looked at.

    Args:
        source: Finds what is simulated in the place of the run.
        simulations: Where it is simulated.
        on_threads: Where rows are run on threads.
    """

    def __init__(
        self, source: ModelSource, simulations: Simulations, on_threads: Simulations
    ) -> None:
        self._source = source
        self._simulations = simulations
        self._on_threads = on_threads
        self._model: Model | None = None
        self._rows: Rows | None = None
        self._question: _Question | None = None
        self._running: tuple[Verified, ThreadsTask] | None = None
        self._verified: Verified | None = None
        self._shown = Advice()
        self._basis_of_shown: object = None
        self._replications = USUAL

    def look(self, snapshot: Snapshot) -> Advice:
        """Return what is known by now, and have the rest simulated.

        Args:
            snapshot: The run.
        """
        self._find_model(snapshot)
        self._look_at_threads()
        model = self._model
        if model is not None and model.why_not:
            self._basis_of_shown = None
            self._shown = self._shown._replace(why_not=model.why_not)
        elif model is not None:
            if self._rows is None:
                self._rows = Rows(model, model.variants)
            self._rows.look(self._simulations, self._replications)
            if self._question is not None and self._rows.is_done:
                self._question.rows.look(self._simulations, self._replications)
            if self._rows.found:
                if (basis := self._basis()) != self._basis_of_shown:
                    self._basis_of_shown = basis
                    self._shown = self._advice(model, self._rows)
                return self._shown
        waits_for = "" if model is not None else self._source.waits_for
        return self._shown._replace(
            is_old=bool(self._shown.rows),
            verified=self._verified,
            why_not="" if waits_for else self._shown.why_not,
            waits_for=waits_for,
        )

    def _basis(self) -> object:
        """What the advice is made of: it is made again where this is another."""
        asked = None if self._question is None else self._question.rows
        known = [0 if one is None else len(one.found) for one in (self._rows, asked)]
        return self._rows, asked, known, self._verified

    def model(self, snapshot: Snapshot) -> Model | None:
        """Return what is simulated in the place of the run; None while that is not known.

        Args:
            snapshot: The run.
        """
        self._find_model(snapshot)
        return self._model

    @property
    def waits_for(self) -> str:
        """What is done before anything can be said, as a sentence."""
        return self._source.waits_for

    def more(self, steps: int) -> None:
        """Make more runs of each row, or fewer.

        Args:
            steps: How many steps further: each is twice as many, or half.
        """
        wanted = stepped(REPLICATIONS, self._replications, steps)
        if wanted != self._replications:
            self._replications, self._rows = wanted, None
            if self._question is not None and self._model is not None:
                rows = Rows(self._model, self._question.rows.made)
                self._question = self._question._replace(rows=rows)

    def ask(self, text: str) -> str:
        """Ask a question of one's own.

        Args:
            text: New values of keys, `writer.count = 2, store.capacity = 4`; "" for none.

        Returns:
            What is wrong with it, in a line; "" for nothing.
        """
        self._question = None
        settings = setting_texts(text)
        model = self._model
        if not settings:
            return ""
        if model is None or model.scenario is None:
            return NOT_YET
        try:
            made = variants(model.scenario, [read_variation(part) for part in settings])
        except ScenarioError as error:
            return safe(str(error), 300)
        self._question = _Question(text, Rows(model, made[:MOST_ASKED]))
        return ""

    def verify(self, label: str) -> str:
        """Run a row on threads for a while, to see whether that agrees.

        Args:
            label: What it is called.

        Returns:
            Why that cannot be done, or what is done in its place, as a sentence; "" where it can.
        """
        model, shown = self._model, self._shown
        said = self._source.again()
        if said:
            return said
        asked = () if shown.asked is None else shown.asked.rows
        row = next((one for one in (*shown.rows, *asked) if one.label == label), None)
        if model is None or row is None or "throughput" not in row.values:
            return NOT_YET
        found = (
            table.scenario(label)
            for table in (self._rows, self._question and self._question.rows)
            if table is not None
        )
        scenario = next((one for one in found if one is not None), None)
        if scenario is None:
            return NOT_YET
        self._verified = Verified(label, ON_THREADS, row.values["throughput"].mean)
        self._running = self._verified, ThreadsTask(next(_numbers), scenario)
        return ""

    def _find_model(self, snapshot: Snapshot) -> None:
        """Go by what is simulated now: where that is another, nothing is known of it."""
        model = self._source.look(snapshot)
        if model is not self._model:
            self._model, self._rows, self._question = model, None, None

    def _look_at_threads(self) -> None:
        if self._running is None:
            return
        verified, task = self._running
        found = self._on_threads.answer(task)
        if found is None:
            return
        self._running = None
        if found.problem:
            self._verified = verified._replace(problem=found.problem)
        elif found.items < ENOUGH_ITEMS:
            few = f"{plural(found.items, 'item')} in {ON_THREADS:.0f} s say nothing"
            self._verified = verified._replace(problem=few)
        else:
            self._verified = verified._replace(measured=found.throughput)

    def _advice(self, model: Model, rows: Rows) -> Advice:
        done = rows.rows(rows.found[0])
        is_random = done[0].stop is not Stop.NO_CHANCE
        return Advice(
            tuple(Measure(one.label, one.unit) for one in model.measures),
            tuple(
                self._advice_row(row, model, rows.scenario(row.label))
                for row in best_first(done, model.measures)
            ),
            wanted=len(rows.made),
            replications=self._replications if is_random else 1,
            length=model.length,
            seconds=rows.seconds,
            is_measured=model.is_measured,
            caution=model.caution,
            fit=model.fit,
            example=_example(model),
            asked=self._asked(model, rows.found[0]),
            verified=self._verified,
        )

    def _asked(self, model: Model, base: Finished) -> Asked | None:
        if self._question is None:
            return None
        rows = self._question.rows
        known = [self._advice_row(row, model, rows.scenario(row.label)) for row in rows.rows(base)]
        unknown = [AdviceRow(safe(one.label)) for one in rows.made[len(known) :]]
        return Asked(self._question.text, (*known, *unknown))

    def _advice_row(self, row: Row, model: Model, scenario: Scenario | None) -> AdviceRow:
        changes, not_live = live_changes(model, scenario)
        note = ""
        if row.stop is Stop.FAILED:
            note = f"fails: {safe(row.error, 120)}"
        elif row.growing and not model.fit:  # a fit says how it was, not what becomes of it
            note = f"{safe(', '.join(row.growing), 60)} grows without end"
        made = AdviceRow(row.label, row.values, row.differences or {}, note, changes, not_live)
        gain = made.gain("throughput")
        bound = None if gain is None else model.bound(scenario, gain.mean)
        return made if bound is None else made._replace(note=bound.note, most=bound.gain)


def _example(model: Model) -> str:
    """A question that may be asked of it."""
    if model.scenario is None:
        return ""
    spec = model.scenario.consumers[0]
    return f"{safe(spec.name, 40)}.count = {spec.count + 1}"


def setting_texts(text: str) -> list[str]:
    """Return the settings in a text: a comma divides them where a key follows it.

    Args:
        text: As it was typed.

    >>> setting_texts("clerk.count = 2,3, orders.capacity = 4")
    ['clerk.count = 2,3', 'orders.capacity = 4']
    """
    parts: list[str] = []
    for part in text.split(","):
        if parts and "=" not in part:
            parts[-1] += f",{part}"
        else:
            parts.append(part)
    return [part.strip() for part in parts if part.strip()]


def live_changes(model: Model, scenario: Scenario | None) -> tuple[tuple[Change, ...], str]:
    """Return what makes the run that is shown this one; or why that cannot be done, as a sentence.

    Args:
        model: What is simulated in the place of the run.
        scenario: What it is to be.
    """
    if model.scenario is None or scenario is None:
        return (), "These values do not go together."
    if model.not_live:
        return (), model.not_live
    try:
        made = changes_between(model.scenario, scenario)
    except ScenarioError as error:
        return (), f"This cannot be tried in a run that goes on: {safe(str(error), 200)}."
    if model.is_measured and any(isinstance(one, TIMES) for one in made):
        return (), "This cannot be tried: its times are those of its code."
    return made, "" if made else "This is the system as it is."


def stepped(numbers: Sequence[int], number: int, steps: int) -> int:
    """Return the number that is some steps after one of them, or the last on that side.

    >>> stepped((4, 8, 16), 8, 1), stepped((4, 8, 16), 8, -3)
    (16, 4)
    """
    return numbers[max(0, min(numbers.index(number) + steps, len(numbers) - 1))]
