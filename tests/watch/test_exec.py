"""Programs in other processes: run watched, listed, shown; and the same as they are without."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import watched
from tests.support.documents import README, block

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets")


def test_a_program_is_run_listed_and_shown(tmp_path: Path) -> None:
    """Its queues by their names, who is blocked at which, and the counts from here on."""
    with watched.executed(watched.PIPELINE, tmp_path) as process:
        listed = json.loads(watched.pcsim(tmp_path, "watch", "--json").stdout)
        (found,) = (one for one in listed if one["pid"] == process.pid)
        assert (found["queues"], found["way"]) == (2, "pcsim exec")
        page = watched.pcsim(tmp_path, "watch", str(process.pid), "--json", "--for", "10ms")
        shown = json.loads(page.stdout)
        queues = {queue["name"]: queue for queue in shown["queues"]}
        assert set(queues) == {"urls", "Store.rows"}
        assert (queues["urls"]["depth"], queues["urls"]["capacity"]) == (2, None)
        assert (queues["Store.rows"]["depth"], queues["Store.rows"]["capacity"]) == (2, 2)
        threads = {thread["name"]: thread for thread in shown["threads"]}
        fetcher = threads["Thread-2 (fetcher)"]
        assert (fetcher["blocked_on"], fetcher["blocked_reason"]) == ("Store.rows", "full")
        text = watched.pcsim(tmp_path, "watch", str(process.pid), "--once", "--for", "10ms").stdout
        assert "Store.rows full" in text
        process.communicate("\n", timeout=20)
        assert process.returncode == 0
    assert list((tmp_path / "pcsim").iterdir()) == []


SAME = """
import multiprocessing, os, sys, threading, warnings
warnings.simplefilter("error")

def child(connection):
    connection.send(("_pcsim_agent" in sys.modules, sys.path[0]))

if __name__ == "__main__":
    print(__name__, sys.argv, sys.path, __file__, threading.active_count(), sys.flags)
    print("sitecustomize" in sys.modules, __spec__, sorted(vars()))
    print(sys.stdin.read())
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=child, args=(there,))
    process.start()
    came_along, path = here.recv()
    process.join()
    print(path)
    print(came_along, file=sys.stderr)
    sys.exit(7)
"""


def test_a_watched_program_sees_what_it_sees_without(tmp_path: Path) -> None:
    """Arguments, path, modules, input, forks without a warning, and its exit status. The children
    that multiprocessing spawns are watched as well."""
    script = tmp_path / "program.py"
    script.write_text(SAME, "utf-8")
    words = [str(script), "a b", "--flag", "--", "-m"]
    runs = [
        subprocess.run(
            [sys.executable, *before, *words],
            env=watched.environment(tmp_path),
            input="input",
            capture_output=True,
            text=True,
            check=False,
        )
        for before in ((), ("-m", "pcsim", "exec"))
    ]
    bare, seen = runs
    assert seen.stdout == bare.stdout, seen.stderr
    assert (seen.returncode, bare.returncode) == (7, 7), seen.stderr
    assert (bare.stderr, seen.stderr) == ("False\n", "True\n")


def test_any_command_is_run(tmp_path: Path) -> None:
    """Through a shell, with a `sitecustomize` of the program's own, and as a module."""
    (tmp_path / "sitecustomize.py").write_text("import builtins; builtins.own = 1", "utf-8")
    (tmp_path / "mod.py").write_text(
        "import sys; print(own, '_pcsim_agent' in sys.modules, sys.argv[1:])", "utf-8"
    )
    surroundings = watched.environment(tmp_path)
    surroundings["PYTHONPATH"] += os.pathsep + str(tmp_path)
    for words in (
        ["--", "sh", "-c", f"exec {sys.executable} {tmp_path}/mod.py a -- b"],
        ["-m", "mod", "a", "--", "b"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "pcsim", "exec", *words],
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout, done.stderr) == ("1 True ['a', '--', 'b']\n", "")


def test_signals_reach_a_watched_program(tmp_path: Path) -> None:
    """It is the process that was started, so it ends as it would."""
    # A signal just before a long sleep would not end it, in any Python.
    source = "import time\nprint('ready', flush=True)\nwhile True:\n    time.sleep(0.01)\n"
    with watched.executed(source, tmp_path) as process:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        assert process.returncode in (-signal.SIGINT, 130)
        assert errors.endswith("KeyboardInterrupt\n")


def test_what_cannot_be_watched_is_one_line(tmp_path: Path) -> None:
    """No such process, not Python, nothing to reach it by, no number."""
    with subprocess.Popen(["sleep", "60"]) as other:
        cases = [
            (["watch", "4194305"], "there is no process 4194305"),
            (["watch", str(other.pid)], "runs no Python that pcsim knows"),
            (["watch", str(os.getpid()), "--record", "a.rec"], "pcsim exec"),
            (["watch", "x"], "not a valid whole number"),
            (["watch", "--once"], "go with a process"),
            (["exec"], "what is to be run?"),
            (["exec", "--", "/none"], "cannot run '/none'"),
        ]
        for words, expected in cases:
            done = watched.pcsim(tmp_path, *words)
            assert (done.returncode, done.stdout) == (2, ""), words
            assert expected in done.stderr
            assert done.stderr.count("\n") == 1
        other.kill()


def test_the_program_of_readme_is_watched(tmp_path: Path) -> None:
    """Its queues and its groups are those that README shows."""
    source = block("etl.py", README).replace("0.02", "0.001") + "print('ready', flush=True)\n"
    with watched.executed(source, tmp_path) as process:
        page = watched.pcsim(tmp_path, "watch", str(process.pid), "--json", "--for", "300ms")
    shown = json.loads(page.stdout)
    queues = {queue["name"]: queue["capacity"] for queue in shown["queues"]}
    assert queues == {"lines": None, "rows": 20}
    threads = [thread["name"].partition(" ")[2] for thread in shown["threads"]]
    assert sorted(threads) == ["(parse)", "(parse)", "(parse)", "(read)", "(write)"]
