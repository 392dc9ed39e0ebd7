"""Recording a run: what is in the file, what comes of it when it is cut, and that runs go on."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from pcsim.analysis.change_effect import changes_in
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.experiments.simulate import adjusted
from pcsim.launch.recorded import RecordedRuns, first_step, recorded
from pcsim.recording import recorder as module
from pcsim.recording import writer
from pcsim.recording.changes import changes_until
from pcsim.recording.container import RecordingError
from pcsim.recording.marking import MarkKind
from pcsim.recording.reader import MOST_GROUPS, Reader
from pcsim.recording.recorder import Recorder
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec, Scenario, demos
from pcsim.scenario.changes import AddWorkers, SetServiceTime
from pcsim.snapshot import Phase
from tests.recording.runs import record
from tests.support.small_scenarios import one_queue

PATIENCE = 10.0


def test_a_run_on_threads_is_recorded_to_its_end(tmp_path: Path) -> None:
    """Its end exactly, its events, its scenario, what was full first."""
    path = tmp_path / "x.rec"
    engine = ThreadsEngine(one_queue(0.0, 0.01, capacity=1, items=20))
    with recorded(engine, engine.scenario, path, pytest.fail) as (control, _):
        control.start()
        assert control.join(PATIENCE)
    reader = Reader(path)
    assert reader.about.is_complete
    assert reader.about.engine == "threads"
    assert reader.ending() == engine.snapshot()
    events = engine.events().events
    assert [event[:3] for event in reader.notes.events(1e9, 10_000)][-1][2] == events[-1].kind
    assert len(reader.notes.events(1e9, 10_000)) == len(events)
    assert {mark.kind for mark in reader.notes.marks()} == {MarkKind.FULL}
    assert "[queues" in reader.about.scenario
    assert [each.name for each in tmp_path.iterdir()] == ["x.rec"]
    reader.close()


def test_a_recording_changes_nothing_of_a_virtual_run(tmp_path: Path) -> None:
    """Looked at ten times a second or not at all, its end is the same."""
    run = record(tmp_path / "x.rec")
    alone = VirtualEngine(demos.find("3"))
    alone.start()
    alone.join()
    assert run.snapshot()._replace(version=0) == alone.snapshot()._replace(version=0)


def test_the_same_virtual_run_is_recorded_the_same(tmp_path: Path) -> None:
    """Frame by frame: nothing of the machine's clock is in it."""
    readers = []
    for name in ("one", "two"):
        record(tmp_path / name)
        readers.append(Reader(tmp_path / name))
    frames = [reader._base.execute("select data from frames").fetchall() for reader in readers]
    assert frames[0] == frames[1]
    for reader in readers:
        reader.close()


def test_what_was_written_is_there_after_the_writer_has_gone(tmp_path: Path) -> None:
    """Up to the last flush; the recording says that it is cut."""
    path = tmp_path / "x.rec"
    engine = VirtualEngine(demos.find("3"))
    recorder = Recorder(path, engine.scenario)
    recorder.follow(engine)
    engine.start()
    for tenth in range(1, 26):
        engine.advance(tenth / 10 + 0.01)
        recorder.look_and_write()
    recorder._writer.flush()
    engine.advance(3.0)
    recorder.look_and_write()
    reader = Reader(path)  # while the writer has it open, as after it was killed
    assert not reader.about.is_complete
    assert 2.0 < reader.length == recorder.at < 3.0
    assert reader.ending().totals.produced > 10
    reader.close()
    recorder.close()


def fill(recorder: Recorder) -> None:
    """Let the disk be full, as far as the recording can see."""
    base = recorder._writer.base
    (pages,) = base.execute("pragma page_count").fetchone()
    base.execute(f"pragma max_page_count = {pages}")


