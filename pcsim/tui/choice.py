"""What the app shows: the demos, and the scenario or the system that it was opened on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TextIO

from pcsim.scenario import Scenario
from pcsim.tui.keys import NEED_A_LIST


class ReadError(Exception):
    """The file that the app was opened on cannot be used as it is now: one line of text."""


class OwnCode(NamedTuple):
    """What may be done with a run of code from outside."""

    can_restart: bool = False
    """Whether there can be another run of it."""
    can_outlive: bool = False
    """Whether the run may go on without the app."""
    streams: tuple[TextIO | None, TextIO | None] | None = None
    """Where it prints while the app is shown, in the place of stdout and stderr; None: nowhere."""


class Choice:
    """The demos by number, and what the app was opened on, where that is none of them.

    Args:
        catalogue: The demos.
        opened: What the app is opened on; None for a program that is watched.
        read_again: Reads the file of `opened` again, and raises `ReadError`; None where it is no
            file.
        own_code: What may be done with a run of code from outside; None for other runs.
    """

    def __init__(
        self,
        catalogue: Sequence[Scenario],
        opened: Scenario | None,
        read_again: Callable[[], Scenario] | None = None,
        own_code: OwnCode | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.from_list = False
        """Whether it was opened from a list to which one can go back."""
        self._read_again = read_again
        self.can_restart = own_code is None or own_code.can_restart
        """Whether what is shown can be run once more."""
        is_own = read_again is not None or opened not in self.catalogue  # None is in none
        self.own: Scenario | None = opened if is_own else None
        """What the app was opened on, as it was read last; None for a demo."""

    @property
    def own_name(self) -> str:
        """What to call it: `your file`; "" where there is none."""
        if self.own is None:
            return ""
        return "your scenario" if self._read_again is None else "your file"

    @property
    def idle_keys(self) -> frozenset[str]:
        """The keys that choose what is shown, where there is nothing to choose."""
        idle = [] if self.can_restart else ["r"]
        return frozenset(idle if self.catalogue else [*idle, "0"])

    @property
    def no_list_keys(self) -> frozenset[str]:
        """The keys that go back to the list, where there was none."""
        return frozenset() if self.from_list else NEED_A_LIST

    def number_of(self, scenario: Scenario) -> int | None:
        """The number of a demo, from 1; None for a scenario that is none."""
        if scenario is self.own or scenario not in self.catalogue:
            return None
        return self.catalogue.index(scenario) + 1

    def again(self, scenario: Scenario) -> Scenario:
        """Return what a restart of the scenario runs: a file is read again.

        Raises:
            ReadError: The file cannot be used as it is now.
        """
        if scenario is self.own and self._read_again is not None:
            return self._read_again()
        return scenario
