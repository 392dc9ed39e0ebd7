"""What is said of a program that is watched: what limits it lately, and what looks wrong."""

from __future__ import annotations

import pytest

from pcsim.analysis.crews import crew_names, in_crews
from pcsim.analysis.named import Named
from pcsim.analysis.watched_text import WatchedWords
from pcsim.errors import Wait
from pcsim.snapshot import BlockReason, Failure, Phase, QueueRow, Role, Snapshot, Totals, WorkerRow
from pcsim.snapshot import WorkerState as State


def program(*workers: WorkerRow, queues: tuple[QueueRow, ...] = (), at: float = 20.0) -> Snapshot:
    return Snapshot(1, at, Phase.RUNNING, True, queues, workers, Totals(), engine="watched")


def thread(name: str, group: str = "") -> WorkerRow:
    return WorkerRow(name, Role.STAGE, ("urls",), ("pages",), State.RUNNING, group=group)


def stuck(name: str, since: float, group: str = "") -> WorkerRow:
    return thread(name, group)._replace(
        state=State.BLOCKED, queue="pages", reason=BlockReason.FULL, since=since
    )


def said(snapshot: Snapshot) -> str:
    return WatchedWords().say(snapshot)[0]


@pytest.mark.parametrize(("since", "is_said"), [(15.1, False), (15.0, True), (2.0, True)])
def test_who_is_blocked_for_long_is_said(since: float, is_said: bool) -> None:
    """From five seconds on; with the queue."""
    text = said(program(stuck("t", since)))
    assert ("t has been blocked for" in text) == is_said
    assert (": pages is full." in text) == is_said


def test_of_a_group_those_that_are_blocked_are_counted() -> None:
    """And the longest time of them is said."""
    rows = (stuck("a", 9.0, "parser"), stuck("b", 3.0, "parser"), thread("c", "parser"))
    assert said(program(*rows)) == "parser ×2 have been blocked for 17.0 s: pages is full."


def test_who_waits_for_items_is_not_said_to_be_blocked() -> None:
    """There is nothing for it to do."""
    row = stuck("t", 0.0)._replace(reason=BlockReason.EMPTY, queue="urls")
    assert said(program(row)) == "No queue is in use."


def test_a_queue_that_nothing_limits_is_said_to_grow() -> None:
    """With its oldest item, once there was time to see it; no other queue is."""
    grows = QueueRow("urls", None, 400, put_total=400, oldest_queued_at=8.0)
    text = said(program(queues=(grows, grows._replace(name="pages", capacity=1000))))
    wanted = "urls grows by 20/s without a bound: 400 wait; its oldest item has waited for 12.0 s."
    assert text == wanted
    assert "grows" not in said(program(queues=(grows,), at=1.0))


def test_a_reader_that_has_gone_is_said() -> None:
    """As long as items wait, and until another one comes."""
    words = WatchedWords()
    queues = (QueueRow("urls", 10, 3),)
    reader = thread("t")
    assert "Nobody reads" not in words.say(program(reader, queues=queues))[0]
    gone = "Nobody reads urls any more: 3 items wait in it."
    assert words.say(program(queues=queues))[0] == gone
    ended = reader._replace(state=State.DONE, ended_at=1.0)
    assert words.say(program(ended, queues=queues))[0] == gone
    assert words.say(program(queues=(QueueRow("urls", 10),)))[0] == "Every queue is empty."
    assert "Nobody reads" not in words.say(program(reader, queues=queues))[0]


def test_a_queue_that_nobody_was_seen_to_read_is_not_said_to_be_left() -> None:
    """Its reader may come seldom. A queue of the same name that is made later is another one."""
    words = WatchedWords()
    queues = (QueueRow("urls", 10, 3),)
    assert words.say(program(queues=queues))[0] == "3 items wait, and nothing was seen to move."
    words.say(program(thread("t"), queues=queues))
    words.say(program())
    assert "Nobody reads" not in words.say(program(queues=queues))[0]


