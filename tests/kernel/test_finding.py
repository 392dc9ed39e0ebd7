"""How the kernel is kept: once for a user, whole, for nobody else to write, and where it agrees."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from platformdirs import user_cache_path

from pcsim import simulate
from pcsim.distributions import Exponential
from pcsim.kernel import building, choice, finding, keeping, targets
from pcsim.kernel.choice import KNOWN
from pcsim.kernel.finding import find
from pcsim.kernel.leaving import UnusableError
from pcsim.kernel.library import Library
from tests.kernel.conftest import agrees, the_library
from tests.support.small_scenarios import one_queue

SHOP = one_queue(Exponential(1.0), Exponential(0.5), items=200)

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="files have no modes there")


def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found from now on was there."""
    monkeypatch.setattr(building, "compilers", lambda: iter(()))


@pytest.fixture
def shipped(copied: Path, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library that has come with pcsim, and no compiler."""
    path = tmp_path / "binaries" / targets.library_name(targets.this_machine())
    path.parent.mkdir()
    shutil.copy(the_library(built), path)
    monkeypatch.setattr(targets, "SHIPPED", path.parent)
    no_compiler(monkeypatch)
    return path


def test_it_is_built_once(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it is found without a compiler; nothing else is left in the folder."""
    find(agrees, may_build=True)
    no_compiler(monkeypatch)
    find(agrees, may_build=False)
    suffix = the_library(empty).suffix
    assert sorted(path.suffix for path in empty.iterdir()) == ["", ".checked", suffix]
    assert sys.platform == "win32" or empty.stat().st_mode & 0o777 == 0o700


def test_two_that_need_it_at_once_build_it_once(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second waits, and finds it."""
    began, go_on = threading.Event(), threading.Event()
    builds = []
    build, alone = building.build, keeping.alone
    have_come = threading.Semaphore(0)

    def counted(folder: Path) -> AbstractContextManager[None]:
        have_come.release()
        return alone(folder)

    def slow_build(path: Path) -> None:
        builds.append(path)
        began.set()
        go_on.wait()
        build(path)

    monkeypatch.setattr(building, "build", slow_build)
    monkeypatch.setattr(finding, "alone", counted)
    found: list[Library] = []

    def look() -> None:
        found.append(find(agrees, may_build=True))

    first, second = threading.Thread(target=look), threading.Thread(target=look)
    first.start()
    began.wait()
    second.start()
    for _ in range(2):  # both have found none before one is there
        have_come.acquire()
    go_on.set()
    first.join()
    second.join()
    assert (len(found), len(builds)) == (2, 1)


def test_one_that_differs_is_never_used(copied: Path) -> None:
    """Which is noted beside it, so that the next process does not ask again."""
    with pytest.raises(UnusableError, match=r"it differs \(noted in "):
        find(lambda _: "it differs", may_build=True)
    with pytest.raises(UnusableError, match="it differs"):
        find(agrees, may_build=True)


def test_one_that_ends_a_process_is_not_tried_again(copied: Path) -> None:
    """The note was written before it was compared, and is still there."""
    noted = []

    def look(_: Library) -> str:
        (note,) = copied.glob("*.checked")
        noted.append(note.read_text())
        return ""

    find(look, may_build=True)
    (note,) = copied.glob("*.checked")
    note.write_text(noted[0])
    with pytest.raises(UnusableError, match="it ended a process that compared it"):
        find(agrees, may_build=True)


def test_an_interrupt_says_nothing_about_it(copied: Path) -> None:
    """Ctrl-C while it is compared: the next process compares it."""

    def interrupted(_: Library) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find(interrupted, may_build=True)
    assert list(copied.glob("*.checked")) == []
    find(agrees, may_build=True)


def test_one_that_is_damaged_is_built_anew(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not even loaded, which could end the process."""
    find(agrees, may_build=True)
    library = the_library(copied)
    content = library.read_bytes()
    library.unlink()  # it may be in this process's memory: it is not written over
    library.write_bytes(content[:-100] + bytes(100))
    find(agrees, may_build=True)
    assert library.read_bytes() == content
    library.unlink()
    library.write_bytes(content[:1000])
    asked = []

    def cannot_build(path: Path) -> None:
        asked.append(path)
        raise UnusableError("there is no C compiler")

    monkeypatch.setattr(building, "build", cannot_build)
    with pytest.raises(UnusableError, match="no C compiler"):
        find(agrees, may_build=True)
    assert asked == [library]


def test_a_note_that_is_no_note_counts_for_nothing(copied: Path) -> None:
    """It is compared again."""
    find(agrees, may_build=True)
    (note,) = copied.glob("*.checked")
    for content in (b"", b"\xff\n", b"0000\n"):
        note.write_bytes(content)
        with pytest.raises(UnusableError, match="it differs"):
            find(lambda _: "it differs", may_build=True)


def test_a_folder_that_cannot_be_written_to_is_named(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is in its place."""
    empty.parent.mkdir()
    empty.write_text("")
    with pytest.raises(UnusableError, match="cannot be kept in"):
        find(agrees, may_build=True)


@POSIX
def test_a_folder_of_another_user_is_not_used(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in it would be loaded as code."""
    find(agrees, may_build=True)
    monkeypatch.setattr(os, "geteuid", lambda: copied.stat().st_uid + 1)
    for may_build in (False, True):
        with pytest.raises(UnusableError, match="belongs to another user"):
            find(agrees, may_build=may_build)


@POSIX
@pytest.mark.parametrize("mode", [0o770, 0o702])
def test_a_folder_that_others_may_write_to_is_not_used(copied: Path, mode: int) -> None:
    """By its group or by all."""
    find(agrees, may_build=True)
    copied.chmod(mode)
    with pytest.raises(UnusableError, match="others may write to"):
        find(agrees, may_build=True)


@pytest.mark.parametrize("named", ["/somewhere", "relative", "", None])
def test_the_folder_is_in_the_users_cache(
    named: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where every program keeps such things."""
    monkeypatch.delenv("PCSIM_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if named is not None:
        monkeypatch.setenv("XDG_CACHE_HOME", named)
    expected = user_cache_path("pcsim", appauthor=False)
    assert keeping.cache_folder() == expected / "kernel"


def test_without_a_home_it_is_said_what_to_set(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a folder called `~` is made."""
    monkeypatch.setattr(keeping, "cache_folder", lambda: Path("~/.cache/pcsim/kernel"))
    with pytest.raises(UnusableError, match="set PCSIM_CACHE_DIR"):
        find(agrees, may_build=True)


def test_other_sources_are_built_apart(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No version of pcsim takes the kernel of another."""
    before = finding.digest()
    sources = tmp_path / "source"
    shutil.copytree(targets.SOURCES, sources)
    monkeypatch.setattr(targets, "SOURCES", sources)
    assert finding.digest() == before
    (sources / "kernel.c").write_text("int other;\n")
    assert finding.digest() != before


def test_one_that_came_with_pcsim_runs_what_is_short_as_well(shipped: Path, empty: Path) -> None:
    """There is nothing to build; that it agrees is noted in the user's folder."""
    assert simulate(SHOP).ran.kernel == "compiled"
    assert sorted(path.suffix for path in empty.iterdir()) == ["", ".checked"]
    KNOWN.forget()
    find(lambda _: "it is not asked", may_build=False)


def test_one_that_came_with_pcsim_and_differs_is_not_used(shipped: Path) -> None:
    """Python goes on, and says why; nothing is built in its place."""
    with pytest.raises(UnusableError, match="it differs"):
        find(lambda _: "it differs", may_build=False)
    result = simulate(SHOP)
    assert result.ran.kernel == "python"
    assert KNOWN.problem == result.ran.because
    assert "it differs" in KNOWN.problem


def test_one_that_came_with_pcsim_needs_no_folder(shipped: Path, empty: Path) -> None:
    """Where nothing can be noted, each process compares it."""
    empty.parent.mkdir()
    empty.write_text("")
    compared = []

    def look(library: Library) -> str:
        compared.append(library)
        return ""

    for _ in range(2):
        find(look, may_build=False)
    assert len(compared) == 2
    with pytest.raises(UnusableError, match="it differs"):
        find(lambda _: "it differs", may_build=False)


def test_one_that_came_with_pcsim_and_cannot_be_loaded_is_not_used(
    shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the system lets no code run from that folder."""
    shipped.unlink()
    shipped.write_bytes(b"no code")
    monkeypatch.setattr(choice, "WORTH_BUILDING", 0)
    result = simulate(SHOP)
    assert result.ran.kernel == "python"
    assert "cannot be loaded" in result.ran.because
