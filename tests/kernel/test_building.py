"""How a clone builds the kernel: with a compiler that is there, and not before it is worth it."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pcsim import simulate
from pcsim.distributions import Exponential
from pcsim.kernel import building, choice
from pcsim.kernel.choice import KNOWN
from pcsim.kernel.finding import find
from pcsim.kernel.leaving import NotBuiltError, UnusableError
from tests.kernel.conftest import agrees
from tests.support.small_scenarios import one_queue

SHOP = one_queue(Exponential(1.0), Exponential(0.5), items=200)

SHELL = pytest.mark.skipif(
    sys.platform == "win32", reason="needs a shell script, or modes of files"
)


def compiler(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this be the only C compiler."""
    folder.mkdir()
    path = folder / "cc"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(building, "find_spec", lambda _: None)


def test_a_short_run_does_not_build_it(empty: Path) -> None:
    """It would take longer than the run."""
    result = simulate(SHOP)
    assert (result.ran.kernel, result.ran.because) == ("python", "it is not built yet")
    assert not empty.exists()
    with pytest.raises(NotBuiltError):
        find(agrees, may_build=False)


@SHELL
def test_what_keeps_it_from_being_built_is_no_problem_yet(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is said of it where Python is as good."""
    empty.mkdir(parents=True)
    empty.chmod(0o777)
    assert "others may write" in simulate(SHOP).ran.because
    assert KNOWN.problem == ""
    monkeypatch.setattr(choice, "WORTH_BUILDING", 0)
    assert simulate(SHOP).ran.because == KNOWN.problem != ""


def test_many_short_runs_build_it(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once what they do in all is worth it."""
    monkeypatch.setattr(choice, "WORTH_BUILDING", 500)
    assert [simulate(SHOP).ran.kernel for _ in range(3)] == ["python", "python", "compiled"]


@SHELL
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
    assert [path.name for path in empty.iterdir()] == ["lock"]


@SHELL
def test_where_one_fails_the_next_is_asked(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as ziglang, which somebody has installed because that of the system does not work."""
    compiler(tmp_path / "bin", "exit 1", monkeypatch)
    monkeypatch.setattr(building, "find_spec", lambda name: name)
    script = "from pathlib import Path; Path(__file__).with_name('asked').write_text('')"
    (tmp_path / "ziglang.py").write_text(script)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(UnusableError, match=r"cc cannot build it: ?; ziglang has built nothing"):
        find(agrees, may_build=True)
    assert (tmp_path / "asked").exists()


@SHELL
def test_what_cannot_be_loaded_is_not_used(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a file that a compiler for another machine has made; it is not made twice."""
    script = f'echo asked >> {tmp_path}/asked; while [ "$1" != -o ]; do shift; done; echo x > "$2"'
    compiler(tmp_path / "bin", script, monkeypatch)
    for _ in range(2):
        with pytest.raises(UnusableError, match="cannot be loaded"):
            find(agrees, may_build=True)
    assert (tmp_path / "asked").read_text() == "asked\n"


def test_without_a_compiler_one_is_named(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra that brings one."""
    monkeypatch.setattr(building, "COMPILERS", ())
    monkeypatch.setattr(building, "find_spec", lambda _: None)
    with pytest.raises(UnusableError, match=r"pcsim\[compiled\]"):
        find(agrees, may_build=True)


def test_macos_is_not_asked_to_install_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in its place there would open a window; its tools are asked for first."""
    asked: list[object] = []

    class Answer:
        returncode = 2

    def run(command: object, **_: object) -> Answer:
        asked.append(command)
        return Answer()

    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(building, "find_spec", lambda _: None)
    monkeypatch.setattr(subprocess, "run", run)
    assert list(building.compilers()) == []
    assert asked == [["/usr/bin/xcode-select", "--print-path"]]
