"""The details of a queue: how full it is and was, who feeds and reads it, how long items wait."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from pcsim.analysis.growth import growth_words
from pcsim.analysis.trend import depths_of
from pcsim.analysis.waiting_bars import Bar, recent_bars, waiting_bars
from pcsim.scenario import QueueSpec
from pcsim.snapshot import QueueRow, Snapshot, Spread, WaitingItem, WorkerRow
from pcsim.text import clock_time, count, duration, percent, plural, rate, safe
from pcsim.tui import cells, figures, plot
from pcsim.tui.details.common import Measure, compared, event_entries, pair
from pcsim.tui.details.sections import Entry, Kind, Section, Target, inner_width
from pcsim.tui.glyphs import MARKS, standing
from pcsim.tui.styles import Palette
from pcsim.tui.view import View
from pcsim.tui.worker_values import spent

CHART_HEIGHT = 6
GUTTER = 8
PERIOD = 60.0
"""Seconds of the depth that are drawn of a run that goes on."""
NOTE = 55
"""Cells of a line of a note."""
LINKED = 8
"""Workers on either side that are listed."""


def queue_sections(view: View, place: int, palette: Palette, width: int) -> list[Section]:
    """Return the details of the queue at that place of the snapshot.

    Args:
        view: The view.
        place: The place.
        palette: The palette, for the chart.
        width: The cells of the screen.
    """
    row = view.snapshot.queues[place]
    return [
        Section(view.moment, _now(view, place)),
        Section("Who feeds it, who reads it", _links(view, row, palette), _span(view)),
        Section("Depth", *_depths(view, row, palette, inner_width(width, is_half=True))),
        *_waiting(view, place),
        Section(*_items(view, row)),
        Section(
            "What happened at it", event_entries(view, row.name, of_queue=True), "newest first"
        ),
        Section("What passed through", compared("", view, _queue_measures(place))),
    ]


def _span(view: View) -> str:
    recent = view.recent
    if recent is None or not recent.begins_at:
        return "so far" if not view.snapshot.phase.is_over else "the whole run"
    return f"last {duration(recent.at)}"


def _waiting(view: View, place: int) -> list[Section]:
    """How the waiting times are spread: of late, and over the whole run where that is more."""
    row, recent = view.snapshot.queues[place], view.recent
    whole = "since you looked" if view.is_watched else "the whole run"
    has_past = recent is not None and recent.begins_at > 0
    if not has_past or row.waiting_time.counts is None:
        return [Section("Waiting time", _waits(row, waiting_bars(row.waiting_time)), _noted(row))]
    lately, then = view.shown.queues[place], view.snapshot.before
    rows = () if then is None else then.queues
    before = next((one.waiting_time for one in rows if one.name == row.name), Spread())
    bars = recent_bars(lately.waiting_time, row.waiting_time, before)
    return [
        Section("Waiting time", _waits(lately, bars), _noted(lately, _span(view))),
        Section("Waiting time of all", _waits(row, waiting_bars(row.waiting_time)),
                _noted(row, whole)),
    ]  # fmt: skip


def _noted(row: QueueRow, span: str = "") -> str:
    waits = row.waiting_time
    return ", ".join(filter(None, (plural(waits.count, "item") if waits.count else "", span)))


def _now(view: View, place: int) -> list[Entry]:
    row, at, recent = view.snapshot.queues[place], view.at, view.shown.queues[place]
    word = cells.level(row.fill)
    words = growth_words(recent, view.shown.at) if row.capacity is None else word
    of = "" if row.capacity is None else f" of {count(row.capacity)}"
    closed = "  closed" if row.closed else ""
    full = duration(at - row.full_since) if row.full_since is not None else ""
    lines = [
        Entry([("depth        ", "dim"), (f"{count(row.depth)}{of}  ", "text"), (words, word),
               (closed, "dim")]),
        pair("peak depth", count(row.peak_depth)),
    ]  # fmt: skip
    if full:
        lines.append(pair("full for", full, word))
    into, out = rate(recent.put_rate(view.shown.at)), rate(recent.throughput(view.shown.at))
    lines += [
        pair("in, out", f"{into}   {out}" if row.is_counted else "not counted in this program"),
        pair("policy", _policy(view, row.name)),
        pair(
            "lost", f"dropped {count(row.dropped_total)}   discarded {count(row.discarded_total)}"
        ),
        pair("oldest waits", duration(row.oldest_age(at))),
    ]
    return lines


def _policy(view: View, name: str) -> str:
    """What it does when it is full, and whose turn is next; of a program this is not known."""
    spec = spec_of(view, name)
    if spec is None:
        return "not known of a program that is watched"
    return f"{spec.overflow.value.replace('_', ' ')} when full, {spec.discipline.value}"


def spec_of(view: View, name: str) -> QueueSpec | None:
    """Return what the scenario says of a queue; None where there is no scenario."""
    queues = () if view.current is None else view.current.queues
    return next((spec for spec in queues if spec.name == name), None)


def _links(view: View, row: QueueRow, palette: Palette) -> list[Entry]:
    """Its writers and readers with their shares, those that are held up longest first."""
    sides = (("from", [(at, one) for at, one in enumerate(view.snapshot.workers)
                       if row.name in one.outputs]),
             ("to", [(at, one) for at, one in enumerate(view.snapshot.workers)
                     if row.name in one.inputs]))  # fmt: skip
    lines: list[Entry] = []
    for side, workers in sides:
        if not workers:
            lines.append(pair(side, "nobody"))
        shares = {at: spent(one, (at,), view) for at, one in workers}
        order = sorted(workers, key=lambda pair: -max(shares[pair[0]][1:3]))
        for number, (at, worker) in enumerate(order[:LINKED]):
            lines.append(_link(side if not number else "", worker, at, shares[at], view, palette))
        if len(order) > LINKED:
            lines.append(Entry([(f"      … {plural(len(order) - LINKED, 'more worker')}", "dim")]))
    return lines


def _link(
    side: str,
    worker: WorkerRow,
    place: int,
    shares: Sequence[float],
    view: View,
    palette: Palette,
) -> Entry:
    word = standing(worker)
    number = (
        worker.throughput(view.at)
        if worker.ended_at is not None
        else (view.shown.workers[place].throughput(view.shown.at))
    )
    several = len(worker.outputs) > 1 if side == "from" else len(worker.inputs) > 1
    return Entry(
        [
            (f"{side:<5} ", "dim"),
            (f"{MARKS[word]} ", word),
            (cells.fit_name(safe(worker.name, 60), 16) + " ", "text"),
            *cells.share_bar(shares, 12, palette),
            (f" {figures.percent(shares[0], 5):>5} ", "text"),
            (f"{rate(number):>7}", "text"),
            (" in all" if several else "", "dim"),
        ],
        Target(Kind.WORKER, worker.name),
    )


def _depths(view: View, row: QueueRow, palette: Palette, width: int) -> tuple[list[Entry], str]:
    """The depth over time, with what it says of its span."""
    columns = max(width - GUTTER - 1, 1)
    stretch = view.trend.stretch(columns, None if view.snapshot.phase.is_over else PERIOD)
    values = depths_of(stretch.samples, row.name)
    top = float(row.capacity or plot.nice_ceiling(max(row.peak_depth, row.depth, 10)))

    def kind_of(depth: float) -> str:
        return cells.level(None if row.capacity is None else depth / row.capacity)

    lane = plot.Lane("", top, count(int(top)), values, kind_of)
    lines = [Entry(line) for line in plot.lane_lines(lane, CHART_HEIGHT, GUTTER, palette)]
    lines.append(Entry(plot.time_axis(stretch, columns, GUTTER, palette)))
    first = next((value for value in view.firsts if value.subject == row.name), None)
    if first is not None:
        lines.append(Entry([(f"{clock_time(first.at, tenths=True)}  {first.text}", "dim")]))
    if stretch.first:
        return lines, f"last {duration(round(view.at - stretch.begins_at))}"
    return lines, "since you looked" if view.is_watched else "since the start"


def _waits(row: QueueRow, bars: Sequence[Bar]) -> list[Entry]:
    """How its waiting times are spread."""
    waits = row.waiting_time
    if not waits.count:
        return [Entry([("no item has left it" if row.is_counted else
                        "not measured at queues of this kind", "dim")])]  # fmt: skip
    lines = [
        Entry([(f"mean {duration(waits.mean)}   p50 {duration(waits.p50)}   "
                f"p90 {duration(waits.p90)}   p99 {duration(waits.p99)}", "text")]),
    ]  # fmt: skip
    if not bars:
        return [*lines, Entry([("their counts are not kept, so there is no histogram", "dim")])]
    most = max(bar.count for bar in bars)
    for bar in bars:
        span = (
            f"over {duration(bar.begin)}"
            if math.isinf(bar.end)
            else f"{duration(bar.begin)} – {duration(bar.end)}"
        )
        cells_wide = math.ceil(bar.count / most * 16)
        lines.append(
            Entry(
                [
                    (f"{span:>17} ", "dim"),
                    (f"{count(bar.count):>7}  ", "text"),
                    ("█" * cells_wide + " " * (16 - cells_wide), "new"),
                    (f"  {' '.join(bar.marks)}", "accent"),
                ]
            )
        )
    return lines


def _items(view: View, row: QueueRow) -> tuple[str, list[Entry], str]:
    """What waits in it, oldest first."""
    detail, at = view.detail_of(row.name), view.at
    title = f"Waiting now: {plural(detail.depth, 'item')}"
    lines: list[Entry] = []
    if detail.note:
        lines += [Entry([(line, "dim")]) for line in cells.wrap(detail.note, NOTE)]
    if detail.items:
        lines.append(
            Entry([(f"{'item':>6} {'waits':>8} {'put at':>8}  {'from':<12} value", "dim")])
        )
    lines += [_item(item, at) for item in detail.items]
    if detail.depth > len(detail.items) > 0:
        lines.append(Entry([(f"… and {count(detail.depth - len(detail.items))} more", "dim")]))
    return title, lines, "oldest first" if detail.depth > 1 else ""


def _item(item: WaitingItem, at: float) -> Entry:
    return Entry(
        [
            (f"{item.id:>6} ", "dim"),
            (f"{duration(max(at - item.queued_at, 0.0)):>8} ", "text"),
            (f"{clock_time(max(item.queued_at, 0.0), tenths=True):>8}  ", "dim"),
            (f"{cells.fit(safe(item.producer), 12)} ", "dim"),
            (safe(item.shown), "text"),
        ],
        Target(Kind.ITEM, str(item.id)),
    )


def _queue_measures(place: int) -> list[Measure]:
    """What is measured of the queue at that place."""

    def of_row(measure: Callable[[QueueRow, float], str]) -> Callable[[Snapshot], str]:
        return lambda part: measure(part.queues[place], part.at)

    def waited(measure: Callable[[Spread], float]) -> Callable[[Snapshot], str]:
        def text(part: Snapshot) -> str:
            times = part.queues[place].waiting_time
            return duration(measure(times) if times.count else None)

        return text

    return [
        Measure("put", of_row(lambda row, _: count(row.put_total) if row.is_counted else "–")),
        Measure("got", of_row(lambda row, _: count(row.got_total) if row.is_counted else "–")),
        Measure("dropped", of_row(lambda row, _: count(row.dropped_total))),
        Measure("put a second", of_row(lambda row, at: rate(row.put_rate(at)))),
        Measure("got a second", of_row(lambda row, at: rate(row.throughput(at)))),
        Measure("mean depth", of_row(lambda row, at: f"{row.mean_depth(at):.2f}")),
        Measure("time full", of_row(lambda row, at: percent(row.full_share(at)))),
        Measure("time empty", of_row(lambda row, at: percent(row.empty_share(at)))),
        Measure("wait, mean", waited(lambda times: times.mean)),
        Measure("wait, p50", waited(lambda times: times.p50)),
        Measure("wait, p99", waited(lambda times: times.p99)),
        Measure("wait, longest", waited(lambda times: times.max)),
    ]
