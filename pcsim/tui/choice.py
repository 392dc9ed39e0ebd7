"""The scenarios that the app shows: the demos, and the one that it was opened on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pcsim.scenario import Scenario


class ReadError(Exception):
    """The file that the app was opened on cannot be used as it is now: one line of text."""


class Choice:
    """The demos by number, and what the app was opened on, where that is none of them.

    Args:
        catalogue: The demos.
        opened: What the app is opened on.
        read_again: Reads the file of `opened` again, and raises `ReadError`; None where it is no
            file.
    """

    def __init__(
        self,
        catalogue: Sequence[Scenario],
        opened: Scenario,
        read_again: Callable[[], Scenario] | None = None,
    ) -> None:
        self.catalogue = tuple(catalogue)
        self._read_again = read_again
        is_own = read_again is not None or opened not in self.catalogue
        self.own: Scenario | None = opened if is_own else None
        """What the app was opened on, as it was read last; None for a demo."""

    @property
    def own_name(self) -> str:
        """What to call it: `your file`; "" where there is none."""
        if self.own is None:
            return ""
        return "your scenario" if self._read_again is None else "your file"

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
