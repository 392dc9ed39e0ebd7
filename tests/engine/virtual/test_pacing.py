"""A virtual run at a speed: as much time as is due, and never long without a return."""

from __future__ import annotations

from itertools import count

import pytest

from pcsim.distributions import Exponential
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.engine.virtual.pacing import BUDGET, MAX_CATCH_UP, PacedRun
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec, Scenario, demos
from pcsim.snapshot import EventKind, Phase, Snapshot, Spread, Totals
from pcsim.snapshot.control import FASTEST, SLOWEST, VirtualControl
from tests.support.cases import case
from tests.support.clocks import HandClock

BACK_PRESSURE = demos.find("back-pressure")
ENDLESS = Scenario(
    title="Endless",
    queues=(QueueSpec("main", 5),),
    producers=(ProducerSpec("P", "main", interval=Exponential(0.1)),),
    consumers=(ConsumerSpec("C", ("main",), service_time=Exponential(0.09)),),
)
TIMELESS = Scenario(
    title="Nothing takes any time",
    queues=(QueueSpec("main", 5),),
    producers=(ProducerSpec("P", "main", interval=0),),
    consumers=(ConsumerSpec("C", ("main",), service_time=0),),
)
CYCLE = Scenario(
    title="A cycle that fills up",
    queues=(QueueSpec("todo", 2), QueueSpec("again", 2)),
    producers=(ProducerSpec("Feeder", "todo", interval=0.05, items=40),),
    consumers=(
        ConsumerSpec("Splitter", ("todo",), 0.02, output="again"),
        ConsumerSpec("Returner", ("again",), 0.02, output="todo"),
    ),
)


def paced(
    scenario: Scenario = ENDLESS, speed: float | None = 1.0, tick: float = 0.0
) -> tuple[PacedRun, HandClock]:
    """A run that has begun."""
    clock = HandClock(100.0, tick)
    run = PacedRun(VirtualEngine(scenario), speed, clock=clock)
    run.start()
    return run, clock


def watch(run: PacedRun, clock: HandClock, seconds: float, every: float = 0.1) -> list[Snapshot]:
    """Snapshots, taken at regular times, over this many seconds of the machine's clock."""
    seen = []
    for _ in range(round(seconds / every)):
        clock.now += every
        seen.append(run.snapshot())
    return seen


def assert_balanced(totals: Totals) -> None:
    """Every item is accounted for."""
    assert totals.produced == (
        totals.in_producers_hands
        + totals.queued
        + totals.in_workers_hands
        + totals.consumed
        + totals.dropped
        + totals.failed
        + totals.discarded
    )


def at_its_end(run: PacedRun | VirtualEngine) -> Snapshot:
    """The last snapshot, without what the snapshots before it left in it: its number, and in
    which order times were added up to a mean."""
    snapshot = run.snapshot()
    assert snapshot.phase.is_over
    return unmarked(snapshot)


def unmarked(snapshot: Snapshot) -> Snapshot:
    """The same without what depends on when somebody looked."""
    kept = snapshot.at_deadlock
    return snapshot._replace(
        version=0,
        queues=tuple(q._replace(waiting_time=rounded(q.waiting_time)) for q in snapshot.queues),
        sojourn_time=rounded(snapshot.sojourn_time),
        at_deadlock=None if kept is None else unmarked(kept),
    )


def rounded(spread: Spread) -> Spread:
    """The same, its mean without its last digits."""
    return spread._replace(mean=round(spread.mean, 9))


def to_the_end(scenario: Scenario) -> Snapshot:
    """The last snapshot of that run when it is driven in one go."""
    engine = VirtualEngine(scenario)
    engine.start()
    assert engine.join(30)
    return at_its_end(engine)


def test_only_a_paced_run_controls_virtual_time() -> None:
    """Neither a virtual engine by itself nor a run on threads has a speed."""
    assert isinstance(PacedRun(VirtualEngine(ENDLESS)), VirtualControl)
    assert not isinstance(VirtualEngine(ENDLESS), VirtualControl)
    assert not isinstance(ThreadsEngine(ENDLESS), VirtualControl)


