"""What can be foreseen before a run, from the means alone."""

from __future__ import annotations

import math

import pytest

from pcsim.scenario.demos import DEMOS, find
from pcsim.scenario.flow import arrival_rates
from pcsim.scenario.forecast import forecast
from tests.support.scenario_files import SMALL, read

LINE = """\
[queues]
first = {}
second = { overflow = "drop_new" }
[producers.P]
queue = "first"
interval = { distribution = "exponential", mean = 0.1 }
[consumers.S]
queue = "first"
service_time = { distribution = "uniform", low = 0.0, high = 0.1 }
count = 2
output = "second"
[consumers.C]
queue = "second"
service_time = 0.5
"""


def cautions(text: str) -> list[str]:
    """The texts of the cautions about the scenario of a file with this text."""
    return [caution.text for caution in forecast(read(text))]


def test_rates_go_through_stages() -> None:
    """What a stage can take goes on, and no more."""
    assert arrival_rates(read(LINE)) == pytest.approx({"first": 10.0, "second": 10.0})
    slow = LINE.replace("high = 0.1", "high = 1.0")
    assert arrival_rates(read(slow)) == pytest.approx({"first": 10.0, "second": 4.0})


def test_queue_that_must_overflow_is_forecast_with_the_numbers() -> None:
    """With what will happen once it is full."""
    assert cautions(LINE) == [
        "queue 'second' will fill: 10/s arrive, its consumer handles 2/s; "
        "items will then be dropped"
    ]
    assert cautions(LINE.replace("drop_new", "block")) == [
        "queue 'second' will fill: 10/s arrive, its consumer handles 2/s; saturated:"
        " its producers will then wait"
    ]
    assert cautions(LINE.replace("drop_new", "fail"))[0].endswith("; the run will then fail")
    text = LINE.replace("drop_new", "block").replace('output = "', 'put_timeout = 3\noutput = "')
    assert cautions(text)[0].endswith(
        "; saturated: its producers will then wait, and drop an item after put_timeout"
    )
    (caution,) = forecast(read(LINE))
    assert (caution.kind, caution.name) == ("queues", "second")


def test_full_speed_is_named_as_such() -> None:
    """An interval of 0 has no rate."""
    text = SMALL.replace("[consumers", "interval = 0\n[consumers")
    assert cautions(text) == [
        "queue 'main' will fill: items arrive at full speed, its consumer handles 6.7/s;"
        " saturated: its producers will then wait"
    ]
    assert cautions(text + "service_time = 0") == []


def test_a_queue_that_a_run_does_not_fill_grows_as_long_as_it_lasts() -> None:
    """Where sources are cut short by the end; where they end, there is nothing to warn about."""
    for end in ("end = { items = 12 }", "end = { time = 1.2 }"):
        assert cautions(f"{end}\n{LINE}") == [
            "queue 'second' is unstable (load 5): 10/s arrive, its consumer handles 2/s;"
            " it grows as long as the run lasts: no long-run value"
        ]
    for end in ("end = { items = 13 }", "end = { time = 2 }"):
        assert "will fill" in cautions(f"{end}\n{LINE}")[0]
    assert cautions(LINE.replace("interval", "items = 12\ninterval")) == []
    few = "interval = { distribution = 'instants', at = [0, 0, 0] }"
    assert cautions(SMALL.replace("[consumers", f"{few}\n[consumers")) == []


FAST_AND_SLOW = SMALL.replace("[consumers.C]", "[consumers.Slow]").replace(
    "[consumers", "interval = 0.1\n[consumers"
) + (
    "service_time = 0.2\n"
    '[consumers.Fast]\nqueue = "main"\nservice_time = 0.05\nmax_items = 40\n'
)  # fmt: skip
"""10/s come; Fast takes 4 in 5 of them, 40 in 5 s, and leaves 10/s to Slow, which takes 5/s."""


def test_reader_that_ends_leaves_the_rest_to_the_others() -> None:
    """A queue may fill only then."""
    assert cautions(FAST_AND_SLOW) == [
        "queue 'main' will fill once Fast has taken its max_items: 10/s arrive, the other"
        " consumer handles 5/s; saturated: its producers will then wait"
    ]
    assert cautions(FAST_AND_SLOW.replace("max_items = 40\n", "")) == []
    assert cautions(FAST_AND_SLOW + "count = 2\n") != []


@pytest.mark.parametrize(
    ("end", "is_expected"),
    [
        ("end = { time = 6.9 }", False),
        ("end = { time = 7.1 }", True),
        ("end = { items = 69 }", False),
        ("end = { items = 71 }", True),
    ],
)
def test_a_run_may_be_over_before_what_is_left_to_the_others_piles_up(
    end: str, is_expected: bool
) -> None:
    """Ten find room, two seconds after Fast has gone."""
    assert bool(cautions(f"{end}\n{FAST_AND_SLOW}")) == is_expected
    items = end.removeprefix("end = { ").removesuffix(" }")
    if items.startswith("items"):
        assert (
            bool(cautions(FAST_AND_SLOW.replace("interval", f"{items}\ninterval"))) == is_expected
        )


def test_readers_that_all_end_before_are_not_warned_about() -> None:
    """The run is over with them, and what is left is discarded."""
    slow = FAST_AND_SLOW.replace("service_time = 0.2\n", "service_time = 0.2\nmax_items = %d\n")
    assert cautions(slow % 10) == []
    assert cautions(slow % 19) == []
    assert cautions(slow % 21) != []


