"""Scenarios fitted to recordings: they repeat what was recorded, and predict what was not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pcsim.distributions import Empirical, Instants, mean_of
from pcsim.recording.program import Recording
from pcsim.scenario import Routing
from pcsim.watch.agent import OF_SYSTEM
from pcsim.watch.checking import self_check
from pcsim.watch.fitting import Arrivals, FitError, fit
from pcsim.watch.what_if import Limit, Question, answer, scenario_with
from tests.watch.machine import Machine, consumer, exponential, line_of_stages, producer, stage


def shop(clerks: int, capacity: int | None = None, until: float = 200.0) -> Recording:
    """Customers every 0.1 s on average, clerks of 0.25 s."""
    machine = Machine({1: capacity})
    machine.thread("shop", producer(exponential(0.1, 1), 1))
    for number in range(clerks):
        machine.thread(f"clerk-{number}", consumer(exponential(0.25, 10 + number), 1))
    return machine.run(until)


def test_threads_that_do_the_same_are_one_group() -> None:
    """Their number is the count, their services are pooled."""
    fitted = fit(shop(3))
    (clerk,) = fitted.scenario.consumers
    assert (clerk.name, clerk.count, clerk.inputs) == ("clerk", 3, ("queue 1",))
    assert mean_of(clerk.service_time) == pytest.approx(0.25, rel=0.05)


def test_arrivals_are_played_back_where_their_producer_was_free() -> None:
    """Item by item, at the very times; resampled where that is asked for."""
    recording = shop(3)
    (played,) = fit(recording).scenario.producers
    assert isinstance(played.interval, Instants)
    put_at = sorted(item.put_at for item in recording.items)
    assert played.interval.at == tuple(put_at)
    (drawn,) = fit(recording, Arrivals.RESAMPLED).scenario.producers
    assert isinstance(drawn.interval, Empirical)
    assert mean_of(drawn.interval) == pytest.approx(0.1, rel=0.05)


def test_a_producer_that_was_held_back_keeps_its_own_pace() -> None:
    """Its intervals do not include the time in which it waited for a slot."""
    fitted = fit(shop(2, capacity=4))
    (shop_,) = fitted.scenario.producers
    assert isinstance(shop_.interval, Empirical)
    assert mean_of(shop_.interval) == pytest.approx(0.1, rel=0.05)


@pytest.mark.parametrize(("clerks", "capacity"), [(3, None), (4, 2), (2, 4), (2, 1)])
def test_a_fitted_scenario_repeats_what_was_recorded(clerks: int, capacity: int | None) -> None:
    """Throughput and mean wait agree within 10 %, whether the queue is full or empty."""
    check = self_check(fit(shop(clerks, capacity)))
    assert check.agrees, check.queues


@pytest.mark.parametrize(("clerks", "more"), [(3, 1), (3, 2), (4, 1)])
def test_more_workers_are_predicted_where_nothing_is_shared(clerks: int, more: int) -> None:
    """The mean wait with more clerks is near that of the program that has them."""
    fitted = fit(shop(clerks, until=500.0))
    said = answer(fitted, self_check(fitted), Question("clerk", clerks + more))
    truth = shop(clerks + more, until=500.0)
    waits = [item.got_at - item.put_at for item in truth.items if item.got_at is not None]
    assert said.throughput == pytest.approx(len(waits) / 500, rel=0.05)
    predicted = said.result.waiting_time("queue 1").mean.mean
    assert predicted == pytest.approx(sum(waits) / len(waits), rel=0.35, abs=2e-3)
    assert said.limit is Limit.SYSTEM


def test_a_larger_queue_is_predicted() -> None:
    """What bursts need: the producer is held back less."""
    fitted = fit(shop(3, capacity=1, until=500.0))
    said = answer(fitted, self_check(fitted), Question("queue 1", 20))
    taken = sum(item.got_at is not None for item in shop(3, 20, 500.0).items)
    assert said.throughput == pytest.approx(taken / 500, rel=0.05)
    assert said.before == 1


def line(until: float = 120.0) -> Recording:
    return line_of_stages(("Thread-1 (read)", "Thread-{} (work)", "MainThread"), 0.05, until)


def test_a_line_of_stages_is_fitted() -> None:
    """Stages put what they took; threads are named by what they call."""
    fitted = fit(line())
    work, main = fitted.scenario.consumers
    assert (work.name, work.inputs, work.outputs, work.count) == (
        "work",
        ("queue 1",),
        ("queue 2",),
        2,
    )
    assert (main.name, main.inputs, main.outputs) == ("MainThread", ("queue 2",), ())
    assert self_check(fitted).agrees


def fork(*targets: int, choose: Callable[[], bool] | None = None) -> Recording:
    from tests.watch.machine import Get, Put, Sleep, Steps

    def route() -> Steps:
        while True:
            yield Get(1)
            yield Sleep(0.01)
            if choose is None:
                for target in targets:
                    yield Put(target)
            else:
                yield Put(targets[not choose()])

    machine = Machine(dict.fromkeys((1, *targets)))
    machine.thread("source", producer(exponential(0.05, 1), 1))
    machine.thread("router", route())
    for target in set(targets):
        machine.thread(f"sink {chr(64 + target)}", consumer(exponential(0.02, target), target))
    return machine.run(60.0)


def test_copies_are_not_taken_for_choices() -> None:
    """One put into each output is a broadcast, one into either a random choice with its shares."""
    (copies, *_) = fit(fork(2, 3)).scenario.consumers
    assert (copies.routing, copies.outputs) == (Routing.BROADCAST, ("queue 2", "queue 3"))
    turns = iter(range(10**6))
    (chosen, *_) = fit(fork(2, 3, choose=lambda: next(turns) % 4 > 0)).scenario.consumers
    assert chosen.routing is Routing.RANDOM
    assert chosen.weights[0] / sum(chosen.weights) == pytest.approx(0.75, abs=0.01)


def test_a_stage_that_makes_several_items_of_one_is_refused() -> None:
    """There is no such stage, and the message has the numbers."""
    with pytest.raises(
        FitError, match=r"'router' took 1178 items and put 2,356.*several items of one"
    ):
        fit(fork(2, 2))


def test_a_thread_that_puts_before_it_takes_is_two_workers() -> None:
    """A main thread hands out work and collects what came of it."""
    from tests.watch.machine import Get, Put, Steps

    def hand_out() -> Steps:
        for _ in range(200):
            yield Put(1)
        for _ in range(200):
            yield Get(2)

    machine = Machine({1: None, 2: None})
    machine.thread("MainThread", hand_out())
    for number in range(3):
        machine.thread(f"worker_{number}", stage(exponential(0.1, number), 1, 2))
    fitted = fit(machine.run(30.0))
    assert [each.name for each in fitted.scenario.producers] == ["MainThread"]
    assert [each.name for each in fitted.scenario.consumers] == ["MainThread (2)", "worker"]


def test_what_was_there_before_is_there_again() -> None:
    """Items that nobody put while it was recorded are in the queue at the start."""
    recording = shop(3)
    items = tuple(
        item._replace(put_by=None, put_at=0.0) if item.put_at < 10 else item
        for item in recording.items
    )
    fitted = fit(recording._replace(items=items))
    before = fitted.scenario.producers[-1]
    assert before.name == "there before"
    assert before.interval == Instants((0.0,) * sum(item.put_at < 10 for item in recording.items))


def test_too_little_is_refused() -> None:
    """A few items say nothing of their times."""
    with pytest.raises(FitError, match=r"'clerk' took \d+ items: too few .* record for longer"):
        fit(shop(3, until=2.0))


def test_a_system_of_pcsim_is_refused() -> None:
    """Its items are not recorded: what is left would be another system."""
    recording = shop(3)
    queues = tuple(queue._replace(kind=OF_SYSTEM) for queue in recording.queues)
    with pytest.raises(FitError, match=r"a system of pcsim, .* system\.diagnose\(\)"):
        fit(recording._replace(queues=queues))


def test_a_recording_with_holes_is_refused() -> None:
    """Where items were let go, the rest would look like longer services."""
    recording = shop(3)
    with pytest.raises(FitError, match="7 of the items and waits were let go"):
        fit(recording._replace(program=recording.program._replace(lost=7)))


def test_nothing_but_puts_is_refused() -> None:
    """A queue that nobody reads is no system."""
    machine = Machine({1: None})
    machine.thread("shop", producer(exponential(0.1, 1), 1))
    with pytest.raises(FitError, match="nothing was taken"):
        fit(machine.run(20.0))


# What all workers share.


def under_lock(workers: int, sleep: float, lock: float, until: float = 25.0) -> Recording:
    """Workers with more to do than they can, who need Python's lock for a part of it."""
    machine = Machine({1: 50})
    machine.thread("feeder", producer(lambda: 1e-4, 1))
    for number in range(workers):
        times = exponential(sleep, 20 + number) if sleep else lambda: 0.0
        machine.thread(f"worker-{number}", consumer(times, 1, lock))
    return machine.run(until)


