"""What makes every picture of the app the same on every machine."""

from __future__ import annotations

import os

# Before Textual is imported: it reads these once.
os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"
for name in ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL_FILTERS", "TEXTUAL"):
    os.environ.pop(name, None)
