"""What is true of a policy stands in one row of one table, and holds everywhere."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pcsim
from pcsim.engine.policies import ROUTING_CHOICES, SELECTION_ORDERS, STORES
from pcsim.scenario import Discipline, Overflow, Routing, Selection
from pcsim.scenario.policies import DISCIPLINE, OVERFLOW, ROUTING, SELECTION

NEW_MEMBER = '    SPILL = "spill"\n'
NEW_ROW = '    "spill": OverflowRule("an old item spills over", drops="oldest"),\n'

LOOK_EVERYWHERE = """
import json, threading
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import ConsumerSpec, Overflow, ProducerSpec, QueueSpec, Scenario
from pcsim.scenario.file.schema import schema
from pcsim.scenario.forecast import forecast

def system(overflow, interval, service):
    return Scenario(
        (QueueSpec("q", 1, overflow),),
        (ProducerSpec("P", "q", interval, 5),),
        (ConsumerSpec("C", "q", service),),
    )

def outcome(engine):
    engine.start()
    assert engine.join(20)
    end = engine.snapshot()
    return end.phase.value, end.totals.dropped, got

outcomes = {}
got = []
virtual = VirtualEngine(system("spill", 0.1, 1.0), {}, {"C": got.append})
outcomes["virtual"] = outcome(virtual)

got, taken, all_made = [], threading.Event(), threading.Event()

def source():
    try:
        yield 1
        assert taken.wait(20)
        yield from (2, 3, 4, 5)
    finally:  # the producer closes it at its end
        all_made.set()

def sink(data):
    got.append(data)
    taken.set()
    assert all_made.wait(20)

threads = ThreadsEngine(system("spill", 0, 0), {"P": source()}, {"C": sink})
outcomes["threads"] = outcome(threads)
outcomes["forecast"] = [
    [caution.text for caution in forecast(system(overflow, 0.1, 1.0))]
    for overflow in ("spill", "drop_old")
]
overflow = schema()["definitions"]["QueueSpec"]["properties"]["overflow"]["description"]
outcomes["schema"] = [overflow, json.dumps(schema())]
print(json.dumps(outcomes))
"""


def test_a_policy_that_is_added_to_the_table_holds_everywhere(tmp_path: Path) -> None:
    """A copy of the package gets one more member and one more row, and nothing else: both
    engines, the forecast and the schema know the new policy."""
    shutil.copytree(Path(pcsim.__file__).parent, tmp_path / "pcsim")
    policies = tmp_path / "pcsim/scenario/policies.py"
    text = policies.read_text()
    for before, new in (('    FAIL = "fail"\n', NEW_MEMBER), ("OVERFLOW = {\n", NEW_ROW)):
        assert text.count(before) == 1
        text = text.replace(before, before + new)
    policies.write_text(text)
    result = subprocess.run(
        [sys.executable, "-c", LOOK_EVERYWHERE],
        env={"PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    outcomes = json.loads(result.stdout)
    assert outcomes["virtual"] == outcomes["threads"] == ["finished", 3, [1, 5]]
    of_new, of_old = outcomes["forecast"]
    assert of_new == of_old != []
    description, whole = outcomes["schema"]
    assert "an old item spills over (spill)" in description
    assert '"spill"' in whole


def test_every_member_has_its_row() -> None:
    """No policy is forgotten in a table, and none of a table is left over."""
    assert set(OVERFLOW) == set(Overflow)
    assert set(DISCIPLINE) == set(STORES) == set(Discipline)
    assert set(SELECTION) == set(SELECTION_ORDERS) == set(Selection)
    assert set(ROUTING) == set(Routing)
    assert set(ROUTING_CHOICES) == {routing for routing in Routing if not routing.copies}


@pytest.mark.parametrize("policy", Overflow)
def test_a_full_queue_does_one_thing(policy: Overflow) -> None:
    """Its worker waits, an item is lost, or the run fails."""
    assert [policy.waits, policy.drops is not None, policy.fails].count(True) == 1
