"""What `pcsim serve` does: finds what each visitor's process runs, and serves it."""

from __future__ import annotations

import ipaddress
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from pcsim.cli.scenario_files import UsageError, is_path
from pcsim.cli.scenarios import find
from pcsim.cli.streams import note
from pcsim.snapshot.exit_status import Exit
from pcsim.text import safe

NEEDS = "pcsim serve needs aiohttp and textual-serve: pip install 'pcsim[serve]'"
NO_TERMINALS = "pcsim serve needs terminals as Unix has them"
DATABASE = b"SQLite format 3\0"


def serve(
    what: str,
    *,
    host: str,
    port: int | None,
    names: Sequence[str],
    sessions: int,
    idle: float,
) -> int:
    """Serve until Ctrl-C comes; the exit status.

    Args:
        what: A demo, a file, a recording or the number of a process.
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
    words, title = command_of(what)
    token = secrets.token_urlsafe(18)
    settings = Settings(
        ("-m", "pcsim", *words), token, title, frozenset(map(str.lower, names)), sessions, idle
    )

    def ready(at: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        note(f"pcsim: {safe(title, 100)} is at http://{shown}:{at}/{token}/\n")
        if not _is_loopback(host):
            note("pcsim: all who have this address can see it, from other machines as well\n")
        note("pcsim: Ctrl-C ends it\n")

    try:
        run(settings, host, port or 0, ready)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"cannot listen at {safe(host, 60)}: {reason}") from None
    return Exit.DONE


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def command_of(what: str) -> tuple[tuple[str, ...], str]:
    """The words of each visitor's command, and the title of the page.

    Args:
        what: A demo, a file, a recording or the number of a process.

    Raises:
        UsageError: There is no such thing.
    """
    if what.isascii() and what.isdigit() and int(what) > 9:
        return ("watch", what), f"process {what}"
    if is_path(what) or Path(what).exists():
        path = Path(what).absolute()
        if _is_database(path):
            return ("replay", str(path)), path.name
        find(str(path))
        return ("tui", str(path)), path.name
    scenario = find(what)
    return ("tui", what), scenario.title


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(DATABASE)) == DATABASE
    except OSError:
        return False
