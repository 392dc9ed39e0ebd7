"""Keys of a scenario file: each of its type, in its range, and known."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from pcsim.distributions import Exponential, Hyperexponential, Instants
from pcsim.scenario import (
    Bursts,
    ConsumerSpec,
    Discipline,
    End,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Retry,
    Routing,
    Scenario,
    Selection,
)  # fmt: skip
from tests.support.cases import case
from tests.support.scenario_files import SMALL, WHOLE, on_producer, on_queue, read, refused


def test_every_key_reaches_its_spec() -> None:
    """The fields of the specs are the keys; whole numbers are fine for times."""
    whole = Scenario(
        title="Everything", description="All keys.", watch="it.", seed=4, warm_up="auto",
        name="my", end=End(3600.0, 9),
        queues=(
            QueueSpec("a", 5, Overflow.DROP_OLD, Discipline.LIFO), QueueSpec("b"), QueueSpec("c"),
        ),
        producers=(
            ProducerSpec(
                "P", ("a", "b"), Hyperexponential(2, 3), 7, 3, Routing.RANDOM, (1.0, 2.5), 4.0,
                Bursts(1.0, Exponential(2)), -2,
            ),
        ),
        consumers=(
            ConsumerSpec(
                "S", "a", 2.0, 8, ("b",), Retry(2, "c"), 2, routing=Routing.SHORTEST,
                put_timeout=0.5, failure_probability=1.0,
            ),
            ConsumerSpec("E", ("b", "c"), on_error="skip", selection=Selection.LONGEST),
        ),
    )  # fmt: skip
    assert read(WHOLE) == whole


def test_specs_are_those_that_msgspec_makes() -> None:
    """Same values, same types, as by msgspec's own strict conversion."""
    import tomllib

    tables = tomllib.loads(WHOLE)
    for kind in ("queues", "producers", "consumers"):
        tables[kind] = [{"name": name, **keys} for name, keys in tables[kind].items()]
    converted = msgspec.convert(tables | {"name": "my"}, Scenario)
    assert read(WHOLE) == converted
    assert msgspec.json.encode(read(WHOLE)) == msgspec.json.encode(converted)


def test_keys_that_are_left_out_have_the_defaults_of_python() -> None:
    """A file has only the keys that it needs."""
    assert read(SMALL) == Scenario(
        (QueueSpec("main"),), (ProducerSpec("P", "main"),), (ConsumerSpec("C", "main"),), name="my"
    )


CAPACITY = "capacity of queue 'main' must be a whole number from 1 to 1,000,000,000"
INTERVAL = (
    "interval of producer 'P' must be a number of seconds, 0 or more, or a table with a"
    " distribution"
)
NAMES = (
    "'uniform', 'exponential', 'normal', 'lognormal', 'gamma', 'erlang', 'hyperexponential',"
    " 'empirical' or 'instants'"
)


