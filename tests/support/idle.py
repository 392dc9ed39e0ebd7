"""When an app has nothing to do: what a test that presses a key waits for.

Textual's own wait looks at the processor: the app is idle when the process has used almost none of
it for 20 ms. Each key takes 40 ms by that, most of it asleep; and on a machine that is busy with
something else, a process that got no turn looks idle while its messages wait. The loop of asyncio
knows better: it is idle when nothing is ready to run, and nothing is about to be.
"""

from __future__ import annotations

import asyncio
import math
from importlib import import_module
from typing import Any

SOON = 0.04
"""Seconds: what is timed to come within them is waited for: the next of 30 frames a second."""
AT_MOST = 0.2
"""Seconds of such waits: a timer that comes again and again would never end them. What the app
works in between is not counted, as that takes long on a busy machine."""
PATIENCE = 5.0
"""Seconds after which a loop that always has something to run is waited for no longer."""


async def wait_for_idle(*_seconds: float) -> None:
    """Wait until the loop has nothing to run, and no timer is due soon."""
    # Both attributes are private, and the same in every version of Python since 3.4.
    loop: Any = asyncio.get_running_loop()
    gives_up_at = loop.time() + PATIENCE
    waited = 0.0
    while True:
        await asyncio.sleep(0)
        while loop._ready and loop.time() < gives_up_at:
            await asyncio.sleep(0)
        times = [timer.when() for timer in loop._scheduled if not timer.cancelled()]
        left = max(min(times, default=math.inf) - loop.time(), 0.0)
        if left >= SOON or waited >= AT_MOST or loop.time() >= gives_up_at:
            return
        waited += left
        await asyncio.sleep(left)


def install() -> None:
    """Let Textual's tests wait that way from now on."""
    # Both have imported it by its name, and mypy knows no attributes of what a string names.
    for name in ("textual.app", "textual.pilot"):
        import_module(name).wait_for_idle = wait_for_idle  # type: ignore[attr-defined]
