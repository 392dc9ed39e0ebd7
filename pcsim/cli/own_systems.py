"""A system of code from outside that a command names: finds it, runs it, opens the app on it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from pcsim.cli.code_names import CodeName
from pcsim.cli.importing import called, load, look_up
from pcsim.cli.run_options import RunOptions
from pcsim.cli.scenario_files import UsageError
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.errors import ScenarioError
from pcsim.launch.own_run import OwnRun
from pcsim.launch.runs import Wrap
from pcsim.scenario import Scenario
from pcsim.snapshot import Phase
from pcsim.system import ProducerConsumerSystem, run_of
from pcsim.text import plural, safe, shown

KIND = "a ProducerConsumerSystem"
NAMES_SHOWN = 8
_OF_SCENARIOS = {
    "until": "--until", "items": "--items", "seed": "--seed", "warm_up": "--warm-up",
    "replications": "--replications", "sources": "--source", "sinks": "--sink",
}  # fmt: skip
"""The options that change a scenario, by the fields of `RunOptions`."""


class OwnSystem:
    """A system, or what makes one.

    Args:
        code: Its name.

    Raises:
        UsageError: There is none, or it cannot be run.
    """

    def __init__(self, code: CodeName) -> None:
        found, name = _found(code)
        self._word = f"{code.place}:{name}"
        is_made = isinstance(found, ProducerConsumerSystem)
        self._make = None if is_made else _maker(found, self._word)
        self._made: list[ProducerConsumerSystem] = []
        """Those that may still run: one that nobody has is aborted."""
        self._engine = self._ready(found if self._make is None else self._new())

    @property
    def can_restart(self) -> bool:
        """Whether there can be another run."""
        return self._make is not None

    @property
    def engine(self) -> ThreadsEngine:
        """The run of the one that was made last."""
        return self._engine

    def again(self) -> Scenario:
        """Make another one; return what it runs.

        Raises:
            ReadError: It cannot be run.
        """
        from pcsim.tui.choice import ReadError

        try:
            self._engine = self._ready(self._new())
        except UsageError as problem:
            raise ReadError(str(problem)) from None
        return self._engine.scenario

    def control(self, _scenario: Scenario) -> OwnRun:
        """Return the controls of the run of the one that was made last."""
        return OwnRun(self._engine)

    def _new(self) -> Any:
        make = self._make
        if make is None:
            raise UsageError(f"{safe(self._word, 100)} is no function: it runs once")
        made = called(make, f"{self._word} failed", self._word.rpartition(":")[0])
        if inspect.iscoroutine(made):
            made.close()
            raise UsageError(f"{safe(self._word, 100)} is a coroutine function: use a plain one")
        if not isinstance(made, ProducerConsumerSystem):
            raise UsageError(f"{safe(self._word, 100)} returned {shown(made)}, not {KIND}")
        return made

    def _ready(self, system: ProducerConsumerSystem) -> ThreadsEngine:
        """The run of a system, which has not begun."""
        try:
            engine = run_of(system)
        except ScenarioError as error:
            raise UsageError(safe(f"{self._word}: {error}", 400)) from None
        if engine.phase is not Phase.CREATED:
            raise UsageError(
                f"{safe(self._word, 100)} was started while it was imported; "
                'what starts it goes under: if __name__ == "__main__":'
            )
        self._made = [one for one in self._made if run_of(one).is_running_here] + [system]
        return engine


def run_system(
    code: CodeName,
    options: RunOptions,
    *,
    as_json: bool = False,
    verbose: bool = False,
    timeout: float | None = None,
    record: str | None = None,
) -> int:
    """Run a system without a screen; the exit status.

    Raises:
        UsageError: There is none, or an option does not go with it.
    """
    from pcsim.cli.recording import recorded
    from pcsim.headless.run import run
    from pcsim.launch.runs import diagnosis_of_control

    refuse_options(options)
    engine = OwnSystem(code).engine
    with recorded(engine, engine.scenario, record) as (control, keep_report):
        return run(
            control,
            engine.scenario,
            out=sys.stdout,
            err=sys.stderr,
            json=as_json,
            verbose=verbose,
            timeout=timeout,
            diagnose=lambda: diagnosis_of_control(engine),
            keep_report=keep_report,
        )


def show_system(
    code: CodeName,
    options: RunOptions,
    *,
    start: bool = False,
    theme: str | None = None,
    wrap: Wrap = lambda launch: launch,
) -> int:
    """Open the app on a system, and report its last run; the exit status.

    Raises:
        UsageError: There is none, or an option does not go with it.
        ScreenError: There is no terminal.
    """
    from pcsim.launch.app import check_terminal, report
    from pcsim.launch.own_code import show_code

    refuse_options(options)
    check_terminal(f"the app needs a terminal; without one, try: pcsim run {safe(code.word, 100)}")
    system = OwnSystem(code)
    return report(
        show_code(
            wrap(system.control),
            system.engine.scenario,
            start=start,
            theme=theme,
            read_again=system.again if system.can_restart else None,
        )
    )


def refuse_options(options: RunOptions) -> None:
    """Refuse what changes a scenario: a system of code from outside runs as it is.

    Raises:
        UsageError: There is such an option.
    """
    if options.is_virtual:
        raise UsageError("--engine virtual is for scenarios: code of your own takes real time")
    for field, option in _OF_SCENARIOS.items():
        if getattr(options, field) != RunOptions._field_defaults[field]:
            raise UsageError(f"{option} is for scenarios: a system of your own code runs as it is")


def _found(code: CodeName) -> tuple[Any, str]:
    """What a name means, and the name; where none is given, the one system that there is."""
    if code.name:
        return look_up(code), code.name
    module = load(code)
    systems = _systems(module)
    names = list(systems) or _makers(module)
    place = safe(code.place, 100)
    if len(names) == 1:
        return getattr(module, names[0]), names[0]
    if names:
        raise UsageError(
            f"{place} has {plural(len(names), 'system')}: {_listed(names)}; "
            f"choose one, as in {place}:{names[0]}"
        )
    functions = _functions(module)
    hint = f"; of its functions, {_listed(functions)} could make one" if functions else ""
    raise UsageError(
        f"{place} has no system at its top level{hint}; "
        f"name one, as in {place}:{functions[0] if functions else 'NAME'}"
    )


def _listed(names: list[str]) -> str:
    more = ", …" if len(names) > NAMES_SHOWN else ""
    return safe(", ".join(names[:NAMES_SHOWN]), 200) + more


def _systems(module: ModuleType) -> dict[str, ProducerConsumerSystem]:
    """The systems of a module, each by the first of its names."""
    found: dict[str, ProducerConsumerSystem] = {}
    for name, value in vars(module).items():
        if isinstance(value, ProducerConsumerSystem) and value not in found.values():
            found[name] = value
    return found


def _functions(module: ModuleType) -> list[str]:
    """The functions of a module that can be called without arguments."""
    return [
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value)
        and value.__module__ == module.__name__
        and not name.startswith("_")
        and not _needed(value)
    ]


def _makers(module: ModuleType) -> list[str]:
    """The functions of a module that say by their annotation that they make a system."""
    names = (ProducerConsumerSystem, "ProducerConsumerSystem", "pcsim.ProducerConsumerSystem")
    functions = _functions(module)
    return [
        name for name in functions if getattr(module, name).__annotations__.get("return") in names
    ]


def _needed(function: Callable[..., object]) -> list[str]:
    """The arguments that a call has to give."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # written in C: whether it needs any is not known
        return []
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [one.name for one in parameters if one.default is one.empty and one.kind not in variable]


def _maker(found: Any, word: str) -> Callable[[], object]:
    """Check that something can be called for a system.

    Raises:
        UsageError: It cannot.
    """
    word = safe(word, 100)
    if isinstance(found, Scenario):
        raise UsageError(f"{word} is a Scenario: run it from Python, with pcsim.run or simulate")
    if not callable(found):
        raise UsageError(f"{word} is {shown(found)}, not {KIND} or a function that makes one")
    if needed := _needed(found):
        raise UsageError(
            f"{word} needs arguments ({safe(', '.join(needed), 100)}); "
            "what makes a system is called without any"
        )
    return found  # type: ignore[no-any-return]
