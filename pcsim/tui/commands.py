"""The command palette: every key's command, every demo and every theme, found by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from pcsim.text import safe
from pcsim.tui.keys import BINDINGS

if TYPE_CHECKING:
    from pcsim.tui.app import PcsimApp


class Commands(Provider):
    """Offers what the app can do. Names are contents, never markup."""

    def _all(self) -> Iterator[tuple[str, Callable[[], object]]]:
        app = cast("PcsimApp", self.app)
        for binding in BINDINGS:
            if binding.tooltip:
                action = f"app.{binding.action}"
                name = f"{binding.description.capitalize()}: {binding.tooltip}"
                yield name, partial(app.run_action, action)
        for number, demo in enumerate(app.catalogue, start=1):
            title = safe(demo.title or demo.name)
            yield f"Demo {number}: {title}", partial(app.action_demo, number)
        for name in app.own_themes:
            yield f"Theme: {name}", partial(app.use_theme, name)

    async def discover(self) -> Hits:
        """All of them."""
        for name, run in self._all():
            yield DiscoveryHit(Content(name), run, text=name)

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for name, run in self._all():
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, matcher.highlight(name), run, text=name)
