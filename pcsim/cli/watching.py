"""What the command does with programs of others: list, show and record them, run them watched."""

from __future__ import annotations

import math
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from pcsim.cli.scenario_files import UsageError
from pcsim.cli.streams import note, write_result
from pcsim.snapshot.exit_status import Exit
from pcsim.text import count, plural

if TYPE_CHECKING:
    from pcsim.watch.programs import Watched

SHORTEST_LOOK = 1.0
"""Seconds for which a page looks at a program, if nothing else is asked for."""
NOTHING = (
    "no program can be watched: start one with pcsim exec SCRIPT, or let it call"
    " pcsim.watch.allow()"
)


def list_programs(*, as_json: bool) -> int:
    """Print the programs that can be watched; the exit status."""
    from pcsim.watch.programs import FROM_OUTSIDE, found_programs

    programs = list(found_programs())
    if as_json:
        from json import dumps

        write_result(dumps([one._asdict() for one in programs], indent=2) + "\n")
        return Exit.DONE
    without = [one for one in programs if one.queues == 0 and one.way == FROM_OUTSIDE]
    programs = [one for one in programs if one not in without]
    if without:
        note(f"pcsim: {plural(len(without), 'Python program')} without queues not listed\n")
    if not programs:
        note(f"pcsim: {NOTHING}\n")
        return Exit.DONE
    from pcsim.text import display_width, fit

    head = ("PID", "program", "python", "queues", "blocked", "way")
    rows = [head] + [
        (
            str(one.pid),
            one.name,
            one.python,
            "–" if one.queues is None else str(one.queues),
            "–" if one.blocked is None else str(one.blocked),
            one.way,
        )
        for one in programs
    ]
    widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [fit(cell, width) for cell, width in zip(row, widths, strict=True)]
        write_result("  ".join(cells).rstrip() + "\n")
    return Exit.DONE


def print_page(pid: int, seconds: float, *, as_json: bool, attaches: bool = False) -> int:
    """Look at a program for a while and print one page about it; the exit status.

    Args:
        pid: The number of its process.
        seconds: How long to look.
        as_json: Whether to write it as JSON.
        attaches: Whether to start an agent in it, if it has none.

    Raises:
        UsageError: It cannot be watched.
    """
    from pcsim.headless.output import Output
    from pcsim.watch import page

    remote = open_remote(pid, attaches=attaches)
    try:
        snapshot = remote.look_for(seconds)
        notes = remote.notes
    finally:
        remote.close()
    if as_json:
        from json import dumps

        write_result(dumps(page.document(snapshot, notes), indent=2) + "\n")
    else:
        write_result(page.text(snapshot, Output(sys.stdout).width, notes))
    return Exit.DONE


def show(pid: int, *, attaches: bool = False, to_list: Callable[[], None] | None = None) -> int:
    """Show a program in the app until that is left, or print a page where there is no terminal;
    the exit status.

    Args:
        pid: The number of its process.
        attaches: Whether to start an agent in it, if it has none.
        to_list: Called where the app was left for the list that it was opened from.

    Raises:
        UsageError: It cannot be watched.
    """
    from pcsim.launch.app import has_terminal, show_program

    if not has_terminal():
        return print_page(pid, SHORTEST_LOOK, as_json=False, attaches=attaches)
    from pcsim.watch.programs import attach

    with ExitStack() as after:
        remote = open_remote(pid, attaches=attaches)
        after.callback(remote.close)

        def attached() -> Watched:
            within = attach(pid)
            after.callback(within.close)
            return within

        agent = attached if remote.can_attach else None
        return show_program(remote, attach=agent, to_list=to_list)


def record(pid: int, file: str, seconds: float | None, *, attaches: bool = False) -> int:
    """Record a program into a new file; the exit status.

    Args:
        pid: The number of its process.
        file: The file.
        seconds: How long; None for until it ends, or until Ctrl-C.
        attaches: Whether to start an agent in it, if it has none.

    Raises:
        UsageError: It cannot be recorded, or the file cannot be written.
    """
    from pcsim.recording.container import RecordingError
    from pcsim.text import duration, safe
    from pcsim.watch.recorder import record_process
    from pcsim.watch.wire import WatchError

    length = math.inf if seconds is None else seconds
    try:
        done = record_process(pid, Path(file), length, attaches=attaches)
    except (WatchError, RecordingError) as problem:
        raise UsageError(str(problem)) from None
    items = plural(done.items, "item")
    name = safe(file, 100)
    note(f"{name}: {items} in {duration(done.seconds)}; next: pcsim replay {name}, or fit {name}\n")
    if done.lost:
        note(f"warning: {count(done.lost)} items and waits came too quickly to be fetched\n")
    return Exit.DONE


def open_remote(pid: int, *, attaches: bool = False) -> Watched:
    """Begin to watch a program; `attaches` starts an agent in one that has none.

    Raises:
        UsageError: It cannot be watched.
    """
    from pcsim.watch.programs import attach, watch
    from pcsim.watch.wire import WatchError

    try:
        return attach(pid) if attaches else watch(pid)
    except WatchError as problem:
        raise UsageError(str(problem)) from None


def execute(words: Sequence[str], *, is_module: bool, is_command: bool) -> int:
    """Become a program that is watched from its start. It returns only where that fails.

    Args:
        words: A script, the name of a module, or a command; and its arguments.
        is_module: Whether the first is a module.
        is_command: Whether it is a command.

    Raises:
        UsageError: There is no such command.
    """
    command, environment = watched_command(words, is_module=is_module, is_command=is_command)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    for name in ("SIGPIPE", "SIGXFSZ"):  # Python ignores them, and a new program would inherit it
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    try:
        os.execvpe(command[0], command, environment)  # noqa: S606 - that is what was asked for
    except OSError as error:
        from pcsim.text import safe

        raise UsageError(f"cannot run '{safe(command[0], 100)}': {error.strerror}") from None


def watched_command(
    words: Sequence[str], *, is_module: bool, is_command: bool
) -> tuple[list[str], dict[str, str]]:
    """The command that runs a program, and the environment in which it is watched.

    Raises:
        UsageError: pcsim lies in an archive, where no other Python can load the agent.
    """
    import pcsim.watch

    folder = Path(pcsim.watch.__file__).parent / "start"
    if not folder.is_dir():
        raise UsageError("pcsim exec needs pcsim in a folder, not in an archive")
    environment = dict(os.environ)
    old = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = os.pathsep.join([str(folder), *([old] if old else [])])
    command = list(words)
    if not is_command:
        command = [sys.executable, *(["-m"] if is_module else []), *command]
    return command, environment
