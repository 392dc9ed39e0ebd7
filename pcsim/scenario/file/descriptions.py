"""The description of each key of a scenario file, for the schema and the reference."""

from __future__ import annotations

from collections.abc import Iterable

from pcsim.scenario.policies import Discipline, Overflow, Routing, Selection
from pcsim.text import either
from pcsim.validation import MOST_QUEUES_OF_FILE, MOST_RETRIES, MOST_WORKERS_OF_FILE


def _policies(members: Iterable[Overflow | Discipline | Routing | Selection]) -> str:
    """`its producer waits (block), or the run fails (fail)`: all members of a policy."""
    phrases = [f"{member.summary} ({member.value})" for member in members]
    return ", or ".join(filter(None, [", ".join(phrases[:-1]), phrases[-1]]))


def _names(members: Iterable[Routing | Discipline]) -> str:
    return either([member.value for member in members])


_ROUTING = _policies(Routing)
_WEIGHTED = _names(one for one in Routing if one.takes_weights)
_TIME = "a number, or a table with a distribution"

DESCRIPTIONS = {
    "Scenario.queues": f"The queues: a table of keys for each name, at most {MOST_QUEUES_OF_FILE}.",
    "Scenario.producers": "The workers that make items: a table of keys for each name. At most"
    f" {MOST_WORKERS_OF_FILE:,} with the consumers, counts included.",
    "Scenario.consumers": "The workers that take items; those with an output are stages. A table"
    " of keys for each name.",
    "Scenario.title": "The system's title, in a line.",
    "Scenario.description": "What it is, or what it teaches, in a sentence or two.",
    "Scenario.watch": "What to look at while it runs.",
    "Scenario.seed": "The seed of its random numbers: the same seed, the same run in virtual time.",
    "Scenario.end": "When a run ends by itself. Without: when all input has been dealt with.",
    "Scenario.warm_up": 'Seconds from the start that a simulation does not measure; "auto"'
    " finds them by the rule MSER-5.",
    "QueueSpec.capacity": "The number of items that it can hold: whole, 1 or more.",
    "QueueSpec.overflow": "What happens to an item that comes while it is full:"
    f" {_policies(Overflow)}.",
    "QueueSpec.discipline": f"Which item it gives first: {_policies(Discipline)}.",
    "ProducerSpec.queue": "The name of the queue it puts into, or a list of names, among which"
    " routing chooses.",
    "ProducerSpec.interval": f"Seconds from one item to the next (0: full speed): {_TIME}.",
    "ProducerSpec.items": "The number of items it makes; without, there is no limit.",
    "ProducerSpec.count": "The number of such producers: NAME-1, NAME-2, and so on.",
    "ProducerSpec.routing": f"Which of several queues an item goes to: {_ROUTING}.",
    "ProducerSpec.weights": f"With routing {_WEIGHTED}: the share of each queue, in proportion.",
    "ProducerSpec.put_timeout": "Seconds that an item waits for a slot before it is dropped;"
    " without, there is no limit.",
    "ProducerSpec.bursts": "Times in which it is active and silent, by turns.",
    "ProducerSpec.priority": "That of its items in a queue with the discipline"
    f" {Discipline.PRIORITY.value}: the smallest number goes first.",
    "ConsumerSpec.queue": "The name of the queue it takes from, or a list of names, among which"
    " selection chooses.",
    "ConsumerSpec.service_time": f"Seconds of work on each item: {_TIME}.",
    "ConsumerSpec.max_items": "The number of items after which it ends; without, it ends when its"
    " queues are closed and empty.",
    "ConsumerSpec.output": "Makes it a stage: the name of the queue that its items go on to, or a"
    " list of names, among which routing chooses.",
    "ConsumerSpec.on_error": "What happens after an item fails: the run ends (fail), the item is"
    " counted and skipped (skip), or it is tried again (a table).",
    "ConsumerSpec.count": "The number of such consumers: NAME-1, NAME-2, and so on.",
    "ConsumerSpec.selection": f"Which of several queues it takes from: {_policies(Selection)}.",
    "ConsumerSpec.routing": f"Which of several outputs an item goes to: {_ROUTING}.",
    "ConsumerSpec.weights": f"With routing {_WEIGHTED}: the share of each output, in proportion.",
    "ConsumerSpec.put_timeout": "Seconds that an item waits for a slot in an output before it is"
    " dropped; without, there is no limit.",
    "ConsumerSpec.failure_probability": "The probability from 0 to 1 that an item fails.",
    "Bursts.on": f"Seconds for which it is active: {_TIME}.",
    "Bursts.off": f"Seconds for which it is silent: {_TIME}.",
    "Retry.retries": f"How many times a failed item is tried again: 0 to {MOST_RETRIES:,}.",
    "Retry.dead_letter": "The name of the queue for items whose last try failed.",
    "End.time": "Seconds from the start.",
    "End.items": "The number of items that all producers make; the run ends when they have been"
    " dealt with.",
}
"""By spec and key, with the unit; the parameters of a distribution have theirs in its class."""

TABLES = {
    "QueueSpec": "A place where items wait.",
    "ProducerSpec": "A worker that makes items and puts them into queues.",
    "ConsumerSpec": "A worker that takes items from queues and works on them; with an output it is"
    " a stage.",
    "Bursts": "A producer that is active for a time `on`, then silent for a time `off`, and so on.",
    "Retry": "A failure policy: try an item that fails again, and at last put it into another"
    " queue.",
    "End": "When a run ends by itself. With neither, it ends when all input has been dealt with.",
    "Overflow": "What a full queue does with an item that comes.",
    "Discipline": "Which of its items a queue gives first.",
    "Routing": "Which of several outputs an item goes to.",
    "Selection": "Which of several queues a consumer takes from.",
    "Uniform": "Any time from `low` to `high`, with equal probability.",
    "Exponential": "Exponential times: what remains of one does not depend on its age.",
    "Normal": "A normal distribution truncated at 0: a negative time is drawn again.",
    "Lognormal": "Times whose logarithm is normal: most are short, a few are long.",
    "Gamma": "A gamma distribution: for any coefficient of variation, below 1 and above.",
    "Erlang": "The sum of several exponential phases of equal mean.",
    "Hyperexponential": "One of two exponential times: mostly the short one, seldom the long one.",
    "Empirical": "Measured times, drawn at random with equal probability, with replacement.",
    "Instants": "Recorded arrival times, played back in order; only for a producer's interval.",
}
"""Of each table and policy. Not the docstrings of the classes: `python -OO` has none."""
