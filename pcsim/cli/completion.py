"""What the shell completes in the place of a scenario or a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def complete_scenario(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the number or name of a demo, with its title, and scenario files beside it; else
    the name of any file."""
    from click.shell_completion import CompletionItem

    from pcsim.scenario.demos import DEMOS

    keys = [(str(number), demo) for number, demo in enumerate(DEMOS, 1)]
    keys += [(demo.name, demo) for demo in DEMOS]
    offered = [
        CompletionItem(key, help=demo.title) for key, demo in keys if key.startswith(incomplete)
    ]
    if not offered:
        return complete_file(_ctx, _param, incomplete)
    # Shells complete names of files only where nothing else is offered: so these are listed here.
    files = sorted(path.name for path in Path().glob("*.toml"))
    return offered + [CompletionItem(name) for name in files if name.startswith(incomplete)]


def complete_file(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Let the shell complete the name of a file."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]
