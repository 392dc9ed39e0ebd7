"""What is said of a run that goes on is true when it is said, and does not change for nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from pcsim.analysis.counterfactual import Diagnosis, Verdict
from pcsim.analysis.diagnosis import present
from pcsim.analysis.standing import Standing
from pcsim.distributions import Exponential, Lognormal
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.experiments.changed import Changeable, Unchanged
from pcsim.experiments.live import LiveLimit, _compared
from pcsim.launch.runs import diagnosis_of_control
from pcsim.scenario import Bursts, ConsumerSpec, End, ProducerSpec, QueueSpec, Routing, Scenario
from pcsim.scenario.changes import AddWorkers, SetServiceTime
from pcsim.scenario.demos import DEMOS
from pcsim.snapshot import Phase, Snapshot, Totals
from pcsim.theory.statistics import confidence_interval
from tests.support.at_once import AtOnce
from tests.support.small_scenarios import one_queue
from tests.support.snapshots import consumer, producer, queue, snapshot

KNOWN = AtOnce()
"""The answers of all tests here, each simulated once."""

BURSTY = Scenario(
    queues=(QueueSpec("q", 50),),
    producers=(ProducerSpec("P", "q", interval=0.05, bursts=Bursts(60, 60)),),
    consumers=(ConsumerSpec("C", "q", service_time=0.1),),
)
"""It arrives twice as fast as it is worked off, or not at all."""

AUDIT = Scenario(
    queues=(QueueSpec("in", 5), QueueSpec("work", 5), QueueSpec("audit", 5, "drop_new")),  # type: ignore[arg-type]
    producers=(ProducerSpec("P", "in", interval=Exponential(0.1)),),
    consumers=(
        ConsumerSpec("Router", "in", 0.01, output=("work", "audit"), routing=Routing.BROADCAST),
        ConsumerSpec("Worker", "work", service_time=Exponential(0.095)),
        ConsumerSpec("Auditor", "audit", service_time=0.5),
    ),
)


def looks(
    scenario: Scenario, until: float, step: float = 0.5, pace: float = 1.0
) -> Iterator[tuple[Snapshot, Standing | None]]:
    """A run and the verdict about it, every `step` seconds."""
    engine = VirtualEngine(scenario)
    engine.observer.marks.length = 10.0 * pace
    limit = LiveLimit(Changeable(engine), KNOWN)
    engine.start()
    at = step
    while at <= until:
        engine.advance(until=at)
        snapshot = engine.snapshot()
        if snapshot.phase is not Phase.RUNNING:
            return
        yield snapshot, limit.look(snapshot, pace)
        at += step
    engine.abort()
    engine.join()


def verdicts(scenario: Scenario, until: float, **how: float) -> list[Verdict]:
    """The verdicts that stood, one after the other."""
    stood: list[Verdict] = []
    for _, standing in looks(scenario, until, **how):
        if standing is not None and (not stood or stood[-1] is not standing.found.verdict):
            stood.append(standing.found.verdict)
    return stood


def test_in_bursts_the_sentence_is_right_in_both_halves() -> None:
    """While items come the worker is slow; when none come it works off the rest, then it waits."""
    made, quiet_since, loud_since = 0, 0.0, 0.0
    for run, standing in looks(BURSTY, 420):
        text = present(run, standing)
        if run.workers[0].produced_total > made:
            loud_since = run.at if run.at - quiet_since >= 3 else loud_since
            made, quiet_since = run.workers[0].produced_total, run.at
        quiet = run.at - quiet_since
        if run.at < 2:
            assert text.startswith(("Just started", "Too early"))
        elif quiet >= 3:
            wants = "C works o" if run.totals.in_system else "C waits for items"
            assert text.startswith("Nothing arrives since "), (run.at, text)
            assert wants in text, (run.at, text)
        elif not quiet and run.at - loud_since < 1:
            assert text == "Too early to say what limits the flow.", (run.at, text)
        elif not quiet:
            assert text.startswith("C is the bottleneck since "), (run.at, text)


def test_since_when_is_said_in_the_time_of_the_run() -> None:
    """The source falls silent at 1:55: a full queue has held it up for so long."""
    texts = {run.at: present(run, standing) for run, standing in looks(BURSTY, 180)}
    assert texts[60].startswith("C is the bottleneck since the start: busy 100 %; q is full 100 %")
    assert texts[140] == "Nothing arrives since 1:55; C waits for items."
    assert texts[180].startswith("C is the bottleneck since 2:55")


def test_at_a_higher_speed_bursts_are_followed_while_they_last_long_enough() -> None:
    """At eight times the speed a minute is 7.5 s."""
    texts = {run.at: present(run, standing) for run, standing in looks(BURSTY, 240, 4.0, 8.0)}
    assert texts[100].startswith("C is the bottleneck since the start")
    assert texts[156] == "Nothing arrives since 1:56; C waits for items."
    assert texts[240].startswith("C is the bottleneck since 2:5")


def test_bursts_that_are_too_short_to_be_followed_are_one_load() -> None:
    """At a hundred times the speed, nobody can follow a minute on and a minute off."""
    assert verdicts(BURSTY, 3_000, step=50.0, pace=100.0) == [Verdict.WORKERS]


@pytest.mark.parametrize("demo", DEMOS, ids=lambda demo: demo.name)
def test_no_demo_changes_its_verdict_from_second_to_second(demo: Scenario) -> None:
    """One verdict while items come, one when no more do."""
    assert len(verdicts(demo, 120)) <= 2


@pytest.mark.parametrize("seed", range(2))
def test_by_chance_alone_no_verdict_changes(seed: int) -> None:
    """Two stations that are nearly as fast, for five minutes."""
    scenario = Scenario(
        queues=(QueueSpec("a", 5), QueueSpec("b", 5)),
        producers=(ProducerSpec("P", "a", interval=Exponential(0.1)),),
        consumers=(
            ConsumerSpec("S", "a", Lognormal(0.1, 0.7), output="b"),
            ConsumerSpec("C", "b", Exponential(0.105)),
        ),
        seed=seed,
    )
    assert len(verdicts(scenario, 300, step=1.0)) == 1


def test_what_is_lost_now_is_part_of_the_sentence() -> None:
    """What share, and where; and a queue that drops holds nobody up."""
    for run, standing in looks(AUDIT, 30, step=2.0):
        text = present(run, standing)
        if run.at > 6:
            assert "of what came to audit is lost" in text, text
        assert "has to wait" not in text or "audit is full" not in text
        assert "so Router" not in text


def test_open_arrivals_that_are_dealt_with_have_load_and_wait() -> None:
    """Nobody is busy 100 %, and nobody is to produce faster."""
    scenario = one_queue(Exponential(0.1), Exponential(0.06))
    for run, standing in looks(scenario, 60, step=2.0):
        text = present(run, standing)
        if run.at > 3:
            assert text.startswith("No bottleneck since the start: C is busy "), text
            assert "items wait " in text
        assert "100 %" not in text


def test_a_source_with_an_interval_is_never_busy() -> None:
    """It waits for its interval, and the worker waits for it."""
    for run, standing in looks(one_queue(1.5, 0.3, capacity=1), 60, step=2.0):
        text = present(run, standing)
        assert "P " not in text
        if run.at > 10:
            assert text.startswith(
                "The sources are the limit since the start: they make 0.67/s, "
                "the workers could do 3.3/s; C waits for items"
            )


def test_a_backlog_of_before_is_worked_off_by_workers_that_keep_up() -> None:
    """One of two sources ends; the other alone is no load, but the queue is still full."""
    scenario = Scenario(
        queues=(QueueSpec("q", 1000),),
        producers=(
            ProducerSpec("slow", "q", interval=1.0),
            ProducerSpec("fast", "q", interval=0.05, items=600),
        ),
        consumers=(ConsumerSpec("C", "q", service_time=0.1),),
    )
    texts = {run.at: present(run, standing) for run, standing in looks(scenario, 100)}
    assert texts[25.0].startswith("C is the bottleneck since the start")
    assert texts[45.0].startswith("C works off what waits in q since 0:3")
    assert texts[95.0].startswith("The sources are the limit since ")


def test_workers_that_have_ended_are_no_part_of_the_present() -> None:
    """Of two, one ends after ten items; the other alone is too slow."""
    scenario = one_queue(0.06, 0.1, capacity=5)
    quick, other = (replace(scenario.consumers[0], name=name) for name in "AB")
    scenario = replace(scenario, consumers=(replace(quick, max_items=100), other))
    texts = {run.at: present(run, standing) for run, standing in looks(scenario, 60)}
    assert texts[10.0].startswith("The sources are the limit since the start")
    assert texts[60.0].startswith("B is the bottleneck since 0:1")


@pytest.mark.parametrize(
    ("service_time", "said"), [(0.05, {None, Verdict.WORKERS}), (30.0, {None})]
)
def test_code_described_without_times_is_never_said_to_fail(
    service_time: float, said: set[Verdict | None]
) -> None:
    """Its description cannot be simulated; before anything was measured, nothing is said."""
    engine = VirtualEngine(one_queue(0.0, service_time))
    limit = LiveLimit(Unchanged(one_queue(0.0, 0.0)), KNOWN)
    engine.start()
    found: list[Verdict | None] = []
    for tick in range(1, 30):
        engine.advance(until=tick / 2)
        standing = limit.look(engine.snapshot()._replace(engine="threads"), 1.0)
        found.append(None if standing is None else standing.found.verdict)
    assert found[0] is None
    assert {*found} == said
    engine.abort()
    engine.join()


def test_a_run_without_an_item_has_just_started() -> None:
    """Nothing is known of it yet."""
    run, standing = next(looks(one_queue(100.0, 1.0), 30, step=20.0))
    assert standing is None
    assert present(run, standing) == "Just started."


def test_few_items_are_not_judged() -> None:
    """Before five have come out, only once ten seconds have gone by."""
    for interval, first in ((1.0, 5.5), (3.0, 10.0)):
        stood = [seen for seen, standing in looks(one_queue(interval, 0.4), 12.0) if standing]
        assert stood[0].at == first


def test_a_run_whose_queues_fill_is_no_other_than_its_simulation() -> None:
    """What came in did not come out yet: only where as much is in the system at the end as at the
    begin, the throughputs can be compared."""
    found = Diagnosis(Verdict.WORKERS, confidence_interval([10.0]))
    for queued, verdict in ((60, Verdict.WORKERS), (0, Verdict.UNLIKE)):
        totals = Totals(produced=40 + queued, consumed=40, queued=queued)
        recent = snapshot(queue(), producer(), consumer(), totals=totals)
        assert _compared(found, recent).verdict is verdict


def test_the_verdict_follows_what_is_changed_while_it_runs() -> None:
    """With two more workers the arrivals set the pace, with a slow one the workers again."""
    engine = VirtualEngine(
        Scenario(
            queues=(QueueSpec("q", 5),),
            producers=(ProducerSpec("P", "q", interval=Exponential(0.1)),),
            consumers=(ConsumerSpec("C", "q", service_time=Exponential(0.15)),),
        )
    )
    limit = LiveLimit(Changeable(engine), KNOWN)
    engine.start()

    def settled(until: float) -> tuple[Verdict, tuple[str, ...]]:
        standing = None
        while engine.clock() < until:
            engine.advance(until=engine.clock() + 0.5)
            standing = limit.look(engine.snapshot())
        assert standing is not None
        part = standing.found.limit
        return standing.found.verdict, () if part is None else part.names

    assert settled(40.0) == (Verdict.WORKERS, ("C",))
    engine.steer(AddWorkers("C", 2))
    assert settled(90.0)[0] is Verdict.ARRIVALS
    engine.steer(SetServiceTime("C", 1.0))
    assert settled(140.0) == (Verdict.WORKERS, ("C", "C-2", "C-3"))
    final = limit.final(engine.snapshot())
    assert final.limit is not None
    assert final.limit.names == ("C", "C-2", "C-3")
    engine.abort()


def test_what_limited_a_run_on_threads_is_that_of_the_system_after_its_last_change() -> None:
    """What it did before is no part of it: as a whole it would be like no simulation."""
    scenario = Scenario(
        queues=(QueueSpec("q", 5),),
        producers=(ProducerSpec("P", "q", interval=0.002),),
        consumers=(ConsumerSpec("C", "q", service_time=0.001),),
        end=End(time=1.2),
        changes=(SetServiceTime("C", 0.01, at=0.4),),
    )
    engine = ThreadsEngine(scenario)
    engine.start()
    assert engine.join(30.0)
    found = diagnosis_of_control(engine)
    assert found is not None
    assert found.limit is not None
    assert found.limit.names == ("C",)
