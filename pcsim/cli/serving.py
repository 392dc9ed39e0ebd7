"""What `pcsim serve` does: finds what each visitor's process runs, and serves it."""

from __future__ import annotations

import ipaddress
import secrets
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from pcsim.cli.scenario_files import UsageError, is_path
from pcsim.cli.scenarios import find, refuse_for_app
from pcsim.cli.streams import note
from pcsim.scenario.demos import NAMES
from pcsim.snapshot.exit_status import Exit
from pcsim.text import safe

if TYPE_CHECKING:
    from pcsim.serve.server import Settings

NEEDS = "pcsim serve needs aiohttp and textual-serve: pip install 'pcsim[serve]'"
NO_TERMINALS = "pcsim serve needs terminals as Unix has them"
DATABASE = b"SQLite format 3\0"


def serve(
    what: str,
    *,
    own_run: bool,
    host: str,
    port: int | None,
    names: Sequence[str],
    sessions: int,
    idle: float,
) -> int:
    """Serve until Ctrl-C comes; the exit status.

    Args:
        what: A demo, a file, a recording or the number of a process.
        own_run: Whether each visitor has a run of their own.
        host: The address to listen at.
        port: The port; None for one that is free.
        names: Names by which the server may be addressed.
        sessions: The most visitors at a time.
        idle: Seconds without a key after which a session ends.

    Raises:
        UsageError: It cannot be served.
    """
    if sys.platform == "win32":
        raise UsageError(NO_TERMINALS)
    try:
        from pcsim.serve.server import Settings, run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("aiohttp", "textual_serve"):
            raise
        raise UsageError(NEEDS) from None
    command = command_of(what, own_run=own_run)
    with ExitStack() as stack:
        shared = None
        if command.is_shared:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="pcsim-")))
            recording = str(folder / "run.rec")
            shared = _pcsim("run", *command.words[1:], "--record", recording)
            command = command._replace(words=("replay", recording, "--follow"))
        settings = Settings(
            _pcsim(*command.words),
            secrets.token_urlsafe(18),
            command.title,
            frozenset(map(str.lower, names)),
            sessions,
            idle,
            shared,
            read_only=not own_run,
        )
        return _run(run, settings, host, port or 0)


def _pcsim(*words: str) -> tuple[str, ...]:
    return ("-m", "pcsim", *words)


def _run(run: Callable[..., None], settings: Settings, host: str, port: int) -> int:
    def ready(at: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        title, token = safe(settings.title, 100), settings.token
        note(f"pcsim: {title} is at http://{shown}:{at}/{token}/\n")
        if not _is_loopback(host):
            note("pcsim: all who have this address can see it, from other machines as well\n")
        note("pcsim: Ctrl-C ends it\n")

    try:
        run(settings, host, port, ready)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"cannot listen at {safe(host, 60)}: {reason}") from None
    return Exit.DONE


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Command(NamedTuple):
    """What a visitor's process runs: the words after `pcsim`, the title of the page, and whether it
    shows a run that is the same for all."""

    words: tuple[str, ...]
    title: str
    is_shared: bool = False


def command_of(what: str, *, own_run: bool) -> Command:
    """Return what a visitor's process runs.

    Args:
        what: A demo, a file, a recording or the number of a process.
        own_run: Whether each visitor has a run of their own.

    Raises:
        UsageError: There is no such thing, or it cannot be run.
    """
    if what.isascii() and what.isdigit() and int(what) > len(NAMES):
        if own_run:
            raise UsageError("--own-run goes with a scenario: a program runs once")
        return Command(("watch", what), f"process {what}")
    path = Path(what)
    if (is_path(what) or path.exists()) and _is_database(path):
        if own_run:
            raise UsageError("--own-run goes with a scenario: a recording is of one run")
        return Command(("replay", str(path.absolute())), path.name)
    scenario = find(str(path.absolute()) if is_path(what) else what)
    refuse_for_app(scenario, "threads")
    shown = str(path.absolute()) if is_path(what) else what
    return Command(("tui", shown), scenario.title or path.name, not own_run)


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(DATABASE)) == DATABASE
    except OSError:
        return False
