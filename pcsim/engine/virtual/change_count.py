"""What threads wait for that drive a run in virtual time which cannot go on: a control."""

from __future__ import annotations

from pcsim import runtime


class ChangeCount:
    """How often a control has changed something: threads that wait in `join` look again then."""

    def __init__(self) -> None:
        self.number = 0
        self._changed = runtime.Condition()

    def notify(self) -> None:
        """Something has changed."""
        with self._changed:
            self.number += 1
            self._changed.notify_all()

    def wait(self, seen: int, timeout: float) -> None:
        """Wait until the number is not `seen` any more, at most `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self.number != seen, timeout)
