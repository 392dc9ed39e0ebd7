"""Interrupt `pcsim.Queue` and `queue.Queue` by signals, and count after how many they are broken.

A broken `queue.Queue` takes two seconds to be seen, so that is interrupted less often. Each
interrupt comes to a queue of its own, at a random time, in the middle of `put`, `get` or `get_any`,
while two other threads wait at the other end. Fails where ours is broken once.
"""

from __future__ import annotations

import argparse
import queue
import sys
from collections import Counter
from collections.abc import Callable

import pcsim
from tests.support.interrupting import Alarms, fault_of_get, fault_of_put


def ways() -> dict[str, Callable[[int, Alarms], str]]:
    """What is interrupted, and how."""

    def get_any(capacity: int, alarms: Alarms) -> str:
        other = pcsim.Queue[object](1)
        return fault_of_get(pcsim.Queue, capacity, alarms, lambda one: pcsim.get_any([one, other]))

    return {
        "pcsim put": lambda capacity, alarms: fault_of_put(pcsim.Queue, capacity, alarms),
        "queue put": lambda capacity, alarms: fault_of_put(queue.Queue, capacity, alarms),
        "pcsim get": lambda capacity, alarms: fault_of_get(pcsim.Queue, capacity, alarms),
        "queue get": lambda capacity, alarms: fault_of_get(queue.Queue, capacity, alarms),
        "pcsim get_any": get_any,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interrupts", type=int, default=10_000, help="of each operation")
    parser.add_argument("--of-peer", type=int, default=1_000, help="of each of queue.Queue's")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    broken = 0
    print(f"{'':<15} {'interrupts':>10} {'broken':>7}")
    for name, way in ways().items():
        count = options.interrupts if name.startswith("pcsim") else options.of_peer
        faults: Counter[str] = Counter()
        with Alarms(options.seed) as alarms:
            for number in range(count):
                faults[way((1, 3, 100)[number % 3], alarms)] += 1
        del faults[""]
        print(f"{name:<15} {count:>10,} {faults.total() / count:>7.1%}", end="  ")
        print(", ".join(f"{fault}: {times:,}" for fault, times in faults.most_common()), flush=True)
        broken += faults.total() if name.startswith("pcsim") else 0
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