WRONG_VALUES = [
    (on_queue("capacity = true"), f"2: {CAPACITY}, not true"),
    (on_queue("capacity = 0"), f"2: {CAPACITY}, not 0"),
    (on_queue("capacity = -1"), f"2: {CAPACITY}, not -1"),
    (on_queue("capacity = 2.5"), f"2: {CAPACITY}, not 2.5"),
    (on_queue("capacity = nan"), f"2: {CAPACITY}, not nan"),
    (on_queue("capacity = '3'"), f"2: {CAPACITY}, not '3'"),
    (on_queue("capacity = 1180591620717411303424"),
     f"2: {CAPACITY}, not 1180591620717411303424"),
    (on_queue("capacity = 2026-01-01"), f"2: {CAPACITY}, not a date"),
    (on_queue("capacity = 12:00:00"), f"2: {CAPACITY}, not a time of day"),
    (on_queue("capacity = [1]"), f"2: {CAPACITY}, not a list"),
    (on_queue("capacity = {}"), f"2: {CAPACITY}, not a table"),
    (on_queue("overflow = 'drop_nw'"), "2: overflow of queue 'main' must be 'block',"
     " 'drop_new', 'drop_old' or 'fail', not 'drop_nw'; did you mean 'drop_new'?"),
    (on_queue("discipline = 1"), "2: discipline of queue 'main' must be 'fifo', 'lifo' or"
     " 'priority', not 1"),
    (on_queue("capcity = 3"), "2: unknown key 'capcity' of queue 'main'; did you mean"
     " 'capacity'?"),
    (on_queue("name = 'x'"), "2: unknown key 'name' of queue 'main'; its name is that of its"
     " table: [queues.NAME]"),
    (on_producer("interval = -1"), f"5: {INTERVAL}, not -1"),
    (on_producer("interval = inf"), f"5: {INTERVAL}, not inf"),
    (on_producer("interval = nan"), f"5: {INTERVAL}, not nan"),
    (on_producer("interval = 1e400"), f"5: {INTERVAL}, not inf"),
    (on_producer("interval = true"), f"5: {INTERVAL}, not true"),
    (on_producer("interval = [1]"), f"5: {INTERVAL}, not a list"),
    (on_producer("interval = '1s'"), f"5: {INTERVAL}, not '1s'"),
    (on_producer("interval = { mean = 1 }"), "5: interval of producer 'P' has no distribution;"
     f" it must be {NAMES}"),
    (on_producer("interval = { distribution = 'exponental', mean = 1 }"),
     f"5: interval.distribution of producer 'P' must be {NAMES}, not 'exponental';"
     " did you mean 'exponential'?"),
    (on_producer("interval = { distribution = ['gamma'] }"),
     f"5: interval.distribution of producer 'P' must be {NAMES}, not a list"),
    (on_producer("interval = { distribution = 'exponential' }"),
     "5: interval of producer 'P' has no mean; it must be seconds, from 1e-12 to 1e12"),
    (on_producer("interval = { distribution = 'exponential', mean = 0 }"),
     "5: interval.mean of producer 'P' must be seconds, from 1e-12 to 1e12, not 0.0"),
    (on_producer("interval = { distribution = 'exponential', meen = 1 }"),
     "5: unknown key 'meen' of interval of producer 'P'; did you mean 'mean'?"),
    (on_producer("interval.distribution = 'uniform'\ninterval.low = 3\ninterval.high = 2"),
     "6: interval.low of producer 'P' must be at most high, which is 2, not 3.0"),
    (on_producer("interval = { distribution = 'instants', at = [2, 1] }"),
     "5: number 2 of interval.at of producer 'P' must be at least the one before, 2, not 1.0"),
    (on_producer("interval = { distribution = 'empirical', values = [1, 'x'] }"),
     "5: number 2 of interval.values of producer 'P' must be seconds, 0 or from 1e-12"
     " to 1e12, not 'x'"),
    (on_producer("interval = 1e308"), "5: interval of producer 'P' must be at most 1e12"
     " seconds, not 1e+308"),
    (on_producer("weights = [1e308]\nrouting = 'random'"), "5: number 1 of weights of producer"
     " 'P' must be a number from 0 to 1e12, not 1e+308"),
    (on_producer("interval = 5e-324"), "5: interval of producer 'P' must be 0, or 1e-12"
     " seconds or more, not 5e-324"),
    (on_producer("items = 1.0"), "5: items of producer 'P' must be a whole number, 0 or more,"
     " not 1.0"),
    (on_producer("items = 9223372036854775807"), "5: items of producer 'P' must be a whole"
     " number from 0 to 1,000,000,000,000,000,000, not 9223372036854775807"),
    (on_producer("count = 0"), "5: count of producer 'P' must be a whole number, 1 or more,"
     " not 0"),
    (on_producer("weights = [1]"), "5: weights of producer 'P' need routing 'random', not"
     " 'round_robin'"),
    (on_producer("weights = [1, 2]\nrouting = 'random'"), "5: weights of producer 'P' must be"
     " 1 number, one for each queue, not 2"),
    (on_producer("weights = 1"), "5: weights of producer 'P' must be a list of numbers, not 1"),
    (on_producer("bursts = { on = 0, off = 1 }"), "5: bursts.on of producer 'P' must be more"
     " than 0 seconds on average, not 0 s"),
    (on_producer("bursts = { on = { distribution = 'uniform', low = 0, high = 0 }, off = 1 }"),
     "5: bursts.on of producer 'P' must be more than 0 seconds on average, not uniform,"
     " 0 s to 0 s"),
    (on_producer("interval = 0\nbursts = { on = 1, off = 1 }"), "6: bursts of producer 'P' need"
     " an interval of more than 0 seconds, not 0 s"),
    (on_producer("bursts = { on = 1e-9, off = 1 }\ninterval = 1e9"), "5: bursts of"
     " producer 'P' have too short a time on: more than 1,000,000 bursts in one"
     " interval (277777:46:40)"),
    (on_producer("bursts = { on = 1 }"), "5: bursts of producer 'P' has no off; it must be"
     " a number of seconds, 0 or more, or a table with a distribution"),
    (on_producer("bursts = 3"), "5: bursts of producer 'P' must be a table with on and off,"
     " not 3"),
    (on_producer("priority = 10000000000"), "5: priority of producer 'P' must be a whole"
     " number from -1,000,000,000 to 1,000,000,000, not 10000000000"),
    (on_producer("source = 'os:system'"), "5: unknown key 'source' of producer 'P'; known:"
     " 'queue', 'interval', 'items', 'count', 'routing', 'weights', 'put_timeout', 'bursts',"
     " …"),
    (SMALL + "service_time = { distribution = 'instants', at = [1] }", "7: service_time of"
     " consumer 'C' cannot be a list of instants: those are for a producer's interval"),
    (SMALL + "on_error = 'skp'", "7: on_error of consumer 'C' must be 'fail', 'skip' or a"
     " table with retries and dead_letter, not 'skp'; did you mean 'skip'?"),
    (SMALL + "on_error = { retries = -1, dead_letter = 'main' }", "7: on_error.retries of"
     " consumer 'C' must be a whole number from 0 to 1,000, not -1"),
    (SMALL + "failure_probability = 1.5", "7: failure_probability of consumer 'C' must be a"
     " number from 0 to 1, not 1.5"),
    (SMALL + "max_items = 0", "7: max_items of consumer 'C' must be a whole number, 1 or more,"
     " not 0"),
    (SMALL + "output = 5", "7: output of consumer 'C' must be a name or a list of names, not 5"),
    ("title = 3\n" + SMALL, "1: title must be a string, not 3"),
    ("sed = 4\n" + SMALL, "1: unknown key 'sed'; did you mean 'seed'?"),
    ("name = 'x'\n" + SMALL, "1: unknown key 'name'; known: 'queues', 'producers',"
     " 'consumers', 'title', 'description', 'watch', 'seed', 'end', …"),
    ("seed = -1\n" + SMALL, "1: seed must be a whole number, 0 or more, not -1"),
    ("warm_up = 'aut'\n" + SMALL, "1: warm_up must be a number, 0 or more, or 'auto', not 'aut';"
     " did you mean 'auto'?"),
    ("end = { time = 0 }\n" + SMALL, "1: end.time must be a number above 0, not 0"),
    ("end = { time = 1e13 }\n" + SMALL, "1: end.time must be at most 1e12 seconds,"
     " not 10000000000000.0"),
    ("end = { tme = 1 }\n" + SMALL, "1: unknown key 'tme' of end; did you mean 'time'?"),
    ("end = 60\n" + SMALL, "1: end must be a table with time or items, not 60"),
]  # fmt: skip


