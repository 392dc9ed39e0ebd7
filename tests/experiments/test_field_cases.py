"""Systems from questions of people who simulate, each with the value that is right."""

from __future__ import annotations

from math import factorial
from pathlib import Path
from statistics import fmean

import pytest

from pcsim import Result, Scenario, simulate
from pcsim.analysis import report, result_report
from pcsim.analysis.steadiness import Steadiness
from pcsim.scenario.file.check import check

SHOP = """
warm_up = 2000
end = { time = 60000 }
[queues]
running = { capacity = 10 }
broken = { capacity = 10 }
[producers.purchase]
queue = "running"
interval = 0
items = 10
[consumers.machine]
queue = "running"
count = 10
service_time = { distribution = "exponential", mean = 300 }
output = "broken"
[consumers.repairman]
queue = "broken"
service_time = { distribution = "exponential", mean = 30 }
output = "running"
"""
CLIENTS = """
warm_up = 2000
end = { time = 7500 }
[queues]
thinking = { capacity = 400 }
requests = { capacity = 400 }
[producers.login]
queue = "thinking"
interval = 0
items = 400
[consumers.user]
queue = "thinking"
count = 400
service_time = { distribution = "exponential", mean = 300 }
output = "requests"
[consumers.server]
queue = "requests"
count = 60
service_time = { distribution = "exponential", mean = 30 }
output = "thinking"
"""
RETRIES = """
warm_up = 100
end = { time = 20000 }
[queues]
jobs = { capacity = 10000 }
dead = { capacity = 10000 }
[producers.src]
queue = "jobs"
interval = { distribution = "exponential", mean = 0.5 }
[consumers.worker]
queue = "jobs"
service_time = 0.3
failure_probability = 0.2
on_error = { retries = 2, dead_letter = "dead" }
[consumers.undertaker]
queue = "dead"
service_time = 0
"""
BACKOFF = """
warm_up = 100
end = { time = 20000 }
[queues]
jobs = { capacity = 10000 }
failed = { capacity = 10000 }
[producers.src]
queue = "jobs"
interval = { distribution = "exponential", mean = 1 }
[consumers.worker]
queue = "jobs"
service_time = 0.3
failure_probability = 0.3
on_error = { retries = 0, dead_letter = "failed" }
[consumers.pause]
queue = "failed"
count = 50
service_time = 5
output = "jobs"
"""
FRAMES = """
warm_up = 10
end = { time = 1000 }
[queues]
frames = { capacity = 1, overflow = "drop_old" }
[producers.camera]
queue = "frames"
interval = 0.0333333333
[consumers.detector]
queue = "frames"
service_time = 0.095
"""
WARD = """
end = { time = 72000 }
[queues]
wait = { capacity = 100000 }
[producers.patients]
queue = "wait"
interval = { distribution = "exponential", mean = 900 }
[consumers.bed]
queue = "wait"
count = 3
service_time = { distribution = "exponential", mean = 3600 }
"""
LONG_QUEUE = """
warm_up = 200
end = { time = 2000 }
[queues]
q = { capacity = 100000 }
[producers.p]
queue = "q"
interval = { distribution = "exponential", mean = 0.4 }
[consumers.c]
queue = "q"
count = 2
service_time = { distribution = "exponential", mean = 1.0 }
"""
GENERAL = """
warm_up = "auto"
end = { time = 2000 }
[queues]
q = { capacity = 1000000 }
[producers.p]
queue = "q"
interval = { distribution = "exponential", mean = 1 }
[consumers.c]
queue = "q"
count = 3
service_time = { distribution = "lognormal", mean = MEAN, cv = 1 }
"""
IMPATIENT = """
warm_up = 3600
end = { time = 360000 }
[queues]
line = { capacity = 1000 }
[producers.customers]
queue = "line"
interval = { distribution = "exponential", mean = 60 }
put_timeout = 60
[consumers.till]
queue = "line"
service_time = { distribution = "exponential", mean = 50 }
"""
SHORT_RUNS = """
end = { time = 1000 }
[queues]
q = { capacity = 100000 }
[producers.p]
queue = "q"
interval = { distribution = "exponential", mean = 1.25 }
[consumers.c]
queue = "q"
service_time = { distribution = "exponential", mean = 1.0 }
"""
LOG = """
[queues]
q = { capacity = 100 }
[producers.log]
queue = "q"
interval = { distribution = "instants", csv = "log.csv", column = "epoch" }
[consumers.s]
queue = "q"
service_time = 1
"""
ROWS = "epoch\n1714557600.0\n1714557601.0\n1714557601.0\n1714557602.5\n1714557604.0\n1714557609.0\n"


