"""Little's law, checked on a run: L = λW (Operations Research 9, 1961).

In a long run in which nothing is lost, the mean number of items in the system is throughput times
mean sojourn time. The first comes from how full queues and hands were over time, the other two
from the items that were consumed: that they agree is a check of both.
"""

from __future__ import annotations

from typing import NamedTuple

from pcsim.analysis.observation import measured_between
from pcsim.snapshot import Snapshot
from pcsim.text import quantities

ROUNDING = 1e-12
"""A smaller mean number of items is none: times were subtracted from each other."""
SMALL_GAP = 0.01
"""A relative difference that the start and end of a run explain, and on threads what a worker
does between two items."""


class LittlesLaw(NamedTuple):
    """Both sides of Little's law, in items."""

    in_system: float
    """Time-weighted mean number of items in queues and hands."""
    product: float
    """Throughput times mean sojourn time."""
    is_virtual: bool = True
    """Whether workers take no time between two items."""

    @property
    def gap(self) -> float:
        """The difference of the two sides, relative to the first; 0 or more."""
        apart = abs(self.in_system - self.product)
        return apart / self.in_system if apart > ROUNDING and self.in_system > 0 else 0.0

    @property
    def sentence(self) -> str:
        """Whether the law holds in the run, with both sides, in one sentence."""
        in_system, product = quantities([self.in_system, self.product], "items")
        verdict = "holds"
        if self.gap > SMALL_GAP:
            between = "" if self.is_virtual else ", the time between items"
            verdict = f"is off (start and end of the run, losses, copies{between})"
        return f"Little's law {verdict}: L = {in_system}, λ·W = {product}."

    def document(self) -> dict[str, float]:
        """Both sides and the gap as plain data."""
        return {"in_system": self.in_system, "product": self.product, "gap": self.gap}


def littles_law(snapshot: Snapshot) -> LittlesLaw | None:
    """Little's law of a whole run; None where no item was consumed, or the run failed."""
    if not snapshot.sojourn_time.count or snapshot.failure is not None:
        return None
    system = measured_between(None, snapshot).system
    is_virtual = snapshot.engine == "virtual"
    return LittlesLaw(system.mean_in_system, system.littles_product, is_virtual)
