"""The bench of the contract's tests: each of them runs once on each engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.bench import Bench


@pytest.fixture(params=["threads", "virtual"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Where a scenario is run."""
    bench = Bench(request.param)
    yield bench
    bench.close()


@pytest.fixture
def virtual() -> Iterator[Bench]:
    """The same, in virtual time alone."""
    bench = Bench("virtual")
    yield bench
    bench.close()
