"""The report of a run: as text to read, and as a document for programs."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.analysis import change_report, diagnosis, limit_document, measures
from pcsim.analysis.change_effect import MadeChange
from pcsim.analysis.contention import cpu_share
from pcsim.analysis.counterfactual import Diagnosis
from pcsim.analysis.event_text import cause_text
from pcsim.analysis.littles_law import littles_law
from pcsim.analysis.observation import measured_between
from pcsim.analysis.report_lines import Line, LineRole, as_text, joined, with_role
from pcsim.snapshot import Phase, QueueRow, Role, Snapshot, WorkerRow
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
"""Workers, queues or warnings that the text lists at most; the document has them all."""
NARROWEST = 56
"""Cells of a line that the tables need at least."""
NOTABLE_CPU = 0.1
"""The share of its time on a processor from which a worker's table shows it."""
WIDE = 76
"""From this width on, the heads of columns are written out."""


def text(
    snapshot: Snapshot,
    width: int = 80,
    *,
    with_law: bool = True,
    found: Diagnosis | None = None,
    cautions: Sequence[str] = (),
    changes: Sequence[MadeChange] = (),
) -> str:
    """The report as plain text, without escape codes and safe for any terminal.

    Args:
        snapshot: The run, at any time; at its end the report has advice.
        width: Cells of a line, 56 or more; less counts as 56.
        with_law: Whether Little's law is part of it.
        found: What limits the run, by simulation; None to judge by what it has measured.
        cautions: What is to be known before any number, one line each.
        changes: The changes that were made while it ran.
    """
    made = lines(
        snapshot, width, with_law=with_law, found=found, cautions=cautions, changes=changes
    )
    return as_text(made)


def lines(
    snapshot: Snapshot,
    width: int = 80,
    *,
    with_law: bool = True,
    found: Diagnosis | None = None,
    cautions: Sequence[str] = (),
    changes: Sequence[MadeChange] = (),
) -> list[Line]:
    """The lines of `text`, each with its role."""
    width = max(width, NARROWEST)
    return joined(
        [
            _title(snapshot, width),
            cautioned(cautions, width),
            with_role(LineRole.TEXT, paragraph(diagnosis.sentence(snapshot, found), width)),
            _totals(snapshot, width),
            _queues(snapshot, width),
            _workers("Producers", snapshot.producers, snapshot, width),
            _workers("Consumers", snapshot.consumers, snapshot, width),
            change_report.lines(changes, width),
            _account(snapshot, width),
            _law(snapshot, width) if with_law else [],
            _warnings(snapshot, width),
            _advice(snapshot, found, width),
        ]
    )


def document(
    snapshot: Snapshot,
    exit_status: int,
    found: Diagnosis | None = None,
    cautions: Sequence[str] = (),
    changes: Sequence[MadeChange] = (),
) -> dict[str, object]:
    """The report as one document that can be written as JSON.

    Times are seconds, throughputs items a second, shares 0 to 1. Names are not escaped for a
    terminal. Keys are only ever added while `schema_version` stays.

    Args:
        snapshot: The run, at any time.
        exit_status: The exit status of the command, which is part of the document.
        found: What limits the run, by simulation; None to judge by what it has measured.
        cautions: What is to be known before any number, one line each.
        changes: The changes that were made while it ran.
    """
    failure, law = snapshot.failure, littles_law(snapshot)
    return {
        "schema_version": SCHEMA_VERSION,
        "pcsim_version": __version__,
        "title": snapshot.title,
        "engine": snapshot.engine,
        "phase": snapshot.phase.value,
        "exit_status": exit_status,
        **_measured(snapshot),
        "recent": _measured(snapshot.recent),
        "littles_law": None if law is None else law.document(),
        **limit(snapshot, found),
        "warnings": warnings(snapshot),
        "failure": None if failure is None else measures.failure(failure),
        "abandoned": list(snapshot.abandoned),
        "cautions": list(cautions),
        "changes": change_report.documents(changes),
    }


def _measured(part: Snapshot) -> dict[str, object]:
    """What was measured of a run, or of a part of it."""
    return {
        "begins_at": part.begins_at,
        "duration": part.at,
        "throughput": part.throughput,
        "sojourn_time": measures.spread(part.sojourn_time),
        "sojourn_by_priority": measures.by_priority(part.sojourn_by_priority),
        "totals": measures.totals(part),
        "balanced": part.totals.balanced,
        "queues": [measures.queue(row, part.at) for row in part.queues],
        "workers": [measures.worker(row, part.at) for row in part.workers],
    }


