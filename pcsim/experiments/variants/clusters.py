"""Clusters of Dask: a scheduler by its address, and how many cores it has at the moment."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from pcsim import runtime
from pcsim.engine.raised import error_text
from pcsim.errors import PcsimError
from pcsim.text import quantity, safe

LONGEST_ALONE = 60.0
"""Seconds without any worker after which a cluster does no work, unless Dask's own configuration
has another time: `distributed.scheduler.no-workers-timeout`."""
LONGEST_ANSWER = 10.0
"""Seconds that a scheduler has to answer."""
USUAL_PORT = 8786
SCHEMES = {"dask": "tcp", "tcp": "tcp", "dask+tls": "tls", "tls": "tls"}
"""As they are written, and as Dask calls them."""
EXAMPLES = "dask://host:8786, or tls://host:8786"

_ADDRESS = re.compile(r"([a-z+]+)://(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+)(?::(\d{1,5}))?/?", re.ASCII)


class ExecutorError(PcsimError):
    """An executor that cannot be used."""


def scheduler_address(text: str) -> str:
    """Return the address of a scheduler as Dask writes it.

    Args:
        text: `dask://host:port`, or `dask+tls://` with certificates; the port is 8786 unless it
            is given.

    Raises:
        ExecutorError: It is none.

    >>> scheduler_address("dask://head"), scheduler_address("dask+tls://[::1]:9000")
    ('tcp://head:8786', 'tls://[::1]:9000')
    """
    found = _ADDRESS.fullmatch(text)
    if found is None or found[1] not in SCHEMES or int(found[3] or USUAL_PORT) > 65_535:
        raise ExecutorError(f"'{safe(text, 80)}' is no address of a scheduler: try {EXAMPLES}")
    return f"{SCHEMES[found[1]]}://{found[2]}:{found[3] or USUAL_PORT}"


@contextmanager
def cluster(text: str) -> Iterator[Executor]:
    """Connect to the scheduler of a cluster; what its workers do is dropped at the end.

    Args:
        text: Its address, as `scheduler_address` takes it. Certificates for `tls://` are those of
            Dask's own configuration.

    Raises:
        ExecutorError: Dask is not installed, or no scheduler answers within ten seconds.
    """
    address = scheduler_address(text)
    try:
        from distributed import Client
    except ImportError:
        needs = "pip install 'pcsim[dask]'"
        raise ExecutorError(f"a cluster needs Dask, which is not installed: {needs}") from None
    _check_answer(address)
    try:
        client = Client(address, timeout=LONGEST_ANSWER, set_as_default=False)
    except (OSError, ValueError, ImportError) as error:
        raise ExecutorError(f"{address}: {safe(error_text(error), 200)}") from None
    try:
        # What a unit returns depends on its argument alone; hashing it would cost more than it.
        yield client.get_executor(pure=False)
    finally:
        client.close()


def _check_answer(address: str) -> None:
    """Ask the scheduler what it is: a client would wait for ever for something else."""
    try:
        answer = asyncio.run(asyncio.wait_for(_identity(address), LONGEST_ANSWER))
    except OSError as error:  # a TimeoutError is one as well
        why = "" if isinstance(error, TimeoutError) else _reason(error)
        problem = f"no scheduler answers at {address} within {LONGEST_ANSWER:.0f} s{why}"
        raise ExecutorError(problem) from None
    except TypeError as error:  # Dask's way to say that there are no certificates
        if not address.startswith("tls:"):
            raise
        wanted = "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, __CLIENT__CERT and __CLIENT__KEY"
        raise ExecutorError(f"{address} needs certificates: name them in {wanted}") from error
    except Exception as error:  # noqa: BLE001 - whatever answers there may answer anything
        raise ExecutorError(
            f"what answers at {address} is no scheduler: {safe(error_text(error), 120)}"
        ) from None
    if not isinstance(answer, dict) or answer.get("type") != "Scheduler":
        raise ExecutorError(f"what answers at {address} is no scheduler")


def _reason(error: OSError) -> str:
    """Why a connection was not made; Dask puts the object in front of it that has tried."""
    return f": {safe(str(error.__cause__ or error).rpartition('>: ')[2], 200)}"


async def _identity(address: str) -> Any:
    from distributed import Security, rpc

    certificates = Security().get_connection_args("client")
    patience = 0.8 * LONGEST_ANSWER
    async with rpc(address, timeout=patience, connection_args=certificates) as scheduler:
        return await scheduler.identity()


def is_of_dask(executor: Executor) -> bool:
    """Whether an executor is that of a client of Dask: `client.get_executor()`."""
    return type(executor).__module__.partition(".")[0] == "distributed"


def cores_of(executor: Any) -> int:
    """Return how many cores the workers of a client have: they come and go.

    Args:
        executor: That of the client, which it does not name publicly.

    Raises:
        ExecutorError: The scheduler does not answer.
    """
    try:
        cores: dict[str, int] = executor._client.nthreads()
        return sum(cores.values())
    except (OSError, TimeoutError, ValueError, RuntimeError) as error:
        raise ExecutorError(f"the scheduler is gone: {safe(error_text(error), 200)}") from None


class WorkerCheck:
    """Notes since when a cluster has no worker: Dask waits for ever for the first, or for another.

    A cluster that starts workers when there is work may have none for a while.
    """

    def __init__(self) -> None:
        self._since: float | None = None

    def note(self, cores: int) -> None:
        """Note how many cores the workers have now.

        Args:
            cores: 0 where there is no worker.

        Raises:
            ExecutorError: There was none for too long.
        """
        now = runtime.clock()
        if cores:
            self._since = None
        elif self._since is None:
            self._since = now
        elif now - self._since >= (longest := _longest_alone()):
            raise ExecutorError(f"the cluster has had no worker for {quantity(longest, 's')}")


def _longest_alone() -> float:
    import dask
    from dask.utils import parse_timedelta

    stated = dask.config.get("distributed.scheduler.no-workers-timeout", None)
    return LONGEST_ALONE if stated is None else float(parse_timedelta(stated))
