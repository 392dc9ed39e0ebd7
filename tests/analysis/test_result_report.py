"""A result as text and as a document: exact, safe to show, and numbers all through."""

from __future__ import annotations

import json
import math

import pytest
from msgspec.structs import replace

from pcsim.analysis.result_report import document, text
from pcsim.experiments.simulate import simulate
from pcsim.scenario import ConsumerSpec, End, Overflow, ProducerSpec, QueueSpec, Scenario
from pcsim.text import display_width, quantity
from tests.support.cases import case
from tests.support.plain_data import numbers
from tests.support.small_scenarios import line, markovian, one_queue

LOSING = markovian(0.8, servers=2, capacity=2, overflow=Overflow.DROP_NEW)
GOLDEN = """\
One queue · 3 replications · virtual

Means of runs from seed 0, with 95 % confidence intervals; the first 30.0 s of
each run left out. Of 20 such intervals one misses the true value; those of the
same runs miss together. Where it says "too short", the runs are too short for
that quantile: take more, or longer ones.

Measure                mean           ±      from        to
  throughput        1.333/s    0.1928/s   1.141/s   1.526/s
  items in system     1.664      0.2887     1.375     1.952
  sojourn mean      1.247 s    0.1372 s    1.11 s   1.384 s
  sojourn p50      994.1 ms      166 ms  863.3 ms   1195 ms
  sojourn p90       2.539 s    0.2812 s   2.359 s   2.922 s
  sojourn p95       3.305 s    0.3359 s   2.969 s   3.641 s
  sojourn p99       4.516 s   too short
q
  depth              0.3877      0.1215    0.2661    0.5092
  waiting mean     290.5 ms    65.78 ms  224.8 ms  356.3 ms
  waiting p50           0 s  0.005402 s       0 s  0.0108 s
  waiting p90      986.3 ms    193.4 ms  847.7 ms   1234 ms
  waiting p95       1.332 s    0.2305 s   1.211 s   1.672 s
  waiting p99       2.414 s   too short
  full              11.36 %     3.772 %   7.591 %   15.14 %
  empty              72.6 %     8.521 %   64.08 %   81.12 %
  loss              11.83 %     2.957 %   8.868 %   14.78 %
Making
  P                   100 %         0 %     100 %     100 %
Running
  C-1               63.43 %      10.5 %   52.93 %   73.92 %
  C-2               64.18 %     6.825 %   57.35 %      71 %
Rate
  P                 1.333/s    0.1777/s   1.156/s   1.511/s
  C-1              0.6802/s   0.09576/s  0.5845/s   0.776/s
  C-2              0.6531/s      0.16/s  0.4931/s  0.8131/s

Theory: M/M/2/4 (Gross, Shortle, Thompson, Harris, Fundamentals of Queueing
Theory, 4th ed., sec. 2.5).

Measure            measured    theory   off by  covered
  throughput        1.333/s   1.371/s   -2.7 %      yes
  items in system     1.664     1.836   -9.4 %      yes
  sojourn time      1.247 s   1.339 s   -6.9 %      yes
  sojourn p50      994.1 ms   1045 ms   -4.9 %      yes
  sojourn p90       2.539 s   2.873 s  -11.6 %      yes
  sojourn p95       3.305 s   3.596 s   -8.1 %      yes
  sojourn p99       4.516 s   5.232 s  -13.7 %
  loss              11.83 %   14.31 %  -17.4 %      yes
  items waiting      0.3877    0.4652  -16.7 %      yes
  waiting time     290.5 ms  339.3 ms  -14.4 %      yes
  waiting p50           0 s       0 s               yes
  waiting p90      986.3 ms   1119 ms  -11.8 %      yes
  waiting p95       1.332 s   1.554 s  -14.3 %      yes
  waiting p99       2.414 s   2.512 s   -3.9 %
  C busy             63.8 %   68.55 %   -6.9 %      yes

If nobody could wait, 32.99 % would be lost: M/G/2/2 (Erlang B; Gross, Shortle,
Thompson, Harris, Fundamentals of Queueing Theory, 4th ed., sec. 2.6).

Little's law holds: L = 1.664, λ·W = 1.662.

⚠ 48.33 items of each run dropped by full queues
"""
HOSTILE = "\x1b[2J[red]\u202e[@click=x]\n" + "long " * 30


