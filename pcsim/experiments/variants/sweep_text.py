"""A sweep in words: a table to read, rows for programs."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

from pcsim.analysis.result import RunBy
from pcsim.experiments.variants.sweeping import Row, Stop, Sweep
from pcsim.experiments.variants.variation import value_text
from pcsim.kernel.plan import REFUSALS
from pcsim.text import paragraph, plural, safe, table
from pcsim.theory.statistics import Interval


def text_of_sweep(sweep: Sweep, width: int = 100) -> str:
    """Return a sweep as text.

    Args:
        sweep: The sweep.
        width: The cells in a line, at most.
    """
    lines = [_headline(sweep), ""]
    done = [row for row in sweep.rows if row.values]
    if done:
        rows = [[*_settings(sweep, row), *_values(sweep, row)] for row in done]
        lines += table([_head(sweep, done[0]), *rows], width)
    if len(done) > 1 and done[0] is sweep.rows[0]:
        lines += [
            "",
            *paragraph(f"More or less than {safe(done[0].label)}, run by run:", width),
            "",
        ]
        rows = [[*_settings(sweep, row), *_differences(sweep, row)] for row in done[1:]]
        lines += table([_head(sweep, done[0]), *rows], width)
    for row in sweep.rows:
        if why := _why(row):
            lines += ["", *paragraph(f"{safe(row.label)}: {why}", width)]
    lines += ["", *paragraph(f"{_ended(sweep)} {kernel_text(sweep.ran)}".rstrip(), width)]
    if sweep.cache.problem:
        lines += ["", *paragraph(sweep.cache.problem, width)]
    return "\n".join(lines) + "\n"


def _head(sweep: Sweep, row: Row) -> list[str]:
    paths = [safe(path) for path, _ in row.settings]
    is_named = not all(one.settings for one in sweep.rows)
    return [*(["variant"] if is_named else paths), *(safe(one.label) for one in sweep.measures)]


def _settings(sweep: Sweep, row: Row) -> list[str]:
    """What the variant is: a cell for each key, or one where some variant has a name."""
    if not all(one.settings for one in sweep.rows):
        return [safe(row.label)]
    return [value_text(value) for _, value in row.settings]


def _values(sweep: Sweep, row: Row) -> list[str]:
    return [one.interval_text(row.values[one.label]) for one in sweep.measures]


def _differences(sweep: Sweep, row: Row) -> list[str]:
    found = row.differences or {}
    return [
        one.difference_text(found[one.label]) if one.label in found else "–"
        for one in sweep.measures
    ]


def kernel_text(ran: RunBy) -> str:
    """A sentence about a scenario that the compiled kernel cannot run; "" for others.

    Whether there is a kernel is a matter of the machine, and is not said here.
    """
    if ran.because not in {one.because for one in REFUSALS}:
        return ""
    some = "Some runs were" if ran.kernel == "both" else "It was"
    return f"{some} not made by the compiled kernel: {ran.because}."


def csv_of_sweep(sweep: Sweep) -> str:
    """Return a sweep as the text of a CSV file."""
    rows = sweep.as_rows()
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def document_of_sweep(sweep: Sweep) -> dict[str, Any]:
    """Return a sweep as plain data for programs."""
    return {
        "measures": [one.label for one in sweep.measures],
        "runs": sweep.runs,
        "from_cache": sweep.cache.taken,
        "interrupted": sweep.is_interrupted,
        "kernel": sweep.ran.document(),
        "error": sweep.error,
        "variants": [
            {
                "label": row.label,
                "settings": dict(row.settings),
                "values": {name: as_document(one) for name, one in row.values.items()},
                "differences": {
                    name: as_document(one) for name, one in (row.differences or {}).items()
                },
                "replications": row.replications,
                "stop": str(row.stop),
                "growing": list(row.growing),
                "error": row.error,
            }
            for row in sweep.rows
        ],
    }


def as_document(one: Interval) -> dict[str, float | None]:
    """Return an interval as plain data; None for what has no value."""
    numbers = {"mean": one.mean, "low": one.low, "high": one.high}
    return {
        name: None if value is None or math.isnan(value) else value
        for name, value in numbers.items()
    }


def _headline(sweep: Sweep) -> str:
    title = safe(sweep.scenario.title or sweep.scenario.name or "scenario")
    runs = f"{plural(sweep.runs, 'run')}{sweep.cache.words}"
    return f"{title} · {plural(len(sweep.rows), 'variant')} · {runs}"


def _why(row: Row) -> str:
    """Why a variant has less than the others; "" where it has not."""
    if row.stop is Stop.GROWS:
        return f"{safe(', '.join(row.growing))} grows as long as it runs: no long run"
    return f"failed: {safe(row.error, 300)}" if row.stop is Stop.FAILED else ""


def _ended(sweep: Sweep) -> str:
    """Why there are no more runs, and how sure the numbers are."""
    stops = [row.stop for row in sweep.rows]
    texts = []
    if Stop.PRECISION in stops:
        texts.append(f"{plural(stops.count(Stop.PRECISION), 'variant')} as precise as asked for")
    if Stop.BUDGET in stops:
        number = max(row.replications for row in sweep.rows)
        many = plural(stops.count(Stop.BUDGET), "variant")
        texts.append(f"{many} with all {plural(number, 'replication')}")
    ended = "; ".join(texts)
    note = "± is half of a 95 % interval; all variants drew the same random numbers."
    if sweep.is_interrupted:
        cause = safe(sweep.error, 300) or "interrupted"
        begun = f"{cause}, {plural(stops.count(Stop.INTERRUPTED), 'variant')} not done"
        ended = f"{begun}; {ended}" if ended else begun
    return f"{ended[:1].upper()}{ended[1:]}. {note}" if ended else note
