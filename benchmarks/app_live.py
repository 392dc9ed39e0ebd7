"""What a view that has answers worked out costs the run that it is about.

    python benchmarks/app_live.py              the views What-if and Sizing, in about two minutes
    python benchmarks/app_live.py --quick      shorter, less exact

A system runs on threads as fast as it can, in the process of the app: whatever the app does takes
from what the system handles. In turn the overview is open for some seconds, and the view, while
its answers are simulated in another process without a pause. The two differ by what it costs: in a
second of the machine's clock, and in a second of the processor, which says the same where others
keep the machine busy, without what the other process takes. `app_budget.py` runs this as well.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

VIEWS = {4: "what-if", 5: "sizing"}
"""The views, by their digits."""
SETTLES = 0.5
"""Seconds after which a view is there, and what was begun for the one before is done."""
MOST_COST = 3.0
"""Percent of what the run handles."""


class Cost(NamedTuple):
    """What a view takes from the run, in percent of what that handles: means over the turns.

    Attributes:
        cpu: In a second of the processor.
        wall: In a second of the clock.
        half_widths: Half the widths of their 95 % intervals.
        answers: Rows that were worked out meanwhile.
    """

    cpu: float
    wall: float
    half_widths: tuple[float, float]
    answers: int

    @property
    def is_good(self) -> bool:
        """Whether it may be little: it is too much where the whole intervals say so, and nothing
        is known of it where there were no answers."""
        means = (self.cpu, self.wall)
        return self.answers > 0 and all(
            mean - half <= MOST_COST for mean, half in zip(means, self.half_widths, strict=True)
        )

    @property
    def text(self) -> str:
        """It in a few words."""
        return f"{self.cpu:.1f} ±{self.half_widths[0]:.1f} %"

    @property
    def by_clock(self) -> str:
        """What it is by the clock, and from how many answers."""
        return f"by the clock {self.wall:.1f} ±{self.half_widths[1]:.1f} %, {self.answers} answers"


def asked_about() -> Any:
    """A system about which there is a lot to simulate."""
    from pcsim.distributions import Exponential
    from pcsim.scenario import ConsumerSpec, End, Overflow, ProducerSpec, QueueSpec, Scenario

    return Scenario(
        title="Orders",
        queues=(QueueSpec("orders", 20, Overflow.DROP_NEW), QueueSpec("parcels", 10)),
        producers=(ProducerSpec("shop", "orders", Exponential(0.1)),),
        consumers=(
            ConsumerSpec("clerk", "orders", Exponential(0.28), output="parcels", count=3),
            ConsumerSpec("courier", "parcels", Exponential(0.15), count=2),
        ),
        end=End(time=3600.0),
    )


def busy_system() -> Any:
    """A system that is held up by nothing but the processor: its worker computes all the time."""
    from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario

    return Scenario(
        title="As fast as it can",
        queues=(QueueSpec("main", 100),),
        producers=(ProducerSpec("maker", "main", interval=0.0),),
        consumers=(ConsumerSpec("taker", "main", 0.0),),
    )


def compute(_item: object) -> None:
    """Compute for about half a millisecond, with Python's lock."""
    for number in range(10_000):
        number * number


def advisor(simulations: Any) -> Callable[..., Any]:
    """What makes an advisor about `asked_about`, whatever is shown."""
    from pcsim.launch.runs import advisor_of

    no_run: Any = None  # of a run that is shown, it would be what that has measured
    return lambda _control, _scenario: advisor_of(simulations, simulations, no_run, asked_about())


