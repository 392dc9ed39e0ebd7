"""Opens what is picked: `pcsim` without a command."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pcsim.cli.run_options import RunOptions
from pcsim.cli.scenario_files import UsageError
from pcsim.text import safe

if TYPE_CHECKING:
    from pcsim.tui.picker.entries import Picked


def pick_and_open() -> int:
    """Show what there is to open, and open what is picked; the exit status.

    Raises:
        ScreenError: There is no terminal.
        UsageError: It cannot be opened.
    """
    from pcsim.launch.app import check_terminal, picked

    check_terminal()
    chosen: Picked | None = None
    while True:
        chosen, fault = picked(before=chosen)
        if chosen is None:
            return fault
        if chosen.way == "edit":
            _edit(Path(chosen.entry.key))
            continue
        way_back: list[bool] = []
        status = _open(chosen, lambda: way_back.append(True))  # noqa: B023 - called within
        if not way_back:
            return status


def _open(picked: Picked, to_list: Callable[[], None]) -> int:
    from pcsim.tui.picker.entries import Section, Way

    entry = picked.entry
    engine = "virtual" if picked.way is Way.VIRTUAL else "threads"
    if entry.section is Section.PROGRAMS:
        from pcsim.cli.watching import show

        return show(int(entry.key), to_list=to_list)
    if entry.section is Section.RECORDINGS:
        from pcsim.cli.recording import replay

        return replay(entry.key, to_list=to_list)
    from pcsim.launch.app import run_app

    if entry.section is Section.LESSONS:
        from pcsim.lessons import find

        lesson = find(entry.key)
        return run_app(lesson.scenario, engine, lesson=lesson, to_list=to_list)
    from pcsim.cli.app_scenario import open_scenario

    opened, of_file = open_scenario(entry.key, RunOptions(engine))
    return run_app(opened, engine, to_list=to_list, **of_file)


def _edit(path: Path) -> None:
    command = os.environ.get("VISUAL", "").strip() or os.environ.get("EDITOR", "").strip() or "vi"
    try:
        # Whole, since a name may begin as an option does.
        words = [*shlex.split(command), os.fspath(path.absolute())]
        subprocess.run(words, check=False)  # noqa: S603 - the user's own
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        problem = f"cannot start the editor '{safe(command, 60)}': {reason}; set EDITOR"
        raise UsageError(problem) from None
