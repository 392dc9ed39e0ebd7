"""What `--executor` names: the scheduler of a cluster, or a function that makes an executor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pcsim.cli.code_names import code_name
from pcsim.cli.scenario_files import UsageError
from pcsim.text import safe

if TYPE_CHECKING:
    from pcsim.experiments.variants.teams import Executing


@contextmanager
def executor_named(word: str | None) -> Iterator[Executing | None]:
    """What does the work instead of processes of this machine; it is connected meanwhile.

    Args:
        word: `dask://host:port`, `dask+tls://host:port`, or `module:function`; None for none.

    Raises:
        UsageError: It is neither, or there is no such function.
        ExecutorError: The cluster cannot be reached.
    """
    if word is None:
        yield None
        return
    if "://" in word:
        from pcsim.experiments.variants.clusters import cluster

        with cluster(word) as executor:
            yield executor
        return
    code = code_name(word)
    if code is None or not code.name:
        wanted = "dask://host:8786, or module:function that makes an executor"
        raise UsageError(f"'{safe(word, 80)}' is no executor: try {wanted}")
    from pcsim.cli.importing import look_up

    make = look_up(code)
    if not callable(make):
        raise UsageError(f"{safe(code.word, 80)} is no function that makes an executor")
    yield make