def test_time_passes_at_the_speed_that_is_set() -> None:
    """As many seconds of virtual time for each second of the clock, from slowest to fastest."""
    for speed in (SLOWEST, 0.5, 1, 10, FASTEST):
        with case(speed):
            run, clock = paced(speed=speed)
            seen = watch(run, clock, 2.0)
            assert [snapshot.at for snapshot in seen] == pytest.approx(
                [speed * (n + 1) / 10 for n in range(20)]
            )
            assert run.reached == pytest.approx(speed)
            assert not run.is_behind


def test_before_the_start_no_time_passes() -> None:
    """Virtual time begins with the start, however long that takes to come."""
    clock = HandClock(100.0)
    run = PacedRun(VirtualEngine(ENDLESS), clock=clock)
    clock.now += 5
    assert run.snapshot().at == 0
    assert not run.step()
    assert not run.is_standing
    run.start()
    assert run.snapshot().at == 0
    clock.now += 1
    assert run.snapshot().at == 1


def test_a_speed_out_of_bounds_is_refused_with_the_bounds() -> None:
    """At the beginning and later; the speed stays as it was."""
    for speed in (0, -1, 0.09, 1000.5, float("nan"), float("inf")):
        with case(speed):
            with pytest.raises(ValueError, match=r"0\.1 to 1000"):
                PacedRun(VirtualEngine(ENDLESS), speed)
            run, _ = paced()
            with pytest.raises(ValueError, match=r"0\.1 to 1000"):
                run.speed = speed
            assert run.speed == 1.0


def test_another_speed_counts_from_the_moment_it_is_set() -> None:
    """Time that has passed stays as it is."""
    run, clock = paced()
    clock.now += 2
    run.speed = 10
    clock.now += 1
    assert run.snapshot().at == pytest.approx(12)
    run.speed = 0.5
    clock.now += 1
    assert run.snapshot().at == pytest.approx(12.5)


def test_every_item_is_accounted_for_at_any_speed() -> None:
    """In every snapshot, and no count falls."""
    run, clock = paced(tick=0.0001)
    before = 0
    for speed in (0.1, 1, 7, 300, FASTEST, None, 2):
        run.speed = speed
        for snapshot in watch(run, clock, 1.0, every=0.13):
            assert_balanced(snapshot.totals)
            assert snapshot.totals.produced >= before
            assert all(0 <= queue.depth <= (queue.capacity or 0) for queue in snapshot.queues)
            before = snapshot.totals.produced
    assert before > 0


def test_a_run_is_the_same_at_any_speed_and_in_any_steps() -> None:
    """The last snapshot is that of a run in one go."""
    scenario = Scenario(
        queues=ENDLESS.queues,
        producers=(ProducerSpec("P", "main", interval=Exponential(0.1), items=50),),
        consumers=ENDLESS.consumers,
    )
    last = to_the_end(scenario)
    run, clock = paced(scenario)
    for turn in count():
        if run.snapshot().phase.is_over:
            break
        clock.now += 0.37
        run.speed = 3.1 if run.speed == 0.7 else 0.7
        if turn % 3:
            run.step()
            run.go_on()
    assert at_its_end(run) == last


def test_one_look_takes_no_longer_than_its_budget() -> None:
    """What is left to do waits for the next snapshot."""
    run, clock = paced(speed=FASTEST, tick=0.001)
    clock.now += 1
    before = clock.now
    at = run.snapshot().at
    assert run.is_behind
    assert clock.now - before <= BUDGET + 0.0031
    assert 0 < at < 1000


def test_what_cannot_be_done_in_time_is_given_up_and_reported() -> None:
    """The speed that is reached is lower, and nothing is made up for later."""
    run, clock = paced(speed=FASTEST, tick=0.004)
    watch(run, clock, 3.0)
    reached = run.reached
    assert reached is not None
    assert reached < FASTEST
    run.speed = 1
    clock.tick = 0
    at = run.snapshot().at
    clock.now += 1
    assert run.snapshot().at == pytest.approx(at + 1, abs=0.01)
    assert not run.is_behind