def taken(recording: Recording) -> float:
    return sum(item.got_at is not None for item in recording.items) / recording.program.seconds


@pytest.mark.parametrize(
    ("seen", "sleep", "lock", "limit"),
    [
        (1, 0.02, 0.0, Limit.SYSTEM),
        (2, 0.02, 0.0, Limit.SYSTEM),
        (1, 0.0, 0.003, Limit.LOCK),
        (2, 0.0, 0.003, Limit.LOCK),
        (2, 0.012, 0.004, Limit.LOCK),
        (3, 0.012, 0.004, Limit.LOCK),
        (4, 0.012, 0.004, Limit.LOCK),
    ],
)
@pytest.mark.parametrize("more", [1, 2])
def test_more_workers_under_a_lock(
    seen: int, sleep: float, lock: float, limit: Limit, more: int
) -> None:
    """The throughput of one and two more is right within 5 %, and what limits it is named."""
    fitted = fit(under_lock(seen, sleep, lock))
    said = answer(fitted, self_check(fitted), Question("worker", seen + more))
    assert said.throughput == pytest.approx(taken(under_lock(seen + more, sleep, lock)), rel=0.05)
    assert said.limit is limit


def test_one_worker_does_not_show_how_several_share_the_lock() -> None:
    """Then no number is given, but what to record."""
    fitted = fit(under_lock(1, 0.012, 0.004))
    with pytest.raises(FitError, match=r"'worker' had one busy worker .* record the program"):
        answer(fitted, self_check(fitted), Question("worker", 2))