def test_a_run_goes_on_when_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line is reported; what was written stays, and the recording is cut there."""
    monkeypatch.setattr(module, "FRAMES_OF_A_PIECE", 1)
    path = tmp_path / "x.rec"
    problems: list[str] = []
    engine = VirtualEngine(one_queue(0.05, 0.1, until=60.0))
    with recorded(engine, engine.scenario, path, problems.append) as (control, recorder):
        control.start()
        for _ in range(30):
            engine.advance(engine.clock() + 0.1)
            recorder.look_and_write()
        recorder._writer.flush()
        fill(recorder)
        control.join()
    assert engine.phase is Phase.FINISHED
    assert problems == [f"{path} cannot be written: the disk is full"]
    assert recorder.problem == problems[0]
    reader = Reader(path)
    assert not reader.about.is_complete
    assert reader.length == pytest.approx(recorder.at)
    reader.close()


def test_a_thread_that_cannot_write_ends_and_its_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line is reported, and closing twice does nothing."""
    monkeypatch.setattr(module, "EVERY", 0.001)
    monkeypatch.setattr(module, "FLUSH_EVERY", 0.0)
    problems: list[str] = []
    engine = ThreadsEngine(one_queue(0.0, 0.005, capacity=1, items=50))
    recorder = Recorder(tmp_path / "x.rec", engine.scenario, problems.append)
    recorder._writer.base.execute("pragma query_only = on")
    recorder.begin(engine)
    engine.start()
    assert engine.join(PATIENCE)
    recorder.close()
    recorder.close()
    assert len(problems) == 1
    assert engine.phase is Phase.FINISHED


def test_a_run_that_never_began_has_no_frames(tmp_path: Path) -> None:
    """Its recording says so in one line."""
    recorder = Recorder(tmp_path / "x.rec", demos.find("3"))
    recorder.begin(VirtualEngine(demos.find("3")))
    recorder.close()
    with pytest.raises(RecordingError, match="has no frames"):
        Reader(tmp_path / "x.rec")


def test_looks_at_a_virtual_run_suit_its_length() -> None:
    """Ten a second for some minutes, fewer of a long run, more of a short one."""
    scenario = demos.find("3")
    assert first_step(adjusted(scenario, until=300.0)) == pytest.approx(0.1)
    assert first_step(adjusted(scenario, until=36_000.0)) == pytest.approx(6.0)
    assert first_step(adjusted(scenario, until=6.0)) == pytest.approx(0.01)


def test_memory_does_not_grow_with_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often one looks, a few groups of frames are held."""
    monkeypatch.setattr(writer, "MOST_FRAMES", 10)
    monkeypatch.setattr(module, "FRAMES_OF_A_PIECE", 3)
    record(tmp_path / "x.rec", one_queue(0.5, 0.6, until=60.0))
    reader = Reader(tmp_path / "x.rec")
    places = set()
    for second in range(int(reader.length)):
        reader.snapshot_at(float(second))
        places.add(reader.place_at(float(second)).group)
        assert len(reader._groups) <= MOST_GROUPS
    reader.close()
    assert len(places) > MOST_GROUPS


def test_places_follow_one_another_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the first frame to the last and back, over the borders of groups."""
    monkeypatch.setattr(writer, "MOST_FRAMES", 10)
    monkeypatch.setattr(module, "FRAMES_OF_A_PIECE", 3)
    record(tmp_path / "x.rec", step=0.01)
    reader = Reader(tmp_path / "x.rec")
    there, place = [], reader.place_at(-1.0)
    while place is not None:
        there.append(place)
        following = reader.next(place)
        if following is None:
            break
        place = following
    back = [place]
    while (before := reader.previous(back[-1])) is not None:
        back.append(before)
    assert back[::-1] == there
    assert len({each.group for each in there}) > 1
    times = [reader.time_of(each) for each in there]
    assert times == sorted(times)
    assert [reader.place_at(at) for at in times] == there
    reader.close()


def test_a_foreign_database_is_no_recording(tmp_path: Path) -> None:
    """It is neither read nor written over."""
    path = tmp_path / "x.rec"
    base = sqlite3.connect(path)
    base.execute("create table other (one)")
    base.close()
    before = path.read_bytes()
    with pytest.raises(RecordingError, match="is not a recording of pcsim"):
        Reader(path)
    with pytest.raises(RecordingError, match="is no recording: it is not written over"):
        Recorder(path)
    assert path.read_bytes() == before


