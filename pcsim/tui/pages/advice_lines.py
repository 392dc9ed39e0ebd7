"""The table of changes as lines: what each does to a measure, with a bar, and to a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pcsim.analysis.advice import UNITS, Advice, AdviceRow, Measure, interval_text, two_digits
from pcsim.text import quantities, table
from pcsim.theory.statistics import Interval
from pcsim.tui import cells
from pcsim.tui.widgets.text_view import Marked

WIDE = 100
"""Cells from which on there is room for intervals."""
LABEL, NARROW_LABEL = 34, 26
VALUE, BETWEEN, SHARE, TIME = 10, 19, 8, 17
LEAST_SPAN = 0.2
"""The bars reach from this share less to this share more, at least."""
MOST_SPAN = 3.0


class Columns(NamedTuple):
    """Which measures the table shows, and how wide its columns are."""

    measure: Measure
    time: Measure | None
    label: int
    between: int
    bar: int
    low: float
    high: float

    def cell_of(self, gain: float) -> int:
        """The cell of the bar in which a gain is."""
        share = (gain - self.low) / (self.high - self.low)
        return max(0, min(round(share * (self.bar - 1)), self.bar - 1))


def columns(advice: Advice, place: int, width: int) -> Columns | None:
    """Return the columns for a width; None where nothing is known yet.

    Args:
        advice: What is known.
        place: The place of the measure that is shown.
        width: The cells.
    """
    if not advice.measures:
        return None
    measure = advice.measures[place % len(advice.measures)]
    times = [one for one in advice.measures if one.unit == "s" and one is not measure]
    is_wide = width >= WIDE
    widest = max([cells.width_of(row.label) for row in rows_of(advice)], default=0)
    label = min(max(widest, 12), LABEL if is_wide else NARROW_LABEL)
    between = BETWEEN if is_wide else 0
    taken = 1 + label + 1 + VALUE + (between + 2 if is_wide else VALUE) + SHARE + TIME + 3
    gains = [row.gain(measure.name) for row in rows_of(advice)]
    known = [one for one in gains if one is not None]
    low = min([-LEAST_SPAN, *((one.low or one.mean) for one in known)])
    high = max([LEAST_SPAN, *((one.high or one.mean) for one in known)])
    return Columns(
        measure, times[-1] if times else None, label, between, max(width - taken, 0),
        max(low, -MOST_SPAN), min(high, MOST_SPAN),
    )  # fmt: skip


def rows_of(advice: Advice) -> tuple[AdviceRow, ...]:
    """Return the rows as they are shown: the system as it is, the question of one's own, and what
    people ask."""
    own = () if advice.asked is None else advice.asked.rows
    return (*advice.rows[:1], *own, *advice.rows[1:])


def heading(shape: Columns) -> list[Marked]:
    """Return the line of headings."""
    measure = cells.fit(shape.measure.name, VALUE + 8, ">").strip()
    head = f" {cells.fit('change', shape.label)} "
    if shape.between:
        head += f"{cells.fit(measure, VALUE, '>')}  {cells.fit('95 %', shape.between, '^')}"
    else:
        head += f"{cells.fit(measure, VALUE, '>')}{cells.fit('95 %', VALUE, '>')}"
    head += cells.fit("", SHARE)
    axis = _axis(shape)
    last = ""
    if shape.time is not None:
        beside = 7 if cells.width_of(shape.time.name) <= TIME - 7 else 0
        last = cells.fit(shape.time.name, TIME - beside, ">")
    return [(f"{head} {axis} {last}", "dim")]


def line(row: AdviceRow, shape: Columns, *, is_own: bool, is_old: bool) -> list[Marked]:
    """Return the line of a row.

    Args:
        row: The row.
        shape: The columns.
        is_own: Whether it is one of a question of one's own.
        is_old: Whether it is of the system as it was before it was changed.
    """
    name = "dim" if is_old else "accent" if is_own else "text"
    pieces: list[Marked] = [(f"{cells.fit(row.label, shape.label)} ", name)]
    value = row.values.get(shape.measure.name)
    if value is None:
        words = row.note or "…"
        return [*pieces, (f"  {words}", "dim" if not row.note else "failed")]
    pieces += [(text, "dim" if is_old else style) for text, style in _value(value, shape)]
    gain = row.gain(shape.measure.name)
    style = "dim" if is_old else style_of(gain, shape.measure)
    pieces.append((cells.fit(_share(gain, row), SHARE, ">"), style))
    pieces.append((" ", "text"))
    if row.note:
        return [*pieces, (cells.fit(row.note, shape.bar + 1 + TIME), "failed")]
    pieces += _bar(gain, shape, style)
    if shape.time is not None:
        pieces.append((" ", "text"))
        pieces += _time(row, shape.time, is_old=is_old)
    return pieces


def style_of(gain: Interval | None, measure: Measure) -> str:
    """Return the style of a difference: for the better, for the worse, or by chance."""
    if gain is None or (gain.half_width or 0.0) >= abs(gain.mean) or abs(gain.mean) < 0.005:
        return "dim"
    return "running" if (gain.mean > 0) is measure.is_better_more else "blocked"


def as_text(advice: Advice) -> str:
    """Return the table as plain text, for other programs."""
    names = [one.name for one in advice.measures]
    rows = [["change", *names]]
    for row in rows_of(advice):
        values = [
            interval_text(row.values[one.name], one) if one.name in row.values else row.note or "–"
            for one in advice.measures
        ]
        rows.append([row.label, *values])
    return "\n".join(table(rows, 200)) + f"\n{advice.span}\n"


def _value(one: Interval, shape: Columns) -> list[Marked]:
    unit = shape.measure.unit
    if one.mean != one.mean:
        return [(cells.fit("–", VALUE + (shape.between + 2 if shape.between else VALUE), ">"),
                 "dim")]  # fmt: skip
    low, high = one.low, one.high
    texts = quantities([one.mean, low or 0.0, high or 0.0, one.half_width or 0.0], unit)
    numbers = [text.rstrip(UNITS) for text in texts]
    pieces: list[Marked] = [(cells.fit(texts[0], VALUE, ">"), "strong")]
    is_known = one.half_width is not None
    if shape.between:
        between = f"{numbers[1]} … {numbers[2]}" if is_known else ""
        pieces.append((f"  {cells.fit(between, shape.between)}", "dim"))
    else:
        half = f"±{two_digits(numbers[3])}" if is_known else ""
        pieces.append((cells.fit(half, VALUE, ">"), "dim"))
    return pieces


def _share(gain: Interval | None, row: AdviceRow) -> str:
    if gain is None:
        return "" if not row.differences else "–"
    text = f"{gain.mean:+.0%}".replace("%", " %").replace("-", "−")
    return "0 %" if text in ("+0 %", "−0 %") else text


def _axis(shape: Columns) -> str:
    """The ends and the zero of the bars."""
    if shape.bar < 18:
        return " " * shape.bar
    zero = shape.cell_of(0.0)
    left = f"{shape.low:+.0%}".replace("-", "−").replace("%", " %")
    right = f"{shape.high:+.0%}".replace("%", " %")
    axis = [" "] * shape.bar
    axis[: len(left)] = left
    if zero > len(left):
        axis[zero] = "0"
    axis[shape.bar - len(right) :] = right
    return "".join(axis)


def _bar(gain: Interval | None, shape: Columns, style: str) -> list[Marked]:
    if shape.bar <= 0:
        return []
    drawn = [" "] * shape.bar
    zero = shape.cell_of(0.0)
    if gain is None:
        drawn[zero] = "┃"
        return [("".join(drawn), "dim")]
    here = shape.cell_of(gain.mean)
    for cell in range(min(zero, here), max(zero, here) + 1):
        drawn[cell] = "━"
    if gain.low is not None and gain.high is not None:
        for cell in range(shape.cell_of(gain.low), shape.cell_of(gain.high) + 1):
            drawn[cell] = "╍" if cell != here else "╋"
    drawn[zero] = "┃" if here != zero else "╋"
    return [("".join(drawn), style)]


def _time(row: AdviceRow, measure: Measure, *, is_old: bool) -> Sequence[Marked]:
    value, gain = row.values.get(measure.name), row.gain(measure.name)
    if value is None or value.mean != value.mean:
        return [(cells.fit("–", TIME, ">"), "dim")]
    share = cells.fit(_share(gain, row) if row.differences else "", 7, ">")
    text = quantities([value.mean], measure.unit)[0]
    style = "dim" if is_old else style_of(gain, measure)
    return [(cells.fit(text, TIME - 7, ">"), "dim" if is_old else "text"), (share, style)]
