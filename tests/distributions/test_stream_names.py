"""One worker more or less shifts nobody's random numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pcsim.distributions import Exponential
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.scenario.specs import stream_names, worker_names


def drawn(scenario: Scenario, worker: str) -> list[float]:
    """The first times that a worker draws."""
    found: list[float] = []
    engine = VirtualEngine(scenario)
    kit = engine.steering._workshop.kits[worker]
    times = kit._new_times(kit.spec).each()
    found.extend(next(times) for _ in range(5))
    engine.abort()
    return found


def shop(count: int) -> Scenario:
    """A shop with that number of clerks."""
    return Scenario(
        (QueueSpec("orders"),),
        (ProducerSpec("Shop", "orders", Exponential(1.0), items=10),),
        (ConsumerSpec("Clerk", "orders", Exponential(1.0), count=count),),
    )


def test_a_worker_draws_the_same_whatever_the_count() -> None:
    """The first of several draws as a lone one does, and the others keep their numbers."""
    alone, two, three = shop(1), shop(2), shop(3)
    assert drawn(alone, "Clerk") == drawn(two, "Clerk-1") == drawn(three, "Clerk-1")
    assert drawn(two, "Clerk-2") == drawn(three, "Clerk-2")
    assert drawn(two, "Clerk-1") != drawn(two, "Clerk-2")


def test_a_worker_that_comes_later_draws_as_if_it_had_been_there() -> None:
    """The names that are given to further workers go on from those of the first."""
    from pcsim.scenario.changes import AddWorkers
    from pcsim.scenario.roster import Roster

    alone = shop(1)
    added = Roster(alone).change(AddWorkers("Clerk", 1)).names
    assert added == ("Clerk-2",)
    assert stream_names((*alone.producers, *alone.consumers)) == {}


@given(st.dictionaries(st.sampled_from(["a", "a-1", "a-2", "b"]), st.integers(1, 3), min_size=1))
def test_no_two_workers_draw_the_same(counts: dict[str, int]) -> None:
    """Whatever the names and numbers of those that may be together."""
    specs = [ConsumerSpec(name, "q", count=count) for name, count in counts.items()]
    names = [name for spec in specs for name in worker_names(spec)]
    if len(set(names)) < len(names):
        return  # no scenario has two workers of one name
    by = stream_names(specs)
    drawn_by = [by.get(name, name) for name in names]
    assert len(set(drawn_by)) == len(drawn_by)


def test_a_name_that_another_worker_has_is_left_to_it() -> None:
    """Then the first of several draws by its own name."""
    pool, lone = ConsumerSpec("a", "q", count=2), ProducerSpec("a", "q")
    assert stream_names([pool]) == {"a-1": "a"}
    assert stream_names([pool, lone]) == {}
    assert stream_names([replace(pool, count=1), replace(pool, name="b", count=2)]) == {"b-1": "b"}
