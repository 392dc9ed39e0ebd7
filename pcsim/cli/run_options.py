"""The options of a run, as the command line has them."""

from __future__ import annotations

from typing import Literal, NamedTuple


class RunOptions(NamedTuple):
    """The options of `run` and `tui` that change the scenario, each None where it does not.

    Attributes:
        engine: `threads` or `virtual`.
        until: Seconds after which the run ends.
        items: The number of items that are produced in all.
        seed: The seed of the random numbers.
        warm_up: Seconds that no measure includes; `auto` finds them.
        replications: The number of independent runs.
        sources: The code that makes items, each as `producer=module:thing`.
        sinks: The code that takes them, each as `consumer=module:thing`.
        kernel: Whether the compiled kernel runs replications: `auto`, `python` or `compiled`.
    """

    engine: str = "threads"
    until: float | None = None
    items: int | None = None
    seed: int | None = None
    warm_up: float | str | None = None
    replications: int = 1
    sources: tuple[str, ...] = ()
    sinks: tuple[str, ...] = ()
    kernel: Literal["auto", "python", "compiled"] = "auto"

    @property
    def is_virtual(self) -> bool:
        """Whether to run in virtual time."""
        return self.engine == "virtual"
