"""The names in a scenario file fit together, and are not too many."""

from __future__ import annotations

from tests.support.cases import case
from tests.support.scenario_files import SMALL, SOUND, read, refused


def test_unknown_queue_is_reported_once_where_it_is_named() -> None:
    """The close match, the very line, and nothing that follows from the same mistake."""
    text = SOUND.replace('queue = "orders"', 'queue = "oders"')
    assert refused(text) == [
        "9: queue of producer 'Shop' names an unknown queue 'oders'; did you mean 'orders'?"
    ]
    text = SOUND.replace('["orders", "refunds"]', '[\n  "orders",\n  "refnds",\n]')
    assert refused(text) == [
        "18: number 2 of queue of consumer 'Clerk' names an unknown queue 'refnds';"
        " did you mean 'refunds'?"
    ]


UNKNOWN_OUTPUTS: list[tuple[str, str]] = [
    ("output = 'mian'", "output of consumer 'C' names an unknown queue 'mian'; did you mean"
     " 'main'?"),
    ("output = ['x']", "number 1 of output of consumer 'C' names an unknown queue 'x'; known:"
     " 'main'"),
    ("on_error = { retries = 1, dead_letter = 'bin' }", "on_error.dead_letter of consumer 'C'"
     " names an unknown queue 'bin'; known: 'main'"),
]  # fmt: skip


def test_unknown_output_is_reported() -> None:
    """Of stages, and of those that give up."""
    for key, message in UNKNOWN_OUTPUTS:
        with case(key, message):
            assert refused(SMALL + key) == [f"7: {message}"]


def test_queue_without_producer_or_consumer_is_reported_at_the_queue() -> None:
    """Nothing would come, or nothing would go."""
    text = SMALL.replace("main = {}", "main = {}\nidle = {}")
    assert refused(text) == [
        "3: queue 'idle' has no producer, so nothing will ever come: name it as the queue of a"
        " producer",
        "3: queue 'idle' has no consumer, so it would fill and block: name it as the queue of a"
        " consumer",
    ]
    assert refused("[queues]\nq = {}")[0].startswith("2: queue 'q' has no producer")


def test_misspelt_table_of_names_is_reported_alone() -> None:
    """What it would have had is not reported as missing, nor what is in an empty list."""
    text = SMALL.replace("[producers.P]", "[producer.P]").replace("[consumers.C]", "[Consumers.C]")
    assert refused(text) == [
        "3: unknown key 'producer'; did you mean 'producers'?",
        "5: unknown key 'Consumers'; did you mean 'consumers'?",
    ]
    text = SMALL.replace("[queues]", "[queue]")
    assert refused(text) == ["1: unknown key 'queue'; did you mean 'queues'?"]
    text = SMALL.replace('queue = "main"', "queue = []")
    assert refused(text) == [
        "4: queue of producer 'P' names no queue: name at least one",
        "6: queue of consumer 'C' names no queue: name at least one",
    ]


def test_dead_letters_and_outputs_feed_a_queue() -> None:
    """A queue needs no producer of its own."""
    text = SMALL.replace("main = {}", "main = {}\ngood = {}\nbad = {}")
    text += 'output = "good"\non_error = { retries = 1, dead_letter = "bad" }\n'
    text += '[consumers.D]\nqueue = ["good", "bad"]\n'
    assert read(text).consumers[0].outputs == ("good", "bad")


def test_dead_letter_that_is_no_name_is_reported_alone() -> None:
    """The queue for them is not reported as without a producer."""
    text = SMALL.replace("main = {}", "main = {}\nbad = {}").replace(
        'queue = "main"\n[', 'queue = ["main"]\n['
    )
    text += '[consumers.D]\nqueue = "bad"\non_error = { retries = 1, dead_letter = 5 }\n'
    assert refused(text) == ["10: on_error.dead_letter of consumer 'D' must be a string, not 5"]


def test_what_cannot_be_read_is_no_problem_of_the_queues() -> None:
    """One mistake, one line."""
    assert refused(SMALL.replace('queue = "main"\n[', "queue = 5\n[")) == [
        "4: queue of producer 'P' must be a name or a list of names, not 5"
    ]
    assert refused("producers = 1\n" + SMALL.replace('[producers.P]\nqueue = "main"\n', "")) == [
        "1: producers must be a table of names, such as [producers.NAME], not 1"
    ]