def test_wrong_value_is_reported_at_its_line_with_the_expected_ones() -> None:
    """One mistake, one line, in plain words."""
    for text, message in WRONG_VALUES:
        assert refused(text) == [message], text


def test_missing_key_is_reported_at_its_table() -> None:
    """With what it must be."""
    text = SMALL.replace('queue = "main"\n[', "[")
    assert "3: producer 'P' has no queue; it must be a name or a list of names" in refused(text)


WRONG_KEYS_OF_TABLES: list[tuple[str, list[str]]] = [
    ("{ distribution = 'gamma', mean = 0, cv = -1 }", ["mean", "cv"]),
    ("{ distribution = 'uniform', low = -1, high = -2 }", ["low", "high"]),
    ("{ distribution = 'normal', mean = 0, sd = 1e99 }", ["mean", "sd"]),
    ("{ distribution = 'erlang', mean = 1, phases = 0 }", ["phases"]),
    ("{ distribution = 'uniform', low = 3, high = 2 }", ["low"]),
]


def test_all_that_is_wrong_in_one_table_is_reported() -> None:
    """Each parameter once, and none that is right."""
    for table, wrong in WRONG_KEYS_OF_TABLES:
        with case(table, wrong):
            lines = refused(on_producer(f"interval = {table}"))
            assert [line.split(": ")[1].split(" of ")[0] for line in lines] == [
                f"interval.{key}" for key in wrong
            ]


