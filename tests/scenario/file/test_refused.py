"""Files that ask for more than a scenario is: code to run, numbers and keys without limit."""

from __future__ import annotations

import sys

import pytest

from pcsim.errors import ScenarioFileError
from pcsim.scenario import Scenario
from tests.support.cases import case

CONSUMER = 'queue = "q"\n'
HEAD = f"[queues.q]\n[producers.P]\n{CONSUMER}[consumers.C]\n{CONSUMER}"
AT = HEAD.count("\n") + 1
CODE = {
    "sink": "'os:system'", "source": "'antigravity:geohash'", "function": "'os.system'",
    "command": "'touch pcsim-was-here'", "module": "'antigravity'", "import": "['antigravity']",
    "python": "'import antigravity'", "exec": "'1 / 0'", "plugin": "'antigravity'",
}  # fmt: skip
WITHOUT_LIMIT = {
    "a = " + "[" * 100_000: "1: the line is too long: 100,004 characters (at most 1,024)",
    "[" * 1_000: "1: ",
    "a." * 20_000 + "b = 1": "1: the line is too long: 40,005 characters (at most 1,024)",
    "a." * 17 + "b = 1": "1: ",
    f"{HEAD}service_time = {'9' * 5_000}": f"{AT}: the line is too long: 5,015 characters",
    f"{HEAD}service_time = {'9' * 1_000}": f"{AT}: service_time of consumer 'C' must be a number",
    f"{HEAD}max_items = {2**70}": f"{AT}: max_items of consumer 'C' must be a whole number",
    f"{HEAD}service_time = 1e400": f"{AT}: service_time of consumer 'C' must be a number",
    f"{HEAD}count = 1000000000": f"{AT}: too many workers: 1,000,000,001",
}


def test_a_file_that_names_code_to_run_is_refused_and_nothing_is_imported() -> None:
    """There is no such key, for a worker or for the scenario: at its line, with the known ones."""
    for key, value in CODE.items():
        for text, line in ((f"{HEAD}{key} = {value}", AT), (f"{key} = {value}\n{HEAD}", 1)):
            with case(text), pytest.raises(ScenarioFileError) as caught:
                Scenario.parse(text, "my.toml")
            assert str(caught.value).startswith(f"my.toml:{line}: unknown key '{key}'")
    assert "antigravity" not in sys.modules


def test_numbers_keys_and_nesting_without_limit_are_refused_at_once() -> None:
    """What tomllib takes seconds for, or fails at, never reaches it."""
    for text, message in WITHOUT_LIMIT.items():
        with case(message), pytest.raises(ScenarioFileError) as caught:
            Scenario.parse(text, "my.toml")
        assert str(caught.value).startswith(f"my.toml:{message}")
