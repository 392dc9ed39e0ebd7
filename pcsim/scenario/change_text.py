"""Changes as text: as data that a recording keeps, and in the words that a person types.

The words are those of a scenario file: what is changed, the name, and the values in the order in
which the keys of that change stand in the reference: `add writer 2`, `slow writer 3 10s`.
"""

from __future__ import annotations

import shlex
import tomllib
from typing import Any

from msgspec import MsgspecError, json
from msgspec.structs import FieldInfo, fields, replace

from pcsim.errors import ScenarioError, ScenarioFileError, did_you_mean
from pcsim.scenario.changes import KINDS, Change
from pcsim.text import parse_seconds, safe

_BY_WHAT = {str(kind.__struct_config__.tag): kind for kind in KINDS}
_MORE = frozenset(("weights",))
"""Keys that take all words that are left."""


def written(change: Change) -> str:
    """Return a change as data, from which `read` makes an equal one."""
    return json.encode(change).decode()


def read(text: str) -> Change:
    """Return the change that was written as data.

    Raises:
        ScenarioError: The text is no change.
    """
    try:
        return json.decode(text, type=Change)
    except (MsgspecError, UnicodeError) as error:
        raise ScenarioError(f"is no change that this pcsim knows: {error}") from None


def in_words(change: Change) -> str:
    """Return a change in the words that `from_words` reads, without its time.

    >>> from pcsim.scenario.changes import AddWorkers
    >>> in_words(AddWorkers("writer", 2))
    'add writer 2'
    """
    words = [change.what, shlex.quote(change.subject)]
    for field in _values(type(change)):
        value = getattr(change, field.name)
        if field.default != value:
            many = value if field.name in _MORE else (value,)
            words += [_word(one) for one in many]
    return " ".join(words)


def from_words(text: str, at: float | None = None) -> Change:
    """Return the change that a person has typed.

    Args:
        text: The words, such as `add writer`, `capacity store 16`, `freeze writer 5s` or
            `service_time writer { distribution = "exponential", mean = 0.1 }`. A name with
            blanks stands in quotes.
        at: Seconds from the start of the run; None: at once.

    Raises:
        ScenarioError: The words are no change; whether it fits a system is not looked at.

    >>> from_words("capacity store 16", at=40).at
    40
    """
    what, _, rest = text.strip().partition(" ")
    kind = _BY_WHAT.get(what)
    if kind is None:
        hint = did_you_mean(what, _BY_WHAT) or f"; known are {', '.join(_BY_WHAT)}"
        raise ScenarioError(f"change '{safe(what, 40)}' is unknown{hint}")
    usage = f"write {usage_of(kind)}"
    words = _split(rest, usage)
    if not words:
        raise ScenarioError(f"change {what!r} names nothing: {usage}")
    values: dict[str, Any] = {"what": what, _subject(kind).name: words[0]}
    left = words[1:]
    for field in _values(kind):
        if field.name in _MORE:
            values[field.name], left = [_read(word, field) for word in left], []
        elif left:
            values[field.name] = _read(left.pop(0), field)
        elif field.required:
            raise ScenarioError(f"change {what!r} has no {field.name}: {usage}")
    if left:
        more = safe(left[0], 40)
        raise ScenarioError(f"change {what!r} has more words than it needs, '{more}': {usage}")
    change = _converted(values, usage)
    return change if at is None else replace(change, at=at)


def usage_of(kind: type[Change]) -> str:
    """Return how a kind of change is written.

    >>> from pcsim.scenario.changes import SlowSpell
    >>> usage_of(SlowSpell)
    'slow WORKER FACTOR SECONDS'
    """
    words = [str(kind.__struct_config__.tag), _subject(kind).name.upper()]
    for field in _values(kind):
        word = field.name.upper().replace("_", "-") + (" …" if field.name in _MORE else "")
        words.append(word if field.required else f"[{word}]")
    return " ".join(words)


def _subject(kind: type[Change]) -> FieldInfo:
    return next(field for field in fields(kind) if field.name in ("queue", "worker"))


def _values(kind: type[Change]) -> list[FieldInfo]:
    """The fields besides the name and the time."""
    return [field for field in fields(kind) if field.name not in ("queue", "worker", "at")]


def _split(text: str, usage: str) -> list[str]:
    """The words of a text; a table in braces at its end is one of them."""
    head, brace, table = text.partition("{")
    try:
        words = shlex.split(head)
    except ValueError:
        raise ScenarioError(f"a quotation mark is not closed: {usage}") from None
    return [*words, brace + table] if brace else words


def _read(word: str, field: FieldInfo) -> Any:
    """The value of a word: as in a scenario file, a time with its unit, or the word itself."""
    if not word.startswith("{"):
        try:
            return int(word)
        except ValueError:
            seconds = parse_seconds(word)
            return word if seconds is None else seconds
    try:
        return tomllib.loads(f"it = {word}")["it"]
    except tomllib.TOMLDecodeError:
        problem = f'is no table such as {{ distribution = "exponential", mean = 0.1 }}: {word!r}'
        raise ScenarioError(problem, field=field.name) from None


def _word(value: Any) -> str:
    import tomli_w

    plain = json.decode(json.encode(value))
    if isinstance(plain, dict):
        kept = {key: one for key, one in plain.items() if one is not None}
        inline = ", ".join(line for line in tomli_w.dumps(kept).splitlines() if line)
        return f"{{ {inline} }}"
    return str(plain)


def _converted(values: dict[str, Any], usage: str) -> Change:
    """The change of these values, with the words of a scenario file where one is wrong."""
    from pcsim.scenario.file.changes import change_of

    try:
        return change_of(values)
    except ScenarioFileError as error:
        raise ScenarioError(f"{error.problems[0].text}: {usage}") from None
