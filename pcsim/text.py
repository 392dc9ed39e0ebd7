"""Text for people: numbers with units, text from outside made safe, ASCII, aligned columns."""

from __future__ import annotations

import math
import re
import reprlib
import unicodedata
from collections.abc import Callable, Sequence
from itertools import accumulate

UNITS = {"s": " s", "1/s": "/s", "items": ""}
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ms|s|m|h|d)", re.ASCII)
_NUMBER = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(e[-+]?\d+)?", re.ASCII)
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\x1b": "\\e"}
_shortened = reprlib.Repr()
_shortened.maxstring = _shortened.maxother = 80


def three_digits(number: float) -> str:
    """A number of 0 or more with at most three significant digits: `0.05`, `4.9`, `48`, `480`."""
    if number >= 99.95 or number == 0:
        return f"{number:.0f}"
    if number >= 9.995:
        return f"{number:.1f}".removesuffix(".0")
    return f"{number:.2g}" if number < 1 else f"{number:.1f}".removesuffix(".0")


def duration(seconds: float | None) -> str:
    """A duration in seconds, for people: `48 ms`, `1.2 s`, `2:05`, `1:02:05`; `–` for None.

    >>> duration(0.048), duration(1.234), duration(3725)
    ('48 ms', '1.2 s', '1:02:05')
    """
    if seconds is None or not math.isfinite(seconds):
        return "–"
    seconds = max(seconds, 0.0)
    if seconds == 0:
        return "0 s"
    if seconds < 0.9995e-3:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 0.9995:
        return f"{three_digits(seconds * 1e3)} ms"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    return clock_time(round(seconds), tenths=False)


def quantity(number: float, unit: str) -> str:
    """A number to four digits, with its unit."""
    return quantities([number], unit)[0]


def quantities(numbers: Sequence[float], unit: str) -> list[str]:
    """Numbers to four digits, with their unit: all times in that which suits the first."""
    if unit == "share":
        return [f"{_four_digits(number * 100)} %" for number in numbers]
    factor, word = 1.0, UNITS[unit]
    if unit == "s":
        for limit, larger, smaller in ((0.0009995, 1e6, " µs"), (0.9995, 1e3, " ms")):
            if 0 < abs(numbers[0]) < limit:
                factor, word = larger, smaller
                break
    return [f"{_four_digits(number * factor)}{word}" for number in numbers]


def _four_digits(number: float) -> str:
    """Four digits; a power of ten only below 0.0001 and from 1e12 on."""
    if 9999.5 <= abs(number) < 1e12:
        return f"{number:,.0f}"
    return f"{number:.4g}"


def clock_time(seconds: float, *, tenths: bool = True) -> str:
    """A time of a run, in seconds since its start: `0:04.2`, `12:05.0`, `1:02:05.0`."""
    ticks = max(int(seconds * 10 + 1e-6), 0)
    minutes, tick = divmod(ticks, 600)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    tail = f"{tick // 10:02d}" + (f".{tick % 10}" if tenths else "")
    return f"{head}:{tail}"


def exact_time(seconds: float) -> str:
    """A time of a run to the millisecond, or to the microsecond where it is not a whole one:
    `0:04.250`, `0:04.250137`."""
    micros = max(round(seconds * 1e6), 0)
    whole, part = divmod(micros, 1_000_000)
    digits = f"{part:06d}" if part % 1000 else f"{part // 1000:03d}"
    return f"{clock_time(whole, tenths=False)}.{digits}"


def count(number: int) -> str:
    """How many: whole below 10,000, then `12.3 k`, `4.5 M`, `1.2 G`."""
    if number < 10_000:
        return str(number)
    return _scaled(number)


def rate(per_second: float | None) -> str:
    """Items a second: `4.9/s`, `12.3 k/s`; `–` for none."""
    if per_second is None or not math.isfinite(per_second):
        return "–"
    return f"{three_digits(per_second) if per_second < 999.5 else _scaled(per_second)}/s"


def percent(share: float | None) -> str:
    """A share of 0 to 1 as `78 %`; `–` for none."""
    if share is None or not math.isfinite(share):
        return "–"
    return f"{share * 100:.0f} %"


