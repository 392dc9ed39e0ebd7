"""A result in words: as text to read, as a document for programs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, repeat
from typing import Protocol

from pcsim.analysis.report_lines import BLANK, Line, LineRole, as_text, joined, with_role
from pcsim.analysis.result import Result
from pcsim.text import duration, fit, paragraph, plural, quantities, quantity, safe, table
from pcsim.theory.statistics import Interval
from pcsim.version import __version__

NARROWEST = 60
"""Cells of a line that the tables need at least."""
MOST_ROWS = 100
"""Queues or workers that the text lists at most; the document has them all."""
TOO_SHORT = "The run is too short for this steady state."


def text(result: Result, width: int = 80) -> str:
    """The measures with their intervals, the theory beside them, and Little's law, as text.

    A single run without a warm-up leaves its measures to its report, which stands before this.

    Args:
        result: What to show.
        width: Cells of a line, 60 or more; less counts as 60.
    """
    return as_text(lines(result, width))


def lines(result: Result, width: int = 80) -> list[Line]:
    """The lines of `text`, each with its role."""
    width = max(width, NARROWEST)
    return joined(
        [
            _title(result, width),
            _measures(result, width),
            _theory(result, width),
            _without_queue(result, width),
            with_role(LineRole.TEXT, paragraph(result.littles_law.sentence, width)),
        ]
    )


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
        "system": _fields(measured.system),
        "littles_gap": result.littles_law.gap,
        "sojourn_time": _fields(measured.sojourn_time),
        "queues": {name: _fields(of) for name, of in measured.queues.items()},
        "waiting_times": {name: _fields(of) for name, of in measured.waiting_times.items()},
        "workers": {name: _fields(of) for name, of in measured.workers.items()},
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


class _Named(Protocol):
    """A named tuple of intervals."""

    def _asdict(self) -> dict[str, Interval]: ...


def _fields(measures: _Named) -> dict[str, object]:
    return {name: _interval(value) for name, value in measures._asdict().items()}


def _interval(value: Interval) -> dict[str, object]:
    return {"mean": value.mean, "low": value.low, "high": value.high}


def _title(result: Result, width: int) -> list[Line]:
    if result.replications < 2:
        return []
    runs = plural(result.replications, "replication")
    title = f"{safe(result.title) or 'pcsim'} · {runs} · {safe(result.engine)}"
    return [Line(fit(title, width).rstrip(), LineRole.TITLE)]


def _measures(result: Result, width: int) -> list[Line]:
    """Only where they differ from those of the report: over replications, or after a warm-up."""
    warm_up = duration(result.warm_up)
    if result.replications > 1:
        introduction = f"Means of runs from seed {result.seed}, with 95 % confidence intervals"
        introduction += f"; the first {warm_up} of each run left out." if result.warm_up else "."
        head: tuple[str, ...] = ("mean", "±", "from", "to")
    elif result.warm_up:
        introduction = (
            f"The report covers the whole run, except its waiting and sojourn times, which leave "
            f"out the warm-up, the first {warm_up}. All measures after the warm-up:"
        )
        head = ("mean",)
    else:
        return []
    rows: list[tuple[str, ...]] = [("Measure", *head)]
    roles = [LineRole.HEADING]
    for name, value, unit in _listed(result):
        roles.append(LineRole.HEADING if value is None else LineRole.ROW)
        if value is None:
            rows.append((name, *("" for _ in head)))
            continue
        shown = [value.mean, value.half_width, value.low, value.high][: len(head)]
        known = [number for number in shown if number is not None and value.count]
        cells = quantities(known, unit) if known else ["none"]
        rows.append(("  " + name, *cells, *repeat("", len(head) - len(cells))))
    body = map(Line, table(rows, width), roles)
    return [*with_role(LineRole.TEXT, paragraph(introduction, width)), BLANK, *body]


def _listed(result: Result) -> Iterator[tuple[str, Interval | None, str]]:
    """Names, measures and units; a name without a measure is a heading."""
    system = result.system
    yield "throughput", system.throughput, "1/s"
    yield "items in system", system.mean_in_system, "items"
    for field, value in result.sojourn_time._asdict().items():
        yield f"sojourn {field}", value, "s"
    for name, queue in islice(result.measured.queues.items(), MOST_ROWS):
        yield safe(name, 40), None, ""
        yield "depth", queue.mean_depth, "items"
        for field, value in result.waiting_time(name)._asdict().items():
            yield f"waiting {field}", value, "s"
        yield "full", queue.full_share, "share"
        yield "empty", queue.empty_share, "share"
        if queue.loss.mean:
            yield "loss", queue.loss, "share"
    yield from _left_out(len(result.measured.queues), "queues")
    workers = result.measured.workers
    yield "Running", None, ""
    for name, worker in islice(workers.items(), MOST_ROWS):
        yield safe(name), worker.utilization, "share"
    yield from _left_out(len(workers), "workers")
    delays = [(name, worker.put_delay) for name, worker in workers.items() if worker.put_delay.mean]
    if delays:
        yield "Blocked before a put", None, ""
        for name, delay in delays[:MOST_ROWS]:
            yield safe(name), delay, "s"
        yield from _left_out(len(delays), "workers")


def _left_out(total: int, noun: str) -> Iterator[tuple[str, None, str]]:
    if total > MOST_ROWS:
        yield f"… and {total - MOST_ROWS} more {noun}", None, ""


def _theory(result: Result, width: int) -> list[Line]:
    if result.theory is None:
        return []
    texts = paragraph(f"Theory: {result.theory.model} ({result.theory.source}).", width)
    if result.is_too_short:
        texts += paragraph(TOO_SHORT, width)
    rows: list[tuple[str, ...]] = [("Measure", "measured", "theory", "off by")]
    if result.replications > 1:
        rows[0] = (*rows[0], "covered")
    for one in result.comparisons:
        mean, predicted = one.measured.mean, one.predicted
        name = f"  {safe(one.worker, 24)} {one.name}" if one.worker else f"  {one.name}"
        cells = [name, *quantities([mean, predicted], one.unit), _off(mean, predicted)]
        if result.replications > 1:
            cells.append({True: "yes", False: "no", None: ""}[one.agrees])
        rows.append(tuple(cells))
    head_line, *body = table(rows, width)
    return [
        *with_role(LineRole.TEXT, texts),
        BLANK,
        Line(head_line, LineRole.HEADING),
        *with_role(LineRole.ROW, body),
    ]


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
