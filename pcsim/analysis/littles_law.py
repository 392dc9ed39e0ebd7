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
"""Fewer items on average are none: what spans of time leave when they are subtracted."""
SMALL_GAP = 0.01
"""A difference that the edges of a run explain, and on threads what a worker does between two
items."""


class LittlesLaw(NamedTuple):
    """Both sides of it, in items."""

    in_system: float
    """Time-weighted mean number of items in queues and hands."""
    product: float
    """Throughput times mean sojourn time."""
    is_virtual: bool = True
    """Whether workers take no time between two items."""

    @property
    def gap(self) -> float:
        """By how much of the first the two differ."""
        apart = abs(self.in_system - self.product)
        return apart / self.in_system if apart > ROUNDING and self.in_system > 0 else 0.0

    @property
    def sentence(self) -> str:
        """Whether it holds, with both sides."""
        shown = quantities([self.in_system, self.product], "items")
        why = "losses or copies" if self.is_virtual else "losses, copies or what is between items"
        verdict = "holds" if self.gap <= SMALL_GAP else f"is off by its edges, {why}"
        return (
            f"Little's law {verdict}: {shown[0]} items in the system, "
            f"throughput times sojourn time {shown[1]}."
        )

    def document(self) -> dict[str, float]:
        """As plain data."""
        return {"in_system": self.in_system, "product": self.product, "gap": self.gap}


def littles_law(snapshot: Snapshot) -> LittlesLaw | None:
    """Of a whole run, whose times are those of all its items; None where no item was consumed,
    or the run failed."""
    if not snapshot.sojourn_time.count or snapshot.failure is not None:
        return None
    system = measured_between(None, snapshot).system
    is_virtual = snapshot.engine == "virtual"
    return LittlesLaw(system.mean_in_system, system.littles_product, is_virtual)
