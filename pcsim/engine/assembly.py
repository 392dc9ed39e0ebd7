"""From a scenario, its sources and its sinks to workers with their behaviours and ports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from itertools import count
from typing import TYPE_CHECKING, Any

from pcsim.behaviours import Behaviour, Surroundings, consume, produce, relay
from pcsim.engine.worker import ThreadWorker, error_text
from pcsim.item import Item
from pcsim.ledger import Account
from pcsim.queue.metered import get_port, put_port
from pcsim.scenario import ConsumerSpec, ProducerSpec
from pcsim.snapshot import EventKind, Role

if TYPE_CHECKING:
    from pcsim.engine.threads import ThreadsEngine

Sink = Callable[[Any], object]


def assemble(
    engine: ThreadsEngine,
    sources: Mapping[str, Iterable[Any]],
    sinks: Mapping[str, Sink],
    sizes: dict[str, int],
) -> list[ThreadWorker]:
    """A worker for each of the scenario; `sizes` takes how many items a source has, if known."""
    scenario = engine.scenario
    workers: list[ThreadWorker] = []
    for spec, account in zip(scenario.workers, engine.ledger.accounts, strict=True):
        around = _surroundings(engine, account)
        if isinstance(spec, ProducerSpec):
            source = sources.get(spec.name)
            size = _size(spec, source)
            if source is None:
                source = _texts(spec.name)
            if size is not None:
                sizes[spec.name] = size
            behaviour = produce(source, size, spec.items, spec.interval, around)
        else:
            behaviour = _taker(spec, account, sinks.get(spec.name), around)
        worker = ThreadWorker(engine, account, behaviour)
        _connect(engine, worker)
        workers.append(worker)
    return workers


def _surroundings(engine: ThreadsEngine, account: Account) -> Surroundings:
    def skipped(item: Item, error: BaseException) -> None:
        told = f"item {item.id} failed, skipped: {error_text(error)}"
        engine.log.append(engine.clock(), EventKind.SKIPPED, account.name, told)

    return Surroundings(
        account.name,
        engine.clock,
        engine.number,
        engine.ledger.cells,
        account.base,
        engine.sojourn_times,
        skipped,
    )


def _taker(
    spec: ConsumerSpec, account: Account, sink: Sink | None, around: Surroundings
) -> Behaviour:
    skips = spec.on_error == "skip"
    if account.role is Role.STAGE:
        return relay(sink or _unchanged, spec.service_time, spec.max_items, skips, around)
    return consume(sink or _let_go, spec.service_time, spec.max_items, skips, around)


def _connect(engine: ThreadsEngine, worker: ThreadWorker) -> None:
    account = worker.account
    if account.inputs:
        queues = tuple(engine.queues[index] for index in account.inputs)
        worker.get = get_port(queues, account.got_cell(0), worker)
    if account.outputs:
        queue = engine.queues[account.outputs[0]]
        worker.put = put_port(queue, account.put_cell(0), account.base, worker)


def _size(spec: ProducerSpec, source: object) -> int | None:
    """How many items will come, where it can be told without pulling any."""
    if not isinstance(source, Sized):
        return spec.items
    try:
        size = len(source)
    except (TypeError, NotImplementedError, OverflowError, ValueError):
        return spec.items  # a source that has a length and does not tell it
    return size if spec.items is None else min(size, spec.items)


def _texts(name: str) -> Iterator[str]:
    for number in count(1):
        yield f"{name}-{number}"


def _unchanged(data: Any) -> Any:
    return data


def _let_go(data: Any) -> None:
    """A consumer without a destination."""
