"""Reads the style rules: those of the first frame, and those of what is opened later, then.

Textual reads a rule in about 60 µs, and tries each of them on every widget that it mounts.
"""

from __future__ import annotations

from pkgutil import get_data
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App


def read_rules(name: str) -> str:
    """Return the rules of a file beside this one, also from a zip.

    Args:
        name: The name of the file without its ending.
    """
    return (get_data("pcsim.tui", f"{name}.tcss") or b"").decode()


def add_rules(app: App[Any], name: str) -> None:
    """Add rules to those of an app, once: for what is mounted from here on.

    Args:
        app: The app.
        name: The name of their file without its ending.
    """
    place = ("pcsim.tui", f"{name}.tcss")
    if not app.stylesheet.has_source(*place):
        app.stylesheet.add_source(read_rules(name), place)
