"""The examples in docstrings give what they show."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pcsim
from pcsim.watch import agent

PACKAGE = Path(pcsim.__file__).parent


def test_every_example_in_a_docstring_is_true() -> None:
    """Each is run as it stands, in the names of its module."""
    attempted = 0
    try:
        for path in sorted(PACKAGE.rglob("*.py")):
            parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
            name = ".".join(part for part in parts if part != "__init__")
            if ">>>" not in path.read_text("utf-8"):
                continue
            results = doctest.testmod(importlib.import_module(name))
            assert not results.failed, name
            attempted += results.attempted
    finally:
        agent.leave()  # that of watch.allow
    assert attempted
