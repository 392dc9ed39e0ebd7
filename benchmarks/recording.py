"""What recording costs: throughput beside it, bytes an hour, and how soon a large file is open.

    python -m benchmarks.recording [overhead] [hour] [large]

`overhead` runs a system of 20 threads at full speed, now with a recording and now without, and
compares the items a second; the recorder's own time on a processor is beside it, which other
programs disturb little: as a share of what the run had of all processors, and of one of them.
`hour` records an hour of a virtual system of 20 workers, ten times a second. `large` writes a file
of 1 GB, and measures opening it and going through it.
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from pcsim import runtime
from pcsim.distributions import Exponential, Lognormal
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.launch.recorded import SteppedRun
from pcsim.recording.reader import Reader
from pcsim.recording.recorder import Recorder
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec, Scenario

SECONDS = 4.0
PAIRS = 7
GIGABYTE = 1 << 30


def workshop(interval: float, seconds: float) -> Scenario:
    """20 workers in four stages; times around `interval`, or none at all."""
    made: object = Exponential(interval) if interval else 0.0
    work: object = Lognormal(4 * interval, 0.7) if interval else 0.0
    return Scenario(
        title="20 workers",
        queues=tuple(QueueSpec(name, 20) for name in ("raw", "cut", "sanded", "done")),
        producers=(ProducerSpec("saw", "raw", made, count=4),),
        consumers=(
            ConsumerSpec("cutter", "raw", work, output="cut", count=4),
            ConsumerSpec("sander", "cut", work, output="sanded", count=4),
            ConsumerSpec("painter", "sanded", work, output="done", count=4),
            ConsumerSpec("packer", "done", work, count=4),
        ),
        end=End(seconds),
        seed=18,
    )


class Timed(Recorder):
    """A recorder that knows how long its thread was on a processor."""

    spent = 0.0

    def _record(self) -> None:
        super()._record()
        self.spent = runtime.thread_clock()


def throughput(folder: Path, number: int, *, is_recorded: bool) -> tuple[float, float, float]:
    """Items a second of processor time, the recorder's share of that time, and its own time for a
    second of the run."""
    engine = ThreadsEngine(workshop(0.0, SECONDS))
    recorder = Timed(folder / f"{number}.rec", engine.scenario) if is_recorded else None
    begun = time.process_time()
    if recorder is not None:
        recorder.begin(engine)
    engine.start()
    engine.join()
    spent = time.process_time() - begun
    if recorder is not None:
        recorder.close()
    own = recorder.spent if recorder is not None else 0.0
    lasted = engine.snapshot().at
    return engine.snapshot().totals.consumed / spent, own / spent, own / lasted


def overhead(folder: Path) -> None:
    """Now with, now without."""
    ratios, shares, costs = [], [], []
    for number in range(PAIRS):
        order = (True, False) if number % 2 else (False, True)
        found = {one: throughput(folder, number, is_recorded=one) for one in order}
        ratios.append(found[True][0] / found[False][0])
        shares.append(found[True][1])
        costs.append(found[True][2])
    middle = statistics.median(ratios)
    print(f"items a second of processor time, with a recording / without: {middle:.4f}", end="")
    print(f"   ({min(ratios):.3f} … {max(ratios):.3f})")
    print(f"the recorder's share of the processor time: {statistics.median(shares):.2%}", end="")
    print(f"; of one processor: {statistics.median(costs):.2%}")


def hour(folder: Path) -> None:
    """An hour of virtual time, ten looks a second."""
    engine = VirtualEngine(workshop(0.25, 3600.0))
    path = folder / "hour.rec"
    recorder = Recorder(path, engine.scenario)
    run = SteppedRun(engine, recorder, 0.1)
    begun = time.process_time()
    run.start()
    run.join()
    recorder.close()
    spent = time.process_time() - begun
    megabytes = path.stat().st_size / 1e6
    print(f"an hour of 20 workers: {megabytes:.1f} MB, {recorder.frames} frames", end="")
    print(f", {spent / recorder.frames * 1e3:.2f} ms a frame with its run")


def large(folder: Path) -> None:
    """A file of a gigabyte: the pieces of a real recording, again and again."""
    path = folder / "large.rec"
    engine = VirtualEngine(workshop(0.25, 600.0))
    recorder = Recorder(path, engine.scenario)
    run = SteppedRun(engine, recorder, 0.1)
    run.start()
    run.join()
    recorder.close()
    size = path.stat().st_size
    _multiply(path, int(1.5 * GIGABYTE) // size)
    print(f"{path.stat().st_size / 1e9:.2f} GB")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun, spent = time.perf_counter(), time.process_time()
    reader = Reader(path)
    reader.snapshot(reader.place_at(reader.begins))
    marks, course = reader.notes.marks(), reader.notes.course(400)
    print(f"open, first moment, {len(marks)} marks, {len(course)} points:", end=" ")
    print(f"{(time.perf_counter() - begun) * 1e3:.0f} ms", end="")
    print(f", {(time.process_time() - spent) * 1e3:.0f} ms of a processor")
    times = []
    for part in range(200):
        at = reader.length * ((part * 0.6180339887) % 1.0)
        begun = time.perf_counter()
        tuple(reader.snapshot_at(at).workers)
        times.append(time.perf_counter() - begun)
    times.sort()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"any moment: p50 {times[100] * 1e3:.0f} ms, p99 {times[197] * 1e3:.0f} ms", end="")
    print(f"; memory grew by {grown:.0f} MB")
    reader.close()


def _multiply(path: Path, times: int) -> None:
    """Put a recording behind itself, that many times, at later times of its run."""
    import sqlite3

    base = sqlite3.connect(path)
    (blocks, length) = base.execute("select count(*), max(ends) from blocks").fetchone()
    for number in range(1, times):
        more, later = number * blocks, number * (length + 1)
        base.execute(
            "insert into blocks select number + ?, first + ?, begins + ?, ends + ?, frames,"
            ' produced, consumed, dropped, failed, "full", names, depths from blocks'
            " where number <= ?",
            (more, more, later, later, blocks),
        )
        base.execute(
            "insert into frames select number + ?, checksum, data from frames where number <= ?",
            (more, blocks),
        )
    base.commit()
    base.close()


def main() -> None:
    """Measure what the arguments name, or all."""
    wanted = sys.argv[1:] or ["overhead", "hour", "large"]
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            {"overhead": overhead, "hour": hour, "large": large}[name](Path(folder))


if __name__ == "__main__":
    main()
