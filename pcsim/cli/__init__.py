"""The command `pcsim`: results on stdout, everything else on stderr, an exit status.

What it needs is imported when it is needed. `pcsim --help` loads not even click, whose import
costs three times as much as the start of Python itself: its text is kept in `manual`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from pcsim.snapshot.exit_status import Exit


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and leave with its exit status; a wrong usage is one line and 2."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = _read_aloud(given[0]) if given in ASKING else _command(given)
    except KeyboardInterrupt:
        status = Exit.INTERRUPTED
    except BrokenPipeError:
        status = Exit.BROKEN_PIPE
    except OSError as error:
        status = _complain(f"pcsim: {error.strerror or error}", Exit.FAILED)
    _flush()
    sys.exit(status)


ASKING = (["--help"], ["-h"], ["--version"])


def _read_aloud(question: str) -> int:
    from pcsim.cli.help_text import HELP
    from pcsim.version import __version__

    if sys.stdout is not None:
        sys.stdout.write(f"pcsim {__version__}\n" if question == "--version" else HELP)
        sys.stdout.flush()
    return 0


def _command(arguments: list[str]) -> int:
    # numpy's linear algebra, of which pcsim uses nothing, would start a thread for each core,
    # and they spin: a third of the CPU time of `pcsim run` with two cores.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import click

    from pcsim.cli.commands import command
    from pcsim.cli.scenario_files import UsageError
    from pcsim.errors import ScenarioFileError

    try:
        return command.main(arguments, prog_name="pcsim", standalone_mode=False) or 0
    except click.ClickException as error:
        where = getattr(getattr(error, "ctx", None), "command_path", "pcsim")
        return _complain(f"{where}: {error.format_message().strip()}", error.exit_code)
    except UsageError as error:
        return _complain(f"pcsim: {error}", Exit.USAGE)
    except ScenarioFileError as error:
        for line in str(error).splitlines():
            _complain(line, Exit.USAGE)
        return Exit.USAGE
    except click.Abort:
        return Exit.INTERRUPTED


def _complain(line: str, status: int) -> int:
    from pcsim.headless.output import Output

    # On one line, with the spaces that stand in it: they may be those of a name.
    told = " ".join(filter(None, map(str.strip, line.splitlines())))
    Output(sys.stderr).write(told + "\n")
    return status


def _flush() -> None:
    """Empty stdout now, while a failure can still be kept quiet."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        from pcsim.headless.output import silence

        silence(sys.stdout)