WRONG_LAYOUTS: list[tuple[str, str]] = [
    ("queues = []", "1: queues must be a table of names, such as [queues.NAME], not a list"),
    ("[[queues]]\ncapacity = 1", "1: queues must be a table of names, such as [queues.NAME],"
     " not a list"),
    ("[queues]", "1: the file has no queue: add [queues], and in it such as main ="
     " { capacity = 10 }"),
    ("title = 'x'", "1: the file has no queue: add [queues], and in it such as main ="
     " { capacity = 10 }"),
    (SMALL.replace("main = {}", "main = 5"), "2: queue 'main' must be a table of its keys,"
     " such as { capacity = 10 }, not 5"),
    ("producers.Q = 'main'\n" + SMALL, "1: producer 'Q' must be a table of its keys, under"
     " [producers.NAME], not 'main'"),
    (SMALL + "[producers.Q.R]\n", "7: producer 'Q' has no queue; it must be a name or a list of"
     " names"),
]  # fmt: skip


def test_layout_that_is_none_is_reported() -> None:
    """Tables of names, nothing else."""
    for text, message in WRONG_LAYOUTS:
        with case(text, message):
            assert message in refused(text)


def test_name_is_checked_as_in_python() -> None:
    """Not blank, and not too long; reported at its table."""
    assert refused(SMALL + '[consumers." "]\nqueue = "main"\nmax_items = 0\n') == [
        "7: name of a consumer must be a string that is not blank, not ' '",
        "9: max_items of consumer ' ' must be a whole number, 1 or more, not 0",
    ]
    long = "x" * 201
    assert refused(SMALL + f'[consumers.{long}]\nqueue = "main"\n') == [
        "7: name of a consumer must be at most 200 characters long, not '" + 59 * "x" + "…"
    ]
    assert refused(SMALL + '[consumers.D]\nqueue = ["main", "main"]\n') == [
        "8: number 2 of queue of consumer 'D' names queue 'main' twice"
    ]


def test_names_differ_once_each_worker_has_its_own() -> None:
    """A count makes names, which may be there already."""
    twice = SMALL + '[consumers.P]\nqueue = "main"\n'
    assert refused(twice) == ["7: there are two workers named 'P': names must differ"]
    text = SMALL.replace("[consumers", "count = 3\n[consumers")
    text += '[consumers."P-2"]\nqueue = "main"\n'
    assert refused(text) == ["8: there are two workers named 'P-2': names must differ"]


def test_more_workers_than_a_thousand_are_refused_before_any_is_made() -> None:
    """Counts included; a billion costs no more than one."""
    message = "too many workers: 1,000,000,000 with producer 'P' (at most 1,000)"
    text = SMALL.replace("[consumers", "count = 1_000_000_000\n[consumers")
    assert refused(text) == [f"5: {message}"]
    assert len(read(SMALL + "count = 999").workers) == 1_000
    assert refused(SMALL + "count = 1000") == [
        "7: too many workers: 1,001 with consumer 'C' (at most 1,000)"
    ]
    many = "".join(f'[consumers.C{n}]\nqueue = "main"\n' for n in range(999))
    assert refused(SMALL + many) == [
        "2003: too many workers: 1,001 with consumer 'C998' (at most 1,000)"
    ]


def test_more_queues_than_256_are_refused() -> None:
    """Reported at the first beyond the limit."""

    def text(many: int) -> str:
        names = [f"q{number}" for number in range(many)]
        queues = "".join(f"{name} = {{}}\n" for name in names)
        listed = "".join(f"'{name}',\n" for name in names)
        workers = [f"[{kind}.{kind}]\nqueue = [{listed}]\n" for kind in ("producers", "consumers")]
        return f"[queues]\n{queues}{''.join(workers)}"

    assert len(read(text(256)).queues) == 256
    assert refused(text(257)) == ["258: too many queues: 257 (at most 256)"]


def test_hostile_names_are_shown_safely() -> None:
    """Escapes, markup and bidi characters of a file never reach a terminal."""
    evil = "\\u001b[31m\\u202e[red]\\u0301"
    for line in refused(SMALL.replace("P]", f'"{evil}"]').replace('"main"\n[', '"x"\n[')):
        assert line.isprintable()
        assert "\u202e" not in line
        assert "\u0301" not in line
    for line in refused(SMALL + f'"{evil}" = 1\noutput = "{evil}"\non_error = "{evil}"'):
        assert line.isprintable()
        assert "\u0301" not in line
