"""The variants among which a size is sought: a grid, with the cost of each, made when needed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from pcsim.errors import ScenarioError
from pcsim.experiments.sizing.costs import EXAMPLE, Cost
from pcsim.experiments.sizing.directions import direction
from pcsim.experiments.variants.limits import Limit
from pcsim.experiments.variants.variation import (
    MOST_VARIANTS,
    Variant,
    Variation,
    value_text,
    variant_of,
)
from pcsim.scenario import Scenario
from pcsim.scenario.keys import find
from pcsim.text import safe

Place = tuple[int, ...]
"""Where a variant stands in the grid: the number of its value for each key."""
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class Grid:
    """All combinations of some values.

    Args:
        scenario: What is varied.
        variations: The keys and their values.
        cost: What a variant costs; None where one key of numbers is varied: then its value.

    Raises:
        ScenarioError: A key is unknown, a value fits no variant, there are too many variants, or
            their cost is no number.
    """

    def __init__(
        self, scenario: Scenario, variations: Sequence[Variation], cost: str | None
    ) -> None:
        self.scenario = scenario
        self.axes = [_ordered(one) for one in variations]
        self.shape = tuple(len(one.values) for one in self.axes)
        number = math.prod(self.shape)
        if number > MOST_VARIANTS:
            raise ScenarioError(f"{number:,} variants are more than {MOST_VARIANTS:,}")
        self.costs = self._costs(cost)
        self._made: dict[Place, Variant] = {}
        for axis in range(len(self.axes)):
            self._check_values(axis)

    def variant(self, place: Place) -> Variant:
        """Return the variant at a place."""
        if place not in self._made:
            settings = tuple(
                (axis.path, axis.values[number])
                for axis, number in zip(self.axes, place, strict=True)
            )
            self._made[place] = variant_of(self.scenario, settings)
        return self._made[place]

    def cost(self, place: Place) -> float:
        """Return what the variant at a place costs."""
        return float(self.costs[place])

    def directions(self, limit: Limit) -> list[int]:
        """Return for each key whether a larger value helps to keep a limit: 1, -1, or 0 where that
        is not known."""
        return [
            direction(self.scenario, axis.path, limit) if _is_ordered(axis) else 0
            for axis in self.axes
        ]

    def cheaper_neighbours(self, place: Place) -> Iterator[Place]:
        """Return the variants that are one value of one key away, and cost less."""
        for axis, size in enumerate(self.shape):
            for number in (place[axis] - 1, place[axis] + 1):
                other = (*place[:axis], number, *place[axis + 1 :])
                if 0 <= number < size and self.cost(other) < self.cost(place):
                    yield other

    def _costs(self, text: str | None) -> Floats:
        if text is None:
            if len(self.axes) > 1 or not _is_ordered(self.axes[0]):
                raise ScenarioError(f"say what a variant costs, such as '{EXAMPLE}'")
            return np.array(self.axes[0].values, float)
        cost = Cost(text, [axis.path for axis in self.axes])
        values: dict[str, Floats] = {}
        for place, axis in enumerate(self.axes):
            if axis.path not in cost.paths:
                continue
            if not _is_ordered(axis):
                raise ScenarioError(f"cost '{safe(text, 60)}': {axis.path} has no numbers")
            shape = [1] * len(self.axes)
            shape[place] = -1
            values[axis.path] = np.array(axis.values, float).reshape(shape)
        costs = np.broadcast_to(np.asarray(cost.of(values), float), self.shape)
        if not np.isfinite(costs).all():
            raise ScenarioError(f"cost '{safe(text, 60)}' is no number for some of the variants")
        return costs

    def _check_values(self, axis: int) -> None:
        """Refuse a value that fits nothing: neither the scenario, nor with the others' ends."""
        path = self.axes[axis].path
        find(self.scenario, path)
        for number, value in enumerate(self.axes[axis].values):
            alone = variant_of(self.scenario, ((path, value),))
            if alone.scenario is not None:
                continue
            for end in (0, -1):
                place = [end % size for size in self.shape]
                place[axis] = number
                if self.variant(tuple(place)).scenario is not None:
                    break
            else:
                raise ScenarioError(alone.error, value=value)


def _is_ordered(axis: Variation) -> bool:
    """Whether its values are numbers."""
    return all(isinstance(one, int | float) and not isinstance(one, bool) for one in axis.values)


def _ordered(axis: Variation) -> Variation:
    """Its values from the least to the largest, each once."""
    values: list[Any] = []
    for one in axis.values:
        if one not in values:
            values.append(one)
    if _is_ordered(axis):
        values.sort()
        if not all(map(math.isfinite, values)):
            wrong = next(one for one in values if not math.isfinite(one))
            raise ScenarioError(f"{axis.path}: {value_text(wrong)} is no number to vary")
    return axis._replace(values=tuple(values))


def places_of(shape: tuple[int, ...], numbers: npt.NDArray[np.intp]) -> list[Place]:
    """Return the places of variants by their numbers in the flat grid."""
    return [
        tuple(int(one) for one in cast("tuple[np.intp, ...]", np.unravel_index(number, shape)))
        for number in numbers
    ]
