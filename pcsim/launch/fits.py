"""What advises about programs: by a scenario that is fitted to them beside the app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pcsim.experiments.advising_sizes import AdvisorWithSizes
    from pcsim.snapshot.control import Watchable


@contextmanager
def advising_about_programs() -> Iterator[Callable[[Watchable], AdvisorWithSizes | None]]:
    """Yield what makes an advisor about a program; it advises until the block ends.

    Yields:
        A function. It returns None of a program that is watched from outside: its items are not
        seen one by one there.
    """
    from pcsim.experiments.background import InBackground

    simulations = InBackground()

    def advises(program: Watchable) -> AdvisorWithSizes | None:
        from pcsim.experiments.advising_sizes import AdvisorWithSizes
        from pcsim.watch.advising import of_program
        from pcsim.watch.remote import Remote

        if not isinstance(program, Remote) or not program.pid:
            return None
        return AdvisorWithSizes(of_program(simulations, program.pid), simulations, simulations)

    try:
        yield advises
    finally:
        simulations.close()
