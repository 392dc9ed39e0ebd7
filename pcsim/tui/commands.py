"""The command palette: the command of each key, every demo and every theme, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol, cast

from textual.app import App
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from pcsim.scenario import Scenario
from pcsim.text import safe
from pcsim.tui import themes
from pcsim.tui.choice import Choice
from pcsim.tui.keys import KEYS
from pcsim.tui.watcher import Watcher


class HasChoice(Protocol):
    """An app with scenarios to choose from."""

    choice: Choice
    watcher: Watcher


class Commands(Provider):
    """Offers what the app can do. Names are contents, never markup."""

    def _all(self) -> Iterator[tuple[str, Callable[[], object]]]:
        app = self.app
        choice = cast(HasChoice, app).choice
        view = cast(HasChoice, app).watcher.display.view
        for key in KEYS:
            if key.action and key.action != "own" and key.shown not in view.idle_keys:
                does = key.effect(is_watched=view.is_watched, is_replay=view.past is not None)
                name = f"{key.name.capitalize()}: {does}"
                yield name, partial(app.run_action, f"app.{key.action}")
        if choice.own is not None and "0" not in view.idle_keys:
            name = f"{choice.own_name.capitalize()}: {_title(choice.own)}"
            yield name, partial(app.run_action, "app.own")
        for number, demo in enumerate(choice.catalogue, start=1):
            yield f"Demo {number}: {_title(demo)}", partial(app.run_action, f"app.demo({number})")
        for theme in themes.THEMES:
            yield f"Theme: {theme.name}", partial(_use_theme, app, theme.name)

    async def discover(self) -> Hits:
        """Yield every command."""
        for name, run in self._all():
            yield DiscoveryHit(Content(name), run, text=name)

    async def search(self, query: str) -> Hits:
        """Yield the commands whose names match."""
        matcher = self.matcher(query)
        for name, run in self._all():
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, matcher.highlight(name), run, text=name)


def _title(scenario: Scenario) -> str:
    return safe(scenario.title or scenario.name or "without a title")


def _use_theme(app: App[object], name: str) -> None:
    app.theme = name
