"""Code from outside in the place of a scenario's sources and sinks: `--source` and `--sink`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pcsim.cli.code_names import code_name
from pcsim.cli.importing import called, look_up
from pcsim.cli.run_options import RunOptions
from pcsim.cli.scenario_files import UsageError
from pcsim.engine.lazy_results import check_source
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.errors import ScenarioError
from pcsim.experiments.own_code import Sink, sink_of, sinks_by_worker, sources_by_worker
from pcsim.launch.own_run import OwnRun
from pcsim.launch.runs import Wrap
from pcsim.scenario import Scenario
from pcsim.text import safe

EXAMPLE = "NAME=module:thing or NAME=script.py:thing"


def own_parts(scenario: Scenario, options: RunOptions) -> OwnParts:
    """Find the code that the options name.

    Args:
        scenario: Whose producers and consumers it is for.
        options: Those of the command.

    Raises:
        UsageError: There is no such code, or no such producer or consumer.
    """
    if options.is_virtual:
        raise UsageError("--source and --sink need real time: leave out --engine virtual")
    parts = OwnParts(_named("--source", options.sources), _named("--sink", options.sinks))
    parts.check(scenario)
    return parts


class OwnParts:
    """Sources and sinks by the names of producers and consumers.

    Args:
        sources: Iterables, or functions that make one for each run.
        sinks: Functions, or objects with `append`.
    """

    def __init__(self, sources: Mapping[str, Any], sinks: Mapping[str, Any]) -> None:
        self._sources = sources
        self._sinks = sinks

    @property
    def can_restart(self) -> bool:
        """Whether each source can be read once more."""
        return not any(isinstance(source, Iterator) for source in self._sources.values())

    def check(self, scenario: Scenario) -> None:
        """Check that the scenario has the producers and the consumers.

        Raises:
            UsageError: It has not, or a sink cannot be called.
        """
        _in_one_line("--source", lambda: sources_by_worker(scenario, self._sources))
        _in_one_line("--sink", lambda: self._sinks_of(scenario))

    def engine(self, scenario: Scenario) -> ThreadsEngine:
        """Make a run of the scenario with the sources and the sinks.

        Raises:
            UsageError: A source cannot be read.
        """
        sources = {name: _source(name, source) for name, source in self._sources.items()}
        return ThreadsEngine(scenario, sources, self._sinks_of(scenario))

    def _sinks_of(self, scenario: Scenario) -> Mapping[str, Sink]:
        specs = (*scenario.consumers, *scenario.workers)  # groups, and each of their workers
        stages = {spec.name for spec in specs if getattr(spec, "output", None) is not None}
        sinks = {
            name: sink_of(name, sink, is_stage=name in stages) for name, sink in self._sinks.items()
        }
        return sinks_by_worker(scenario, {name: one for name, one in sinks.items() if one})


def show_with_parts(
    scenario: Scenario,
    options: RunOptions,
    read_again: Callable[[], Scenario],
    *,
    start: bool = False,
    theme: str | None = None,
    wrap: Wrap = lambda launch: launch,
) -> int:
    """Open the app on a scenario with such parts, and report its last run; the exit status.

    Args:
        scenario: The scenario.
        options: Those of the command, which name the parts.
        read_again: Returns the scenario for the next run, and raises `ReadError`.
        start: Whether to start the run at once.
        theme: `dark` or `light`; None leaves the choice to the terminal.
        wrap: Makes, of what makes runs, what is used in its place: one that records them.

    Raises:
        UsageError: There is no such code, or no worker for it.
        ScreenError: There is no terminal.
    """
    from pcsim.launch.app import check_terminal, report
    from pcsim.launch.own_code import show_code
    from pcsim.tui.choice import ReadError

    check_terminal()
    parts = own_parts(scenario, options)
    made = parts.engine(scenario)

    def make_another() -> Scenario:
        nonlocal made
        following = read_again()
        try:
            parts.check(following)
            made = parts.engine(following)
        except UsageError as problem:
            raise ReadError(str(problem)) from None
        return following

    return report(
        show_code(
            wrap(lambda _: OwnRun(made)),
            scenario,
            start=start,
            theme=theme,
            read_again=make_another if parts.can_restart else None,
        )
    )


def _named(option: str, words: Iterable[str]) -> dict[str, Any]:
    """Import what an option names, by worker.

    Raises:
        UsageError: A word does not name code, or two are for the same worker.
    """
    found: dict[str, Any] = {}
    for word in words:
        worker, _, place = word.rpartition("=")
        code = code_name(place)
        if not worker or code is None or not code.name:
            raise UsageError(f"{option} must be {EXAMPLE}, not '{safe(word, 100)}'")
        if worker in found:
            raise UsageError(f"{option} is given twice for '{safe(worker, 100)}'")
        found[worker] = look_up(code)
    return found


def _source(name: str, source: Any) -> Iterable[Any]:
    """The iterable that a source is, or that it makes."""
    if callable(source) and not isinstance(source, Iterable):
        place = getattr(source, "__module__", None) or name
        source = called(source, f"--source {name} failed", str(place))
    _in_one_line("--source", lambda: check_source(source, f"producer {name!r}"))
    return source  # type: ignore[no-any-return]


def _in_one_line(option: str, check: Callable[[], object]) -> None:
    try:
        check()
    except ScenarioError as error:
        field = f"{option} of {error.owner}" if error.owner else option
        raise UsageError(safe(error.message(field), 400)) from None
