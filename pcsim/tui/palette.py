"""The command palette: Textual's, which here survives keys that come too early, or twice."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.command import CommandList, CommandPalette


class Palette(CommandPalette):
    """Does nothing where Textual's own ends the app: on an empty list, and once it is closed."""

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close the palette; a second time, nothing."""
        if not self.is_current:
            return AwaitComplete()
        return super().dismiss(result)

    def _action_command_list(self, action: str) -> None:
        commands = self.query_one(CommandList)
        is_drawn = commands.virtual_size.height > 0 and commands.size.height > 0
        if is_drawn and any(not option.disabled for option in commands.options):
            super()._action_command_list(action)
