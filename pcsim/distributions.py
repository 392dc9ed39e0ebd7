"""The times of a scenario, each with its mean and variance."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct


class Exponential(Struct, frozen=True, tag="exponential", tag_field="distribution"):
    """Times without memory, of that mean in seconds."""

    mean: float


class Instants(Struct, frozen=True, tag="instants", tag_field="distribution"):
    """A recorded list of arrival instants, in seconds."""

    at: tuple[float, ...] = ()


Time: TypeAlias = float | Exponential | Instants
