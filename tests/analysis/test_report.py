"""The report as text, as a document and as statistics."""

from __future__ import annotations

import json
import math

import pytest

from pcsim.analysis import report
from pcsim.analysis.report_lines import LineRole
from pcsim.analysis.statistics import statistics
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import demos
from pcsim.snapshot import Failure, Phase, Snapshot, Spread, Totals, WorkerState
from pcsim.text import display_width
from tests.support.cases import case
from tests.support.plain_data import numbers
from tests.support.snapshots import consumer, producer, queue, snapshot


def finished() -> Snapshot:
    """A run with back-pressure, at its end."""
    return snapshot(
        queue(full=0.78, empty=0.02, wait=0.54),
        producer(blocked=0.74, state=WorkerState.DONE, until=8.0),
        consumer(state=WorkerState.DONE),
        phase=Phase.FINISHED,
        title="Fast producer, slow consumer",
    )


def test_each_line_has_a_role() -> None:
    """The app styles lines by what they are, not by their words."""
    lines = report.lines(finished())
    assert report.text(finished()) == "".join(f"{line.text}\n" for line in lines)
    roles = {line.text.split(" ")[0]: line.role for line in lines if not line.text.startswith(" ")}
    assert roles["Fast"] is LineRole.TITLE
    assert roles["produced"] is LineRole.TEXT
    assert roles["Queues"] is roles["Producers"] is roles["Consumers"] is LineRole.HEADING
    assert roles["Next:"] is LineRole.ADVICE
    assert roles[""] is LineRole.BLANK
    assert {line.role for line in lines if line.text.startswith("  ")} == {LineRole.ROW}


def test_a_failure_that_was_skipped_is_a_warning() -> None:
    """Every line of it, however narrow the report."""
    run = snapshot(consumer("C" * 40)._replace(failed_total=3), phase=Phase.FINISHED)
    warned = [line.text for line in report.lines(run, 56) if line.role is LineRole.WARNING]
    assert len(warned) == 2
    assert warned[0].startswith("⚠ CCC")


def test_terms_that_are_zero_are_left_out() -> None:
    """The line of totals names only places where items are."""
    run = finished()._replace(totals=Totals(produced=9, consumed=6, queued=2, in_workers_hands=1))
    totals = "Every item is accounted for: 9 produced = 6 consumed + 2 queued + 1 in hands."
    assert totals in report.text(run)
    assert "0 produced = 0 consumed." in report.text(run._replace(totals=Totals()))


def test_text_has_every_section_in_order() -> None:
    """What is looked for first comes first."""
    text = report.text(finished())
    marks = ["Fast producer", "bottleneck", "produced 40", "Queues", "Producers", "Consumers"]
    marks += ["Every item is accounted for: 40 produced = 40 consumed", "Next:"]
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)


def test_text_has_the_measures_of_each_row() -> None:
    """Capacity, peak, mean depth, waits and shares, in the units that people use."""
    lines = report.text(finished()).splitlines()
    main = next(line for line in lines if line.startswith("  main"))
    assert main.split() == ["main", "10", "0", "7.8", "540", "ms", "1.1", "s", "78", "%", "2", "%"]
    p1 = next(line for line in lines if line.startswith("  P1"))
    assert p1.split() == ["P1", "40", "5/s", "26", "%", "0", "%", "74", "%", "0", "%"]


@pytest.mark.parametrize("width", [56, 60, 80, 120])
@pytest.mark.parametrize(
    "name",
    ["x" * 200, "名" * 100, "\x1b[31m" * 40, "e\u0301" * 50],
    ids=["long", "wide", "hostile", "combining"],
)
def test_no_line_is_wider_than_asked(name: str, width: int) -> None:
    """Long, wide and hostile names are cut to what is left of the line."""
    run = snapshot(
        queue(name, depth=10, full=0.8),
        producer(name, name, blocked=0.7, items=10**15),
        consumer(name, name, items=10**15, failed=3),
        phase=Phase.FINISHED,
        abandoned=(name,),
        title=name,
    )
    for line in report.text(run, width).splitlines():
        assert display_width(line) <= width
        assert line.isprintable()
        assert line == line.rstrip()


def test_a_long_title_does_not_hide_how_the_run_ended() -> None:
    """That comes in a line of its own then."""
    run = finished()._replace(title="One producer, one queue, one consumer", at=4.9)
    assert report.text(run, 56).splitlines()[:2] == [
        "One producer, one queue, one consumer",
        "finished after 4.9 s · threads",
    ]
    assert " · finished after 4.9 s · threads" in report.text(run, 80).splitlines()[0]


def test_large_numbers_do_not_cut_the_totals() -> None:
    """What does not fit in one line goes into two."""
    run = finished()._replace(
        totals=Totals(produced=123_456, consumed=123_456),
        sojourn_time=Spread(1, 99.9e-6, 0.0, 10.5e-6, 1.0),
    )
    lines = report.text(run._replace(at=0.21), 60).splitlines()
    assert "sojourn mean 100 µs   p99 10 µs" in lines