def simulated(text: str, folder: Path, replications: int = 3) -> Result:
    """The result of a scenario file."""
    (folder / "case.toml").write_text(text)
    return simulate(Scenario.load(folder / "case.toml"), replications=replications)


def busy(result: Result, name: str) -> float:
    """The mean share of time that a worker, or each of its group, was running."""
    workers = result.measured.workers
    group = [key for key in workers if key == name or key.startswith(f"{name}-")]
    return fmean(workers[key].utilization.mean for key in group)


def repair_model(machines: int, servers: int, load: float) -> tuple[float, float]:
    """The mean number of machines that are broken, and the share of time that a server is busy:
    M/M/servers//machines, with the ratio of repair time to running time."""
    weights = [1.0]
    for broken in range(1, machines + 1):
        rate = (machines - broken + 1) * load / min(broken, servers)
        weights.append(weights[-1] * rate)
    total = sum(weights)
    broken_mean = sum(number * weight for number, weight in enumerate(weights)) / total
    busy_mean = sum(min(number, servers) * weight for number, weight in enumerate(weights)) / total
    return broken_mean, busy_mean / servers


def test_the_machine_shop_is_the_machine_repair_model(tmp_path: Path) -> None:
    """10 machines, one repairman: busy 78.54 % of the time, as the closed form says."""
    broken, repairman = repair_model(10, 1, 0.1)
    terms = [factorial(10) / factorial(10 - n) * 0.1**n for n in range(11)]
    assert repairman == pytest.approx(1 - 1 / sum(terms))
    assert (broken, repairman) == pytest.approx((2.146, 0.7854), abs=5e-4)
    assert busy(simulated(SHOP, tmp_path), "repairman") == pytest.approx(repairman, abs=0.02)


def test_clients_that_think_are_the_machine_repair_model(tmp_path: Path) -> None:
    """400 clients, 60 servers: each server is busy as long as the model says."""
    _, server = repair_model(400, 60, 0.1)
    assert busy(simulated(CLIENTS, tmp_path, 1), "server") == pytest.approx(server, abs=0.02)


def test_items_of_a_closed_system_have_rounds(tmp_path: Path) -> None:
    """Each machine comes back to the repairman at the rate of the closed form, once in N / X."""
    _, repairman = repair_model(10, 1, 0.1)
    result = simulated(SHOP, tmp_path)
    cycle = result.measured.cycle
    assert cycle is not None
    assert cycle.throughput.mean == pytest.approx(repairman / 30, rel=0.03)
    assert cycle.time.mean == pytest.approx(10 * 30 / repairman, rel=0.03)
    assert cycle.time.low is not None
    assert result.littles_gap < 0.01
    shown = result_report.text(result)
    assert "A closed system: 10 items go round at 0.02" in shown
    assert "items in system 10 0 10 10" in " ".join(shown.split())
    assert "0/s " not in shown.partition("Running")[0]
    assert "Little's law is off" not in shown
    (line,) = [one for one in report.text(result.snapshot).splitlines() if "produced 10 " in one]
    assert "rounds 0.02" in line
    assert "a round takes 6:" in line


@pytest.mark.parametrize(
    ("text", "queue", "load"),
    [
        (WARD, "wait", "1.33"),
        (WARD.replace("count = 3", "count = 4"), "wait", "1"),
        (LONG_QUEUE, "q", "1.25"),
        (GENERAL.replace("MEAN", "4"), "q", "1.33"),
    ],
    ids=["ward", "ward of 4", "long queue", "lognormal"],
)
def test_a_queue_without_a_steady_state_is_named_and_has_no_interval(
    tmp_path: Path, text: str, queue: str, load: str
) -> None:
    """Before any number, in the check, of one run and of several."""
    (tmp_path / "case.toml").write_text(text)
    caution = f"queue '{queue}' is unstable (load {load}): "
    assert caution in check(tmp_path / "case.toml").warnings[0].text
    for number in (1, 3):
        result = simulated(text, tmp_path, number)
        assert result.steadiness.growing == (queue,)
        assert result.steadiness.cautions[0].startswith(caution)
        assert result.waiting_time(queue).mean.low is None
        assert result.queue(queue).mean_depth.high is None
        assert result.sojourn_time.p99.low is None
        assert result.system.mean_in_system.low is None
        assert (result.system.throughput.low is None) == (number == 1)
    lines = result_report.text(result).splitlines()
    assert lines[2].startswith(f"⚠ {caution}")
    single = simulated(text, tmp_path, 1)
    shown = report.text(single.snapshot, cautions=single.steadiness.cautions).splitlines()
    assert shown[2].startswith(f"⚠ {caution}")


