"""The command `pcsim serve`: the app in a browser."""

from __future__ import annotations

from typing import Any

import click

from pcsim.cli.durations import Duration
from pcsim.cli.whole_numbers import Whole


@click.command("serve")
@click.argument("what", metavar="WHAT")
@click.option(
    "--own-run",
    is_flag=True,
    help="Give each visitor a run of their own, with all keys; else all see the same run.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Where to listen; another than loopback lets others in who have the address.",
)
@click.option(
    "--port", type=Whole(1, 65535), metavar="N", help="The port.  [default: one that is free]"
)
@click.option(
    "--name", "names", multiple=True, metavar="HOST", help="A name by which it is addressed."
)
@click.option(
    "--sessions",
    type=Whole(1, 1000),
    default=8,
    show_default=True,
    metavar="N",
    help="The most visitors at a time.",
)
@click.option(
    "--idle",
    type=Duration(),
    default="1h",
    show_default=True,
    help="End a visitor's session after this time without a key.",
)
def serve_command(what: str, **options: Any) -> int:
    """Show WHAT in a browser.

    It is a demo or a scenario file, which is run once and shown to all; a recording; or the number
    of a process, as for pcsim watch. The address that is printed has a token: who does not have it
    is not let in. Ctrl-C ends it.

    \b
    Examples:
      pcsim serve 3
      pcsim serve my.toml --own-run
      pcsim serve 4711 --port 8000
      pcsim serve x.rec
    """
    from pcsim.cli.serving import serve

    return serve(what, **options)