def test_each_run_of_the_app_has_a_file_of_its_own(tmp_path: Path) -> None:
    """Named after the first; of a run that never began there is none, and none is written over."""
    (tmp_path / "x-2.rec").write_text("mine")
    runs = RecordedRuns(tmp_path / "x.rec")
    launch = runs.of(lambda scenario: VirtualEngine(scenario))
    scenario = demos.find("3")
    for number in range(3):
        control = launch(scenario)
        if number != 1:
            control.start()
            control.join()
    closed = runs.close()
    assert [one.path.name for one in closed] == ["x.rec", "x-4.rec"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x-2.rec", "x-4.rec", "x.rec"]
    for name in ("x.rec", "x-4.rec"):
        reader = Reader(tmp_path / name)
        assert reader.about.is_complete
        assert "[consumers" in reader.about.scenario
        reader.close()


KILLED = """
import os, signal, sys, warnings
from pathlib import Path
from pcsim import ProducerConsumerSystem
from pcsim.recording.container import RecordingError
from pcsim.recording.reader import Reader
said = []
show = warnings.showwarning
warnings.showwarning = lambda *all: (said.append(all), show(*all))
def is_written():
    try:
        reader = Reader(Path(sys.argv[1]))
    except RecordingError:
        return False
    length = reader.length
    reader.close()
    return length > 0.5
system = ProducerConsumerSystem("Killed")
system.add_queue("jobs", 5)
system.add_producer("Feeder", iter(int, 1), 0.001, "jobs")
system.add_consumer("Worker", None, 0.001, None, "jobs")
system.record(sys.argv[1])
if sys.argv[2] == "full":
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
system.start()
while not (said if sys.argv[2] == "full" else is_written()):
    os.sched_yield()
if sys.argv[2] == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
print(system.stop()["balanced"])
"""


def killed(folder: Path, how: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder / "x.rec"), how],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=Path(__file__).parent.parent.parent,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_process_that_was_killed_leaves_what_it_had_written(tmp_path: Path) -> None:
    """Readable to the last whole record: all but the last second or so."""
    status, _, _ = killed(tmp_path, "kill")
    assert status == -9
    reader = Reader(tmp_path / "x.rec")
    assert not reader.about.is_complete
    assert reader.length > 0.5
    assert reader.ending().totals.produced > 0
    reader.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of resources")
def test_where_a_file_may_not_grow_the_run_goes_on(tmp_path: Path) -> None:
    """As on a full disk: a warning in one line, a whole run, a recording that is cut."""
    status, out, err = killed(tmp_path, "full")
    assert (status, out) == (0, "True\n"), err
    assert "the run goes on" in err
    assert "Traceback" not in err
    with suppress(RecordingError):  # of a run that was not seen at all
        reader = Reader(tmp_path / "x.rec")
        assert not reader.about.is_complete
        reader.close()


def test_what_changes_did_is_measured_from_a_recording_as_in_the_run(tmp_path: Path) -> None:
    """Before and after, up to the moment that is asked for; of a run without changes nothing."""
    scenario = Scenario(
        (QueueSpec("q", 5),),
        (ProducerSpec("P", "q", interval=0.05),),
        (ConsumerSpec("C", "q", service_time=0.1),),
        end=End(time=40.0),
        changes=(AddWorkers("C", at=20.0), SetServiceTime("C", 0.4, at=30.0)),
    )
    run = record(tmp_path / "x.rec", scenario)
    of_run = changes_in(run.engine.observer.course.so_far())
    reader = Reader(tmp_path / "x.rec")
    found = changes_until(reader, reader.length)
    assert [one.event[1:] for one in found] == [one.event[1:] for one in of_run]
    for kept, made in zip(found, of_run, strict=True):
        assert kept.effect.throughput.differs
        for sides, same in zip(kept.effect, made.effect, strict=True):
            for side, known in zip(sides, same, strict=True):
                assert side is not None
                assert known is not None
                assert side.mean == pytest.approx(known.mean, rel=0.03)
    (early,) = changes_until(reader, 25.0)
    assert early.effect.throughput.differs
    assert changes_until(reader, 10.0) == ()
    reader.close()
