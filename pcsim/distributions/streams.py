"""One stream of random numbers for each worker and purpose.

A stream depends on its names, not on its position: workers that come or go do not change the
numbers of others. By which name each worker draws, `pcsim.scenario.specs.stream_names` says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import chain, repeat, starmap
from math import fsum
from typing import TYPE_CHECKING, Any

from pcsim.validation import LARGEST_NUMBER, check_whole

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

BLOCK = 512
"""Numbers drawn at once."""

LARGEST_REPLICATION = 2**32 - 1
"""One word of entropy, so that no pair of a long seed and a replication reads like another."""


def stream(seed: int, replication: int, name: str, purpose: str) -> Generator:
    """The random numbers of the worker `name` for one `purpose`, such as `"interval"`.

    `seed` is a whole number from 0 to 2**63 - 1, `replication` from 0 to 2**32 - 1; else
    `ScenarioError`. Two streams that differ in any of the four are independent: their seeds
    are mixed from `[seed, replication]` and a digest of 128 bits of the two names.

    numpy guarantees that "a fixed seed will always produce the same random integer stream"
    (`PCG64`, Compatibility Guarantee) and that `SeedSequence` mixes entropy reproducibly. So
    the raw numbers are the same on every machine and in every version. What a `Generator` makes
    of them may change with a feature release of numpy, and in rare last digits with the
    machine's mathematics (numpy.random, Compatibility policy; NEP 19); within one build the
    same calls with the same sizes give the same numbers.
    """
    from numpy import frombuffer
    from numpy.random import PCG64, Generator, SeedSequence

    words = (
        _words("seed", seed, LARGEST_NUMBER)
        + _words("replication", replication, LARGEST_REPLICATION)
        + _digest(name, purpose)
    )
    # The words that `[seed, replication, *digest]` would be made into, four times as slowly.
    return Generator(PCG64(SeedSequence(frombuffer(words, "<u4"))))


def _words(what: str, number: int, largest: int) -> bytes:
    """Of 32 bits: one, or the lower and the upper where one cannot hold it."""
    check_whole(what, number, largest, least=0)
    return number.to_bytes(4 if number < 2**32 else 8, "little")


def _digest(name: str, purpose: str) -> bytes:
    """Four words of 32 bits, always four, and the same in every process, unlike `hash`."""
    # The name's length keeps ("ab", "c") from being ("a", "bc").
    encoded = name.encode("utf-8", "surrogatepass")
    text = b"%d:%b%b" % (len(encoded), encoded, purpose.encode("utf-8", "surrogatepass"))
    return blake2b(text, digest_size=16).digest()


def uniform_numbers(generator: Generator) -> Iterator[float]:
    """Random numbers from 0 (included) to 1 (not included), without end."""
    return _one_by_one(uniform_blocks(generator))


def uniform_blocks(generator: Generator) -> Iterator[NDArray[Any]]:
    """The same in blocks."""
    return starmap(generator.random, repeat((BLOCK,)))


def weighted_choices(weights: Sequence[float], generator: Generator) -> Iterator[int]:
    """Random positions in a list, in proportion to the weights, without end."""
    return _one_by_one(choice_blocks(weights, generator))


def choice_blocks(weights: Sequence[float], generator: Generator) -> Iterator[NDArray[Any]]:
    """The same in blocks."""
    total = fsum(weights)
    shares = [weight / total for weight in weights]
    return (generator.choice(len(shares), BLOCK, p=shares) for _ in repeat(None))


def _one_by_one(blocks: Iterator[NDArray[Any]]) -> Iterator[Any]:
    return chain.from_iterable(block.tolist() for block in blocks)
