"""`system.record`: a system of one's own in a file, from its start to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from pcsim import PhaseError, ProducerConsumerSystem
from pcsim.recording import recorder as module
from pcsim.recording.container import RecordingError
from pcsim.recording.reader import Reader


def words(delay: float = 0.01) -> ProducerConsumerSystem:
    system = ProducerConsumerSystem("Words")
    system.add_queue("words", 2)
    system.add_producer("Reader", list("to be or not"), 0, "words")
    system.add_consumer("Writer", None, delay, None, "words")
    return system


def test_a_system_is_recorded_from_start_to_end(tmp_path: Path) -> None:
    """Its scenario, as it was described by then, and its end exactly."""
    system = words()
    with system.record(tmp_path / "x.rec"):
        system.add_consumer("Other", None, 0.01, None, "words")
        with system:
            pass
    reader = Reader(tmp_path / "x.rec")
    assert reader.about.is_complete
    assert "[consumers.Other]" in reader.about.scenario
    assert reader.ending() == system.snapshot()
    reader.close()


def test_what_was_steered_is_recorded(tmp_path: Path) -> None:
    """A change is an event and a mark, and the rows are changed from then on."""
    system = words(0.05)
    with system.record(tmp_path / "x.rec"):
        system.start()
        system.steer.capacity("words", 7)
        system.steer.add("Writer")
        assert system.wait_for_completion(10.0)
    reader = Reader(tmp_path / "x.rec")
    marks = [mark.name for mark in reader.notes.marks() if mark.kind == "change"]
    assert len(marks) == 2
    assert "capacity" in marks[0]
    ending = reader.ending()
    assert ending.queues[0].capacity == 7
    assert "Writer-2" in [row.name for row in ending.workers]
    reader.close()


def test_a_recording_is_begun_before_the_start_and_in_a_new_file(tmp_path: Path) -> None:
    """Else an error says why, and the run is as it was."""
    (tmp_path / "mine").write_text("mine")
    system = words()
    with pytest.raises(RecordingError, match="is not written over"):
        system.record(tmp_path / "mine")
    with system:
        pass
    with pytest.raises(PhaseError, match="record it before its start"):
        system.record(tmp_path / "x.rec")


def test_it_closes_by_itself_when_the_run_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is complete without a call."""
    monkeypatch.setattr(module, "EVERY", 0.001)
    system = words(0.0)
    recording = system.record(tmp_path / "x.rec")
    with system:
        pass
    thread = recording._recorder._thread
    assert thread is not None
    thread.join(10.0)
    reader = Reader(tmp_path / "x.rec")
    assert reader.about.is_complete
    reader.close()


def test_where_the_file_cannot_be_written_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warning says so once."""
    monkeypatch.setattr(module, "EVERY", 0.001)
    system = words(0.01)
    recording = system.record(tmp_path / "x.rec")
    recording._recorder._writer.base.execute("pragma query_only = on")
    said: list[str] = []
    monkeypatch.setattr(recording._recorder, "_on_problem", said.append)
    with system:
        pass
    recording.close()
    assert len(said) == 1
    assert system.get_statistics()["total_consumed"] == 12