def test_the_cores_bound_what_more_workers_do() -> None:
    """A program without a lock that uses two of three cores has room for half as much again."""
    recording = under_lock(2, 0.02, 0.0)
    seconds = recording.program.seconds
    program = recording.program._replace(has_lock=False, cores=3)
    threads = tuple(
        thread._replace(cpu_time=seconds if "worker" in thread.name else 0.0)
        for thread in recording.threads
    )
    fitted = fit(recording._replace(program=program, threads=threads))
    check = self_check(fitted)
    three = answer(fitted, check, Question("worker", 3))
    six = answer(fitted, check, Question("worker", 6))
    assert six.limit is Limit.CORES
    assert six.throughput == pytest.approx(1.5 * six.recorded)
    assert three.throughput == pytest.approx(1.5 * three.recorded, rel=0.03)


@pytest.mark.parametrize("cores", [2, 3])
def test_a_program_that_waits_for_cores(cores: int) -> None:
    """Where it has them all itself, more workers do no more; where others have them, nothing is
    known of what it could do alone."""
    recording = under_lock(2, 0.02, 0.0)
    seconds = recording.program.seconds
    program = recording.program._replace(has_lock=False, cores=cores)
    threads = tuple(
        thread._replace(cpu_time=0.9 * seconds, core_wait_time=0.2 * seconds)
        if "worker" in thread.name
        else thread
        for thread in recording.threads
    )
    fitted = fit(recording._replace(program=program, threads=threads))
    check = self_check(fitted)
    if cores == 2:
        found = answer(fitted, check, Question("worker", 3))
        assert (found.throughput, found.limit) == (found.recorded, Limit.CORES)
    else:
        with pytest.raises(FitError, match=r"waited 18 % of their running time for a core"):
            answer(fitted, check, Question("worker", 3))


def test_what_does_not_repeat_answers_nothing() -> None:
    """Clerks that look for work now and then, and never wait for it, seem to be always at work."""
    fitted = fit(shop(4)._replace(waits=()))
    check = self_check(fitted)
    assert not check.agrees
    with pytest.raises(FitError, match="does not repeat what was recorded"):
        answer(fitted, check, Question("clerk", 5))


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        (Question("shop", 2), "come when they were recorded.*--arrivals resampled"),
        (Question("baker", 2), "there is no 'baker': 'shop', 'clerk' or 'queue 1'"),
        (Question("clerk", 0), "'clerk' cannot be 0"),
        (Question("queue 1", 0), "'queue 1' cannot be 0"),
    ],
)
def test_changes_that_cannot_be_made_are_refused(question: Question, problem: str) -> None:
    """The message says what would be right."""
    with pytest.raises(FitError, match=problem):
        scenario_with(fit(shop(3)), (question,))