def limit(snapshot: Snapshot, found: Diagnosis | None) -> dict[str, object]:
    """What limits the run, as keys of the document.

    Args:
        snapshot: The run, at any time.
        found: What limits it, by simulation; None to judge by what it has measured.
    """
    return {
        "bottleneck": diagnosis.bottleneck(snapshot, found),
        "sentence": diagnosis.sentence(snapshot, found),
        "advice": diagnosis.advice(snapshot, found),
        "diagnosis": None if found is None else limit_document.document(found),
    }


def warnings(snapshot: Snapshot) -> list[str]:
    """What went wrong in the run without ending it, one line each."""
    totals = snapshot.totals
    texts = [
        f"{safe(row.name, 40)} failed on {plural(row.failed_total, 'item')}, skipped"
        for row in snapshot.workers
        if row.failed_total and snapshot.failure is None
    ]
    if totals.dropped:
        texts.append(f"{plural(totals.dropped, 'item')} dropped by full queues")
    if totals.discarded:
        texts.append(f"{plural(totals.discarded, 'item')} discarded: {_reason(snapshot)}")
    texts.extend(
        f"{safe(name, 40)} was abandoned: it never came back from its source or sink"
        for name in snapshot.abandoned
    )
    if not totals.balanced:
        texts.append("items are unaccounted for: this is a bug in pcsim, please report it")
    return texts


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


def _title(snapshot: Snapshot, width: int) -> list[Line]:
    """What ran and how it ended; in two lines where one has no room for both."""
    title = safe(snapshot.title) or "pcsim"
    lasted = f" after {duration(snapshot.at)}" if snapshot.at > 0 else ""
    ended = f"{snapshot.phase.value}{lasted} · {safe(snapshot.engine)}"
    one_line = f"{title} · {ended}"
    if display_width(one_line) <= width:
        return [Line(one_line, LineRole.TITLE)]
    return [
        Line(fit(title, width).rstrip(), LineRole.TITLE),
        Line(fit(ended, width).rstrip(), LineRole.TEXT),
    ]


def _totals(snapshot: Snapshot, width: int) -> list[Line]:
    sojourn = snapshot.sojourn_time
    produced, consumed = snapshot.totals.produced, snapshot.totals.consumed
    counts = [f"produced {count(produced)}", f"consumed {count(consumed)}"]
    if snapshot.totals.copied:
        counts.insert(1, f"copies {count(snapshot.totals.copied)}")
    cycle = None if consumed else measured_between(None, snapshot).cycle
    if cycle is None:
        counts.append(f"throughput {rate(snapshot.throughput)}")
    else:
        counts.append(f"rounds {rate(cycle.throughput)}   a round takes {duration(cycle.time)}")
    times = [f"sojourn mean {duration(sojourn.mean)}", f"p99 {duration(sojourn.p99)}"]
    one_line = "   ".join([*counts, *times] if sojourn.count else counts)
    if display_width(one_line) <= width:
        return [Line(one_line)]
    parts = [counts, times] if sojourn.count else [counts]
    return [Line(fit("   ".join(part), width).rstrip()) for part in parts]


def _queues(snapshot: Snapshot, width: int) -> list[Line]:
    header = ("Queues", "capacity", "peak", "mean depth", "wait mean", "p99", "full", "empty")
    if width < WIDE:
        header = ("Queues", "of", "peak", "mean", "wait", "p99", "full", "empty")
    rows = [_queue_cells(row, snapshot.at) for row in snapshot.queues[:MOST_ROWS]]
    listed = _listing(header, rows, len(snapshot.queues), width, _longest(snapshot))
    return [*listed, *_priorities(snapshot, width)]


def _priorities(snapshot: Snapshot, width: int) -> list[Line]:
    """The waiting times in queues that go by priority, and the times in the system."""
    spreads = [
        (f"wait in {safe(row.name)}", one)
        for row in snapshot.queues
        for one in row.waiting_by_priority
    ]
    spreads += [("sojourn", one) for one in snapshot.sojourn_by_priority]
    texts = [
        f"{what}, priority {priority}: mean {duration(times.mean)}   p99 {duration(times.p99)}"
        for what, (priority, times) in spreads[:MOST_ROWS]
        if times.count
    ]
    return [Line(fit(text, width).rstrip(), LineRole.TEXT) for text in texts]