def hostile(title: str = HOSTILE, name: str = HOSTILE) -> Scenario:
    """Two queues and a stage, all with names that a terminal should not get as they are."""
    return Scenario(
        (QueueSpec(name + "1", 1), QueueSpec("界" * 60, 1)),
        (ProducerSpec(name + "2", name + "1", 1.0),),
        (
            ConsumerSpec(name + "3", name + "1", 2.0, output="界" * 60),
            ConsumerSpec("界" * 50, "界" * 60, 3.0, count=2),
        ),
        title=title,
        end=End(60.0),
    )


# As text.


def test_a_small_result_is_printed_to_the_letter() -> None:
    """The whole text of one result, as it is printed."""
    result = simulate(LOSING, until=300.0, warm_up=30, replications=3)
    assert text(result) == GOLDEN


def test_a_single_run_shows_its_theory_alone() -> None:
    """Its measures are in its report."""
    shown = text(simulate(line([(2.0, 1, 0), (3.0, 1, 4)]), until=300.0))
    assert shown == (
        "Theory: deterministic line (the bottleneck rate; Hopp, Spearman, Factory\n"
        "Physics, ch. 7).\n\n"
        "Measure       measured    theory  off by\n"
        "  throughput    0.33/s  0.3333/s  -1.0 %\n"
        "  W0 making    69.67 %   66.67 %  +4.5 %\n"
        "  W1 busy      99.33 %     100 %  -0.7 %\n\n"
        "Little's law is off (start and end of the run, losses, copies): L = 5.11, λ·W =\n"
        "4.977.\n"
    )


def test_a_single_run_that_is_far_from_theory_points_to_replications() -> None:
    """Where chance may be the reason: not without chance, and not of several runs."""
    random_run = simulate(markovian(0.8), until=300.0)
    assert "--replications 10 shows by how much" in text(random_run)
    assert "--replications" not in text(simulate(markovian(0.8), until=300.0, replications=2))
    assert "--replications" not in text(simulate(line([(1.0, 1, 0), (2.0, 1, 9)]), until=10.0))


def test_no_steady_state_is_shown_beside_a_queue_that_grows() -> None:
    """A formula may hold once it is full, in days."""
    growing = simulate(markovian(2.0), until=300.0)
    assert growing.theory is not None
    shown = text(growing)
    assert "The run is too short for this steady state." in shown
    assert "off by" not in shown
    assert "No steady state, so Little's law need not hold: L = " in shown


def test_a_single_run_with_a_warm_up_shows_its_measures_after_it() -> None:
    """The report covers the whole run, except for its times."""
    shown = text(simulate(LOSING, until=300.0, warm_up=30))
    assert shown.startswith(
        "The report covers the whole run, except its waiting and sojourn times, which\n"
        "leave out the warm-up, the first 30.0 s. All measures after the warm-up:\n\n"
        "Measure                mean\n  throughput   "
    )
    assert "±" not in shown
    assert "covered" not in shown


def test_a_result_without_a_theory_shows_none() -> None:
    """There is no empty section."""
    shown = text(simulate(one_queue(1.0, 2.0, overflow=Overflow.DROP_OLD, capacity=1, items=9)))
    assert shown.startswith("Little's law")


def test_time_blocked_before_a_put_has_its_own_place() -> None:
    """It is no waiting time, and stands in a part of its own."""
    shown = text(simulate(one_queue(1.0, 3.0, capacity=1), items=50, replications=2))
    (place,) = [n for n, row in enumerate(shown.splitlines()) if row == "Blocked before a put"]
    assert shown.splitlines()[place + 1].startswith("  P   ")


def test_no_line_is_wider_than_the_terminal() -> None:
    """Less than 60 cells is as 60."""
    for width in [20, 60, 80, 120]:
        with case(width):
            for replications in (1, 2):
                result = simulate(hostile(), warm_up=10, replications=replications)
                lines = text(result, width).splitlines()
                assert max(map(display_width, lines)) <= max(width, 60)


def test_hostile_names_are_shown_escaped() -> None:
    """Nothing in a name moves the cursor."""
    shown = text(simulate(hostile(), warm_up=10, replications=2), 200)
    assert all(line.isprintable() for line in shown.splitlines())
    assert "\\e[2J[red]\\u202e" in shown


