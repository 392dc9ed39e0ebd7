"""What differs between two recorded runs: as text to read, as a document for programs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from pcsim.analysis.comparison import CHANGES, Basis, Comparison, Relation, ScenarioChange
from pcsim.analysis.differences import Row, Value
from pcsim.text import clock_time, duration, paragraph, percent, plural, rate, safe, table
from pcsim.version import __version__

SCHEMA_VERSION = 1
MOST_ROWS = 24
"""Measures that are listed."""
MOST_CHANGES = 12
"""Keys of a scenario that are listed."""
NARROWEST = 64
SMALL = 0.05
"""The share by which the output of two runs differs at most that is said to be as much."""


def text(found: Comparison, names: Sequence[str], width: int = 80) -> str:
    """What differs, as plain text that is safe for any terminal.

    Args:
        found: What differs.
        names: The files of both.
        width: Cells of a line, 64 or more.
    """
    width = max(width, NARROWEST)
    shown = [row for row in found.rows if row.verdict != "alike"][:MOST_ROWS]
    alike = len(found.rows) - len(shown)
    heads = ["measure", "A", "B", "difference", "95 %", "verdict"]
    spans = [f"{clock_time(begin)}–{clock_time(end)}" for begin, end in found.spans]
    lines = [
        *(
            f"{letter} {safe(name, width - 20)}  {span}"
            for letter, name, span in zip("AB", names, spans, strict=True)
        ),
        "",
        *paragraph(sentence(found), width),
        "",
        *(table([heads, *map(cells_of, shown)], width) if shown else []),
        *([f"{plural(alike, 'measure')} alike"] if alike > 0 else []),
        "",
        *_scenarios(found, width),
        *paragraph(parting(found), width),
        *paragraph(basis(found), width),
    ]
    return "\n".join(lines) + "\n"


def sentence(found: Comparison) -> str:
    """The main difference in one sentence: what comes out, and by what change."""
    changes = found.changes or ()
    change = f": {_change(changes[0])}" if len(changes) == 1 else ""
    row = next((row for row in found.rows if row.measure.key == "out"), None)
    if row is None:
        return "Nothing came out of either."
    ends = f"{rate(row.a.mean)} → {rate(row.b.mean)}"
    if row.verdict == "unsure":
        if found.basis is Basis.PARTS:
            return f"Both are too short for an interval: out {ends}{change}."
        return f"In one run each, {_how_much(row)} out of B ({ends}){change}."
    if not row.is_sure:
        others = [row for row in found.rows if row.verdict in ("better", "worse")]
        if not others:
            return f"Both are alike: out {ends}{change}."
        if abs(row.relative or 0.0) > SMALL:
            return f"Out {ends} may be chance{change}; {_words(others[0])}."
        return f"As much comes out of B ({ends}){change}, but {_words(others[0])}."
    return f"{_how_much(row).capitalize()} out of B ({ends}){change}."


def _how_much(row: Row) -> str:
    share = percent(abs(row.relative)) + " " if row.relative is not None else ""
    return f"{share}{'more' if row.difference > 0 else 'less'} comes"


def _change(one: ScenarioChange) -> str:
    """A key that differs, in words: of a change that only B has planned, that alone."""
    if one.key.startswith(f"{CHANGES}.") and not one.a:
        return f"{safe(one.b)} at {one.key.removeprefix(f'{CHANGES}.')}"
    return f"{safe(one.key)} {safe(one.a) or '–'} → {safe(one.b) or '–'}"


def key_of(one: ScenarioChange) -> str:
    """A key that differs, as it is shown: of a planned change its time."""
    planned = one.key.removeprefix(f"{CHANGES}.")
    return safe(one.key) if planned == one.key else f"changes at {planned}"


def basis(found: Comparison) -> str:
    """Where the intervals come from, in one sentence."""
    a, b = found.replications
    if found.basis is Basis.PAIRS:
        return (
            f"95 % intervals of the differences between {plural(a, 'pair')} of runs, each with the"
            " same random numbers."
        )
    if found.basis is Basis.REPLICATIONS:
        runs = f"{plural(a, 'run')} of A and {b} of B" if a != b else f"{a} runs of each"
        return f"95 % intervals from {runs}, which are independent."
    if found.basis is Basis.MIXED:
        return (
            f"95 % intervals from {plural(max(a, b), 'replication')} on one side and the parts of"
            " one run on the other."
        )
    if found.basis is Basis.NONE:
        return (
            "One run each: no interval is known, so it may be chance;"
            " --replications 10 gives intervals."
        )
    each = "stretch" if found.relation is Relation.STRETCHES else "run"
    return f"95 % intervals from the parts of each {each} (batch means)."


def _words(row: Row) -> str:
    return (
        f"{safe(row.measure.words)} is {row.verdict}: {_value(row, row.a)} → {_value(row, row.b)}"
    )


def _value(row: Row, value: Value) -> str:
    if not math.isfinite(value.mean):
        return "–"
    unit = row.measure.unit
    if unit == "share":
        return percent(value.mean)
    return duration(value.mean) if unit == "s" else rate(value.mean)


def cells_of(row: Row) -> list[str]:
    """The cells of a row: its name, both values, the difference, its interval, the verdict."""
    difference, half = row.difference, row.half_width
    if not math.isfinite(difference):
        shown, interval = "–", "–"
    elif row.measure.unit == "share":
        shown = f"{difference * 100:+.0f} pts"
        interval = "–" if half is None else f"±{half * 100:.0f}"
    elif row.relative is not None:
        shown = f"{row.relative * 100:+.0f} %"
        interval = "–" if half is None else f"±{abs(half / row.a.mean) * 100:.0f} %"
    else:
        sign = "+" if difference > 0 else "−"
        shown = f"{sign}{_value(row, row.a._replace(mean=abs(difference)))}"
        interval = "–" if half is None else f"±{_value(row, row.a._replace(mean=half))}"
    values = (_value(row, row.a), _value(row, row.b))
    return [safe(row.measure.words, 30), *values, shown, interval, row.verdict]


def _scenarios(found: Comparison, width: int) -> list[str]:
    if found.changes is None:
        return []
    of_one_run = found.relation is Relation.STRETCHES
    if not found.changes:
        nothing = "Nothing was done to the run in either."
        return [nothing if of_one_run else "The scenarios are the same."]
    number = plural(len(found.changes), "key")
    lines = ["Done to the run:" if of_one_run else f"Scenarios: {number} not alike"]
    for one in found.changes[:MOST_CHANGES]:
        value = f"{safe(one.a, 30) or '–'} → {safe(one.b, 30) or '–'}"
        if one.key.startswith(f"{CHANGES}."):
            at, words = one.key.removeprefix(f"{CHANGES}."), safe(one.b or one.a, width - 20)
            lines.append(f"  at {at}   {words}{'' if one.b else ' (in A alone)'}")
        else:
            lines.append(f"  {safe(one.key, width - 40)}   {value}")
    more = len(found.changes) - MOST_CHANGES
    return [*lines, *([f"  … and {more} more"] if more > 0 else [])]


def parting(found: Comparison) -> str:
    """Up to when both are alike, in one sentence; "" where that is not known."""
    parts = found.parting
    if found.relation is Relation.STRETCHES:
        return "Both are stretches of the same run."
    if found.relation is Relation.BRANCH:
        return " ".join(_branch(found))
    if parts is None and found.basis is not Basis.PARTS:
        return ""
    if parts is None:
        return "The runs are alike from the beginning to the end."
    what = "items are consumed" if parts.name == "consumed" else f"wait in {safe(parts.name)}"
    at = clock_time(parts.at)
    return f"The runs are alike until {at}: then {parts.a} in A and {parts.b} in B {what}."


def _branch(found: Comparison) -> Iterator[str]:
    """What a branch has in common with the run, and what of the run it has not."""
    yield f"Up to {clock_time(found.spans[0][0])} both are the same run, bit for bit."
    of_a = [one for one in found.changes or () if one.key.startswith(f"{CHANGES}.") and not one.b]
    if of_a:
        were = "was" if len(of_a) == 1 else "were"
        yield f"{plural(len(of_a), 'change')} of A after that {were} by hand, and B is without."
    if found.stopped_at is not None:
        yield (
            f"Both end at {clock_time(found.stopped_at)}, where A was paused or drained by hand: no"
            " run can repeat that."
        )


def document(found: Comparison, names: Sequence[str]) -> dict[str, object]:
    """What differs, as one document that can be written as JSON.

    Times are seconds, rates items a second, shares 0 to 1; None where there is nothing to measure.

    Args:
        found: What differs.
        names: The files of both.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "pcsim_version": __version__,
        "sentence": sentence(found),
        "recordings": [
            {"file": name, "begins_at": begin, "ends_at": end}
            for name, (begin, end) in zip(names, found.spans, strict=True)
        ],
        "measures": [_row_document(row) for row in found.rows],
        "basis": found.basis.value,
        "relation": found.relation.value,
        "stopped_at": found.stopped_at,
        "replications": list(found.replications),
        "scenario_changes": [one._asdict() for one in found.changes or ()],
        "parting": None if found.parting is None else found.parting._asdict(),
    }


def _row_document(row: Row) -> dict[str, object]:
    return {
        "measure": row.measure.key,
        "unit": row.measure.unit,
        "a": _value_document(row.a),
        "b": _value_document(row.b),
        "difference": _finite(row.difference),
        "half_width": _finite(row.half_width),
        "verdict": row.verdict,
    }


def _value_document(value: Value) -> dict[str, object]:
    return {"mean": _finite(value.mean), "half_width": _finite(value.half_width)}


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None
