"""Whole numbers as they are typed, within a range that is written in plain words."""

from __future__ import annotations

import click


class Whole(click.IntRange):
    """An option's value: a whole number of at least `least`.

    Its range is written `1 or more` in help and messages, where click writes `x>=1`.

    Args:
        least: The smallest number.
        most: The largest; None for no limit.
        words: The largest in words, where its digits would not be read.
    """

    name = "whole number"

    def __init__(self, least: int, most: int | None = None, words: str = "") -> None:
        super().__init__(least, most)
        self.range_words = f"{least} or more" if most is None else f"{least} to {most:,}"
        if words:
            self.range_words = f"{least} to {words}"

    def _describe_range(self) -> str:
        return self.range_words