def test_a_long_name_leaves_the_measure_readable() -> None:
    """Names have lines of their own or stand for a whole row."""
    named = replace(
        one_queue(1.0, 2.0, capacity=1, title=""),
        consumers=(ConsumerSpec("x" * 200, "q", 2.0),),
    )
    lines = text(simulate(named, items=50, replications=2)).splitlines()
    assert lines[0] == "pcsim · 2 replications · virtual"
    (busy,) = [line for line in lines if " busy " in line and "x" in line]
    assert busy.startswith("  " + "x" * 24 + "… busy ")


def test_of_many_workers_the_first_hundred_are_listed() -> None:
    """The text stays readable, and shows how many more there are."""
    shown = text(simulate(one_queue(1.0, 50.0, consumers=150, until=100.0), replications=2))
    assert "\n  C-100 " in shown
    assert "\n  C-101 " not in shown
    assert "\n… and 50 more workers\n" in shown


QUANTITIES: list[tuple[float, str, str]] = [
    (0.0, "s", "0 s"),
    (1.0, "s", "1 s"),
    (0.25, "s", "250 ms"),
    (0.00004217, "s", "42.17 µs"),
    (123456.7, "s", "123,457 s"),
    (3.14159, "1/s", "3.142/s"),
    (54321.0, "1/s", "54,321/s"),
    (0.123456, "share", "12.35 %"),
    (1.0, "share", "100 %"),
    (9999.96, "items", "10,000"),
    (12.0, "items", "12"),
]


def test_a_number_is_shown_without_powers_of_ten() -> None:
    """Four digits, with a unit that suits the number."""
    for number, unit, shown in QUANTITIES:
        with case(number, unit, shown):
            assert quantity(number, unit) == shown


# As a document.


@pytest.mark.parametrize("replications", [1, 3])
@pytest.mark.parametrize(
    "scenario",
    [LOSING, hostile(), one_queue(items=1), one_queue(items=0), one_queue(0.0, 0.0, items=5)],
)
def test_a_document_is_json_with_finite_numbers(scenario: Scenario, replications: int) -> None:
    """Also of a run in which nothing happens, or no time passes."""
    limits = {} if scenario is not LOSING else {"until": 100.0}
    result = simulate(scenario, replications=replications, **limits)  # type: ignore[arg-type]
    decoded = json.loads(json.dumps(document(result), allow_nan=False))
    assert all(map(math.isfinite, numbers(decoded)))
    assert (decoded["title"], decoded["engine"]) == (scenario.title, "virtual")
    assert decoded["replications"] == replications
    assert set(decoded["queues"]) == set(decoded["waiting_times"]) == set(scenario.queue_names)
    assert set(decoded["workers"]) == {worker.name for worker in scenario.workers}
    text(result)


def test_a_document_has_what_the_result_has() -> None:
    """Each field of the result is there under its own name."""
    result = simulate(LOSING, until=100.0, replications=3, seed=5, warm_up=10)
    data = document(result)
    throughput = result.system.throughput
    assert (data["seed"], data["warm_up"]) == (5, 10.0)
    assert data["system"]["throughput"] == {  # type: ignore[index]
        "mean": throughput.mean,
        "low": throughput.low,
        "high": throughput.high,
    }
    assert data["theory"] == {
        "model": "M/M/2/4",
        "source": result.theory and result.theory.source,
        "is_too_short": False,
    }
    assert result.without_queue is not None
    assert data["without_queue"] == {
        "model": "M/G/2/2",
        "source": result.without_queue.source,
        "loss": result.without_queue.loss,
    }
    compared = data["comparisons"]
    assert isinstance(compared, list)
    assert [one["agrees"] for one in compared] == [one.agrees for one in result.comparisons]
    (busy,) = [one for one in compared if one["name"] == "busy"]
    assert busy["worker"] == "C"


def test_of_many_queues_the_first_hundred_are_listed() -> None:
    """The number of the others is shown."""
    many = range(103)
    wide = Scenario(
        tuple(QueueSpec(f"q{n}", 1) for n in many),
        tuple(ProducerSpec(f"P{n}", f"q{n}", 1.0, 2) for n in many),
        tuple(ConsumerSpec(f"C{n}", f"q{n}", 2.0) for n in many),
    )
    shown = text(simulate(wide, replications=2))
    assert "\nq99\n" in shown
    assert "\nq100\n" not in shown
    assert "\n… and 3 more queues\n" in shown
