"""The kernel is built once for all tests, into a folder that they share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pcsim.kernel import building, targets
from pcsim.kernel.checking import difference
from pcsim.kernel.choice import KNOWN
from pcsim.kernel.finding import find
from pcsim.kernel.library import Library


def agrees(_: Library) -> str:
    """A check that finds nothing."""
    return ""


def the_library(folder: Path) -> Path:
    """The one library that was built for this machine into a folder of kernels."""
    suffix = targets.target_of(targets.this_machine()).suffix
    return max(folder.glob(f"kernel-*{suffix}"), key=lambda path: path.stat().st_mtime)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a kernel. All processes of a parallel suite build it into the same place."""
    if not list(building.compilers()):
        pytest.skip("there is no C compiler")
    return tmp_path_factory.getbasetemp().parent / "cache" / "kernel"


@pytest.fixture
def kernel(built: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The kernel may be used, where a test or its scenario asks for it."""
    monkeypatch.setenv("PCSIM_CACHE_DIR", str(built.parent))
    monkeypatch.delenv("PCSIM_KERNEL", raising=False)
    KNOWN.forget()
    yield
    KNOWN.forget()


@pytest.fixture
def empty(tmp_path: Path, kernel: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of kernels in a cache in which nothing is yet."""
    monkeypatch.setenv("PCSIM_CACHE_DIR", str(tmp_path / "cache"))
    KNOWN.forget()
    return tmp_path / "cache" / "kernel"


@pytest.fixture
def copied(empty: Path, built: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That folder, where to build takes no time: a copy is made of what has been built before."""
    with monkeypatch.context() as patch:
        patch.setenv("PCSIM_CACHE_DIR", str(built.parent))
        find(difference, may_build=True)

    def copy(path: Path) -> None:
        path.unlink(missing_ok=True)
        shutil.copy(the_library(built), path)

    monkeypatch.setattr(building, "build", copy)
    return empty
