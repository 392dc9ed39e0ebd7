"""The demos are scenario files that come with the package."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pcsim.scenario import Scenario, demos
from pcsim.scenario.file import starter
from tests.support.scenario_files import DEMO_FOLDER, demo_text


def test_whether_a_scenario_is_a_demo_is_known_without_reading_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []
    demo = demos._demo

    def note(name: str) -> Scenario:
        read.append(name)
        return demo(name)

    monkeypatch.setattr(demos, "_demo", note)
    first = demos.DEMOS[0]
    assert first in demos.DEMOS
    assert replace(first, title="another") not in demos.DEMOS
    assert replace(first, name="mine") not in demos.DEMOS
    assert None not in demos.DEMOS
    assert set(read) == {"basic"}
    assert demos.DEMOS.index(demos.DEMOS[3]) == 3
    assert demos.DEMOS[1:3] == (demos.find("2"), demos.find("3"))


def test_names_are_those_of_the_files() -> None:
    """In the order of their numbers."""
    files = sorted(path.name for path in DEMO_FOLDER.glob("*.toml"))
    assert files == [f"{number}-{name}.toml" for number, name in enumerate(demos.NAMES, 1)]
    assert tuple(demo.name for demo in demos.DEMOS) == demos.NAMES


def test_demos_are_found_by_number_and_name() -> None:
    """The same object each time."""
    for number, name in enumerate(demos.NAMES, 1):
        assert demos.find(str(number)) is demos.find(name) is demos.DEMOS[number - 1]
    for key in ("", "0", "10", "-1", "٣", "1.0", "9" * 5_000, "basic "):
        with pytest.raises(KeyError):
            demos.find(key)


def test_the_file_for_demo_4_can_be_read_like_prose() -> None:
    """Short, and nothing in it but what the system is."""
    lines = demo_text("round-robin").splitlines()
    assert len(lines) < 25
    assert all(len(line) <= 100 for line in lines)


def test_demo_is_the_scenario_of_its_file() -> None:
    """It can be copied and changed."""
    for demo in demos.DEMOS:
        copy = Scenario.parse(demo_text(demo.name), f"{demo.name}.toml")
        assert copy == demo
        assert copy.title
        assert copy.watch


def test_starter_holds_and_is_explained() -> None:
    """What `pcsim new` writes is right as it stands, in lines for any terminal."""
    scenario: Scenario = Scenario.parse(starter(), "starter.toml")
    assert len(scenario.workers) == 7
    assert starter().isascii()
    assert all(len(line) <= 100 for line in starter().splitlines())


def test_what_the_starter_offers_in_comments_holds_as_well() -> None:
    """Each key that is commented out can be put in."""
    lines = starter().splitlines()
    offered = [n for n, line in enumerate(lines) if line.startswith("# ") and " = " in line]
    assert len(offered) == 5
    for number in offered:
        changed = [line.removeprefix("# ") if n == number else line for n, line in enumerate(lines)]
        assert Scenario.parse("\n".join(changed), "my.toml") != Scenario.parse(starter(), "my.toml")


def test_demos_are_the_scenarios_of_their_files() -> None:
    """Read without a check for mistakes, they are what any other file would be, and right."""
    for number, demo in enumerate(demos.DEMOS, 1):
        file = DEMO_FOLDER / f"{number}-{demo.name}.toml"
        assert replace(Scenario.load(file), name=demo.name) == demo
