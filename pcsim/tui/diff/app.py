"""The app of `pcsim diff A B --tui`: the screen of a difference, and nothing else."""

from __future__ import annotations

from textual.screen import Screen

from pcsim.tui import startup
from pcsim.tui.base import BaseApp
from pcsim.tui.diff.content import Difference
from pcsim.tui.diff.screen import DiffScreen
from pcsim.tui.rules import add_rules


class DiffApp(BaseApp[None]):
    """Shows what differs between two runs until it is left.

    Args:
        shown: What differs.
        ascii_only: Whether to draw with ASCII characters alone; None asks the terminal.
        theme: The name of a theme, or `dark` or `light`; None for dark.
    """

    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self, shown: Difference, *, ascii_only: bool | None = None, theme: str | None = None
    ) -> None:
        super().__init__(ascii_only=ascii_only, theme=theme)
        self.shown = shown

    def get_default_screen(self) -> Screen[None]:
        """Return the screen of the difference."""
        add_rules(self, "diff")
        return DiffScreen(self.shown, lambda _: self.exit())

    def on_mount(self) -> None:
        """Collect garbage again once the first frame is there."""
        self.call_after_refresh(startup.resume_collector)