def test_what_was_given_up_is_not_made_up_for_at_the_same_speed() -> None:
    """As soon as the machine is quick enough, time passes at the speed that is set, not faster."""
    run, clock = paced(speed=FASTEST, tick=0.004)
    watch(run, clock, 1.0)
    assert run.is_behind
    clock.tick = 0
    at = run.engine.clock()
    clock.now += 0.1
    assert run.snapshot().at - at <= FASTEST * (0.1 + 2 * BUDGET)
    assert not run.is_behind


def test_as_fast_as_possible_uses_the_budget_up() -> None:
    """Each catch-up takes its whole budget, and not more."""
    run, clock = paced(speed=None, tick=0.001)
    run.snapshot()
    before, at = clock.now, run.engine.clock()
    assert run.catch_up()
    assert BUDGET <= clock.now - before <= BUDGET + 0.0021
    assert run.engine.clock() > at
    watch(run, clock, 1.0)
    reached = run.reached
    assert reached is not None
    assert reached > 10


def test_as_fast_as_possible_comes_to_the_end() -> None:
    """Its last snapshot is that of a run in one go."""
    run, _ = paced(BACK_PRESSURE, speed=None)
    assert at_its_end(run) == to_the_end(BACK_PRESSURE)
    assert not run.is_behind


def test_a_run_that_takes_no_time_is_left_after_the_budget() -> None:
    """Events without end at one time do not keep a snapshot from coming."""
    run, clock = paced(TIMELESS, tick=0.001)
    clock.now += 1
    snapshot = run.snapshot()
    assert snapshot.at == 0
    assert snapshot.totals.consumed > 0
    assert run.is_behind
    consumed = snapshot.totals.consumed
    run.step()
    assert run.engine.snapshot().totals.consumed > consumed


def test_while_nobody_looked_for_long_little_time_has_passed() -> None:
    """A suspended machine does not leap an hour ahead."""
    run, clock = paced()
    clock.now += 3600
    assert run.snapshot().at == pytest.approx(MAX_CATCH_UP)


def test_standing_still_no_time_passes_and_going_on_none_is_made_up() -> None:
    """Time goes on from where it stopped."""
    run, clock = paced()
    clock.now += 1.5
    run.stand_still()
    assert run.is_standing
    clock.now += 1.5
    assert run.snapshot().at == 1.5
    run.go_on()
    clock.now += 0.5
    assert run.snapshot().at == 2.0


def test_it_can_stand_before_it_starts() -> None:
    """The start is then the first of its steps."""
    clock = HandClock(100.0)
    run = PacedRun(VirtualEngine(ENDLESS), clock=clock)
    run.stand_still()
    run.start()
    clock.now += 1
    assert run.snapshot().at == 0
    assert run.step()
    assert run.snapshot().workers[1].state == "blocked"


def test_a_step_goes_to_the_next_time_at_which_something_happens() -> None:
    """Each step changes the snapshot, and time stays stopped."""
    run = PacedRun(VirtualEngine(BACK_PRESSURE), clock=HandClock(100.0))
    run.stand_still()
    run.start()
    times = []
    for _ in range(6):
        before = run.snapshot()
        assert run.step()
        after = run.snapshot()
        assert after.version != before.version
        assert_balanced(after.totals)
        times.append(round(after.at, 9))
    assert times == [0, 0.05, 0.1, 0.15, 0.2, 0.25]
    assert run.is_standing


def test_a_step_stops_time() -> None:
    """It passes again when the run goes on."""
    run, clock = paced()
    run.step()
    at = run.snapshot().at
    clock.now += 1
    assert run.snapshot().at == at
    run.go_on()
    clock.now += 1
    assert run.snapshot().at == pytest.approx(at + 1)


def test_steps_come_to_the_end() -> None:
    """One step for each time at which something happens; then there are no more."""
    run, _ = paced(BACK_PRESSURE)
    steps = 0
    while run.step():
        steps += 1
    assert at_its_end(run) == to_the_end(BACK_PRESSURE)
    assert 25 <= steps <= 100


