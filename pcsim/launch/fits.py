"""What advises about programs and recordings: by what was measured of them, beside the app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pcsim.experiments.advising_sizes import AdvisorWithSizes
    from pcsim.scenario import Scenario
    from pcsim.snapshot.control import Rewindable, Watchable


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


@contextmanager
def advising_about_recordings(
    path: Path, scenario: Scenario | None
) -> Iterator[Callable[[Rewindable], AdvisorWithSizes | None]]:
    """Yield what makes an advisor about a recording, up to the moment that is shown.

    Args:
        path: The file.
        scenario: What was run; None for a program that was watched.

    Yields:
        A function. It returns None of a run whose scenario is not known.
    """
    from pcsim.experiments.background import InBackground

    simulations, on_threads = InBackground(), InBackground()

    def advises(past: Rewindable) -> AdvisorWithSizes | None:
        from pcsim.experiments.advising_sizes import AdvisorWithSizes
        from pcsim.experiments.past_model import PastModel

        if scenario is not None:
            source = PastModel(past, scenario, simulations)
            return AdvisorWithSizes(source, simulations, on_threads)
        from pcsim.watch.advising import of_recording

        return AdvisorWithSizes(of_recording(simulations, path), simulations, on_threads)

    try:
        yield advises
    finally:
        simulations.close()
        on_threads.close()
