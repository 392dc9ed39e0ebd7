"""What advises about recordings in the app: by what was measured up to the moment that is shown."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from msgspec.structs import replace

from pcsim.analysis.advice import sentence
from pcsim.experiments.advising_sizes import AdvisorWithSizes
from pcsim.experiments.model_of_run import IS_OVER, MEASURED_ANEW
from pcsim.experiments.past_model import PastModel
from pcsim.launch.fits import advising_about_programs, advising_about_recordings
from pcsim.recording.program import Recorder
from pcsim.recording.reader import Reader
from pcsim.recording.replay import Replay
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec, Scenario
from pcsim.scenario.change_text import from_words
from pcsim.watch.advising import LATER, FittedModel, of_recording
from tests.recording.runs import record
from tests.support.at_once import AtOnce
from tests.support.fake_program import FakeProgram
from tests.support.recorded_crawl import crawl

SLOW = Scenario(
    (QueueSpec("orders", 5),),
    (ProducerSpec("shop", "orders", interval=0.1),),
    (ConsumerSpec("clerk", "orders", service_time=0.2),),
    end=End(time=60.0),
)


def of_run(past: Replay, scenario: Scenario) -> AdvisorWithSizes:
    """An advisor that knows all at once."""
    simulations = AtOnce()
    return AdvisorWithSizes(PastModel(past, scenario, simulations), simulations, simulations)


def test_changes_of_a_recorded_run_are_simulated_and_none_can_be_tried(tmp_path: Path) -> None:
    """As it was at the moment that is shown: by then a clerk had been added."""
    changed = replace(SLOW, changes=(from_words("add clerk", 30.0),))
    record(tmp_path / "slow.rec", changed)
    with closing(Reader(tmp_path / "slow.rec")) as reader:
        past = Replay(reader)
        past.seek(10.0)
        advisor = of_run(past, changed)
        advice = advisor.look(past.snapshot())
        assert "What helps most is one more clerk" in sentence(advice)
        assert {row.not_live for row in advice.rows} == {IS_OVER}
        assert not advice.fit
        past.seek(50.0)
        later = advisor.look(past.snapshot())
        labels = [{row.label for row in one.rows} for one in (advice, later)]
        assert ["one more clerk-2" in found for found in labels] == [False, True]


def test_times_of_a_recorded_run_on_threads_are_measured_anew_on_request(tmp_path: Path) -> None:
    """Those that it had, not those that were described."""
    record(tmp_path / "slow.rec", SLOW)
    with closing(Reader(tmp_path / "slow.rec")) as reader:
        past = Replay(reader)
        past.seek(40.0)
        quick = replace(SLOW, consumers=(replace(SLOW.consumers[0], service_time=0.01),))
        advisor = of_run(past, quick)
        seen = past.snapshot()._replace(engine="threads")
        advice = advisor.look(seen)
        assert advice.is_measured
        assert abs(advice.rows[0].values["throughput"].mean - 5.0) < 0.3
        assert advisor.verify("as it is") == MEASURED_ANEW
        assert advisor.look(seen).is_done


def test_a_recorded_program_is_fitted_up_to_the_moment_and_again_later(tmp_path: Path) -> None:
    """Where that was too little, a later moment is tried by itself."""
    file, recording = tmp_path / "crawl.rec", crawl()
    with Recorder(file) as recorder:
        recorder.add(recording.items, recording.waits)
        recorder.describe(recording.program, recording.queues, recording.threads)
    simulations = AtOnce()
    source = of_recording(simulations, file)
    advisor = AdvisorWithSizes(source, simulations, simulations)
    seen = FakeProgram(1).snapshot()
    early = advisor.look(seen._replace(at=1.0))
    assert early.why_not.endswith(LATER)
    assert advisor.look(seen._replace(at=1.5)).why_not == early.why_not
    late = advisor.look(seen._replace(at=40.0))
    assert "What helps most is one more fetcher" in sentence(late)
    assert "of it, and not the program itself" in late.fit
    assert {row.not_live for row in late.rows} == {IS_OVER}
    kept = advisor.look(seen._replace(at=60.0))
    assert kept.fit == late.fit
    assert isinstance(source, FittedModel)


def test_nothing_advises_about_what_shows_no_items(tmp_path: Path) -> None:
    """A program that is seen from outside has none; a recording always has an advisor."""
    with advising_about_programs() as advises:
        assert advises(FakeProgram(1)) is None
    record(tmp_path / "slow.rec", SLOW)
    with closing(Reader(tmp_path / "slow.rec")) as reader:
        past = Replay(reader)
        for scenario in (None, SLOW):
            with advising_about_recordings(reader.path, scenario) as of_past:
                assert of_past(past) is not None
