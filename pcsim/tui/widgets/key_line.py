"""The last line of an app of one screen: its keys."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.tui.styles import Palette, Piece
from pcsim.tui.widgets.lines import LineView


class KeyLine(LineView):
    """Keys with what they do, as many as there is room for.

    Args:
        keys: The keys and their words, the most useful first.
    """

    def __init__(self, keys: Sequence[tuple[str, str]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys = tuple(keys)
        self.set_line_count(1, fixed=True)

    def pieces(self, _line: int, palette: Palette, width: int, /) -> Sequence[Piece]:
        """Return the line."""
        pieces: list[Piece] = []
        used = 0
        for key, label in self._keys:
            used += len(key) + len(label) + 3
            if used <= width:
                pieces += [(f" {key}", palette.key), (f" {label} ", palette.text)]
        return pieces
