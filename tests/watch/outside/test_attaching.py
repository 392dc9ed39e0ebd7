"""An agent is started in a program that runs already, where its Python has a way for that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pcsim.watch import programs
from pcsim.watch.attaching import SCRIPT, Asking, _temporary_folder, attach
from pcsim.watch.outside.reading import Outside
from pcsim.watch.outside.refusals import Refusal
from pcsim.watch.wire import WatchError
from tests.support.threads import until
from tests.watch.outside.conftest import PYTHONS, Program, Start


def minor_of(python: str) -> int:
    words = "import sys; print(sys.version_info[1])"
    done = subprocess.run([python, "-c", words], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.fixture(params=PYTHONS)
def python(request: pytest.FixtureRequest) -> str:
    """An interpreter that can be asked to run a script."""
    if minor_of(request.param) < 14:
        pytest.skip("threads can be asked to run a script from Python 3.14 on")
    return str(request.param)


@pytest.fixture(autouse=True)
def runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def left_behind(program: Program) -> list[str]:
    """What there is of pcsim in the temporary folder that the program sees."""
    files = Path(f"/proc/{program.pid}/root/tmp").glob("pcsim-*.py")
    return [path.name for path in files if path.owner() == Path(f"/proc/{program.pid}").owner()]


@pytest.mark.parametrize("who", ["main", "workers"])
def test_a_thread_that_comes_by_starts_the_agent(who: str, python: str, start: Start) -> None:
    """The main thread, or where that waits for ever one that stands in a queue or a sleep now and
    then. Nothing is printed there, and no file stays."""
    program = start("workers.py", python, who)
    before = left_behind(program)
    remote = programs.attach(program.pid)
    rows = {row.name: row for row in remote.look().queues}

    assert rows["tasks"].capacity == 5
    while not remote.look().queues[0].got_total:
        pass  # it is counted, which it is not from outside
    assert left_behind(program) == before
    remote.close()
    assert program.errors_at_end() == ""


def test_where_no_thread_comes_by_all_is_taken_back(python: str, start: Start) -> None:
    """In a deadlock nobody can run anything: later none finds a script that is gone."""
    program = start("deadlock.py", python)
    with pytest.raises(WatchError, match="no thread of process"):
        attach(program.pid, lambda: False, 0.7)

    with Outside(program.pid) as outside:
        asking = Asking(outside)
        asking._asked = dict.fromkeys(asking._threads(), 0)
        assert len(asking._asked) == 3
        assert asking._pending() == []
    assert left_behind(program) == []
    assert program.errors_at_end() == ""


def test_a_program_that_turned_it_off_is_left_alone(python: str, start: Start) -> None:
    """It says so in its memory, and can still be watched from outside."""
    program = start("deadlock.py", python, options=("-X", "disable-remote-debug"))
    with pytest.raises(Refusal, match="turned off"):
        attach(program.pid, lambda: False)
    with Outside(program.pid) as outside:
        assert outside.look().queues


@pytest.mark.parametrize("old", [one for one in PYTHONS if minor_of(one) < 14])
def test_an_older_python_is_refused_with_what_helps(old: str, start: Start) -> None:
    """Before 3.14 there is no way that is safe for the program."""
    program = start("deadlock.py", old)
    with pytest.raises(WatchError, match=r"only 3\.14 and later .*: run it with `pcsim exec`"):
        programs.attach(program.pid)
    assert left_behind(program) == []
    assert program.process.poll() is None


def test_a_link_in_the_place_of_the_temporary_folder_is_not_followed(tmp_path: Path) -> None:
    """The root of a container is its user's, who could have it lead anywhere."""
    (tmp_path / "root").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "root" / "tmp").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="directory"):
        _temporary_folder(tmp_path)

    (tmp_path / "root" / "tmp").unlink()
    (tmp_path / "root" / "tmp").mkdir()
    os.close(_temporary_folder(tmp_path))


def test_an_interrupt_in_the_script_is_for_the_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It comes again once the script is over, which leaves nothing; any other error is silent."""
    monkeypatch.delitem(sys.modules, "_pcsim_agent", raising=False)
    names: dict[str, object] = {}
    exec(SCRIPT.format(source="raise ValueError", path="<agent>"), names)  # noqa: S102
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - it comes once the script is over
        exec(SCRIPT.format(source="raise KeyboardInterrupt", path="<agent>"), names)  # noqa: S102
        until(lambda: False)
    assert "begin" not in names
    assert "_pcsim_agent" not in sys.modules
