"""Memory that lies: whatever is read, looking comes to an end, and says nothing that cannot be."""

from __future__ import annotations

import random

import pytest

from pcsim.snapshot import Phase
from pcsim.watch.outside.reading import Outside
from pcsim.watch.outside.watched import OutsideWatch
from pcsim.watch.wire import GoneError
from tests.watch.outside.conftest import Start


class Liar:
    """Reads what another memory reads, with some bytes, or whole places, changed."""

    def __init__(self, memory: object, seed: int, share: float) -> None:
        self._real = memory.read_many  # type: ignore[attr-defined]
        self._random = random.Random(seed)
        self.share = share

    def __call__(self, places: list[tuple[int, int]]) -> list[bytes | None]:
        return [self._changed(raw) for raw in self._real(places)]

    def _changed(self, raw: bytes | None) -> bytes | None:
        chance = self._random
        if raw is None or not raw or chance.random() >= self.share:
            return raw
        if chance.random() < 0.2:
            return None
        changed = bytearray(raw)
        for _ in range(chance.choice((1, 1, 8, len(raw)))):
            changed[chance.randrange(len(raw))] = chance.choice((0, 1, 255, chance.randrange(256)))
        return bytes(changed)


@pytest.mark.parametrize("share", [0.003, 0.1])
@pytest.mark.parametrize("seed", range(2))
def test_looks_survive_memory_that_lies(
    seed: int, share: float, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when other things take the places of objects while they are read."""
    program = start("steady.py")
    with Outside(program.pid) as outside:
        monkeypatch.setattr(outside._memory, "read_many", Liar(outside._memory, seed, share))
        for _ in range(4):
            outside._next_update = outside._next_names = 0.0
            outside._forgot_at = 0.0
            try:
                look = outside.look()
            except GoneError:
                continue  # no list of threads could be read at all
            for queue in look.queues:
                assert queue.state.depth >= 0
                assert queue.state.maxsize >= 0


def test_after_memory_that_lied_all_is_as_it_is(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was kept of it is forgotten after a while."""
    program = start("steady.py")
    watch = OutsideWatch(program.pid)
    outside = watch._outside
    with monkeypatch.context() as lying:
        lying.setattr(outside._memory, "read_many", Liar(outside._memory, 1, 0.03))
        for _ in range(3):
            outside._next_update = 0.0
            watch.look()
    if watch.look().phase is Phase.RUNNING:
        outside._next_update = outside._forgot_at = 0.0
        watch.look()
        rows = {row.name: row for row in watch.look().queues}
        assert (rows["full"].depth, rows["full"].capacity) == (2, 2)
    watch.close()
