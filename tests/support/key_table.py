"""The table of keys in `README.md`: run as a program, it is made anew from the app's own."""

from __future__ import annotations

from pathlib import Path

from pcsim.tui.keys import KEYS
from pcsim.tui.pages.table import PAGES

PAGE = Path(__file__).parent.parent.parent / "README.md"
BEGIN = "<!-- keys -->\n"


def table() -> str:
    """Make the table."""
    rows = [(f"`{key.shown}`", key.does) for key in KEYS]
    for page in PAGES:
        rows += [(f"`{key.shown}`", f"in {page.number} {page.name}: {key.does}")
                 for key in page.keys if key.does]  # fmt: skip
    lines = ["| key | does |", "|---|---|", *(f"| {key} | {does} |" for key, does in rows)]
    return "\n".join(lines) + "\n"


def written() -> str:
    """Return the table that the page has."""
    text = PAGE.read_text("utf-8")
    begin = text.index(BEGIN) + len(BEGIN)
    return text[begin : text.index("\n\n", begin) + 1]


if __name__ == "__main__":
    PAGE.write_text(PAGE.read_text("utf-8").replace(written(), table()), "utf-8")