class Turns:
    """Opens the overview and a view in turn, and notes what the run handles.

    Args:
        app: The app.
        page: The digit of the view.
        turns: How often each is open.
        seconds: How long.
        report: Where the result is written.
    """

    def __init__(self, app: Any, page: int, turns: int, seconds: float, report: Path) -> None:
        self._app = app
        self._page = page
        self._left = turns * 2
        self._seconds = seconds
        self._report = report
        self._noted = (0.0, 0.0, 0)
        self._rates: list[tuple[tuple[float, float], tuple[float, float]]] = []
        self._on_overview = (0.0, 0.0)
        self._answers = 0

    def prepare(self) -> None:
        """Open the view before the start, so that its answers are about what is described."""
        self._app.action_page(self._page)
        self._app.set_timer(2.0, self._start)

    def _start(self) -> None:
        self._app.action_page(1)
        self._app.action_start()
        self._app.set_timer(1.0, self._turn)

    def _turn(self) -> None:
        self._app.action_page(1 if self._left % 2 == 0 else self._page)
        if self._left % 2:
            self._keep_busy()
        self._app.set_timer(SETTLES, self._begin)

    def _keep_busy(self) -> None:
        """Ask anew where all is known: twice as many runs, or half."""
        advisor = self._app.watcher.session.view.advising.advisor
        rows = advisor._rows if self._page == 4 else advisor.sizes._rows
        if rows is not None:
            self._answers += len(rows.found)
        asks = advisor if self._page == 4 else advisor.sizes
        asks.more(9)
        asks.more(-1 if self._left % 4 == 1 else 0)

    def _begin(self) -> None:
        self._noted = self._now()
        self._app.set_timer(self._seconds, self._end)

    def _end(self) -> None:
        cpu, wall, handled = (
            now - then for now, then in zip(self._now(), self._noted, strict=True)
        )
        rate = handled / cpu, handled / wall
        if self._left % 2 == 0:
            self._on_overview = rate
        else:
            self._rates.append((self._on_overview, rate))
        self._left -= 1
        if self._left:
            self._turn()
            return
        result = {"rates": self._rates, "answers": self._answers}
        self._report.write_text(json.dumps(result))
        os._exit(0)

    def _now(self) -> tuple[float, float, int]:
        handled: int = self._app.control.snapshot().totals.consumed
        return time.process_time(), time.perf_counter(), handled


def child(page: int, turns: int, seconds: float, report: str) -> None:
    """Run the app over the fast system."""
    from pcsim.engine.threads.engine import ThreadsEngine
    from pcsim.experiments.background import InBackground
    from pcsim.launch.keeping import keep
    from pcsim.tui.app import PcsimApp
    from pcsim.tui.exhibits import Runs

    def launch(scenario: Any) -> ThreadsEngine:
        return ThreadsEngine(scenario, sinks={"taker": compute})

    runs = Runs(launch, busy_system(), keep=keep, advisor_of=advisor(InBackground()))
    app = PcsimApp(runs)
    app.call_later(Turns(app, page, turns, seconds, Path(report)).prepare)
    app.run()


def cost_of(rates: list[list[list[float]]], answers: int) -> Cost:
    """Return what the second of each two rates lacks of the first.

    Args:
        rates: Two in each turn, each by the processor and by the clock.
        answers: Rows that were worked out meanwhile.

    >>> cost_of([[[100.0, 50.0], [98.0, 49.5]], [[200.0, 100.0], [196.0, 99.0]]], 3)
    Cost(cpu=2.0, wall=1.0, half_widths=(0.0, 0.0), answers=3)
    """
    from pcsim.theory.statistics import confidence_interval

    cpu, wall = (
        confidence_interval([round((1 - b[kind] / a[kind]) * 100, 9) for a, b in rates])
        for kind in (0, 1)
    )
    return Cost(cpu.mean, wall.mean, (cpu.half_width or 0.0, wall.half_width or 0.0), answers)


def live_cost(
    in_terminal: Callable[..., tuple[Any, float]], page: int, turns: int, seconds: float
) -> Cost:
    """Measure what a view takes from a run while answers are worked out for it.

    Args:
        in_terminal: That of `app_budget.py`.
        page: The digit of the view.
        turns: How often the overview and it are open.
        seconds: How long each time.
    """
    result, _ = in_terminal(
        (120, 40), "--page", str(page), "--turns", str(turns), "--seconds", str(seconds)
    )
    return cost_of(result["rates"], result["answers"])


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what a view costs the run.")
    parser.add_argument("--quick", action="store_true", help="measure shorter, less exactly")
    quick = parser.parse_args().quick
    from app_budget import in_terminal

    wrong = []
    for page, name in VIEWS.items():
        cost = live_cost(in_terminal, page, 6 if quick else 16, 2.0)
        print(f"{name:<10}{cost.text} of what the run handles; {cost.by_clock}")
        if not cost.is_good:
            wrong.append(f"{name} takes {cost.text} from the run, never above {MOST_COST:.0f} %")
    if wrong:
        sys.exit(f"app_live: {'; '.join(wrong)}")


if __name__ == "__main__":
    main()
