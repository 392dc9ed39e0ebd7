"""The search for the cheapest variant: each test rules out what is dearer, or what is worse.

A variant that keeps all limits rules out those that cost as much or more. One that breaks a limit
rules out those that are no better in any key, by the directions that are known. So the next one
to be tested is that which rules out most whichever it is, as in a bisection. Variants weigh by
what theory expects: half of the weight is spread evenly, so that no theory can lead far astray.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pcsim.experiments.sizing.expecting import ratio
from pcsim.experiments.sizing.grid import Floats, Grid, Place, places_of
from pcsim.experiments.variants.judging import Judged, Verdict
from pcsim.experiments.variants.limits import Limit

MOST_EXPECTED = 400
"""Variants of which theory is asked; others are taken to be like the nearest of them."""
STEEPNESS = 4.0
"""How sure theory is: a limit that is expected to be broken by a factor of x is kept with a
probability of 1 / (1 + x ** 4)."""


class Expectation(NamedTuple):
    """What theory expects of the variants.

    Attributes:
        weights: Of each variant; their sum is 1.
        worst: The number of the limit that each variant is the most likely to break; -1 where
            that is not known.
    """

    weights: Floats
    worst: Floats


def expectation(grid: Grid, limits: Sequence[Limit]) -> Expectation:
    """Return what theory expects of the variants of a grid.

    Args:
        grid: The variants.
        limits: What they have to keep.
    """
    rough = [_some(size, len(grid.shape)) for size in grid.shape]
    shape = tuple(len(one) for one in rough)
    kept, worst = np.ones(shape), np.full(shape, -1.0)
    for number in np.ndindex(shape):
        place = tuple(int(some[one]) for some, one in zip(rough, number, strict=True))
        scenario = grid.variant(place).scenario
        found = [] if scenario is None else [ratio(scenario, one) for one in limits]
        known = [one for one in found if one is not None]
        kept[number] = np.prod([1 / (1 + one**STEEPNESS) for one in known]) if known else 0.5
        if len(known) == len(limits):
            worst[number] = max(range(len(known)), key=known.__getitem__)
    near = [_nearest(some, size) for some, size in zip(rough, grid.shape, strict=True)]
    kept, worst = kept[np.ix_(*near)], worst[np.ix_(*near)]
    # The cheapest that keeps all of them is dearer than all others that are as likely to.
    order = np.argsort(grid.costs, axis=None, kind="stable")
    gains = np.diff(np.maximum.accumulate(kept.ravel()[order]), prepend=0.0)
    weights = np.full(kept.size, 0.5 / kept.size)
    weights[order] += 0.5 * gains / max(gains.sum(), 1e-300)
    return Expectation(weights.reshape(grid.shape), worst)


class Search:
    """What is still open of a grid, and what to test next.

    Args:
        grid: The variants.
        limits: What they have to keep.
    """

    def __init__(self, grid: Grid, limits: Sequence[Limit]) -> None:
        self.grid = grid
        self._limits = tuple(limits)
        self._expected = expectation(grid, limits)
        self._directions = [grid.directions(one) for one in limits]
        self._out = np.zeros(grid.shape, bool)
        """Those that break a limit, or are no better than one that does, or were tested."""
        self._order = np.argsort(grid.costs, axis=None, kind="stable")

    def next(self, below: float) -> Place | None:
        """Return the variant to test next; None where none is open.

        Args:
            below: What it has to cost less than.
        """
        weights = np.where(self._out | (self.grid.costs >= below), 0.0, self._expected.weights)
        if not weights.any():
            return None
        flat = weights.ravel()[self._order]
        dearer = np.empty(flat.size)
        dearer[self._order] = np.cumsum(flat[::-1])[::-1]
        worse = [self._no_better(weights, one) for one in self._directions]
        lost = np.mean(worse, axis=0)
        for number, one in enumerate(worse):
            lost = np.where(self._expected.worst == number, one, lost)
        least = np.minimum(dearer.reshape(self.grid.shape), lost)
        best = np.argmax(np.where(weights > 0, least, -1.0))
        return places_of(self.grid.shape, np.array([best]))[0]

    def cheapest(self, below: float) -> Place | None:
        """Return the cheapest variant that is open; None where none is.

        Args:
            below: What it has to cost less than.
        """
        is_open = ~(self._out | (self.grid.costs >= below)).ravel()[self._order]
        if not is_open.any():
            return None
        return places_of(self.grid.shape, self._order[[np.argmax(is_open)]])[0]

    def left(self, below: float) -> int:
        """Return how many variants that cost less are open."""
        return int((~self._out & (self.grid.costs < below)).sum())

    def note(self, place: Place, judged: Judged) -> None:
        """Note what was found of a variant: it is not tested again.

        Args:
            place: Where it stands.
            judged: What was found; a limit that is on the edge is not kept either.
        """
        self._out[place] = True
        if judged.error:
            return
        for one, directions in zip(judged.limits, self._directions, strict=True):
            if one.verdict is Verdict.BROKEN or (
                one.verdict is Verdict.EDGE and judged.verdict is Verdict.EDGE
            ):
                self._out[self._slices(place, directions)] = True

    def _slices(self, place: Place, directions: Sequence[int]) -> tuple[slice, ...]:
        """Where those stand that are no better than the one at a place."""
        return tuple(
            slice(0 if way > 0 else at, None if way < 0 else at + 1)
            for way, at in zip(directions, place, strict=True)
        )

    def _no_better(self, weights: Floats, directions: Sequence[int]) -> Floats:
        """For each variant the weight of all that are no better."""
        for axis, way in enumerate(directions):
            if way > 0:
                weights = np.cumsum(weights, axis=axis)
            elif way < 0:
                weights = np.flip(np.cumsum(np.flip(weights, axis), axis=axis), axis)
        return weights


def _some(size: int, axes: int) -> list[int]:
    """Some of the numbers of an axis, so that there are not too many variants."""
    most = max(int(MOST_EXPECTED ** (1 / axes)), 2)
    return sorted({int(one) for one in np.linspace(0, size - 1, min(size, most)).round()})


def _nearest(some: Sequence[int], size: int) -> list[int]:
    """For each number of an axis the nearest of some."""
    return [min(range(len(some)), key=lambda at: abs(some[at] - number)) for number in range(size)]