def _scaled(number: float) -> str:
    for limit, size, unit in _SCALES:
        if number < limit:
            return f"{three_digits(number / size)} {unit}"
    return f"{number:.0f}"


_SCALES = ((999_500, 1e3, "k"), (999_500_000, 1e6, "M"), (math.inf, 1e9, "G"))


def plural(number: int, noun: str) -> str:
    """`1 item`, `2 items`."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def safe(text: str, limit: int = 200) -> str:
    """Text from outside as it may reach a terminal: one line, no control, format or bidi
    character, no lone surrogate, nothing that combines over its neighbour, at most `limit`
    characters. What is not safe becomes an escape, such as `\\e` or `\\x9b`.
    """
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text
    shown: list[str] = []
    for character in text[: limit + 1]:
        if character == " " or (
            unicodedata.category(character) not in _HIDDEN
            and not unicodedata.combining(character)
            and unicodedata.category(character) not in ("Mn", "Me")
        ):
            shown.append(character)
        elif character in _NAMED:
            shown.append(_NAMED[character])
        else:
            code = ord(character)
            shown.append(f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")
    if len(text) > limit:
        shown[-1] = "…"
    return "".join(shown)


def safe_value(value: object, limit: int = 60) -> str:
    """Any object as a short, safe text; one whose `repr` raises is shown by its type alone."""
    if type(value) is str:
        return safe(value, limit)
    try:
        return safe(str.__str__(_shortened.repr(value)), limit)  # not a subclass of str
    except BaseException as error:  # noqa: BLE001 - a hostile repr is reported, not hidden
        return f"<{safe(type_name(value), limit)}: repr raised {safe(type_name(error), limit)}>"


def type_name(value: object) -> str:
    """The name of an object's real type, whatever its class or its metaclass overrides."""
    name: str = type.__dict__["__name__"].__get__(type(value))
    return name


def cut(text: str, limit: int) -> str:
    """The text, of which at most `limit` characters are left, the last of them `…`."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def shown(value: object) -> str:
    """Any object as an error message quotes it: text in quotes, short and safe."""
    return safe(repr(value), 60) if isinstance(value, str) else safe_value(value)


def either(words: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`; `a, with a comma, or b`."""
    link = ", or " if any("," in word for word in words) else " or "
    return link.join(filter(None, [", ".join(words[:-1]), words[-1]]))


# Drawing characters and signs, in ASCII.

ASCII = {
    "·": ".", "▶": ">", "■": "#", "‖": '"', "✓": "v", "✗": "x", "–": "-", "—": "-", "…": "~",
    "µ": "u", "→": ">", "←": "<", "↑": "^", "↓": "v", "×": "x", "≥": ">", "≤": "<", "⚠": "!",
    "✎": "*",
    "█": "#", "░": ".", "▒": ":", "▓": "%", "▐": "[", "▌": "#", "▏": " ", "▎": " ", "▍": " ",
    "▋": "#", "▊": "#", "▉": "#", "▕": "|", "▁": "_", "▂": "_", "▃": ".", "▄": "o", "▅": "o",
    "▆": "#", "▇": "#", "▔": "-", "▀": "#", "“": '"', "”": '"', "’": "'", "‘": "'", "•": "*",
    "━": "=", "┃": "|", "┏": "+", "┓": "+", "┗": "+", "┛": "+", "┣": "+", "┫": "+", "┳": "+",
    "┻": "+", "╋": "+", "─": "-", "│": "|", "╭": "+", "╮": "+", "╰": "+", "╯": "+", "┌": "+",
    "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+", "┬": "+", "┴": "+", "┼": "+", "┊": ":",
    "╌": "-", "▸": ">", "▾": "v", "▲": "^", "▼": "v", "◀": "<", "●": "o", "○": "o", "❄": "*",
    "λ": "l", "╍": "-",
}  # fmt: skip
"""The replacements of characters where there is only ASCII, each as wide as the original."""
_PROSE = str.maketrans(
    ASCII | {"…": "...", "→": "->", "≥": ">=", "≤": "<=", "·": "-", "λ": "lambda"}
)
"""The same in running text, where an accurate sign may be wider."""