def test_columns_are_aligned() -> None:
    """The cells of a column end at the same place in every row, wide names or not."""
    run = snapshot(queue("名前"), queue("a"), producer(), consumer(), phase=Phase.FINISHED)
    lines = report.text(run).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("Queues"))
    assert len({display_width(line) for line in lines[start : start + 3]}) == 1


def test_thousand_workers_are_cut_short_in_the_text_alone() -> None:
    """The text stays readable; the document lists every worker."""
    workers = [consumer(f"C{i}") for i in range(1000)]
    run = snapshot(queue(), producer(), *workers, phase=Phase.FINISHED)
    assert "… and 900 more" in report.text(run)
    listed = report.document(run, 0)["workers"]
    assert isinstance(listed, list)
    assert len(listed) == 1001


def test_what_went_wrong_quietly_is_in_the_warnings() -> None:
    """Skipped failures, dropped and discarded items and abandoned workers, each in a line."""
    run = snapshot(
        queue()._replace(discarded_total=4),
        producer(),
        consumer(failed=2),
        phase=Phase.FINISHED,
        abandoned=("C1",),
    )
    assert report.warnings(run) == [
        "C1 failed on 2 items, skipped",
        "4 items discarded: their last reader was gone (main)",
        "C1 was abandoned: it never came back from its source or sink",
    ]
    assert "⚠ C1 failed on 2 items, skipped" in report.text(run)


def test_discarded_items_have_their_reason() -> None:
    """An abort and a failure have other reasons than a reader that had enough."""
    main = queue()._replace(discarded_total=1)
    aborted = snapshot(main, producer(), consumer(), phase=Phase.ABORTED)
    assert report.warnings(aborted) == ["1 item discarded: the run was aborted (main)"]
    failed = aborted._replace(phase=Phase.FAILED, failure=Failure("C1", 1, "E"))
    assert report.warnings(failed) == ["1 item discarded: the run failed (main)"]


def test_totals_that_do_not_add_up_are_not_hidden() -> None:
    """The report never claims what the numbers do not show."""
    run = finished()._replace(totals=Totals(produced=41, consumed=40))
    assert "Not every item is accounted for: 41 produced != 40 consumed." in report.text(run)
    assert report.document(run, 0)["balanced"] is False
    assert "bug in pcsim" in report.warnings(run)[-1]


def test_document_is_plain_json_with_finite_numbers() -> None:
    """It can be written and read back unchanged in every phase, at time zero too."""
    for phase in Phase:
        with case(phase):
            for at in (0.0, 10.0):
                run = snapshot(queue(), producer(), consumer(), phase=phase, at=at)
                document = report.document(run, 0)
                assert json.loads(json.dumps(document, allow_nan=False)) == document
                assert all(math.isfinite(number) for number in numbers(document))


def test_document_keys_are_kept() -> None:
    """Programs rely on these; more may come, none may go while the schema's version stays."""
    document = report.document(finished(), 0)
    assert document["schema_version"] == 1
    assert set(document) >= {
        "abandoned",
        "advice",
        "balanced",
        "bottleneck",
        "duration",
        "engine",
        "exit_status",
        "failure",
        "pcsim_version",
        "phase",
        "queues",
        "sentence",
        "sojourn_time",
        "throughput",
        "title",
        "totals",
        "warnings",
        "workers",
    }


def test_statistics_have_the_documented_keys() -> None:
    """What Python gets agrees with the text, and leaves out what is not known."""
    run = finished()
    made = statistics(run)
    assert made["total_produced"] == made["total_consumed"] == 40
    assert made["total_queue_remaining"] == 0
    assert made["duration"] == 10.0
    queues, producers, consumers = (made[key] for key in ("queue_stats", "producers", "consumers"))
    assert isinstance(queues, dict)
    assert isinstance(producers, list)
    assert isinstance(consumers, list)
    assert queues["main"]["waiting_time"]["mean"] == 0.54
    assert producers[0]["name"] == "P1"
    assert producers[0]["items_produced"] == producers[0]["source_size"] == 40
    assert consumers[0]["items_consumed"] == 40
    endless = run._replace(workers=(producer()._replace(source_size=None), consumer()))
    entries = statistics(endless)["producers"]
    assert isinstance(entries, list)
    assert "source_size" not in entries[0]


def test_the_last_seconds_are_beside_the_run() -> None:
    """In the document and in the statistics, with the same names."""
    engine = VirtualEngine(demos.find("back-pressure"))
    engine.observer.marks.length = 2.0
    engine.start()
    engine.advance(5.0)
    run = engine.snapshot()
    whole = report.document(run, 0)
    recent = whole["recent"]
    assert isinstance(recent, dict)
    assert (recent["begins_at"], recent["duration"]) == (3.0, 2.0)
    assert set(recent) < set(whole)
    assert recent["throughput"] == run.recent.throughput
    of_python = statistics(run)["recent"]
    assert isinstance(of_python, dict)
    assert of_python["total_consumed"] == run.recent.totals.consumed
    assert of_python["queue_stats"]["main"] == recent["queues"][0]
