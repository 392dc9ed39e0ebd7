"""The measures of a run as statistics for programs, by name."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.analysis import change_report, diagnosis, measures
from pcsim.analysis.change_effect import MadeChange
from pcsim.analysis.counterfactual import Diagnosis
from pcsim.analysis.littles_law import littles_law
from pcsim.snapshot import Snapshot


def statistics(
    snapshot: Snapshot, found: Diagnosis | None = None, changes: Sequence[MadeChange] = ()
) -> dict[str, object]:
    """The report for Python, as nested dictionaries.

    Times are seconds, throughputs items a second, shares 0 to 1. `queue_stats` has the queues by
    name; `producers` and `consumers` are lists. `recent` has the same of the last seconds.

    Args:
        snapshot: The run, at any time.
        found: What limits the run, by simulation; None to judge by what it has measured.
        changes: The changes that were made while it ran.
    """
    law = littles_law(snapshot)
    return {
        **_counted(snapshot),
        "recent": _counted(snapshot.recent),
        "phase": snapshot.phase.value,
        "littles_law": None if law is None else law.document(),
        "bottleneck": diagnosis.bottleneck(snapshot, found),
        "sentence": diagnosis.sentence(snapshot, found),
        "abandoned": list(snapshot.abandoned),
        "changes": change_report.documents(changes),
    }


def _counted(part: Snapshot) -> dict[str, object]:
    """The statistics of a run, or of a part of it."""
    producers: list[dict[str, object]] = []
    for row in part.producers:
        entry = {**measures.worker(row, part.at), "items_produced": row.produced_total}
        if row.source_size is None:
            del entry["source_size"]
        producers.append(entry)
    consumers = [
        {**measures.worker(row, part.at), "items_consumed": measures.consumed_by(row)}
        for row in part.consumers
    ]
    return {
        "begins_at": part.begins_at,
        "duration": part.at,
        "total_produced": part.totals.produced,
        "total_consumed": part.totals.consumed,
        "total_queue_remaining": part.totals.queued,
        "totals": measures.totals(part),
        "balanced": part.totals.balanced,
        "throughput": part.throughput,
        "sojourn_time": measures.spread(part.sojourn_time),
        "queue_stats": {row.name: measures.queue(row, part.at) for row in part.queues},
        "producers": producers,
        "consumers": consumers,
    }