WRONG_TABLES: list[Any] = [
        ("interval = { distribution = 'gamma', mean = 0, cv = -1, x = 1 }", ["x", "mean", "cv"]),
        ("interval = { distribution = 'uniform', low = 3, high = 2, x = 1 }", ["x", "low"]),
        ("interval = { distribution = 'uniform', low = -3, hihg = 2 }", ["hihg", "low"]),
        ("interval = { distribution = 'normal', mean = 'x', sd = 0 }", ["mean", "sd"]),
        ("interval = { distribution = 'normal', sd = 0 }", ["has no mean", "sd"]),
        ("interval = { distribution = 'empirical', values = [-1], x = 1 }", ["x", "number 1"]),
        ("interval = { distribution = 'empirical', vlues = [1] }", ["vlues"]),
        ("interval = { distribution = 'empirical', values = 1 }", ["values"]),
        ("interval = { distribution = 'empirical', x = 1 }", ["x", "is neither"]),
        ("interval = { distribution = 'empirical', csv = 'a', colum = 'b' }", ["colum"]),
        ("interval = { distribution = 'empirical', csv = ' ', column = 5 }", ["column", "csv"]),
        ("bursts = { on = 0, off = 1e13, x = 1 }", ["x", "on", "off"]),
        ("bursts = { on = { distribution = 'gamma', mean = 0, cv = 1, x = 1 }, off = 1e13 }",
         ["x", "mean", "off"]),
]  # fmt: skip


def check_wrong_table(keys: str, wrong: list[str]) -> None:
    lines = refused(on_producer(keys))
    assert len(lines) == len(wrong)
    for word in wrong:
        assert any(re.search(rf"\b{word}\b", line) for line in lines)


def test_what_is_wrong_beside_a_key_is_reported_with_it() -> None:
    """An unknown, missing or wrong key hides nothing else in its table, and is reported once."""
    for keys, wrong in WRONG_TABLES:
        check_wrong_table(keys, wrong)


def test_what_goes_together_is_looked_at_whatever_else_is_wrong() -> None:
    """An unknown key of one leaves the other beside what is known of it."""
    lines = refused("sed = 1\nwarm_up = 9\nend = { time = 5, x = 1 }\n" + SMALL)
    assert lines == [
        "1: unknown key 'sed'; did you mean 'seed'?",
        "2: warm_up must be shorter than the run (5 s), not 9.0",
        "3: unknown key 'x' of end; known: 'time', 'items'",
    ]
    assert refused("\nwarm_up = 1e13\n" + SMALL) == [
        "2: warm_up must be at most 1e12 seconds, not 10000000000000.0"
    ]
    lines = refused(
        on_producer(
            "bursts = { on = 1e-9, off = 1, x = 1 }\n"
            "interval = { distribution = 'exponential', mean = 1e9, y = 1 }"
        )
    )
    assert [line[:12] for line in lines] == ["5: unknown k", "5: bursts of", "6: unknown k"]


def test_all_that_is_wrong_is_reported_at_once_in_the_order_of_lines() -> None:
    """Whatever kind it is of, and wherever it stands."""
    text = (
        "titel = 1\n[queues]\na = { capacity = 0, overflow = 1 }\nb = 5\n[producers.P]\n"
        'queue = "aa"\nitems = 2.5\nput_timeout = inf\npriority = 10000000000\nweights = [1, 2]\n'
        '[consumers.C]\nqueue = ["a", "b", 7]\nmax_items = "x"\n'
    )
    assert [line.split(" ")[0] for line in refused(text)] == [
        "1:", "3:", "3:", "4:", "4:", "6:", "7:", "8:", "9:", "10:", "12:", "13:",
]  # fmt: skip


def test_recorded_times_and_instants_are_read() -> None:
    """Lists over several lines."""
    text = on_producer("interval = { distribution = 'instants', at = [\n  0.5, 1,\n 4] }")
    assert read(text).producers[0].interval == Instants((0.5, 1.0, 4.0))
