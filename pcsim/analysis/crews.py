"""The workers of one group under one name: `parser ×3`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pcsim.snapshot import WorkerRow


def crew_names(workers: Sequence[WorkerRow]) -> dict[str, str]:
    """Return, for each worker of a group of several, the name of the group with their number.

    Args:
        workers: All workers.

    >>> from pcsim.snapshot import Role
    >>> rows = [WorkerRow(name, Role.STAGE, group="parser") for name in ("T-4", "T-5")]
    >>> crew_names([*rows, WorkerRow("main", Role.PRODUCER)])
    {'T-4': 'parser ×2', 'T-5': 'parser ×2'}
    """
    sizes = Counter([row.group for row in workers])
    return {
        row.name: f"{row.group} ×{sizes[row.group]}"
        for row in workers
        if sizes[row.group] > 1 and row.group
    }


def in_crews(names: Iterable[str], crews: Mapping[str, str]) -> list[str]:
    """Return the names, each group once, where the first of it stands.

    Args:
        names: Names of workers.
        crews: What `crew_names` has returned.
    """
    return list(dict.fromkeys(crews.get(name, name) for name in names))
