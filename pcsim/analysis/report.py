"""The report of a run: as text to read, as a document for programs, as statistics in Python."""

from __future__ import annotations

from pcsim.analysis import diagnosis, measures
from pcsim.analysis.event_text import cause_text
from pcsim.analysis.littles_law import littles_law
from pcsim.snapshot import Phase, QueueRow, Snapshot, WorkerRow
from pcsim.text import (
    count,
    display_width,
    duration,
    fit,
    paragraph,
    percent,
    plural,
    rate,
    safe,
    table,
    three_digits,
)
from pcsim.version import __version__

SCHEMA_VERSION = 1
MOST_ROWS = 100
"""So many workers or queues are listed in the text; the document has them all."""
NARROWEST = 56
ROOMY = 76
"""From this width on, headers are written out."""


def text(snapshot: Snapshot, width: int = 80, *, with_law: bool = True) -> str:
    """The report as plain text in lines of at most `width` cells (56 or more), newline at
    the end. It has no escape codes, and nothing in it can move a terminal's cursor. `with_law`:
    with Little's law, which what follows may tell."""
    width = max(width, NARROWEST)
    sections = [
        _headline(snapshot, width),
        paragraph(diagnosis.sentence(snapshot), width),
        _totals(snapshot, width),
        _queues(snapshot, width),
        _workers("Producers", snapshot.producers, snapshot, width),
        _workers("Consumers", snapshot.consumers, snapshot, width),
        _books(snapshot, width),
        _law(snapshot, width) if with_law else [],
        _warnings(snapshot, width),
        _advice(snapshot, width),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def document(snapshot: Snapshot, exit_status: int) -> dict[str, object]:
    """The report as one JSON-able document; `exit_status` is that of the command.

    Times are seconds, throughputs items a second, shares 0 to 1. Names are as they were
    given, not escaped for a terminal. Keys are only ever added while `schema_version` stays.
    """
    failure, law = snapshot.failure, littles_law(snapshot)
    return {
        "schema_version": SCHEMA_VERSION,
        "pcsim_version": __version__,
        "title": snapshot.title,
        "engine": snapshot.engine,
        "phase": snapshot.phase.value,
        "exit_status": exit_status,
        "duration": snapshot.at,
        "throughput": snapshot.throughput,
        "sojourn_time": measures.spread(snapshot.sojourn_time),
        "totals": measures.totals(snapshot),
        "balanced": snapshot.totals.balanced,
        "queues": [measures.queue(row, snapshot.at) for row in snapshot.queues],
        "workers": [measures.worker(row, snapshot.at) for row in snapshot.workers],
        "littles_law": None if law is None else law.document(),
        "bottleneck": diagnosis.bottleneck(snapshot),
        "sentence": diagnosis.sentence(snapshot),
        "advice": diagnosis.advice(snapshot),
        "warnings": warnings(snapshot),
        "failure": None if failure is None else measures.failure(failure),
        "abandoned": list(snapshot.abandoned),
    }


def statistics(snapshot: Snapshot) -> dict[str, object]:
    """The report for Python: totals, `queue_stats` by name, `producers` and `consumers` as
    lists. Times are seconds, throughputs items a second, shares 0 to 1."""
    law = littles_law(snapshot)
    producers: list[dict[str, object]] = []
    for row in snapshot.producers:
        entry = {**measures.worker(row, snapshot.at), "items_produced": row.produced_total}
        if row.source_size is None:
            del entry["source_size"]
        producers.append(entry)
    consumers = [
        {**measures.worker(row, snapshot.at), "items_consumed": measures.consumed_by(row)}
        for row in snapshot.consumers
    ]
    return {
        "duration": snapshot.at,
        "phase": snapshot.phase.value,
        "total_produced": snapshot.totals.produced,
        "total_consumed": snapshot.totals.consumed,
        "total_queue_remaining": snapshot.totals.queued,
        "totals": measures.totals(snapshot),
        "balanced": snapshot.totals.balanced,
        "throughput": snapshot.throughput,
        "sojourn_time": measures.spread(snapshot.sojourn_time),
        "queue_stats": {row.name: measures.queue(row, snapshot.at) for row in snapshot.queues},
        "producers": producers,
        "consumers": consumers,
        "littles_law": None if law is None else law.document(),
        "bottleneck": diagnosis.bottleneck(snapshot),
        "sentence": diagnosis.sentence(snapshot),
        "abandoned": list(snapshot.abandoned),
    }


def warnings(snapshot: Snapshot) -> list[str]:
    """What somebody should know who looks at nothing else, one line each."""
    totals = snapshot.totals
    told = [
        f"{safe(row.name, 40)} failed on {plural(row.failed_total, 'item')}, skipped"
        for row in snapshot.workers
        if row.failed_total and snapshot.failure is None
    ]
    if totals.dropped:
        told.append(f"{plural(totals.dropped, 'item')} dropped by full queues")
    if totals.discarded:
        told.append(f"{plural(totals.discarded, 'item')} discarded: {_reason(snapshot)}")
    told.extend(
        f"{safe(name, 40)} was abandoned: it never came back from its source or sink"
        for name in snapshot.abandoned
    )
    if not totals.balanced:
        told.append("the books do not balance: this is a bug in pcsim, please report it")
    return told


def _reason(snapshot: Snapshot) -> str:
    """Why items were discarded, and where they were."""
    why = cause_text(snapshot.stopped) or "their last reader was gone"
    if snapshot.phase is Phase.ABORTED:
        why = "the run was aborted"
    elif snapshot.failure is not None:
        why = "the run failed"
    where = [row.name for row in snapshot.queues if row.discarded_total]
    where += [row.name for row in snapshot.workers if row.discarded_total]
    if not where:
        return why
    shown = ", ".join(safe(name, 24) for name in where[:3])
    return f"{why} ({shown}{', …' if len(where) > 3 else ''})"


def _headline(snapshot: Snapshot, width: int) -> list[str]:
    """What ran and how it ended; in two lines where one has no room for both."""
    title = safe(snapshot.title) or "pcsim"
    lasted = f" after {duration(snapshot.at)}" if snapshot.at > 0 else ""
    ended = f"{snapshot.phase.value}{lasted} · {safe(snapshot.engine)}"
    one_line = f"{title} · {ended}"
    if display_width(one_line) <= width:
        return [one_line]
    return [fit(line, width).rstrip() for line in (title, ended)]


def _totals(snapshot: Snapshot, width: int) -> list[str]:
    sojourn = snapshot.sojourn_time
    produced, consumed = snapshot.totals.produced, snapshot.totals.consumed
    told = [f"produced {count(produced)}", f"consumed {count(consumed)}"]
    told.append(f"throughput {rate(snapshot.throughput)}")
    times = [f"sojourn mean {duration(sojourn.mean)}", f"p99 {duration(sojourn.p99)}"]
    one_line = "   ".join([*told, *times] if sojourn.count else told)
    if display_width(one_line) <= width:
        return [one_line]
    lines = [told, times] if sojourn.count else [told]
    return [fit("   ".join(line), width).rstrip() for line in lines]


def _queues(snapshot: Snapshot, width: int) -> list[str]:
    header = ("Queues", "capacity", "peak", "mean depth", "wait mean", "p99", "full", "empty")
    if width < ROOMY:
        header = ("Queues", "of", "peak", "mean", "wait", "p99", "full", "empty")
    rows = [_queue_cells(row, snapshot.at) for row in snapshot.queues[:MOST_ROWS]]
    return _listing(header, rows, len(snapshot.queues), width, _longest(snapshot))


def _queue_cells(row: QueueRow, at: float) -> tuple[str, ...]:
    waited = row.waiting_time if row.waiting_time.count else None
    return (
        safe(row.name),
        count(row.capacity),
        count(row.peak_depth),
        three_digits(round(row.mean_depth(at), 2)),
        duration(waited and waited.mean),
        duration(waited and waited.p99),
        percent(row.full_share(at)),
        percent(row.empty_share(at)),
    )


def _workers(
    title: str, workers: tuple[WorkerRow, ...], snapshot: Snapshot, width: int
) -> list[str]:
    header = (title, "items", "rate", "running", "on full", "on empty", "paused")
    if width < ROOMY:
        header = (title, "items", "rate", "running", "full", "empty", "paused")
    rows = [_worker_cells(row, snapshot.at) for row in workers[:MOST_ROWS]]
    return _listing(header, rows, len(workers), width, _longest(snapshot))


def _worker_cells(row: WorkerRow, at: float) -> tuple[str, ...]:
    return (
        safe(row.name),
        count(row.items_total),
        rate(row.throughput(at)),
        *(percent(share) for share in row.shares(at)),
    )


def _longest(snapshot: Snapshot) -> int:
    """The cells of the longest name shown, so that the tables begin alike."""
    names = [row.name for row in snapshot.queues[:MOST_ROWS]]
    names += [row.name for row in snapshot.producers[:MOST_ROWS]]
    names += [row.name for row in snapshot.consumers[:MOST_ROWS]]
    return max((display_width(safe(name)) + 2 for name in names), default=0)


def _listing(
    header: tuple[str, ...], rows: list[tuple[str, ...]], many: int, width: int, first: int
) -> list[str]:
    if not rows:
        return []
    lines = table([header, *(("  " + name, *cells) for name, *cells in rows)], width, first)
    return [*lines, f"  … and {many - len(rows)} more"] if many > len(rows) else lines


def _books(snapshot: Snapshot, width: int) -> list[str]:
    totals = snapshot.totals
    terms = (
        f"{totals.consumed} consumed + {totals.queued} queued"
        f" + {totals.in_producers_hands + totals.in_workers_hands} in hands"
        f" + {totals.dropped} dropped + {totals.failed} failed + {totals.discarded} discarded"
    )
    verb, sign = ("balance", "=") if totals.balanced else ("do not balance", "!=")
    return paragraph(f"The books {verb}: {totals.produced} produced {sign} {terms}.", width)


def _law(snapshot: Snapshot, width: int) -> list[str]:
    law = littles_law(snapshot)
    return [] if law is None else paragraph(law.sentence, width)


def _warnings(snapshot: Snapshot, width: int) -> list[str]:
    told = warnings(snapshot)
    lines = [line for warning in told[:MOST_ROWS] for line in paragraph(f"⚠ {warning}", width)]
    return [*lines, f"… and {len(told) - MOST_ROWS} more"] if len(told) > MOST_ROWS else lines


def _advice(snapshot: Snapshot, width: int) -> list[str]:
    told = diagnosis.advice(snapshot)
    return paragraph(f"Next: {told}", width) if told else []
