"""How the kernel is built and kept: once, whole, and only where it agrees."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pcsim import simulate
from pcsim.distributions import Exponential
from pcsim.kernel import building, choice
from pcsim.kernel.checking import difference
from pcsim.kernel.choice import KNOWN
from pcsim.kernel.leaving import UnusableError
from pcsim.kernel.library import Library
from tests.support.small_scenarios import one_queue

SHOP = one_queue(Exponential(1.0), Exponential(0.5), items=200)


def agrees(_: Library) -> str:
    """A check that finds nothing."""
    return ""


@pytest.fixture
def empty(tmp_path: Path, kernel: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache in which nothing is yet."""
    monkeypatch.setenv("PCSIM_CACHE_DIR", str(tmp_path / "cache"))
    KNOWN.forget()
    return tmp_path / "cache"


@pytest.fixture
def filled(empty: Path, built: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with a kernel that has not been checked."""
    monkeypatch.setenv("PCSIM_CACHE_DIR", str(built))
    building.find(difference, may_build=True)
    monkeypatch.setenv("PCSIM_CACHE_DIR", str(empty))
    empty.mkdir()
    for library in built.glob(f"*{building._suffix()}"):
        (empty / library.name).write_bytes(library.read_bytes())
    return empty


def compiler(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this be the only C compiler."""
    folder.mkdir()
    path = folder / "cc"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_it_is_built_once(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it is found without a compiler; nothing else is left in the folder."""
    building.find(agrees, may_build=True)
    monkeypatch.setattr(building, "COMPILERS", ())
    building.find(agrees, may_build=False)
    assert sorted(path.suffix for path in empty.iterdir()) == [".checked", building._suffix()]


def test_a_short_run_does_not_build_it(empty: Path) -> None:
    """It would take longer than the run."""
    result = simulate(SHOP)
    assert (result.ran.kernel, result.ran.because) == ("python", "it is not built yet")
    assert not empty.exists()


def test_many_short_runs_build_it(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once what they do in all is worth it."""
    monkeypatch.setattr(choice, "WORTH_BUILDING", 500)
    assert [simulate(SHOP).ran.kernel for _ in range(3)] == ["python", "python", "compiled"]


@pytest.mark.skipif(sys.platform == "win32", reason="the compiler is a shell script")
def test_a_compiler_that_fails_is_named(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first words are the reason; it is not asked again, and Python goes on."""
    script = f"echo asked >> {tmp_path}/asked; echo 'no such thing' >&2; exit 1"
    compiler(tmp_path / "bin", script, monkeypatch)
    monkeypatch.setattr(choice, "WORTH_BUILDING", 0)
    for _ in range(2):
        result = simulate(SHOP)
        assert result.ran.kernel == "python"
        assert result.ran.because.endswith("cannot build it: no such thing")
    assert (tmp_path / "asked").read_text() == "asked\n"
    assert list(empty.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="the compiler is a shell script")
def test_what_cannot_be_loaded_is_not_used(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a file that a compiler for another machine has made."""
    script = 'while [ "$1" != -o ]; do shift; done; echo nonsense > "$2"'
    compiler(tmp_path / "bin", script, monkeypatch)
    with pytest.raises(UnusableError, match="cannot be loaded"):
        building.find(agrees, may_build=True)


def test_a_kernel_that_differs_is_never_used(filled: Path) -> None:
    """Which is noted beside it, so that the next process does not ask again."""
    with pytest.raises(UnusableError, match="it differs"):
        building.find(lambda _: "it differs", may_build=True)
    with pytest.raises(UnusableError, match="it differs"):
        building.find(agrees, may_build=True)


def test_a_folder_that_cannot_be_written_to_is_named(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is in its place."""
    empty.write_text("")
    with pytest.raises(UnusableError, match="cannot be kept in"):
        building.find(agrees, may_build=True)


def test_without_a_compiler_one_is_named(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra that brings one."""
    monkeypatch.setattr(building, "COMPILERS", ())
    monkeypatch.setattr(building, "find_spec", lambda _: None)
    with pytest.raises(UnusableError, match=r"pcsim\[compiled\]"):
        building.find(agrees, may_build=True)


def test_other_sources_are_built_apart(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No version of pcsim takes the kernel of another."""
    before = building._digest()
    sources = tmp_path / "source"
    sources.mkdir()
    for file in building.SOURCES.iterdir():
        (sources / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(building, "SOURCES", sources)
    assert building._digest() == before
    (sources / "kernel.c").write_text("int other;\n")
    assert building._digest() != before