def test_reader_that_takes_no_time_may_leave_a_slow_one_alone() -> None:
    """Even of items that come at full speed, but not of too few."""
    text = FAST_AND_SLOW.replace("service_time = 0.05", "service_time = 0")
    full = text.replace("interval = 0.1", "interval = 0")
    assert cautions(full)[0].startswith(
        "queue 'main' will fill once Fast has taken its max_items: items arrive at full speed,"
        " the other consumer"
    )
    assert cautions(full.replace("max_items = 40\n", "")) == []
    assert cautions("end = { items = 50 }\n" + full) == []
    assert cautions("end = { items = 51 }\n" + full) != []
    assert cautions("end = { time = 5.9 }\n" + text) == []
    assert cautions("end = { time = 6.1 }\n" + text) != []


def test_load_that_can_just_be_borne_is_not_warned_about() -> None:
    """Above, not at, the rate of service."""
    text = SMALL.replace("[consumers", "interval = 0.3\ncount = 3\n[consumers")
    assert cautions(text + "service_time = 0.1") == []
    assert cautions(text + "service_time = 0.1001") != []


def test_shared_consumers_are_judged_with_all_their_queues() -> None:
    """None is too much by itself, all of them are."""
    text = """
[queues]
a = {}
b = {}
[producers]
A = { queue = "a", interval = 0.2 }
B = { queue = "b", interval = 0.2 }
[consumers.C]
queue = ["a", "b"]
service_time = 0.125
"""
    assert cautions(text) == [
        "queues 'a', 'b' will fill: 10/s arrive, their consumer handles 8/s;"
        " saturated: their producers will then wait"
    ]


def test_routing_weights_bursts_counts_and_copies_are_reckoned_with() -> None:
    """Each changes how much comes where."""
    text = """
[queues]
a = {}
b = {}
[producers.P]
queue = ["a", "b"]
interval = 0.5
count = 3
bursts = { on = 1, off = { distribution = "exponential", mean = 2 } }
%s
[consumers.C]
queue = ["a", "b"]
service_time = 0
"""
    rates = [
        arrival_rates(read(text % how))
        for how in ("", "routing = 'random'\nweights = [3, 1]", "routing = 'broadcast'",
                    "routing = 'random'\nweights = [0, 1]")
]  # fmt: skip
    assert [(r["a"], r["b"]) for r in rates] == [
        pytest.approx(pair) for pair in ((1, 1), (1.5, 0.5), (2, 2), (0, 2))
    ]


def test_failures_retries_and_dead_letters_are_reckoned_with() -> None:
    """What fails is worked on again, and goes elsewhere in the end."""
    text = """
[queues]
a = { capacity = 10 }
good = {}
bad = {}
[producers.P]
queue = "a"
interval = 1
[consumers.S]
queue = "a"
service_time = 0.5
output = "good"
failure_probability = 0.5
on_error = { retries = 1, dead_letter = "bad" }
[consumers.C]
queue = ["good", "bad"]
"""
    assert arrival_rates(read(text)) == pytest.approx({"a": 1, "good": 0.75, "bad": 0.25})
    assert cautions(text) == []
    assert cautions(text.replace("0.5\nout", "0.7\nout"))[0].startswith(
        "queue 'a' will fill: 1/s arrive"
    )


def test_cycle_that_can_fill_is_named_with_its_stages() -> None:
    """With a flow that still settles."""
    text = SMALL + 'output = "back"\n[consumers.D]\nqueue = "back"\noutput = "main"\n'
    text = text.replace("main = {}", "main = {}\nback = {}")
    forecasts = forecast(read(text))
    assert forecasts[-1].text == (
        "items can go round in a cycle (C → D → C): with 22 in its queues and hands it is full,"
        " and deadlocks"
    )
    assert (forecasts[-1].kind, forecasts[-1].name) == ("consumers", "C")
    assert all(math.isfinite(each) for each in arrival_rates(read(text)).values())


def test_cycle_that_takes_no_time_is_forecast() -> None:
    """At its first stage, with what to do."""
    text = SMALL + 'output = ["main", "back"]\nrouting = "random"\nservice_time = 0\n'
    text += "weights = [1, 0]\n"
    text += '[consumers.D]\nqueue = "back"\n'
    text = text.replace("main = {}", "main = {}\nback = {}")
    caution = next(one for one in forecast(read(text)) if one.kind == "consumers")
    assert caution.name == "C"
    assert caution.text == "items go round and round in no time: give one of C a service time"
    assert not any("no time" in line for line in cautions(text.replace("time = 0", "time = 0.1")))


@pytest.mark.parametrize("overflow", ["drop_new", "drop_old", "fail"])
def test_cycle_that_cannot_block_has_no_caution_of_a_deadlock(overflow: str) -> None:
    """One of its queues takes what comes, drops or fails; or a stage does not wait for ever."""
    text = SMALL + 'output = "back"\n[consumers.D]\nqueue = "back"\noutput = "main"\n'
    text = text.replace("main = {}", "main = {}\nback = {}")
    assert "deadlocks" in cautions(text)[-1]
    drops = text.replace("back = {}", f"back = {{ overflow = '{overflow}' }}")
    assert not any("deadlocks" in line for line in cautions(drops))
    assert not any("deadlocks" in line for line in cautions(text + "put_timeout = 1\n"))


def test_demos_have_the_cautions_that_they_promise() -> None:
    """Those that are meant to fill, or to lock up, have cautions, the others have none."""
    assert [len(forecast(demo)) for demo in DEMOS] == [0, 0, 1, 1, 2, 2, 3, 0, 0]
    assert forecast(find("back-pressure"))[0].text == (
        "queue 'main' will fill: 20/s arrive, its consumer handles 4/s; saturated:"
        " its producers will then wait"
    )
