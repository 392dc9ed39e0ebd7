"""What it costs to watch a program from outside: the viewer's processor time a look.

    python -m benchmarks.outside_cost [--pythons PYTHON ...] [--threads 10 50 200]

A program with that many threads, a tenth as many queues, works in another process. The first look
finds all that there is; the others read what may have changed. The program itself is not stopped
and runs no code for it, so it pays nothing. The peer is one empty look: the system asked once for
the program's state.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from pcsim.watch.outside.watched import OutsideWatch

PROGRAM = """
import queue, sys, threading, time
count = int(sys.argv[1])
queues = [queue.Queue(5) for _ in range(max(count // 10, 1))]

def work(inbox, outbox):
    while True:
        item = inbox.get()
        time.sleep(0.05)
        if outbox is not None:
            outbox.put(item)

for number in range(count):
    place = number % len(queues)
    following = queues[place + 1] if place + 1 < len(queues) else None
    threading.Thread(target=work, args=(queues[place], following), daemon=True).start()
print("ready", flush=True)
while True:
    queues[0].put(1)
    time.sleep(0.003)
"""
LOOKS = 60
PAUSE = 0.03


def cost(call: Callable[[], object]) -> float:
    """Milliseconds of processor time that a call takes."""
    begin = time.process_time()
    call()
    return (time.process_time() - begin) * 1e3


def measure(python: str, threads: int) -> str:
    """One line about looks at a program of that many threads."""
    with subprocess.Popen([python, "-c", PROGRAM, str(threads)], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            found: list[OutsideWatch] = []
            first = cost(lambda: found.append(OutsideWatch(process.pid)))
            watch, looks, peers = found[0], [], []
            for _ in range(LOOKS):
                looks.append(cost(watch.look))
                peers.append(cost(watch._outside.process.state))
                time.sleep(PAUSE)
            watch.close()
        finally:
            process.kill()
    usual, most, peer = statistics.median(looks), max(looks), statistics.median(peers)
    return (
        f"{watch._outside.interpreter.version:>8} {threads:>8} {first:>9.1f} {usual:>9.2f} "
        f"{most:>9.1f} {usual / peer:>9.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pythons", nargs="*", default=[sys.executable])
    parser.add_argument("--threads", nargs="*", type=int, default=[10, 50, 200])
    options = parser.parse_args()
    print("  Python  threads  first ms   look ms   most ms   × empty")
    for python in options.pythons:
        for threads in options.threads:
            print(measure(python, threads), flush=True)


if __name__ == "__main__":
    main()
