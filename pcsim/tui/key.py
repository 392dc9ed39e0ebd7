"""What is known of a key of the app: for its binding, the help, the palette, README, the footer."""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding

from pcsim.snapshot import Phase

PRIORITY = frozenset(("ctrl+q", "ctrl+c"))
"""Keys that act before whatever has the focus."""


class Key(NamedTuple):
    """One key of the app."""

    shown: str
    """The key as it is on the keyboard; several have spaces between them."""
    does: str
    """What it does, as a sentence."""
    name: str = ""
    """Its name in the command palette; none for a key that only moves."""
    action: str = ""
    """The action of the app; none where the widget with the focus acts."""
    press: str = ""
    """Textual's names of the key, where they are not those on the keyboard."""
    also: str = ""
    """More names of keys that do the same."""
    on_a_run: bool = False
    """Whether it does something to a run: where a program is watched, the key means nothing."""
    watching: str = ""
    """What it does where a program is watched, if that is not the same."""

    attaches: bool = False
    """Whether it means something only for a program that is watched from outside."""
    replaying: str = ""
    """What it does in a replay, or where one looks back, if that is not the same."""
    rewinds: bool = False
    """Whether it means something only in a replay, or where one looks back."""
    looks_back: bool = False
    """Whether it means nothing in a replay of a recording: that has no now."""
    lists: bool = False
    """Whether it means something only where the list of what there is to open was before."""

    def effect(self, *, is_watched: bool, is_replay: bool = False) -> str:
        """Return what it does: in a replay, to a program that is watched, or to a run."""
        if is_replay and self.replaying:
            return self.replaying
        return self.watching if is_watched and self.watching else self.does

    @property
    def id(self) -> str:
        """The name by which Textual remaps the key."""
        return self.name.replace(" ", "-")

    def bindings(self) -> list[Binding]:
        """Return the bindings of the app."""
        if not self.action:
            return []
        main = Binding(
            self.press or self.shown, self.action, self.name, id=self.id, tooltip=self.does
        )
        more = [
            Binding(key, self.action, self.name, id=f"{self.id}-{key}", show=False,
                    priority=key in PRIORITY)
            for key in self.also.split()
        ]  # fmt: skip
        return [main, *more]


class Hint(NamedTuple):
    """A key as the footer shows it; where room is short, the highest rank leaves first."""

    key: str
    label: str
    press: str
    rank: int
    phases: tuple[Phase, ...] = ()
    short: str = ""
    virtual: bool = False
    """Whether the key acts on virtual time only."""
    watching: str = ""
    """The label where a program is watched, if that is another one."""
    replay: bool | None = None
    """Whether it is for replays alone; False for all but them, None for both."""
    pages: tuple[int, ...] = ()
    """The views in which the key has this effect; () for all of them."""
    branch: bool | None = None
    """Whether it is shown of a branch alone; None: of all."""
    steers: bool = False
    """Whether it changes a run: it is not shown of a program that is watched, nor in a replay."""

    @property
    def width(self) -> int:
        """The cells that the hint takes."""
        return len(self.key) + len(self.label) + 3
