"""When an app has nothing to do: what a test that presses a key waits for.

Textual's own wait looks at the processor: the app is idle when the process has used almost none of
it for 20 ms. Each key takes 40 ms by that, most of it asleep; and on a machine that is busy with
something else, a process that got no turn looks idle while its messages wait. The loop of asyncio
knows better: it is idle when nothing is ready to run, and nothing is about to be.
"""

from __future__ import annotations

import asyncio
import math
from typing import Any

SOON = 0.02
"""Seconds: what is timed to come within them is waited for, such as the next frame."""
AT_MOST = 0.1
"""Seconds that timers are waited for: one that comes again and again would never end."""


async def wait_for_idle(_min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Wait until the loop has nothing to run, and no timer is due soon.

    Args:
        max_sleep: Seconds after which a loop that is never idle is waited for no longer.
    """
    # Both attributes are private, and the same in every version of Python since 3.4.
    loop: Any = asyncio.get_running_loop()
    begun = loop.time()
    while True:
        await asyncio.sleep(0)
        while loop._ready and loop.time() < begun + max_sleep:
            await asyncio.sleep(0)
        now = loop.time()
        times = [timer.when() for timer in loop._scheduled if not timer.cancelled()]
        due = min(times, default=math.inf)
        if due >= now + SOON or now >= begun + AT_MOST:
            return
        await asyncio.sleep(max(due - now, 0.0))


def install() -> None:
    """Let Textual's tests wait that way from now on."""
    import textual.app
    import textual.pilot

    for module in (textual.app, textual.pilot):
        module.wait_for_idle = wait_for_idle
