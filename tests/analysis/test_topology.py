"""Each queue is linked with its feeders and readers, and with neighbours that share readers."""

from __future__ import annotations

from pcsim.analysis.topology import Link, Place, Ports, links


def test_a_queue_has_its_feeders_and_readers() -> None:
    """In the order of the workers."""
    ports = [
        Ports("P", (), ("raw",)),
        Ports("Q", (), ("raw",)),
        Ports("S", ("raw",), ("cooked",)),
        Ports("C", ("cooked",), ()),
    ]
    assert links(["raw", "cooked"], ports, 5) == (
        Link(0, ("P", "Q"), ("S",)),
        Link(1, ("S",), ("C",)),
    )
    assert len(links(["raw", "cooked"], ports, 1)) == 1


def test_neighbours_that_share_their_readers_have_one_arrow() -> None:
    """It starts at the middle one, at the upper of two."""
    for number, arrow in ((2, 0), (3, 1), (4, 1), (5, 2)):
        names = [f"q{index}" for index in range(number)]
        joined = links([*names, "own"], [Ports("C", tuple(names), ()), Ports("D", ("own",), ())], 9)
        assert [link.has_arrow for link in joined[:-1]] == [n == arrow for n in range(number)]
        places = [Place.FIRST, *[Place.MIDDLE] * (number - 2), Place.LAST, Place.ALONE]
        assert [link.place for link in joined] == places


def test_a_worker_may_have_used_a_queue_that_is_gone() -> None:
    """What is nearest to it is found without it."""
    ports = [Ports("W", ("gone",), ("a",)), Ports("V", ("gone", "b"), ())]
    for around in ((), ("W",), ("V",), ("gone",)):
        found = links(["a", "b", "c"], ports, 3, around)
        assert [link.queue for link in found] == [0, 1, 2]
