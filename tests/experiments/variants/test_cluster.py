"""A cluster of Dask gives the results of one process, also when a worker of it is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from pcsim import runtime
from pcsim.experiments.variants import clusters, teams, workers
from pcsim.experiments.variants.clusters import (
    ExecutorError,
    WorkerCheck,
    cluster,
    scheduler_address,
)
from pcsim.experiments.variants.preparing import Progress
from pcsim.experiments.variants.sweeping import Stop, sweep
from pcsim.experiments.variants.teams import width_of
from tests.experiments.variants.shop import SHOP
from tests.support.engines import GUARD

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")

GRID = ["orders.overflow=drop_new,fail", "clerk.count=1..3"]


@pytest.fixture(scope="module")
def local() -> Iterator[Any]:
    """Two workers, each a process of one core; one that dies is started again."""
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address=None,
        silence_logs=50,
    ) as made:
        yield made


def test_a_killed_worker_of_a_cluster_costs_its_part_only(
    local: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed while it works. What it was doing is done again; variants that fail are named,
    and all else is what one process finds, to the last bit."""
    alone = sweep(SHOP, GRID, replications=6)
    monkeypatch.setattr(workers, "LEAST_SECONDS", 1e-9)
    killed: list[int] = []
    with distributed.Client(local, set_as_default=False) as client:
        numbers: dict[str, int] = client.run(os.getpid)

        def kill(_: Progress) -> None:
            busy = [name for name, tasks in client.processing().items() if tasks]
            if busy and not killed:
                killed.append(numbers[busy[0]])
                os.kill(killed[0], signal.SIGKILL)

        executor = client.get_executor()
        assert width_of(executor) == 2
        found = sweep(SHOP, GRID, replications=6, executor=executor, on_progress=kill)
        assert killed
        assert executor.submit(len, "ab").result() == 2  # it is not shut down
    assert [row.stop for row in found.rows] == 3 * [Stop.BUDGET] + 3 * [Stop.FAILED]
    assert all("orders" in row.error for row in found.rows[3:])
    assert found.rows == alone.rows


def test_a_cluster_is_found_by_its_address(local: Any) -> None:
    """As on the command line."""
    address = local.scheduler_address.replace("tcp://", "dask://")
    with cluster(address) as executor:
        found = sweep(SHOP, GRID, replications=2, executor=executor)
    assert found.rows == sweep(SHOP, GRID, replications=2).rows


def test_what_answers_is_asked_whether_it_is_a_scheduler(local: Any) -> None:
    """A worker is none."""
    worker = next(iter(local.scheduler_info["workers"]))
    with pytest.raises(ExecutorError, match="is no scheduler"), cluster(worker):
        pass


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("dask://127.0.0.1:1", "no scheduler answers at tcp://127.0.0.1:1 within"),
        ("dask+tls://127.0.0.1:1", "tls://127.0.0.1:1 needs certificates"),
    ],
)
def test_a_scheduler_that_cannot_be_reached_is_named(
    address: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a line, after some seconds."""
    monkeypatch.setattr(clusters, "LONGEST_ANSWER", 0.1)
    with pytest.raises(ExecutorError, match=message) as raised, cluster(address):
        pass
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("word", ["ftp://head", "dask://", "dask://head:99999", "dask://a b", "x"])
def test_what_is_no_address_of_a_scheduler_is_refused(word: str) -> None:
    """With what would be one."""
    with pytest.raises(ExecutorError, match="try dask://host:8786"):
        scheduler_address(word)


@pytest.fixture
def leaving(local: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Any]]:
    """An executor, and what takes all workers away from it, which is soon noticed."""
    monkeypatch.setattr(clusters, "LONGEST_ALONE", 0.05)
    monkeypatch.setattr(teams, "WIDTH_HOLDS", 0.02)
    monkeypatch.setattr(workers, "LEAST_SECONDS", 1e-9)
    with distributed.Client(local, set_as_default=False) as client:

        def leave(*_: object) -> None:
            local.scale(0)
            while client.nthreads():
                pass

        yield client.get_executor(), leave
        local.scale(2)
        client.wait_for_workers(2, timeout=GUARD)


def test_a_cluster_whose_workers_have_gone_leaves_what_was_done(leaving: tuple[Any, Any]) -> None:
    """It is waited for others for a while; then the rows that are known are returned, with why."""
    executor, leave = leaving
    found = sweep(SHOP, GRID[1:], replications=6, executor=executor, on_progress=leave)
    whole = sweep(SHOP, GRID[1:], replications=6)
    assert found.error == "the cluster has had no worker for 50 ms"
    done = [number for number, row in enumerate(found.rows) if row.stop is not Stop.INTERRUPTED]
    assert 0 < len(done) < len(found.rows)
    assert all(found.rows[number].values == whole.rows[number].values for number in done)


def test_a_cluster_without_workers_is_named(leaving: tuple[Any, Any]) -> None:
    """Where nothing was done."""
    executor, leave = leaving
    leave()
    with pytest.raises(ExecutorError, match="has had no worker for 50 ms"):
        sweep(SHOP, GRID, replications=2, executor=executor)


def test_workers_may_come_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time without any begins anew when there was one. Dask's own configuration has the say."""
    now = [0.0]
    monkeypatch.setattr(runtime, "clock", lambda: now[0])
    check = WorkerCheck()
    for at, cores in ((0, 0), (59, 0), (59.5, 2), (70, 0), (129, 0)):
        now[0] = at
        check.note(cores)
    now[0] = 130.0
    with dask.config.set({"distributed.scheduler.no-workers-timeout": "2 minutes"}):
        check.note(0)
        now[0] = 190.0
        with pytest.raises(ExecutorError, match="no worker for 120 s"):
            check.note(0)
    with pytest.raises(ExecutorError, match="no worker for 60 s"):
        check.note(0)
