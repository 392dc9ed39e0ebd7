"""A result in words: as text to read, as a document for programs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Protocol

from pcsim.analysis import change_report, diagnosis, limit_document
from pcsim.analysis.counterfactual import Diagnosis
from pcsim.analysis.mean_snapshot import mean_snapshot
from pcsim.analysis.observation import TimeMeasures
from pcsim.analysis.report import SCHEMA_VERSION, cautioned
from pcsim.analysis.report_lines import BLANK, Line, LineRole, as_text, joined, with_role
from pcsim.analysis.result import Result
from pcsim.analysis.result_rows import NO_LONG_RUN, TOO_SHORT, Row, rows
from pcsim.text import duration, fit, paragraph, plural, quantities, quantity, safe, table
from pcsim.theory.statistics import Interval
from pcsim.version import __version__

MOST_RUNS = 1_000
"""Replications of which each is part of the document: their differences are in pairs."""
NARROWEST = 60
"""Cells of a line that the tables need at least."""
TOO_SHORT_FOR_THEORY = "The run is too short for this steady state."
BY_CHANCE = "One run differs from theory by chance: --replications 10 shows by how much."
APART = 0.05
"""A single run whose relative difference from theory is larger is said to be one of many."""


def text(result: Result, width: int = 80, *, found: Diagnosis | None = None) -> str:
    """The measures with their intervals, the theory beside them, and Little's law, as text.

    A single run without a warm-up leaves its measures to its report, which stands before this.

    Args:
        result: What to show.
        width: Cells of a line, 60 or more; less counts as 60.
        found: What limits the system, by simulation: of several replications its sentence and
            its advice are part of the text.
    """
    return as_text(lines(result, width, found))


def lines(result: Result, width: int = 80, found: Diagnosis | None = None) -> list[Line]:
    """The lines of `text`, each with its role."""
    width = max(width, NARROWEST)
    return joined(
        [
            *_head(result, width, found),
            _measures(result, width),
            change_report.lines(result.changes if result.replications > 1 else (), width),
            _theory(result, width),
            _without_queue(result, width),
            with_role(LineRole.TEXT, paragraph(_law(result), width)),
            *_foot(result, width, found),
        ]
    )


def report_document(result: Result, found: Diagnosis | None = None) -> dict[str, object]:
    """The document of several replications: that of the result, and what is said of it.

    Args:
        result: What was measured.
        found: What limits the system, by simulation.
    """
    snapshot = mean_snapshot(result)
    return {
        "schema_version": SCHEMA_VERSION,
        **document(result),
        "kernel": result.ran.document(),
        "bottleneck": diagnosis.bottleneck(snapshot, found),
        "sentence": diagnosis.sentence(snapshot, found),
        "advice": diagnosis.advice(snapshot, found),
        "diagnosis": None if found is None else limit_document.document(found),
        "warnings": warnings(result),
    }


def document(result: Result) -> dict[str, object]:
    """The result as one document that can be written as JSON.

    Times are seconds, rates items a second, shares 0 to 1. An interval is its mean, low and
    high; the last two are null for a single run.
    """
    measured, theory = result.measured, result.theory
    return {
        "pcsim_version": __version__,
        "title": result.title,
        "engine": result.engine,
        "replications": result.replications,
        "seed": result.seed,
        "warm_up": result.warm_up,
        "cautions": list(result.steadiness.cautions),
        "growing": list(result.steadiness.growing),
        "system": _fields(measured.system),
        "cycle": None if measured.cycle is None else _fields(measured.cycle),
        "littles_gap": result.littles_law.gap,
        "sojourn_time": _fields(measured.sojourn_time),
        "queues": {name: _fields(of) for name, of in measured.queues.items()},
        "waiting_times": {name: _fields(of) for name, of in measured.waiting_times.items()},
        "workers": {name: _fields(of) for name, of in measured.workers.items()},
        "sojourn_by_priority": _by_priority(measured.sojourn_by_priority),
        "waiting_by_priority": {
            name: _by_priority(of) for name, of in measured.waiting_by_priority.items()
        },
        "changes": change_report.documents(result.changes),
        "theory": None
        if theory is None
        else {
            "model": theory.model,
            "source": theory.source,
            "is_too_short": result.is_too_short,
        },
        "without_queue": None
        if result.without_queue is None
        else {
            "model": result.without_queue.model,
            "source": result.without_queue.source,
            "loss": result.without_queue.loss,
        },
        "runs": _runs(result),
        "comparisons": [
            {
                "name": one.name,
                "worker": one.worker or None,
                "measured": _interval(one.measured),
                "predicted": one.predicted,
                "unit": one.unit,
                "agrees": one.agrees,
            }
            for one in result.comparisons
        ],
    }


def _runs(result: Result) -> dict[str, list[float | None]] | None:
    """What each replication has measured; None for a single run, and where there are very many."""
    if not 1 < len(result.runs) <= MOST_RUNS:
        return None
    return {
        key: [one[key] if math.isfinite(one[key]) else None for one in result.runs]
        for key in result.runs[0]
    }


def warnings(result: Result) -> list[str]:
    """What went wrong in the runs without ending them, one line each, on average over them."""
    system = result.system
    losses = {
        "dropped by full queues": system.dropped.mean,
        "failed and not tried again": system.failed.mean,
    }
    of_each = "of each run" if result.replications > 1 else "of the run"
    return [
        f"{quantity(number, 'items')} items {of_each} {what}"
        for what, number in losses.items()
        if number
    ]


class _Named(Protocol):
    """A named tuple of intervals."""

    def _asdict(self) -> dict[str, Interval]: ...


def _fields(measures: _Named) -> dict[str, object]:
    return {name: _interval(value) for name, value in measures._asdict().items()}


def _by_priority(rows: dict[int, TimeMeasures[Interval]]) -> list[dict[str, object]]:
    return [{"priority": priority, **_fields(row)} for priority, row in rows.items()]


def _interval(value: Interval) -> dict[str, object]:
    return {"mean": value.mean, "low": value.low, "high": value.high}


def _head(result: Result, width: int, found: Diagnosis | None) -> list[list[Line]]:
    """What stands before the numbers of several replications."""
    if result.replications < 2:
        return []
    head = [_title(result, width), cautioned(result.steadiness.cautions, width)]
    if found is not None:
        sentence = diagnosis.sentence(mean_snapshot(result), found)
        head.append(with_role(LineRole.TEXT, paragraph(sentence, width)))
    return head


def _foot(result: Result, width: int, found: Diagnosis | None) -> list[list[Line]]:
    """What stands after the numbers of several replications."""
    if result.replications < 2:
        return []
    foot = [cautioned(warnings(result), width)]
    if found is not None:
        advice = f"Next: {diagnosis.advice(mean_snapshot(result), found)}"
        foot.append(with_role(LineRole.ADVICE, paragraph(advice, width)))
    return foot


def _law(result: Result) -> str:
    """Little's law; of a closed system, in which nothing is consumed, how items go round."""
    cycle, law = result.measured.cycle, result.littles_law
    if cycle is not None:
        items = quantity(result.system.mean_in_system.mean, "items")
        rounds, time = quantity(cycle.throughput.mean, "1/s"), quantity(cycle.time.mean, "s")
        return (
            f"A closed system: {items} items go round at {rounds}, so a round takes {time} on "
            "average (Little's law)."
        )
    if result.steadiness.growing:
        in_system, product = quantities([law.in_system, law.product], "items")
        return f"No steady state, so Little's law need not hold: L = {in_system}, λ·W = {product}."
    return law.sentence


