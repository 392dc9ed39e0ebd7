"""The systems that the app's tests show."""

from __future__ import annotations

from pathlib import Path

from pcsim.distributions import Exponential
from pcsim.scenario import ConsumerSpec, End, Overflow, ProducerSpec, QueueSpec, Scenario
from pcsim.scenario.demos import DEMOS
from pcsim.scenario.file import load

CASES = Path(__file__).parent.parent / "cases" / "app"
BACK_PRESSURE = DEMOS[2]
COFFEE_BAR = Scenario(
    name="coffee-bar",
    title="A coffee bar with two baristas",
    description="Guests come when they like, order at the till, and wait for their coffee.",
    watch="how a line forms now and then although nobody is busy all day.",
    seed=7,
    queues=(QueueSpec("line", 12), QueueSpec("orders", 4)),
    producers=(ProducerSpec("Door", "line", interval=Exponential(30.0)),),
    consumers=(
        ConsumerSpec("Till", ("line",), Exponential(22.0), output="orders"),
        ConsumerSpec("Ada", ("orders",), Exponential(45.0)),
        ConsumerSpec("Bo", ("orders",), Exponential(52.0)),
    ),
)

CYCLE = Scenario(
    title="A cycle that fills up",
    description="Two stages put in each other's queues.",
    queues=(QueueSpec("todo", 2), QueueSpec("again", 2)),
    producers=(ProducerSpec("Feeder", "todo", interval=0.05, items=40),),
    consumers=(
        ConsumerSpec("Splitter", ("todo",), 0.02, output="again"),
        ConsumerSpec("Returner", ("again",), 0.02, output="todo"),
    ),
)
THOUSAND = Scenario(
    title="A thousand workers",
    queues=(QueueSpec("work", 50), QueueSpec("results", 100)),
    producers=tuple(
        ProducerSpec(f"P{n:03}", "work", interval=0.5 + n % 7 / 10) for n in range(500)
    ),
    consumers=(
        *(ConsumerSpec(f"W{n:03}", ("work",), 0.9, output="results") for n in range(499)),
        ConsumerSpec("Sink", ("results",), 0.001),
    ),
)
NO_PRODUCERS = Scenario(
    title="Nobody begins",
    queues=(QueueSpec("left", 2), QueueSpec("right", 2)),
    consumers=(
        ConsumerSpec("There", ("left",), 0.1, output="right"),
        ConsumerSpec("Back", ("right",), 0.1, output="left"),
    ),
)
HOSTILE_NAMES = (
    "[red]",
    "[/nope]",
    "[@click=app.quit]x[/]",
    "[/",
    "esc\x1b[31m",
    "osc\x1b]52;c;aGk=\x07",
    "c1\x9b31m\x85",
    "bidi\u202egnirts",
    "line\nbreak\rand\ttab",
    "漢字 wide",
    "zero\u200bwidth e\u0301",
    "lone \ud800 surrogate",
)
HOSTILE = Scenario(
    title="[bold]hostile\x1b]0;owned\x07[/",
    description="[red]described[/nope] \x1b[2J",
    watch="[/ \u202e",
    queues=tuple(QueueSpec(name, 3) for name in HOSTILE_NAMES),
    producers=tuple(
        ProducerSpec(f"P{name}", name, interval=0.05, items=9) for name in HOSTILE_NAMES
    ),
    consumers=tuple(ConsumerSpec(f"C{name}", (name,), service_time=0.2) for name in HOSTILE_NAMES),
)
STEADY = Scenario(
    title="Ten a second",
    queues=(QueueSpec("main", 5),),
    producers=(ProducerSpec("P", "main", interval=0.1),),
    consumers=(ConsumerSpec("C", ("main",), service_time=0.05),),
)
STORE = Scenario(
    title="Orders, and a store that is slow",
    queues=(QueueSpec("orders", 6, Overflow.DROP_NEW), QueueSpec("store", 4)),
    producers=(ProducerSpec("shop", "orders", Exponential(0.1)),),
    consumers=(
        ConsumerSpec("clerk", ("orders",), Exponential(0.4), output="store", count=3),
        ConsumerSpec("writer", ("store",), Exponential(0.25)),
    ),
    end=End(time=60.0),
)
FAN, THREE_HUNDRED, LOCKS_UP = (
    load(CASES / f"{name}.toml", Scenario) for name in ("fan", "w300", "cycle")
)
