"""The standard library's own tests of `queue` hold for ours."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import subprocess
import sys
import types
import unittest
import warnings
from typing import Any

import pytest

import pcsim.queue as ours

SUITES = ("QueueTest", "LifoQueueTest", "PriorityQueueTest", "FailingQueueTest")

OUR_QUEUES = types.SimpleNamespace(
    Queue=ours.Queue,
    LifoQueue=ours.LifoQueue,
    PriorityQueue=ours.PriorityQueue,
    Empty=ours.Empty,
    Full=ours.Full,
    ShutDown=ours.ShutDown,
)


@pytest.fixture(scope="module")
def own_suite() -> Any:
    """`test.test_queue` of the Python that runs this."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module("test.test_queue")
    except ImportError:
        return pytest.skip("this Python was installed without test.test_queue")


@pytest.fixture(scope="module")
def newer_suite() -> Any:
    """`test.test_queue` of Python 3.13, the first that tests `shutdown`."""
    if sys.version_info >= (3, 13):
        return pytest.skip("this Python's own suite tests shutdown")
    path = _newer_suite_path()
    if path is None:
        return pytest.skip("no python3.13 with test.test_queue on this machine")
    spec = importlib.util.spec_from_file_location("newer_test_queue", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spec.loader.exec_module(module)
    return module


def _newer_suite_path() -> str | None:
    python = shutil.which("python3.13")
    if python is None:
        return None
    asked = "import test.test_queue; print(test.test_queue.__file__)"
    answer = subprocess.run([python, "-c", asked], capture_output=True, text=True, timeout=60)
    return answer.stdout.strip() if answer.returncode == 0 else None


def played(module: Any, suite: str, only: str = "") -> unittest.TestResult:
    """Run a suite's tests whose names contain `only` on our classes."""
    tests = type(suite, (getattr(module, suite), unittest.TestCase), {"queue": OUR_QUEUES})
    result = unittest.TestResult()
    for name in unittest.defaultTestLoader.getTestCaseNames(tests):
        if only in name:
            tests(name).run(result)
    return result


def failures(result: unittest.TestResult) -> list[str]:
    return [f"{test}\n{traceback}" for test, traceback in result.failures + result.errors]


@pytest.mark.parametrize("suite", SUITES)
def test_our_queues_pass_the_standard_tests(own_suite: Any, suite: str) -> None:
    """A drop-in does what the standard class is tested to do, in the Python it is dropped in."""
    result = played(own_suite, suite)
    assert failures(result) == []
    assert result.testsRun > 0


@pytest.mark.parametrize("suite", SUITES[:3])
def test_our_queues_shut_down_like_those_of_3_13(newer_suite: Any, suite: str) -> None:
    """Python before 3.13 has no `shutdown`, yet ours closes as it does there."""
    result = played(newer_suite, suite, only="shutdown")
    assert failures(result) == []
    assert result.testsRun > 0
