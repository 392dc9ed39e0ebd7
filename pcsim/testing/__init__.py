"""Test threads under every interleaving: the same code, on simulated threads that take turns.

Needs greenlet: `pip install pcsim[testing]`.

Example of a test, in a file that pytest runs:

    import pcsim
    from pcsim import testing

    @testing.explore(schedules=2_000)
    def test_the_cache_is_filled_once():
        cache = Cache()
        testing.threads(cache.fill, cache.fill)
        assert cache.fills == 1
"""

try:
    import greenlet as greenlet
except ImportError:
    raise ImportError("pcsim.testing needs greenlet: pip install pcsim[testing]") from None

from pcsim.testing.decorator import explore as explore
from pcsim.testing.model import always as always
from pcsim.testing.model import choose as choose
from pcsim.testing.model import interrupts as interrupts
from pcsim.testing.model import let_time_pass as let_time_pass
from pcsim.testing.model import starts_may_fail as starts_may_fail
from pcsim.testing.model import threads as threads
from pcsim.testing.scheduler import EndlessScheduleError as EndlessScheduleError
from pcsim.testing.scheduler import StandstillError as StandstillError

__all__ = [
    "EndlessScheduleError",
    "StandstillError",
    "always",
    "choose",
    "explore",
    "interrupts",
    "let_time_pass",
    "starts_may_fail",
    "threads",
]
