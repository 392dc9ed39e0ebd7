"""Runs for the app's tests: one that a small simulation moves by hand, one that stands still.

`SteppedControl` obeys the controls as an engine does, but time passes only in `advance`, so
that every picture of it is the same on every machine.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from textual.pilot import Pilot

from pcsim.distributions import mean_of
from pcsim.errors import DeadlockError, PhaseError, Wait
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.scenario.demos import DEMOS
from pcsim.snapshot import (
    BlockReason,
    Cause,
    Event,
    EventBatch,
    EventKind,
    Failure,
    Phase,
    QueueDetail,
    QueueRow,
    Role,
    Snapshot,
    Spread,
    Totals,
    WaitingItem,
    WorkerRow,
    WorkerState,
)
from pcsim.tui.app import PcsimApp


def spread(times: list[float]) -> Spread:
    """How they are spread."""
    if not times:
        return Spread()
    ordered = sorted(times)
    last = len(ordered) - 1
    return Spread(
        len(ordered),
        sum(ordered) / len(ordered),
        ordered[last // 2],
        ordered[int(last * 0.99)],
        ordered[last],
    )


@dataclass
class Place:
    """A queue at work."""

    spec: QueueSpec
    row: QueueRow
    items: deque[WaitingItem] = field(default_factory=deque)
    waits: list[float] = field(default_factory=list)

    def update(self, at: float) -> None:
        """Bring the row up to date after a change."""
        row, depth = self.row, len(self.items)
        full, empty = row.full_time, row.empty_time
        is_full, is_empty = depth == row.capacity, depth == 0
        if row.full_since is not None and not is_full:
            full += at - row.full_since
        if row.empty_since is not None and not is_empty:
            empty += at - row.empty_since
        self.row = row._replace(
            depth=depth,
            peak_depth=max(row.peak_depth, depth),
            waiting_time=spread(self.waits),
            oldest_queued_at=self.items[0].queued_at if self.items else None,
            full_time=full,
            empty_time=empty,
            full_since=(at if row.full_since is None else row.full_since) if is_full else None,
            empty_since=(at if row.empty_since is None else row.empty_since) if is_empty else None,
            moment=sum(self.waits) - sum(item.queued_at or 0.0 for item in self.items),
        )


@dataclass
class Hand:
    """A worker at work."""

    spec: ProducerSpec | ConsumerSpec
    row: WorkerRow
    turn: int = 0
    held: WaitingItem | None = None

    def become(
        self,
        state: WorkerState,
        at: float,
        queue: str | None = None,
        reason: BlockReason | None = None,
        cause: Cause | None = None,
        error: str = "",
    ) -> None:
        """Change state, closing the span of the one before."""
        row, span = self.row, at - self.row.since
        full, empty, paused = row.blocked_full_time, row.blocked_empty_time, row.paused_time
        if row.state is WorkerState.BLOCKED and row.reason is BlockReason.FULL:
            full += span
        elif row.state is WorkerState.BLOCKED:
            empty += span
        elif row.state is WorkerState.PAUSED:
            paused += span
        over = state in (WorkerState.DONE, WorkerState.FAILED)
        self.row = row._replace(
            state=state,
            queue=queue,
            reason=reason,
            since=at,
            ended_at=at if over else None,
            blocked_full_time=full,
            blocked_empty_time=empty,
            paused_time=paused,
            end_cause=cause,
            error=error,
        )


class SteppedControl:
    """A run that goes forward only in `advance`. `calls` has the controls used.

    `failing` names a worker and the number of its item that raises.
    """

    def __init__(self, scenario: Scenario, failing: tuple[str, int] | None = None) -> None:
        self.calls: list[str] = []
        self.scenario = scenario
        self.failing = failing
        self.at = 0.0
        self.phase = Phase.CREATED
        self.producing = True
        self.version = 0
        self.failure: Failure | None = None
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._sequence = 0
        self._events: list[Event] = []
        self._sojourns: list[float] = []
        self._born: dict[int, float] = {}
        self._next_id = 1
        self.places = {q.name: Place(q, QueueRow(q.name, q.capacity)) for q in scenario.queues}
        self.hands = {p.name: Hand(p, _producer_row(p)) for p in scenario.producers}
        self.hands |= {c.name: Hand(c, _consumer_row(c)) for c in scenario.consumers}

    # -- controls

    def start(self) -> None:
        self.calls.append("start")
        if self.phase is not Phase.CREATED:
            raise PhaseError("it has begun before")
        self.phase = Phase.RUNNING
        self._log(EventKind.STARTED, "run", count=len(self.hands))
        for place in self.places.values():
            place.row = place.row._replace(empty_since=0.0)
        for hand in self.hands.values():
            hand.become(WorkerState.RUNNING, 0.0)
        for hand in list(self.hands.values()):
            if isinstance(hand.spec, ProducerSpec):
                self._next_item(hand)
            else:
                self._get(hand)

    def pause_producing(self) -> None:
        self.calls.append("pause_producing")
        self.producing = False
        self._log(EventKind.CONTROL, "run", cause=Cause.PAUSED)

    def resume_producing(self) -> None:
        self.calls.append("resume_producing")
        self.producing = True
        self._log(EventKind.CONTROL, "run", cause=Cause.RESUMED)
        for hand in self.hands.values():
            if hand.row.state is WorkerState.PAUSED:
                hand.become(WorkerState.RUNNING, self.at)
                self._next_item(hand)

    def drain(self) -> None:
        self.calls.append("drain")
        if self.phase is Phase.RUNNING:
            self.phase = Phase.DRAINING
            self._log(EventKind.CONTROL, "run", cause=Cause.DRAINED)

    def abort(self) -> None:
        self.calls.append("abort")
        if self.phase.is_over:
            return
        self._log(EventKind.CONTROL, "run", cause=Cause.ABORTED)
        self._end(Phase.ABORTED)

    def join(self, timeout: float | None = None) -> bool:
        self.calls.append("join")
        return self.phase.is_over

    def events(self, since: int = 0) -> EventBatch:
        return EventBatch(tuple(self._events[since:]), next_number=len(self._events))

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        items = tuple(self.places[name].items)
        return QueueDetail(name, len(items), items[:limit])

    def snapshot(self) -> Snapshot:
        workers = tuple(hand.row for hand in self.hands.values())
        queues = tuple(place.row for place in self.places.values())
        return Snapshot(
            self.version, self.at, self.phase, self.producing, queues, workers,
            _totals(queues, workers), spread(self._sojourns), self.failure,
            title=self.scenario.title,
        )  # fmt: skip

    # -- time

    def advance(self, to: float) -> SteppedControl:
        """Let time pass until that instant, or until the end."""
        while self._agenda and not self.phase.is_over:
            due, _, happen = self._agenda[0]
            if due > to:
                break
            heapq.heappop(self._agenda)
            self.at = due
            happen()
            self._look_for_the_end()
        if not self.phase.is_over:
            self._look_for_the_end()
        if not self.phase.is_over:
            self.at = to
        return self

    def _after(self, seconds: float, happen: Callable[[], None]) -> None:
        self._sequence += 1
        heapq.heappush(self._agenda, (self.at + seconds, self._sequence, happen))

    def _log(self, kind: EventKind, subject: str, **fields: Any) -> None:
        self.version += 1
        self._events.append(Event(len(self._events), self.at, kind, subject, **fields))

    # -- workers

    def _next_item(self, hand: Hand) -> None:
        spec, row = hand.spec, hand.row
        assert isinstance(spec, ProducerSpec)
        if spec.items is not None and row.produced_total >= spec.items:
            self._finish(hand)
        elif self.phase is Phase.DRAINING:
            self._finish(hand, Cause.DRAINED)
        elif not self.producing:
            hand.become(WorkerState.PAUSED, self.at)
        else:
            self._after(mean_of(spec.interval), lambda: self._make(hand))

    def _make(self, hand: Hand) -> None:
        number = hand.row.produced_total + 1
        hand.row = hand.row._replace(produced_total=number, in_hand=1)
        item = WaitingItem(self._next_id, f"{hand.row.name}-{number}", hand.row.name, self.at)
        self._born[item.id] = self.at
        self._next_id += 1
        hand.held = item
        self.version += 1
        if self.failing == (hand.row.name, number):
            self._fail(hand, number)
        else:
            self._put(hand)

    def _put(self, hand: Hand) -> None:
        name = hand.row.outputs[0]
        place = self.places[name]
        if len(place.items) >= place.spec.capacity:
            if hand.row.state is not WorkerState.BLOCKED:
                hand.become(WorkerState.BLOCKED, self.at, name, BlockReason.FULL)
                self._log(EventKind.BLOCKED, hand.row.name, queue=name, reason=BlockReason.FULL)
            return
        if hand.row.state is WorkerState.BLOCKED:
            seconds, number = self.at - hand.row.since, hand.row.item_number
            hand.become(WorkerState.RUNNING, self.at)
            wait: dict[str, Any] = {"queue": name, "reason": BlockReason.FULL, "seconds": seconds}
            self._log(EventKind.RESUMED, hand.row.name, item=number, **wait)
        assert hand.held is not None
        place.items.append(hand.held._replace(queued_at=self.at))
        place.row = place.row._replace(put_total=place.row.put_total + 1)
        place.update(self.at)
        hand.held = None
        hand.row = hand.row._replace(put_total=hand.row.put_total + 1, in_hand=0)
        if isinstance(hand.spec, ProducerSpec):
            self._next_item(hand)
        else:
            self._get(hand)
        self._wake(BlockReason.EMPTY)

    def _wake(self, reason: BlockReason) -> None:
        for hand in self.hands.values():
            if hand.row.state is WorkerState.BLOCKED and hand.row.reason is reason:
                if reason is BlockReason.EMPTY:
                    self._get(hand)
                else:
                    self._put(hand)

    def _get(self, hand: Hand) -> None:
        spec = hand.spec
        assert isinstance(spec, ConsumerSpec)
        if spec.max_items is not None and hand.row.got_total >= spec.max_items:
            self._finish(hand, Cause.MAX_ITEMS)
            return
        names = spec.inputs[hand.turn :] + spec.inputs[: hand.turn]
        name = next((name for name in names if self.places[name].items), None)
        if name is None:
            if all(self.places[name].row.closed for name in names):
                self._finish(hand)
            elif hand.row.state is not WorkerState.BLOCKED:
                hand.become(WorkerState.BLOCKED, self.at, names[0], BlockReason.EMPTY)
                self._log(
                    EventKind.BLOCKED, hand.row.name, queue=names[0], reason=BlockReason.EMPTY
                )
            return
        if hand.row.state is WorkerState.BLOCKED:
            number = hand.row.got_total + 1
            seconds = self.at - hand.row.since
            hand.become(WorkerState.RUNNING, self.at)
            wait: dict[str, Any] = {"queue": name, "reason": BlockReason.EMPTY, "seconds": seconds}
            self._log(EventKind.RESUMED, hand.row.name, item=number, **wait)
        hand.turn = (spec.inputs.index(name) + 1) % len(spec.inputs)
        place = self.places[name]
        hand.held = place.items.popleft()
        place.waits.append(self.at - hand.held.queued_at)
        place.row = place.row._replace(got_total=place.row.got_total + 1)
        place.update(self.at)
        hand.row = hand.row._replace(got_total=hand.row.got_total + 1, in_hand=1)
        self.version += 1
        self._after(mean_of(spec.service_time), lambda: self._serve(hand))
        self._wake(BlockReason.FULL)

    def _serve(self, hand: Hand) -> None:
        assert hand.held is not None
        if self.failing == (hand.row.name, hand.row.got_total):
            self._fail(hand, hand.row.got_total)
        elif hand.row.outputs:
            self._put(hand)
        else:
            self._sojourns.append(self.at - self._born[hand.held.id])
            hand.held = None
            hand.row = hand.row._replace(done_total=hand.row.done_total + 1, in_hand=0)
            self.version += 1
            self._get(hand)

    def _finish(self, hand: Hand, cause: Cause | None = None) -> None:
        hand.become(WorkerState.DONE, self.at, cause=cause)
        self._log(EventKind.DONE, hand.row.name, cause=cause, limit=hand.row.max_items)
        for name, place in self.places.items():
            feeders = [h for h in self.hands.values() if name in h.row.outputs]
            if not place.row.closed and all(h.row.state is WorkerState.DONE for h in feeders):
                place.row = place.row._replace(closed=True)
                self._log(EventKind.CLOSED, name)
        for other in self.hands.values():
            if other.row.state is WorkerState.BLOCKED and other.row.reason is BlockReason.EMPTY:
                self._get(other)

    def _fail(self, hand: Hand, number: int) -> None:
        message = "ValueError: price is missing"
        trace = 'Traceback (most recent call last):\n  File "shop.py", line 7, in serve\n' + message
        self.failure = Failure(hand.row.name, number, message, trace)
        hand.held = None
        hand.become(WorkerState.FAILED, self.at, error=message)
        hand.row = hand.row._replace(failed_total=1, in_hand=0)
        self._log(EventKind.FAILED, hand.row.name, item=number, message=message)
        self._end(Phase.FAILED)

    def _look_for_the_end(self) -> None:
        states = {hand.row.state for hand in self.hands.values()}
        if states <= {WorkerState.DONE}:
            self._end(Phase.FINISHED)
        elif not self._agenda and states <= {WorkerState.BLOCKED, WorkerState.DONE}:
            stuck = [h.row for h in self.hands.values() if h.row.state is WorkerState.BLOCKED]
            waits = tuple(Wait(r.name, (r.queue or "",), r.reason or "") for r in stuck)
            self.failure = Failure("", 0, str(DeadlockError(waits)), waits=waits)
            self.phase = Phase.FAILED
            self._log(EventKind.ENDED, "run", message="deadlock")

    def _end(self, phase: Phase) -> None:
        for hand in self.hands.values():
            if hand.held is not None:
                hand.row = hand.row._replace(in_hand=0, discarded_total=1)
                hand.held = None
            if hand.row.state not in (WorkerState.DONE, WorkerState.FAILED):
                hand.become(WorkerState.DONE, self.at, cause=Cause.ABORTED)
        for place in self.places.values():
            place.row = place.row._replace(closed=True, discarded_total=len(place.items))
            place.items.clear()
            place.update(self.at)
        self.phase = phase
        self._log(EventKind.ENDED, "run", message=phase.value)


class StillControl(SteppedControl):
    """Shows one snapshot for ever; the controls are noted and change nothing."""

    def __init__(self, snapshot: Snapshot, events: tuple[Event, ...] = ()) -> None:
        self.calls = []
        self.shown = snapshot
        self._events = list(events)

    def start(self) -> None:
        self.calls.append("start")

    def pause_producing(self) -> None:
        self.calls.append("pause_producing")

    def resume_producing(self) -> None:
        self.calls.append("resume_producing")

    def drain(self) -> None:
        self.calls.append("drain")

    def abort(self) -> None:
        self.calls.append("abort")

    def join(self, timeout: float | None = None) -> bool:
        return self.shown.phase.is_over

    def snapshot(self) -> Snapshot:
        return self.shown

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        return QueueDetail(name, 0, ())


class Clock:
    """A clock that stands until it is told to go on, but for `tick` seconds with each look."""

    def __init__(self) -> None:
        self.now = 0.0
        self.tick = 0.0

    def __call__(self) -> float:
        self.now += self.tick
        return self.now


def _producer_row(spec: ProducerSpec) -> WorkerRow:
    return WorkerRow(spec.name, Role.PRODUCER, (), spec.outputs, source_size=spec.items)


def _consumer_row(spec: ConsumerSpec) -> WorkerRow:
    outputs = spec.outputs
    role = Role.STAGE if outputs else Role.CONSUMER
    return WorkerRow(spec.name, role, spec.inputs, outputs, max_items=spec.max_items)


def _totals(queues: tuple[QueueRow, ...], workers: tuple[WorkerRow, ...]) -> Totals:
    makers = [row for row in workers if row.role is Role.PRODUCER]
    takers = [row for row in workers if row.role is not Role.PRODUCER]
    return Totals(
        produced=sum(row.produced_total for row in makers),
        in_producers_hands=sum(row.in_hand for row in makers),
        queued=sum(row.depth for row in queues),
        in_workers_hands=sum(row.in_hand for row in takers),
        consumed=sum(row.done_total for row in takers),
        failed=sum(row.failed_total for row in workers),
        discarded=sum(q.discarded_total for q in queues) + sum(w.discarded_total for w in workers),
    )


def app_for(
    scenario: Scenario,
    *,
    failing: tuple[str, int] | None = None,
    catalogue: tuple[Scenario, ...] = DEMOS,
    ascii_only: bool = False,
    autostart: bool = False,
) -> PcsimApp:
    """The app on such runs, with a clock that stands and no timer."""
    return PcsimApp(
        lambda chosen: SteppedControl(chosen, failing),
        scenario,
        catalogue,
        clock=Clock(),
        live=False,
        ascii_only=ascii_only,
        autostart=autostart,
    )


def run_of(app: PcsimApp) -> SteppedControl:
    """The run that the app shows."""
    assert isinstance(app.control, SteppedControl)
    return app.control


def clock_of(app: PcsimApp) -> Clock:
    """The clock that the app has been given."""
    assert isinstance(app.clock, Clock)
    return app.clock


async def advance(app: PcsimApp, pilot: Pilot[None], to: float, step: float = 0.1) -> None:
    """Let the run go on to that instant, with a look every `step` seconds as the timer would."""
    clock, run = clock_of(app), run_of(app)
    while clock.now < to - 1e-9:
        clock.now = round(min(clock.now + step, to), 9)
        run.advance(clock.now)
        app.watcher.poll()
    await pilot.pause()


def picture(app: PcsimApp) -> str:
    """What the screen shows, as text."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def on_dashboard(app: PcsimApp) -> bool:
    """Whether nothing is open over the dashboard."""
    return app.screen is app.dashboard