def test_a_ward_with_five_beds_is_steady(tmp_path: Path) -> None:
    """A load of 0.8."""
    five = WARD.replace("count = 3", "count = 5").replace("72000", "720000")
    result = simulated(five, tmp_path)
    assert result.steadiness == Steadiness()
    assert result.waiting_time("wait").mean.low is not None


def test_a_run_that_is_far_too_short_is_named(tmp_path: Path) -> None:
    """At a load of 0.99 it takes days, not half an hour, to see the 99 items of the long run."""
    text = GENERAL.replace("MEAN", "2.97")
    result = simulated(text, tmp_path)
    (caution, *_) = result.steadiness.cautions
    assert (result.steadiness.growing, result.steadiness.unsettled) == ((), ("q",))
    assert result.system.mean_in_system.low is None
    assert result.waiting_time("q").mean.low is None
    assert result.system.throughput.low is not None
    assert caution == (
        "too short for long-run values: queue 'q' (load 0.99) forgets its beginning slowly; a run"
        " of about 3.3 days would do, this one lasts 33 minutes"
    )


def test_a_warm_up_that_cuts_half_the_run_is_reported(tmp_path: Path) -> None:
    """A queue that grows has no end of its beginning."""
    result = simulated(GENERAL.replace("MEAN", "4"), tmp_path)
    assert result.warm_up == 1000.0
    assert result.steadiness.cautions[1] == (
        "too short for MSER-5 to see where the beginning ends: 16:40, 50 % of the run, are left out"
    )


def test_customers_who_give_up_waiting_for_a_place_have_a_steady_line(tmp_path: Path) -> None:
    """A load of 0.83: nothing to warn of."""
    assert simulated(IMPATIENT, tmp_path).steadiness == Steadiness()


def test_runs_are_too_short_for_a_p99_and_say_so(tmp_path: Path) -> None:
    """Ten runs of 1,000 s at a load of 0.8 have about one independent item beyond it."""
    result = simulated(SHORT_RUNS, tmp_path, 10)
    assert result.steadiness == Steadiness()
    assert result.waiting_time("q").p90.low is not None
    assert result.waiting_time("q").p99.low is None
    assert 'Where it says "too short", the runs are too short' in " ".join(
        result_report.text(result).split()
    )
    longer = SHORT_RUNS.replace("time = 1000", "time = 9000")
    assert simulated(longer, tmp_path, 10).waiting_time("q").p99.low is not None


def test_retries_are_load(tmp_path: Path) -> None:
    """2 jobs a second, 1.24 tries of 0.3 s each; 0.8 % of the jobs die."""
    result = simulated(RETRIES, tmp_path)
    assert busy(result, "worker") == pytest.approx(0.744, abs=0.01)
    assert result.queue("dead").throughput.mean == pytest.approx(0.016, abs=0.003)


def test_a_failed_job_may_wait_aside_and_come_again(tmp_path: Path) -> None:
    """Without tries at once: 1/0.7 tries for each job in the end, the worker busy 42.86 %."""
    assert busy(simulated(BACKOFF, tmp_path), "worker") == pytest.approx(0.3 / 0.7, abs=0.01)


def test_of_the_freshest_frames_the_detector_takes_what_it_can(tmp_path: Path) -> None:
    """30 frames a second, 95 ms for each: 10.5 go through."""
    result = simulated(FRAMES, tmp_path, 1)
    assert result.system.throughput.mean == pytest.approx(1 / 0.095, rel=0.01)


def test_a_log_with_seconds_since_1970_is_played_from_its_first_request(tmp_path: Path) -> None:
    """Six requests, service of 1 s: waits of 0, 0, 1, 0.5, 0 and 0 s."""
    (tmp_path / "log.csv").write_text(ROWS)
    snapshot = simulated(LOG, tmp_path, 1).snapshot
    assert snapshot.at == 10.0
    waits = snapshot.queues[0].waiting_time
    assert (waits.count, waits.mean, waits.max) == (6, 0.25, 1.0)
