"""Systems from questions of people who simulate, each with the value that is right."""

from __future__ import annotations

from math import factorial
from pathlib import Path
from statistics import fmean

import pytest

from pcsim import Result, Scenario, simulate

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
