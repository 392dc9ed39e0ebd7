"""What the command loads, and what it leaves alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ["textual", "rich", "asyncio", "numpy", "msgspec", "concurrent"]
LOADED = "import sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"


def loaded_after(code: str) -> set[str]:
    """The top-level modules that are loaded once the code has run, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{LOADED}"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


CALLING = "import sys\nfrom pcsim.cli import main\ntry: main({!r})\nexcept SystemExit: pass"


@pytest.mark.parametrize("asking", ["--help", "--version"])
def test_asking_loads_nothing_heavy(asking: str) -> None:
    """Help and version load not even click."""
    loaded = loaded_after(CALLING.format([asking]))
    assert loaded.isdisjoint([*HEAVY, "click", "inspect", "dataclasses"])


def test_listing_demos_does_not_load_the_app_or_an_engine() -> None:
    """A command loads what it needs."""
    loaded = loaded_after(CALLING.format(["demos"]) + "\nassert 'pcsim.engine' not in sys.modules")
    assert loaded.isdisjoint({*HEAVY} - {"msgspec"})


def test_importing_the_package_loads_none_of_its_modules() -> None:
    """`import pcsim` costs nothing until a name is used."""
    code = (
        "import pcsim, sys\nloaded = {n for n in sys.modules if n.startswith('pcsim')}"
        "\nassert loaded == {'pcsim', 'pcsim.version'}"
    )
    assert loaded_after(code).isdisjoint([*HEAVY, "click"])


def test_system_that_is_not_shown_does_not_load_the_app() -> None:
    """Nor what opens it: `show` loads that when it is called."""
    code = (
        "import pcsim, sys\nsystem = pcsim.ProducerConsumerSystem()"
        "\nassert not any(name.startswith('pcsim.launch') for name in sys.modules)"
    )
    assert loaded_after(code).isdisjoint({*HEAVY} - {"msgspec"})


def test_completion_offers_commands_options_and_demos() -> None:
    """Click's completion works, with the demos' names."""
    code = "from pcsim.cli import main; main()"

    def offered(words: str, place: int) -> list[str]:
        request = {
            "_PCSIM_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(place),
        }
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            env={**os.environ, **request},
            check=False,
        )
        assert done.stderr == ""
        return [line.split(",")[1] for line in done.stdout.splitlines()]

    commands = ["run", "tui", "watch", "exec", "replay", "report", "diff", "branch"]
    commands += ["export", "demos", "lesson", "serve", "new", "check", "schema", "fit"]
    commands += ["sweep", "what-if", "size"]
    assert offered("pcsim ", 1) == commands
    assert offered("pcsim run b", 2) == ["basic", "back-pressure", "bursts"]
    assert "--json" in offered("pcsim run --", 2)
    assert offered("pcsim --demo r", 2) == ["round-robin"]


def test_headless_loads_no_more_than_it_needs_to_begin() -> None:
    """Neither click nor what only a report or a description needs."""
    assert loaded_after("import pcsim.headless.run").isdisjoint(
        [*HEAVY, "click", "json", "textwrap", "dataclasses", "inspect"]
    )


def test_running_a_demo_does_not_load_textual() -> None:
    """A whole headless run, all modules that it needs included."""
    code = (
        "import sys\nfrom msgspec.structs import replace\n"
        "from pcsim.cli import run, scenarios\n"
        "demo = scenarios.find('4')\n"
        "producers = tuple(replace(p, items=1, interval=0.0) for p in demo.producers)\n"
        "run.run_headless(replace(demo, producers=producers))"
    )
    assert loaded_after(code).isdisjoint({*HEAVY} - {"concurrent", "msgspec"})


TASKS = Path("/proc/self/task")


@pytest.mark.skipif(not TASKS.exists(), reason="this system does not list a process's threads")
def test_predicting_starts_no_thread(tmp_path: Path) -> None:
    """The threads of numpy's linear algebra, which is not used, would spin on every core."""
    (tmp_path / "a.toml").write_text(
        'queues = { main = { capacity = 5 } }\nconsumers.C = { queue = "main" }\n'
        'producers.P = { queue = "main", interval = { distribution = "exponential", mean = 1 } }'
    )
    arguments = ["run", str(tmp_path / "a.toml"), "--engine", "virtual", "--items", "9"]
    code = f"{CALLING.format(arguments)}\nimport os\nassert len(os.listdir('{TASKS}')) == 1"
    assert "numpy" in loaded_after(code)