def test_while_producing_is_paused_steps_empty_the_queues_and_then_do_nothing() -> None:
    """There are steps again when producing is resumed."""
    run, clock = paced()
    clock.now += 1
    run.pause_producing()
    while run.step():
        pass
    snapshot = run.snapshot()
    assert snapshot.totals.queued == snapshot.totals.in_workers_hands == 0
    assert snapshot.phase is Phase.RUNNING
    run.resume_producing()
    assert run.step()


def test_a_pause_as_fast_as_possible_does_not_leap_to_the_end() -> None:
    """With nothing to do, time passes as the clock does."""
    hour = Scenario(
        queues=ENDLESS.queues,
        producers=ENDLESS.producers,
        consumers=ENDLESS.consumers,
        end=End(time=3600),
    )
    run, _ = paced(hour)
    run.pause_producing()
    run.speed = None
    snapshot = run.snapshot()
    assert snapshot.phase is Phase.RUNNING
    assert snapshot.at < 60
    assert not run.is_behind
    run.resume_producing()
    assert run.snapshot().at == 3600


def test_a_step_over_the_end_ends_at_the_end() -> None:
    """The run ends at its time limit, not at the event after it."""
    short = Scenario(
        queues=ENDLESS.queues,
        producers=(ProducerSpec("P", "main", interval=0.4),),
        consumers=ENDLESS.consumers,
        end=End(time=1.0),
    )
    run, _ = paced(short)
    while run.step():
        pass
    assert run.snapshot().phase.is_over
    assert run.snapshot().at == 1.0


def test_a_control_comes_at_the_time_that_is_due() -> None:
    """Not at that of the last snapshot."""
    run, clock = paced()
    clock.now += 1.25
    run.pause_producing()
    controls = [event for event in run.events().events if event.kind is EventKind.CONTROL]
    assert controls[-1].at == 1.25


def test_an_abort_takes_no_time_even_while_time_stands_still() -> None:
    """It ends the run at the time at which it stood."""
    run, clock = paced()
    clock.now += 1
    run.stand_still()
    run.abort()
    snapshot = run.snapshot()
    assert snapshot.phase is Phase.ABORTED
    assert snapshot.at == 1
    assert_balanced(snapshot.totals)


def test_a_drain_takes_its_time_and_loses_nothing() -> None:
    """It needs the virtual time that the items need."""
    run, clock = paced(BACK_PRESSURE)
    clock.now += 1
    run.drain()
    assert run.snapshot().phase is Phase.DRAINING
    watch(run, clock, 3.0)
    snapshot = run.snapshot()
    assert snapshot.phase is Phase.FINISHED
    assert snapshot.totals.consumed == snapshot.totals.produced > 0


def test_a_deadlock_is_found_by_time_and_by_steps() -> None:
    """Both end in the same snapshot."""
    run, clock = paced(CYCLE)
    watch(run, clock, 3.0)
    assert run.snapshot().phase is Phase.FAILED
    stepped, _ = paced(CYCLE)
    while stepped.step():
        pass
    assert at_its_end(stepped) == at_its_end(run)
    assert "deadlock" in str(stepped.error)


def test_a_join_brings_the_end_at_once() -> None:
    """At any speed, and even while time stands still."""
    run, _ = paced(BACK_PRESSURE, speed=0.1)
    run.stand_still()
    assert run.join(30)
    assert at_its_end(run) == to_the_end(BACK_PRESSURE)


def test_a_queue_is_looked_at_without_time_passing() -> None:
    """Its detail agrees with the last snapshot."""
    run, clock = paced(BACK_PRESSURE)
    clock.now += 1
    depth = run.snapshot().queues[0].depth
    clock.now += 1
    assert run.queue_detail("main").depth == depth == 3
    with pytest.raises(KeyError):
        run.queue_detail("nowhere")


def test_the_real_clock_drives_it_too() -> None:
    """The machine's own clock brings the run to its end."""
    run = PacedRun(VirtualEngine(BACK_PRESSURE), FASTEST)
    run.start()
    for _ in range(2000):
        if run.snapshot().phase.is_over:
            break
    assert run.join(30)
    assert run.snapshot().totals.consumed == 25
