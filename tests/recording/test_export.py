"""Exports: other programs read them, and what they read is what was recorded."""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pcsim.distributions import Exponential
from pcsim.recording.container import RecordingError
from pcsim.recording.export import Format, column_type, export
from pcsim.recording.reader import Reader
from pcsim.recording.tables import TABLES, columns, moments
from pcsim.recording.trace import PROCESS
from pcsim.scenario import Overflow
from tests.recording.perfetto import IDLE, Trace
from tests.recording.runs import record
from tests.support.small_scenarios import one_queue


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A run with waits and losses, of 60 seconds."""
    path = tmp_path_factory.mktemp("export") / "x.rec"
    times = Exponential(0.5), Exponential(0.6)
    scenario = one_queue(*times, capacity=3, overflow=Overflow.DROP_NEW, until=60.0, producers=2)
    record(path, scenario, step=0.5)
    reader = Reader(path)
    yield reader
    reader.close()


def test_tables_have_a_header_and_a_row_for_each_change(reader: Reader, tmp_path: Path) -> None:
    """The last row of each has the totals of the run."""
    paths = export(reader, Format.CSV, tmp_path / "x")
    assert [path.name for path in paths] == [f"x-{table}.csv" for table in TABLES]
    ending = reader.ending()
    tables = {}
    for path, table in zip(paths, TABLES, strict=True):
        with path.open(newline="") as file:
            found = list(csv.DictReader(file))
        assert list(found[0]) == columns(table)
        tables[table] = found
        times = [float(row["at"]) for row in found]
        assert times == sorted(times)
    assert int(tables["totals"][-1]["consumed"]) == ending.totals.consumed
    assert int(tables["queues"][-1]["got_total"]) == ending.queues[0].got_total
    assert len(tables["events"]) == len(reader.notes.events(1e9, 100_000))
    assert {row["name"] for row in tables["workers"]} == {row.name for row in ending.workers}


def test_lines_of_json_have_a_record_each(reader: Reader, tmp_path: Path) -> None:
    """What it is of, marks, then every row of every table."""
    (path,) = export(reader, Format.JSONL, tmp_path / "x")
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert records[0]["type"] == "about"
    kinds = {one["type"] for one in records}
    assert kinds == {"about", "mark", "totals", "queue", "worker", "event"}


def trace_of(reader: Reader, folder: Path) -> list[dict[str, Any]]:
    (path,) = export(reader, Format.PERFETTO, folder / "x")
    events = json.loads(path.read_text())["traceEvents"]
    assert isinstance(events, list)
    return events


def test_a_trace_keeps_to_the_format_of_trace_events(reader: Reader, tmp_path: Path) -> None:
    """Each kind of event has the keys that the format asks for, with whole microseconds."""
    needed = {"X": {"ts", "dur", "tid"}, "C": {"ts", "args"}, "i": {"ts", "s"}, "M": {"args"}}
    found = set()
    for event in trace_of(reader, tmp_path):
        found.add(event["ph"])
        assert {"name", "pid"} | needed[event["ph"]] <= event.keys()
        assert all(type(event[key]) is int for key in ("ts", "dur") if key in event)
        assert event.get("dur", 1) > 0
    assert found == set(needed)


def test_the_slices_of_a_worker_follow_one_another(reader: Reader, tmp_path: Path) -> None:
    """They never overlap, and blocked ones last as long as the worker was blocked."""
    slices: dict[int, list[dict[str, Any]]] = defaultdict(list)
    names = {}
    for event in trace_of(reader, tmp_path):
        if event["ph"] == "X":
            slices[event["tid"]].append(event)
        elif event["name"] == "thread_name":
            names[event["tid"]] = event["args"]["name"]
    rows = {row.name: row for row in reader.ending().workers}
    assert set(names.values()) == set(rows)
    for number, found in slices.items():
        for one, following in pairwise(found):
            assert one["ts"] + one["dur"] <= following["ts"]
        row = rows[names[number]]
        empty = sum(one["dur"] for one in found if one["name"] == "blocked: q empty") / 1e6
        assert empty == pytest.approx(row.spent(60.0).blocked_empty, abs=0.6)


def test_perfetto_reads_all_of_a_trace(reader: Reader, tmp_path: Path) -> None:
    """By the rules of its importer: nothing is refused, each worker has a track of its own with
    its name, slices nest, and counters are the depths that were recorded."""
    (path,) = export(reader, Format.PERFETTO, tmp_path / "x")
    trace = Trace(path.read_text())
    assert trace.failures == 0
    workers = {row.name for row in reader.ending().workers}
    assert set(trace.threads.values()) == workers
    assert len(trace.threads) == len(workers)
    assert trace.processes == {PROCESS: reader.about.title}
    assert trace.seen_threads == {PROCESS, *trace.threads}
    assert IDLE not in trace.seen_threads
    for thread in trace.threads:
        slices = trace.slices(thread)
        assert sum(one.lasts for one in slices if not one.depth) <= 60 * 10**9
        assert sum(one.lasts for one in slices if not one.depth) > 55 * 10**9
        assert {one.name for one in slices if one.lasts} <= {
            "running", "blocked: q full", "blocked: q empty", "paused"
        }  # fmt: skip
        assert all(one.depth <= 1 for one in slices)
    depths: list[tuple[int, float]] = []
    for moment in moments(reader):
        (row,) = moment.queues
        if not depths or depths[-1][1] != row.depth:
            depths.append((round(moment.at * 1e6) * 1000, row.depth))
    assert trace.counters == {"q depth": depths}
    dropped = reader.ending().totals.dropped
    marked = [*trace.moments, *(one for thread in trace.threads for one in trace.slices(thread))]
    assert dropped > 0
    assert sum(one[-1] == "dropped" for one in marked) == dropped


def test_a_file_that_is_there_is_not_written_over(reader: Reader, tmp_path: Path) -> None:
    """And what was written before it is taken away again."""
    (tmp_path / "x-queues.csv").write_text("mine")
    with pytest.raises(RecordingError, match=r"x-queues\.csv: is there already"):
        export(reader, Format.CSV, tmp_path / "x")
    assert [path.name for path in tmp_path.iterdir()] == ["x-queues.csv"]
    with pytest.raises(RecordingError, match="No such file or directory"):
        export(reader, Format.JSONL, tmp_path / "none" / "x")


def test_parquet_without_pyarrow_is_refused_in_one_line(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line names what to install, and no file is left."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(RecordingError, match=r"pip install 'pcsim\[parquet\]'"):
        export(reader, Format.PARQUET, tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def test_parquet_has_what_csv_has(reader: Reader, tmp_path: Path) -> None:
    """Read again by pyarrow, where that is installed."""
    arrow = pytest.importorskip("pyarrow.parquet")
    for path, table in zip(export(reader, Format.PARQUET, tmp_path / "x"), TABLES, strict=True):
        found = arrow.read_table(path)
        assert found.column_names == columns(table)
        assert found.num_rows > 0


def test_every_column_has_a_type() -> None:
    """Numbers stay numbers, in every table."""
    types = {table: [column_type(table, name) for name in columns(table)] for table in TABLES}
    assert types["totals"][:4] == [float, str, bool, int]
    assert column_type("queues", "capacity") is int
    assert column_type("queues", "waiting_time_count") is int
    assert column_type("queues", "oldest_queued_at") is float
    assert column_type("workers", "state") is str
    assert column_type("workers", "is_timed") is bool
    assert column_type("events", "seconds") is float
    assert column_type("events", "kind") is str