def _title(result: Result, width: int) -> list[Line]:
    runs = plural(result.replications, "replication")
    title = f"{safe(result.title) or 'pcsim'} · {runs} · {safe(result.engine)}"
    return [Line(fit(title, width).rstrip(), LineRole.TITLE)]


def _measures(result: Result, width: int) -> list[Line]:
    """Only where they differ from those of the report: over replications, or after a warm-up."""
    warm_up = duration(result.warm_up)
    shown = list(rows(result))
    if result.replications > 1:
        introduction = f"Means of runs from seed {result.seed}, with 95 % confidence intervals"
        introduction += f"; the first {warm_up} of each run left out." if result.warm_up else "."
        introduction = " ".join([introduction, *_notes(result, shown)])
        head: tuple[str, ...] = ("mean", "±", "from", "to")
    elif result.warm_up:
        introduction = (
            f"The report covers the whole run, except its waiting and sojourn times, which leave "
            f"out the warm-up, the first {warm_up}. All measures after the warm-up:"
        )
        head = ("mean",)
    else:
        return []
    cells: list[tuple[str, ...]] = [("Measure", *head)]
    roles = [LineRole.HEADING]
    for row in shown:
        is_heading = row.value is None
        roles.append(LineRole.HEADING if is_heading else LineRole.ROW)
        name = row.name if is_heading else f"  {row.name}"
        cells.append((name, *row.cells(len(head))))
    body = map(Line, table(cells, width), roles)
    return [*with_role(LineRole.TEXT, paragraph(introduction, width)), BLANK, *body]


