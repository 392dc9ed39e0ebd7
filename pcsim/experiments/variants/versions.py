"""What the numbers of a run depend on besides its scenario: others are not mixed with them."""

from __future__ import annotations

from functools import cache
from itertools import islice

from pcsim.distributions import (
    BLOCK,
    Erlang,
    Exponential,
    Gamma,
    Hyperexponential,
    Lognormal,
    Normal,
    Uniform,
    draws,
)
from pcsim.distributions.streams import stream
from pcsim.version import __version__

LAWS = (
    Uniform(1.0, 2.0),
    Exponential(0.2),
    Normal(0.2, 0.1),
    Lognormal(0.2, 1.5),
    Gamma(0.2, 0.4),
    Erlang(0.2, 3),
    Hyperexponential(0.2, 2.0),
)


@cache
def versions() -> str:
    """Return the versions on which the numbers of a run may depend, and a digest of some of them.

    The digest differs where the mathematics of the machine makes other last digits.
    """
    import numpy

    return f"pcsim {__version__}, numpy {numpy.__version__}, draws {_digest()}"


def _digest() -> str:
    from hashlib import blake2b

    digest = blake2b(digest_size=4)
    for law in LAWS:
        numbers = islice(draws(law, stream(0, 0, type(law).__name__, "digest")), BLOCK)
        digest.update(repr(list(numbers)).encode())
    return digest.hexdigest()
