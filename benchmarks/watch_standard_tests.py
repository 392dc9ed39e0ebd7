"""Python's own tests of queues and thread pools, on queues that are watched.

    python benchmarks/watch_standard_tests.py            # any Python from 3.11 that has `test`

The tests make copies of the module `queue`; here they get the one that is hooked.
"""

from __future__ import annotations

import argparse
import importlib
import queue
import sys
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from watch_cost import load_agent

POOLS = ("test.test_concurrent_futures.test_thread_pool", "test.test_concurrent_futures")


def tests_of(name: str) -> Any:
    """The module with these tests, in which each copy of `queue` is the real one."""
    from test.support import import_helper

    fresh: Any = import_helper.import_fresh_module

    def hooked(module: str, *arguments: Any, **keywords: Any) -> Any:
        return queue if module == "queue" else fresh(module, *arguments, **keywords)

    import_helper.import_fresh_module = hooked
    try:
        return importlib.import_module(name)
    finally:
        import_helper.import_fresh_module = fresh


def suite_of(kind: str) -> unittest.TestSuite:
    """The tests of `queue`, or of thread pools."""
    loader = unittest.TestLoader()
    if kind == "queue":
        return loader.loadTestsFromModule(tests_of("test.test_queue"))
    for name in POOLS:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        cases = [
            case
            for label, case in sorted(vars(module).items())
            if label.startswith("ThreadPool") and isinstance(case, type)
        ]
        return unittest.TestSuite(map(loader.loadTestsFromTestCase, cases))
    raise SystemExit("this Python has no tests of thread pools")


def main() -> int:
    """Run them, and say how many queues were watched meanwhile."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", default=["queue", "pool"])
    failed = 0
    for kind in parser.parse_args().kinds:
        agent = load_agent().Agent("allow")
        agent.begin(finds=False)
        watched: list[Any] = []
        tests = suite_of(kind)
        agent.begin_others()
        add_book = agent.add_book

        def added(book: Any, *rest: Any, add: Any = add_book, watched: Any = watched) -> Any:
            watched.append(book)
            return add(book, *rest)

        agent.add_book = added
        result = unittest.TextTestRunner(stream=sys.stderr, verbosity=0).run(tests)
        agent.restore()
        seen = sum(book.read()[0] for book in watched if book.read)
        bad = len(result.failures) + len(result.errors)
        failed += bad + bool(agent.faults)
        print(
            f"Python {sys.version.split()[0]}, {kind}: {result.testsRun} run, {bad} failed,"
            f" {len(result.skipped)} skipped; {len(watched)} queues watched, {seen} items put,"
            f" {len(agent.faults)} faults {list(agent.faults)[:3]}"
        )
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
