"""The description of each key of a scenario file, for the schema and the reference."""

from __future__ import annotations

from collections.abc import Iterable

from pcsim.scenario.changes import KINDS
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
_WORKER = "The name of a table of workers, or of one of them: NAME-2."
_OF_QUEUES = "SetCapacity", "SetOverflow"
_CHANGES = tuple(kind.__name__ for kind in KINDS)
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
    "Scenario.changes": "Changes of the system while it runs: a table `[[changes]]` for each.",
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
    **{f"{kind}.at": "Seconds from the start of the run." for kind in _CHANGES},
    **{f"{kind}.worker": _WORKER for kind in _CHANGES if kind not in _OF_QUEUES},
    "SetCapacity.queue": "The name of the queue.",
    "SetCapacity.capacity": "The number of items that it can hold: whole, 1 or more.",
    "SetOverflow.queue": "The name of the queue.",
    "SetOverflow.overflow": "What happens to an item that comes while it is full:"
    f" {_policies(Overflow)}.",
    "AddWorkers.count": "How many more.",
    "RemoveWorkers.count": "How many fewer: the last ones go, each after its item.",
    "SetInterval.interval": f"Seconds from one item to the next (0: full speed): {_TIME}.",
    "SetServiceTime.service_time": f"Seconds of work on each item: {_TIME}.",
    "SetWeights.weights": f"With routing {_WEIGHTED}: the share of each output, in proportion.",
    "SetOnError.on_error": "What happens after an item fails: the run ends (fail), the item is"
    " counted and skipped (skip), or it is tried again (a table).",
    "Freeze.seconds": "Seconds for which it stands still.",
    "Burst.items": "The number of items that it makes at once, beside those that were to come.",
    "SlowSpell.factor": "How many times as long its times are.",
    "SlowSpell.seconds": "Seconds for which they are.",
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
    "SetCapacity": "Give a queue another capacity; a smaller one keeps what it has, and takes"
    " nothing more until that fits.",
    "SetOverflow": "Give a queue another overflow policy.",
    "AddWorkers": "Add workers like those that are there.",
    "RemoveWorkers": "Remove workers: each finishes its item.",
    "SetInterval": "Give producers another interval.",
    "SetServiceTime": "Give consumers another service time, from their next item on.",
    "SetWeights": "Route items in other proportions.",
    "SetOnError": "Let consumers do something else about items that fail.",
    "Freeze": "A fault: let workers stand still, as if they hung.",
    "FailItem": "A fault: let the next item of a consumer fail.",
    "Burst": "A fault: let producers make items at once.",
    "SlowSpell": "A fault: make the times of workers longer for a while.",
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