def _queue_cells(row: QueueRow, at: float) -> tuple[str, ...]:
    waited = row.waiting_time if row.waiting_time.count else None
    return (
        safe(row.name),
        "–" if row.capacity is None else count(row.capacity),
        count(row.peak_depth),
        three_digits(round(row.mean_depth(at), 2)),
        duration(waited and waited.mean),
        duration(waited and waited.p99),
        percent(row.full_share(at)),
        percent(row.empty_share(at)),
    )


def _workers(
    title: str, workers: tuple[WorkerRow, ...], snapshot: Snapshot, width: int
) -> list[Line]:
    words = ("running", "on full", "on empty", "paused")
    if width < WIDE:
        words = ("running", "full", "empty", "paused")
    if title == "Producers":  # which never wait for an item
        words = ("running", "making", words[1], "paused")
    rows = [_worker_cells(row, snapshot.at) for row in workers[:MOST_ROWS]]
    header: tuple[str, ...] = (title, "items", "rate", *words)
    if width >= WIDE and any(cpu_share(row, snapshot.at) >= NOTABLE_CPU for row in workers):
        header = (*header[:4], "on CPU", *header[4:])
        rows = [
            (*cells[:4], percent(cpu_share(row, snapshot.at)), *cells[4:])
            for row, cells in zip(workers, rows, strict=False)
        ]
    return _listing(header, rows, len(workers), width, _longest(snapshot))


def _worker_cells(row: WorkerRow, at: float) -> tuple[str, ...]:
    running, full, empty, paused, making = map(percent, row.shares(at))
    waits = (making, full) if row.role is Role.PRODUCER else (full, empty)
    shares = (running, *waits, paused)
    return safe(row.name), count(row.items_total), rate(row.throughput(at)), *shares


def _longest(snapshot: Snapshot) -> int:
    """The cells of the longest name shown, so that all tables have the same first column."""
    names = [row.name for row in snapshot.queues[:MOST_ROWS]]
    names += [row.name for row in snapshot.producers[:MOST_ROWS]]
    names += [row.name for row in snapshot.consumers[:MOST_ROWS]]
    return max((display_width(safe(name)) + 2 for name in names), default=0)


def _listing(
    header: tuple[str, ...], rows: list[tuple[str, ...]], total: int, width: int, first: int
) -> list[Line]:
    if not rows:
        return []
    head, *body = table([header, *(("  " + name, *cells) for name, *cells in rows)], width, first)
    if total > len(rows):
        body.append(f"  … and {total - len(rows)} more")
    return [Line(head, LineRole.HEADING), *with_role(LineRole.ROW, body)]


def cautioned(cautions: Sequence[str], width: int) -> list[Line]:
    """What is to be known before any number, as warnings."""
    texts = [line for text in cautions[:MOST_ROWS] for line in paragraph(f"⚠ {text}", width)]
    return with_role(LineRole.WARNING, texts)


def _account(snapshot: Snapshot, width: int) -> list[Line]:
    """What became of every item that was produced."""
    totals = snapshot.totals
    terms = {
        "consumed": totals.consumed,
        "queued": totals.queued,
        "in hands": totals.in_producers_hands + totals.in_workers_hands,
        "dropped": totals.dropped,
        "failed": totals.failed,
        "discarded": totals.discarded,
    }
    shown = [f"{items} {term}" for term, items in terms.items() if items] or ["0 consumed"]
    claim, sign = "Every item is accounted for", "="
    if not totals.balanced:
        claim, sign = "Not every item is accounted for", "!="
    came = f"{totals.produced} produced"
    if totals.copied:
        came += f" + {totals.copied} {'copy' if totals.copied == 1 else 'copies'}"
    sentence = f"{claim}: {came} {sign} {' + '.join(shown)}."
    return with_role(LineRole.TEXT, paragraph(sentence, width))


def _law(snapshot: Snapshot, width: int) -> list[Line]:
    law = littles_law(snapshot)
    return [] if law is None else with_role(LineRole.TEXT, paragraph(law.sentence, width))


def _warnings(snapshot: Snapshot, width: int) -> list[Line]:
    every = warnings(snapshot)
    texts = [line for warning in every[:MOST_ROWS] for line in paragraph(f"⚠ {warning}", width)]
    if len(every) > MOST_ROWS:
        texts.append(f"… and {len(every) - MOST_ROWS} more")
    return with_role(LineRole.WARNING, texts)


def _advice(snapshot: Snapshot, found: Diagnosis | None, width: int) -> list[Line]:
    advice = diagnosis.advice(snapshot, found)
    return with_role(LineRole.ADVICE, paragraph(f"Next: {advice}", width)) if advice else []
