"""The kernel is built once for all tests, into a folder that they share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pcsim.kernel import building
from pcsim.kernel.choice import KNOWN
from pcsim.kernel.leaving import UnusableError


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a kernel. All processes of a parallel suite build it into the same place."""
    try:
        building.find_compiler()
    except UnusableError as problem:
        pytest.skip(str(problem))
    return tmp_path_factory.getbasetemp().parent / "kernel"


@pytest.fixture
def kernel(built: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The kernel may be used, where a test or its scenario asks for it."""
    monkeypatch.setenv("PCSIM_CACHE_DIR", str(built))
    monkeypatch.delenv("PCSIM_KERNEL", raising=False)
    KNOWN.forget()
    yield
    KNOWN.forget()