def test_the_bottleneck_is_that_of_the_last_moments() -> None:
    """Not that of a minute ago; what it names is marked."""
    urls = QueueRow("urls", 8, 8, 8, 400, 392, full_time=3.0, full_since=50.0)
    busy = [thread(name, "parser")._replace(got_total=196, put_total=196) for name in "ab"]
    early = program(
        *(row._replace(got_total=0, put_total=0) for row in busy),
        queues=(urls._replace(put_total=0, got_total=0, full_since=None, depth=0),), at=50.0,
    )  # fmt: skip
    late = program(*busy, queues=(urls,), at=60.0)._replace(before=early)
    late = late._replace(totals=Totals(produced=400, consumed=392))
    words, marked = WatchedWords().say(late)
    assert words.startswith("parser ×2 are the bottleneck: busy 100 %; urls is full 100 %")
    assert marked == Named("limit", frozenset("ab"), ("urls",))


def test_where_nothing_moves_nothing_is_called_the_limit() -> None:
    """A program that stands still has none."""
    words, marked = WatchedWords().say(program(thread("t"), queues=(QueueRow("urls", 8, 8),)))
    assert words == "8 items wait, and nothing was seen to move."
    assert marked == Named()


def test_when_it_has_ended_that_is_said() -> None:
    """Whatever was wrong before."""
    over = program(stuck("t", 0.0))._replace(phase=Phase.FINISHED)
    assert said(over) == "The program has ended, 20.0 s after you looked."


def test_hostile_names_are_safe() -> None:
    """In each sentence."""
    name = "\x1b[31m[b]x"
    rows = (QueueRow(name, None, 400, put_total=400, oldest_queued_at=1.0),)
    text = said(program(stuck(name, 0.0)._replace(queue=name), queues=rows))
    assert "\x1b" not in text
    assert "grows" in text


def test_members_of_a_group_have_one_name() -> None:
    """Where there are several; others keep theirs, in their order."""
    rows = [thread("a", "p"), thread("b"), thread("c", "p"), thread("d", "q")]
    crews = crew_names(rows)
    assert crews == {"a": "p ×2", "c": "p ×2"}
    assert in_crews("dcab", crews) == ["d", "p ×2", "b"]


def test_a_deadlock_is_said_as_its_cycle() -> None:
    """Nothing else of such a program is worth a word."""
    waits = (Wait("a", ("q",), "full"), Wait("b", ("p",), "full"))
    workers = tuple(
        WorkerRow(name, Role.STAGE, (reads,), (writes,), State.BLOCKED, writes, BlockReason.FULL)
        for name, reads, writes in (("a", "p", "q"), ("b", "q", "p"))
    )
    queues = (QueueRow("p", 1, 1, is_counted=False), QueueRow("q", 1, 1, is_counted=False))
    program = Snapshot(1, 9.0, Phase.RUNNING, True, queues, workers, Totals(), is_counted=False)
    stuck = program._replace(failure=Failure("", 0, "deadlock", waits=waits))

    assert WatchedWords().say(stuck)[0] == (
        "Deadlock: a waits for b, q is full; b waits for a, p is full."
    )


def test_where_items_are_not_counted_nothing_is_said_not_to_move() -> None:
    """From outside that is not known; what limits it is said by shares of time."""
    workers = (
        WorkerRow(
            "w", Role.CONSUMER, ("q",), (), State.RUNNING, blocked_empty_time=1.0,
            is_counted=False,
        ),
    )  # fmt: skip
    queues = (QueueRow("q", None, 3, is_counted=False, carried=3),)
    program = Snapshot(1, 9.0, Phase.RUNNING, True, queues, workers, Totals(), is_counted=False)

    assert "seen to move" not in WatchedWords().say(program)[0]
    assert "w" in WatchedWords().say(program)[0]
