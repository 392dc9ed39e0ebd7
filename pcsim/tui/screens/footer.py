"""The last line: the keys that have an effect now; where room is short, the most useful ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual import events

from pcsim.snapshot import Phase
from pcsim.tui.key import Hint
from pcsim.tui.keys import BACK, FOOTER, IN_DETAILS
from pcsim.tui.pages.table import BY_NUMBER, OVERVIEW
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import View
from pcsim.tui.widgets.lines import LineView


class State(NamedTuple):
    """What the choice of keys depends on."""

    phase: Phase
    producing: bool = True
    frozen: bool = False
    virtual: bool = False
    standing: bool = False
    acting: frozenset[str] | None = None
    """The keys that act in the window over the dashboard; None while there is none."""
    way_back: str = ""
    """What the key 0 goes back to; "" for nothing."""
    idle_keys: frozenset[str] = frozenset()
    """The keys that mean nothing for what is shown."""
    watched: bool = False
    """Whether a program is watched."""
    replay: bool = False
    """Whether it is a replay."""
    page: int = OVERVIEW
    """The digit of the view that is seen."""
    branch: bool = False
    """Whether it is a branch."""


class KeyLine(LineView):
    """Keys with their effects; a click on one presses it."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._state = State(Phase.CREATED)
        self._targets: list[tuple[int, int, str]] = []
        self.set_line_count(1, fixed=True)

    def show(self, view: View, page: int) -> None:
        """Show the keys for the state of the run.

        Args:
            view: The run.
            page: The digit of the view that is seen.
        """
        snapshot, timing = view.snapshot, view.timing
        state = State(
            snapshot.phase, snapshot.producing, view.frozen, timing is not None, view.is_standing,
            self._state.acting, view.way_back, view.idle_keys, view.is_watched,
            view.past is not None, page, bool(view.branch),
        )  # fmt: skip
        self._set_state(state)

    def show_acting(self, keys: frozenset[str] | None) -> None:
        """Show the keys that act in a window, and the one that closes it."""
        self._set_state(self._state._replace(acting=keys))

    def _set_state(self, state: State) -> None:
        if state != self._state:
            self._state = state
            self.redraw_all()

    def pieces(self, _line: int, palette: Palette, width: int, /) -> Sequence[Piece]:
        """Return the line."""
        pieces: list[Piece] = []
        self._targets = []
        column = 0
        for hint in fitting(hints_for(self._state), width):
            self._targets.append((column, column + hint.width, hint.press))
            column += hint.width
            pieces += [(f" {hint.key}", palette.key), (f" {hint.label} ", palette.text)]
        return pieces

    async def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        for left, right, key in self._targets:
            if left <= event.x < right:
                self.app.simulate_key(key)


def hints_for(state: State) -> list[Hint]:
    """Return the hints for the keys that have an effect now."""
    chosen = _of_window(state.acting)
    of_page = BY_NUMBER[state.page].hints
    taken = {hint.press for hint in (*of_page, *chosen)}
    for hint in (*of_page, *(one for one in FOOTER if one.press not in taken)):
        if not _means_something(hint, state) or (hint not in of_page and _is_idle(hint, state)):
            continue
        if hint.press == "0":
            if not state.way_back:
                continue
            hint = hint._replace(label=state.way_back)
        if (state.watched or state.replay) and hint.watching:
            hint = hint._replace(label=hint.watching)
        if hint.press == "p" and not state.producing:
            hint = hint._replace(label="resume producing", short="resume")
        if hint.press == "s" and state.standing and state.phase is not Phase.CREATED:
            hint = hint._replace(label="go on", short="")
        if hint.press == "space" and state.frozen:
            hint = hint._replace(label="unfreeze", rank=1)
        chosen.append(hint)
    return chosen


def _means_something(hint: Hint, state: State) -> bool:
    """Whether the key of a hint has an effect now."""
    if state.acting is not None and hint.press not in state.acting:
        return False
    if hint.replay not in (None, state.replay):
        return False
    if hint.steers and (state.watched or state.replay):
        return False
    if (hint.phases and state.phase not in hint.phases) or (hint.virtual and not state.virtual):
        return False
    if hint.branch not in (None, state.branch):
        return False
    return not hint.pages or state.page in hint.pages


def _is_idle(hint: Hint, state: State) -> bool:
    """Whether the key of a hint, which is one of the app, means nothing for what is shown."""
    return hint.key in state.idle_keys


def _of_window(acting: frozenset[str] | None) -> list[Hint]:
    """The first hints in a window; none where there is no window."""
    if acting is None:
        return []
    return [BACK, *IN_DETAILS] if IN_DETAILS[0].press in acting else [BACK]


def fitting(hints: list[Hint], width: int) -> list[Hint]:
    """Return the hints that there is room for, in their order: those of the lowest rank first, in
    short where there is a short form; what room is left then goes to their long forms.

    Args:
        hints: The hints.
        width: The cells that there are.
    """
    places = sorted(range(len(hints)), key=lambda place: hints[place].rank)
    kept: dict[int, Hint] = {}
    left = width
    for place in places:
        hint = hints[place]
        brief = hint._replace(label=hint.short) if hint.short else hint
        if brief.width <= left:
            kept[place] = brief
            left -= brief.width
    for place in places:
        if place in kept and hints[place].width - kept[place].width <= left:
            left -= hints[place].width - kept[place].width
            kept[place] = hints[place]
    return [kept[place] for place in sorted(kept)]
