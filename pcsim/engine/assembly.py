"""From a scenario, its sources and its sinks to the behaviour of each worker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sized
from functools import partial
from itertools import count
from typing import Any, NamedTuple

from pcsim.engine.behaviours import WorkerContext
from pcsim.engine.books.ledger import Account
from pcsim.engine.item import Item
from pcsim.engine.kit import Kit, RandomStreams, Sink
from pcsim.engine.numbering import limited_ids
from pcsim.engine.raised import error_text
from pcsim.engine.run import Run
from pcsim.engine.worker import Worker
from pcsim.scenario import ProducerSpec, WorkerSpec
from pcsim.scenario.specs import stream_names
from pcsim.snapshot import Cause, EventKind, Role
from pcsim.text import safe_value


class Workshop:
    """Connects each worker of a run with its queues, and gives it its kit and its behaviour.

    Args:
        run: A run that has its workers and queues, and has not begun. Its `sizes` take how many
            items a source has, where that is known.
        sources: Iterables of data by the name of their producer.
        sinks: Functions of the data by the name of their consumer or stage.
        replication: Which of the independent runs of the scenario this is.
    """

    def __init__(
        self,
        run: Run,
        sources: Mapping[str, Iterable[Any]],
        sinks: Mapping[str, Sink],
        replication: int = 0,
    ) -> None:
        self._run = run
        self._ids = _Ids.of(run)
        self._sources = sources
        self._sinks = sinks
        self._replication = replication
        self.kits: dict[str, Kit] = {}
        """By worker."""
        scenario = run.scenario
        self._stream_names = stream_names((*scenario.producers, *scenario.consumers))
        run.has_data = bool(sources or sinks)
        for spec, worker in zip(scenario.workers, run.workers, strict=True):
            self.equip(spec, worker)

    def equip(self, spec: WorkerSpec, worker: Worker, own: Any = None) -> None:
        """Make the kit of a worker, and its first behaviour.

        Args:
            spec: Its description.
            worker: It has no queues yet.
            own: Its sink, where another worker has the same.
        """
        run, account = self._run, worker.account
        of_kind = self._sources if isinstance(spec, ProducerSpec) else self._sinks
        own = of_kind.get(spec.name) if own is None else own
        if isinstance(spec, ProducerSpec) and (size := _size(spec, own)) is not None:
            run.sizes[spec.name] = size
        context = _context(run, account, self._ids)
        worker.connect(spec, run.queues, context)
        drawn_by = self._stream_names.get(spec.name, spec.name)
        streams = RandomStreams(run.scenario.seed, self._replication, drawn_by)
        self.kits[spec.name] = kit = Kit(run, spec, account, context, streams, own)
        worker.behave(kit.behaviour())

    def equip_again(self, spec: WorkerSpec, worker: Worker) -> None:
        """Give a worker the kit of the one in whose place it is, without a behaviour."""
        kit = self.kits[spec.name]
        worker.connect(kit.declared, self._run.queues, kit.context)


class _Ids(NamedTuple):
    """Numbers of items, each taken once."""

    all: Iterator[int]
    of_producers: Iterator[int]
    """The same, for items that producers make: they end when the run has made enough."""

    @classmethod
    def of(cls, run: Run) -> _Ids:
        ids, limit = count(1), run.scenario.end.items
        if limit is None:
            return cls(ids, ids)
        return cls(ids, limited_ids(limit, ids, partial(run.drain, Cause.ENOUGH_ITEMS)))


def _context(run: Run, account: Account, ids: _Ids) -> WorkerContext:
    def note_failure(
        item: Item, error: BaseException, cause: Cause, attempt: int | None, limit: int | None
    ) -> None:
        run.log.append(
            run.clock(),
            EventKind.SKIPPED,
            account.name,
            item=item.id,
            cause=cause,
            count=attempt,
            limit=limit,
            message=error_text(error),
            payload=safe_value(item.data) if run.has_data else "",
            producer=item.producer or "",
        )

    return WorkerContext(
        account.name,
        run.clock,
        ids.of_producers if account.role is Role.PRODUCER else ids.all,
        run.ledger.cells,
        account.base,
        run.sojourn_times,
        note_failure,
        run.flags,
    )


def _size(spec: ProducerSpec, source: object) -> int | None:
    """How many items will come, where that is known without pulling any."""
    if not isinstance(source, Sized):
        return spec.items
    try:
        size = len(source)
    except Exception:  # noqa: BLE001 - the length is only shown: without it the run is the same
        return spec.items
    return size if spec.items is None else min(size, spec.items)