def _notes(result: Result, shown: Sequence[Row]) -> Iterator[str]:
    """How the intervals are to be read, and why some measures have none."""
    yield "Of 20 such intervals one misses the true value; those of the same runs miss together."
    lasted = duration(result.system.duration.mean)
    if any(row.is_growing for row in shown):
        yield (
            f'Where it says "{NO_LONG_RUN}", no long-run value is to be seen: the mean is that of '
            f"these runs of {lasted}."
        )
    if any(row.is_too_short for row in shown):
        yield (
            f'Where it says "{TOO_SHORT}", the runs are too short for that quantile: take more, '
            "or longer ones."
        )


def _theory(result: Result, width: int) -> list[Line]:
    """The measures beside the formulas, which are not for a queue that grows."""
    if result.theory is None:
        return []
    texts = paragraph(f"Theory: {result.theory.model} ({result.theory.source}).", width)
    if result.is_too_short:
        texts += paragraph(TOO_SHORT_FOR_THEORY, width)
    if result.steadiness.growing:
        return with_role(LineRole.TEXT, texts)
    if result.replications == 1 and _is_apart(result):
        texts += paragraph(BY_CHANCE, width)
    body: list[tuple[str, ...]] = [("Measure", "measured", "theory", "off by")]
    if result.replications > 1:
        body[0] = (*body[0], "covered")
    for one in result.comparisons:
        mean, predicted = one.measured.mean, one.predicted
        name = f"  {safe(one.worker, 24)} {one.name}" if one.worker else f"  {one.name}"
        cells = [name, *quantities([mean, predicted], one.unit), _off(mean, predicted)]
        if result.replications > 1:
            cells.append({True: "yes", False: "no", None: ""}[one.agrees])
        body.append(tuple(cells))
    head_line, *lines_below = table(body, width)
    return [
        *with_role(LineRole.TEXT, texts),
        BLANK,
        Line(head_line, LineRole.HEADING),
        *with_role(LineRole.ROW, lines_below),
    ]


def _is_apart(result: Result) -> bool:
    """Whether chance may be why a measure of a virtual run is far from its prediction."""
    return (
        result.engine == "virtual"
        and result.is_random
        and any(
            abs(one.measured.mean - one.predicted) > APART * abs(one.predicted)
            for one in result.comparisons
        )
    )


def _without_queue(result: Result, width: int) -> list[Line]:
    prediction = result.without_queue
    if prediction is None:
        return []
    loss = quantity(prediction.loss or 0.0, "share")
    model = f"{prediction.model} ({prediction.source})"
    sentence = f"If nobody could wait, {loss} would be lost: {model}."
    return with_role(LineRole.TEXT, paragraph(sentence, width))


def _off(measured: float, predicted: float) -> str:
    """The relative difference in percent; "" where the prediction is 0."""
    if not predicted:
        return ""
    percents = round((measured / predicted - 1) * 100, 1)
    return f"{percents:+.1f} %" if percents else "0.0 %"
