"""Moments of a run as they are typed: `1:02:03`, `0:11.8`, `11.8s`."""

from __future__ import annotations

from typing import Any

import click

from pcsim.cli.durations import Duration


class Moment(Duration):
    """An option's value: a time of a run, as the screen shows it (`1:02:03`, `0:11.8`) or as a
    duration (`11.8s`)."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read the time."""
        if ":" in str(value):
            return self._clock(str(value))
        return float(super().convert(value, param, ctx))

    def _clock(self, value: str) -> float:
        parts = value.split(":")
        try:
            if len(parts) > 3 or not all(part.strip("0123456789.") == "" for part in parts):
                raise ValueError
            seconds = 0.0
            for part in parts:
                seconds = seconds * 60 + float(part)
        except ValueError:
            from pcsim.text import safe

            self.fail(f"'{safe(value, 40)}' is no time, such as 0:11.8 or 11.8s")
        return seconds