def encodable(text: str, encoding: str | None) -> str:
    """Return the text as a stream of that encoding can carry it.

    Where the encoding lacks a character of the text, drawing characters and signs become ASCII,
    and others an escape such as `\\u6f22`.
    """
    encoding = encoding or "ascii"
    try:
        text.encode(encoding)
        return text
    except UnicodeEncodeError:
        prose = text.replace("λ·W", "lambda*W").translate(_PROSE)
        return prose.encode(encoding, "backslashreplace").decode(encoding)


def ascii_cells(text: str) -> str:
    """Return the text in ASCII, as many cells wide as before; `?` for what has no replacement."""
    if text.isascii():
        return text
    return "".join(
        character if character.isascii() else ASCII.get(character, "?" * display_width(character))
        for character in text
    )


# Aligned columns, measured as a terminal shows them.

GAP = "  "
_BREAK = re.compile(r"(?<!\d) | (?!%|[mµ]?s\b|[kMG]/s)")


def display_width(text: str) -> int:
    """The number of cells that a terminal gives the text, which is one line without controls."""
    return len(text) if text.isascii() else sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


_FIGURE = re.compile(r"\d[\d.,:/]*(?: ?(?:%|[mµ]?s\b|[kMG]?/s|[kMG]\b))?")
"""A number with its unit."""


def fit(
    text: str,
    width: int,
    *,
    right: bool = False,
    measure: Callable[[str], int] = display_width,
) -> str:
    """Return the text in exactly `width` cells: filled up with spaces, or cut with `…`.

    It is never cut inside or right after a number, which would read as another one: the number
    goes as a whole.

    Args:
        text: The text, in one line.
        width: The number of cells; for less than 1 the result is empty.
        right: Whether the text is aligned at the right.
        measure: Returns the cells that a text takes.
    """
    if width <= 0:
        return ""
    spare = width - measure(text)
    if spare < 0:
        end, room = 0, width - 1
        for character in text:
            room -= measure(character)
            if room < 0:
                break
            end += 1
        for figure in _FIGURE.finditer(text):
            if figure.start() < end <= figure.end():
                end = figure.start()
        text = text[:end] + "…"
        spare = width - measure(text)
    return " " * spare + text if right else text + " " * spare


def table(rows: Sequence[Sequence[str]], width: int, first: int = 0) -> list[str]:
    """Lines of at most `width` cells: the first column to the left, of `first` cells or as
    wide as its widest and cut where room is short, the others to the right and as wide as
    their widest cell."""
    widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
    room = width - sum(widths[1:]) - len(GAP) * (len(widths) - 1)
    widths[0] = max(min(max(widths[0], first), room), 1)
    return [
        GAP.join(fit(cell, size, right=i > 0) for i, (cell, size) in enumerate(pairs)).rstrip()
        for pairs in (list(zip(row, widths, strict=True)) for row in rows)
    ]


def paragraph(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells (1 or more), broken between words, but not
    between a number and its unit; a word that is too long is cut."""
    lines: list[str] = []
    line = ""
    for word in _BREAK.split(text):
        longer = f"{line} {word}" if line else word
        if display_width(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while display_width(line) > width:
            head = _head(line, width)
            lines.append(head.rstrip())
            line = line[len(head) :].lstrip()
    return [*lines, line] if line else lines


def _head(text: str, width: int) -> str:
    """As much of it as fits; one character in any case."""
    reached = accumulate(map(display_width, text))
    return text[: max(sum(1 for cells in reached if cells <= width), 1)]


def parse_seconds(text: str) -> float | None:
    """The seconds that a text means, a number alone being seconds; None for any other text.

    >>> parse_seconds("1h30m"), parse_seconds("250ms"), parse_seconds("soon")
    (5400.0, 0.25, None)
    """
    text = text.strip().lower()
    parts = _PART.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return math.fsum(float(number) * _SECONDS[unit] for number, unit in parts)
    return float(text) if _NUMBER.fullmatch(text) else None
