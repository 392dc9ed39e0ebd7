"""Damaged recordings by the thousand: each is refused in one line, or what is left of it is read.

    python -m benchmarks.damaged_recordings FIRST LAST

Each seed damages the recording of a demo, or of a run with losses and changes: cut anywhere,
bytes changed, parts missing or doubled, zeros. It is read in every way that there is: moments,
events, marks, exports, a comparison, a replay. Whatever is no `RecordingError` is printed with its
seed.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from pcsim.distributions import Exponential
from pcsim.errors import PcsimError
from pcsim.recording.comparison import compare
from pcsim.recording.container import RecordingError
from pcsim.recording.export import Format, export
from pcsim.recording.reader import Reader
from pcsim.recording.replay import Replay
from pcsim.scenario import Overflow
from pcsim.scenario.change_text import from_words
from tests.recording.runs import record
from tests.recording.test_damaged import PAGE, read_all
from tests.support.small_scenarios import one_queue

SLOW = 5.0
"""Seconds of a processor that reading a damaged file may take; it takes a tenth of one."""


def sound(folder: Path) -> list[bytes]:
    """The bytes of recordings that are whole."""
    record(folder / "demo.rec")
    times = Exponential(0.5), Exponential(0.6)
    losing = one_queue(*times, capacity=3, overflow=Overflow.DROP_NEW, until=120.0, producers=2)
    changed = (from_words("add C", 20.0), from_words("capacity q 5", 40.0))
    record(folder / "changed.rec", replace(losing, changes=changed), step=0.25)
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def damaged(whole: bytes, chance: random.Random) -> bytes:
    """The bytes with one kind of damage."""
    data = bytearray(whole)
    begin = chance.randrange(len(data))
    length = chance.randrange(1, chance.choice((4, 100, 2 * PAGE)))
    kind = chance.randrange(8)
    if kind == 0:
        return bytes(data[:begin])
    if kind == 1:
        data[begin : begin + length] = b""
    elif kind == 2:
        data[begin : begin + length] = bytes(length)
    elif kind == 3:
        data[begin:begin] = data[begin : begin + length]
    elif kind == 4:
        other = chance.randrange(len(data))
        data[begin : begin + length] = data[other : other + length]
    else:
        for _ in range(chance.choice((1, 1, 4, 64))):
            data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def read_on(path: Path, folder: Path) -> None:
    """Do with it what the commands do; raises `PcsimError` where that is refused."""
    reader = Reader(path)
    try:
        looks: tuple[Callable[[], object], ...] = (
            lambda: compare(reader, reader),
            lambda: export(reader, Format.JSONL, folder / "out"),
            lambda: export(reader, Format.PERFETTO, folder / "out"),
            lambda: _play(reader),
        )
        for look in looks:
            with suppress(PcsimError):
                look()
    finally:
        reader.close()
        for left in folder.glob("out*"):
            left.unlink()


def _play(reader: Reader) -> None:
    past = Replay(reader)
    past.stand_still()
    for at in (0.0, 3.0, 1e9):
        past.seek(at)
        past.snapshot()
        past.to_event(forward=False)
        past.move(-2)
        past.moments(60.0, 10)


def main() -> None:
    """Damage and read, seed after seed."""
    first, last = (int(text) for text in (*sys.argv[1:], "0", "1000")[:2])
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sound").mkdir()
        files = sound(folder / "sound")
        path = folder / "x.rec"
        for seed in range(first, last):
            chance = random.Random(seed)
            path.write_bytes(damaged(files[seed % len(files)], chance))
            begun = time.process_time()
            try:
                message = read_all(path)
                assert "\n" not in message, message
                assert not message or str(path) in message, message
                read_on(path, folder)
                counts["refused" if message else "read"] += 1
            except RecordingError:
                counts["refused"] += 1
            except Exception:  # noqa: BLE001 - whatever it is, it is a fault
                counts["FAULT"] += 1
                print(f"seed {seed}:\n{traceback.format_exc()}", flush=True)
            if time.process_time() - begun > SLOW:
                counts["SLOW"] += 1
                print(f"seed {seed}: {time.process_time() - begun:.1f} s", flush=True)
    print(dict(counts))
    sys.exit(bool(counts["FAULT"] or counts["SLOW"]))


if __name__ == "__main__":
    main()
