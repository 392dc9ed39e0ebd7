"""The command `pcsim`: results on stdout, everything else on stderr, an exit status.

What it needs is imported when it is needed. `pcsim --help` loads not even click, whose import
costs three times as much as the start of Python itself: its text is kept in `help_text`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from pcsim.cli.code_names import names_code
from pcsim.snapshot.exit_status import Exit

HELP_FLAGS = (["--help"], ["-h"], ["--version"])
"""Command lines that are answered without click."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit with its status; a wrong usage is one line and status 2.

    Args:
        arguments: The words after `pcsim`; None for those of the process.

    Raises:
        SystemExit: Always, with an `Exit`.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = _print_help(words[0]) if words in HELP_FLAGS else _run_command(words)
    except KeyboardInterrupt:
        status = Exit.INTERRUPTED
    except BrokenPipeError:
        status = Exit.BROKEN_PIPE
    except OSError as error:
        status = _print_error(f"pcsim: {error.strerror or error}", Exit.FAILED)
    _flush()
    sys.exit(status)


def _print_help(flag: str) -> int:
    from pcsim.cli.help_text import HELP
    from pcsim.version import __version__

    if sys.stdout is not None:
        sys.stdout.write(f"pcsim {__version__}\n" if flag == "--version" else HELP)
        sys.stdout.flush()
    return Exit.DONE


def _run_command(words: list[str]) -> int:
    # numpy's linear algebra, which pcsim does not use, would start a thread for each core,
    # and they spin: a third of the CPU time of `pcsim run` with two cores.
    # A program, or code, that is run by pcsim has its own environment.
    if words[:1] != ["exec"] and not names_code(words):
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import click

    from pcsim.cli.commands import command
    from pcsim.cli.scenario_files import UsageError
    from pcsim.errors import ScenarioFileError, ScreenError

    try:
        return command.main(words, prog_name="pcsim", standalone_mode=False) or Exit.DONE
    except click.ClickException as error:
        where = getattr(getattr(error, "ctx", None), "command_path", "pcsim")
        return _print_error(f"{where}: {error.format_message().strip()}", error.exit_code)
    except (UsageError, ScreenError) as error:
        return _print_error(f"pcsim: {error}", Exit.USAGE)
    except ScenarioFileError as error:
        for line in str(error).splitlines():
            _print_error(line, Exit.USAGE)
        return Exit.USAGE
    except click.Abort:
        return Exit.INTERRUPTED


def _print_error(message: str, status: int) -> int:
    from pcsim.headless.output import Output

    # On one line, but with the spaces inside it: they may be those of a name.
    line = " ".join(filter(None, map(str.strip, message.splitlines())))
    Output(sys.stderr).write(line + "\n")
    return status


def _flush() -> None:
    """Empty stdout now, while a failure can still be kept quiet."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        from pcsim.headless.output import silence

        silence(sys.stdout)
