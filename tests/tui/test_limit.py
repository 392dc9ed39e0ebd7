"""What the app says of a run's limit is simulated: of the present, and at last of the whole."""

from __future__ import annotations

from functools import partial

from pcsim.experiments.background import Answer, Work
from pcsim.launch.runs import limit_of
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from tests.support.at_once import AtOnce
from tests.tui.support import advance, picture, virtual_app

SHORT = Scenario(
    title="Short",
    queues=(QueueSpec("q", 5),),
    producers=(ProducerSpec("Feeder", "q", interval=0.2, items=60),),
    consumers=(ConsumerSpec("Worker", "q", service_time=0.4),),
)


class Later:
    """Simulations that are not ready before a test says so."""

    def __init__(self) -> None:
        self.is_ready = False
        self._done = AtOnce()

    def answer(self, task: Work[Answer]) -> Answer | None:
        return self._done.answer(task) if self.is_ready else None

    def close(self) -> None:
        return None


async def test_the_sentence_of_a_run_that_goes_on_is_the_verdict_that_stands() -> None:
    """With since when, in the present tense."""
    app = virtual_app(SHORT, limit_of=partial(limit_of, AtOnce()))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        assert "Just started." in picture(app)
        await advance(app, pilot, 1.5)
        assert "Too early to say what limits the flow." in picture(app)
        await advance(app, pilot, 10.0)
        assert "Worker is the bottleneck since the start: busy " in picture(app)
        await advance(app, pilot, 24.0)
        assert "Nothing more arrives since 0:2" in picture(app)


async def test_until_the_simulation_is_ready_nothing_is_claimed() -> None:
    """And the app does not wait for it."""
    later = Later()
    app = virtual_app(SHORT, limit_of=partial(limit_of, later))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 10.0)
        assert "Too early to say" in picture(app)
        later.is_ready = True
        await advance(app, pilot, 11.0)
        assert "Worker is the bottleneck since the start" in picture(app)


async def test_what_limited_a_finished_run_comes_when_it_is_known() -> None:
    """Until then the app says so, and goes on asking."""
    later = Later()
    app = virtual_app(SHORT, limit_of=partial(limit_of, later))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 30.0)
        assert "What limited it is being simulated." in picture(app)
        assert app.watcher.session.awaits_limit
        assert "Next:" not in picture(app)
        later.is_ready = True
        await advance(app, pilot, 32.0)
        assert "Worker was the bottleneck: busy 9" in picture(app)
        assert "One more Worker would bring" in picture(app)
        assert not app.watcher.session.awaits_limit


async def test_a_drain_is_not_alarmed_by_a_worker_that_is_as_slow_as_ever() -> None:
    """Six seconds on an item are nothing where each takes eight."""
    slow = Scenario(
        title="Slow",
        queues=(QueueSpec("q", 5),),
        producers=(ProducerSpec("Feeder", "q", interval=4.0),),
        consumers=(ConsumerSpec("Worker", "q", service_time=8.0),),
    )
    app = virtual_app(slow, limit_of=partial(limit_of, AtOnce()))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 30.0)
        await pilot.press("d")
        for second in range(31, 44):
            await advance(app, pilot, float(second))
            assert "Draining: " in picture(app)
            assert "has been on item" not in picture(app)
