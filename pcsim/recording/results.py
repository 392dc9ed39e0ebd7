"""Results of replications in a file: the JSON of `pcsim run --replications N --json`."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NamedTuple

from pcsim.analysis.differences import Measure, Value, measure_of
from pcsim.recording.container import RecordingError, name_of
from pcsim.theory.statistics import confidence_interval

LARGEST = 1 << 27
"""Bytes of a file that are read at most."""
FEWEST = 2


class Results(NamedTuple):
    """What replications of a scenario have measured."""

    title: str
    seed: int
    span: tuple[float, float]
    """From the end of the warm-up to the end, on average."""
    runs: dict[Measure, tuple[float, ...]]
    """The value of each replication, in their order; nan where there was nothing to measure."""

    @property
    def replications(self) -> int:
        """How many there are."""
        return max(map(len, self.runs.values()), default=0)

    @property
    def values(self) -> dict[Measure, Value]:
        """The mean of each measure, with its interval."""
        return {measure: _value(numbers) for measure, numbers in self.runs.items()}


def _value(numbers: tuple[float, ...]) -> Value:
    finite = [number for number in numbers if math.isfinite(number)]
    if not finite:
        return Value(math.nan, None, 0)
    found = confidence_interval(finite)
    return Value(found.mean, found.half_width, found.count)


def read_results(path: Path) -> Results:
    """Read the results of replications.

    Args:
        path: The file.

    Raises:
        RecordingError: It cannot be read, or is not that.
    """
    name = name_of(path)
    hint = "pcsim run FILE --engine virtual --replications 10 --json writes one"
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        document: Any = json.loads(data[:LARGEST].decode())
    except OSError as error:
        raise RecordingError(f"{name} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise RecordingError(
            f"{name} is neither a recording nor the JSON of results; {hint}"
        ) from None
    if not isinstance(document, dict) or "pcsim_version" not in document:
        raise RecordingError(f"{name} is not the JSON of results of pcsim; {hint}")
    runs = document.get("runs")
    if not isinstance(runs, dict):
        raise RecordingError(f"{name} has no replications: there is nothing to compare; {hint}")
    try:
        return _results(document, runs)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise RecordingError(f"{name} is damaged: it is not what pcsim wrote") from None


def _results(document: dict[str, Any], runs: dict[str, Any]) -> Results:
    found = {}
    for key, numbers in runs.items():
        measure = measure_of(key)
        if measure is not None:  # else a newer pcsim knows it
            found[measure] = tuple(math.nan if one is None else float(one) for one in numbers)
    warm_up, lasted = float(document["warm_up"]), float(document["system"]["duration"]["mean"])
    if len({len(numbers) for numbers in found.values()}) != 1 or len(found) < FEWEST:
        raise ValueError("not of the same replications")
    if not all(math.isfinite(time) for time in (warm_up, lasted)):
        raise ValueError("no times")
    return Results(
        str(document["title"]), int(document["seed"]), (warm_up, warm_up + lasted), found
    )
