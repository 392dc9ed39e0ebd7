"""The app's terminal: Textual's driver of it, which here also notices that the terminal is gone.

A terminal that is closed sends SIGHUP and SIGCONT, and every read and write of it fails. Textual's
own driver starts one more input thread at a SIGCONT, and no exit ends the one before; its writer
dies of the first write that fails, and the app then waits for ever until its queue has room; and
it reads from a terminal that is gone in an endless loop. Each of these leaves the process behind.
"""

from __future__ import annotations

import codecs
import os
import re
import select
import signal
import termios
from collections.abc import Callable
from typing import IO, Any

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

READ_SIZE = 4096
ATTEMPTS = 3
"""How often to try to take the terminal."""
INPUT_PULSE = 0.1
"""Seconds after which the input thread looks whether it is to end."""
NOT_STOPPED = 0.1
"""Seconds after which a process that was to be stopped, and goes on, was not stopped."""

_ANSWER = re.compile("\x1b\\](?:10|11);[^\x07\x1b]*(?:\x07|\x1b\\\\)|\x1b\\[\\?[0-9;]*c")
_ANSWER_BEGUN = re.compile("\x1b(?:\\](?:10|11);[^\x07\x1b]{0,40}\x1b?|\\[\\?[0-9;]{0,20})$")
"""What a terminal answers to OSC 11 and to DA1."""


class Output:
    """Writes to the terminal until a write fails; what comes after that is dropped.

    Args:
        file: The terminal.
        on_failure: Called, at each failure, by the thread that writes.
    """

    def __init__(self, file: IO[str], on_failure: Callable[[], None]) -> None:
        self._file = file
        self._on_failure = on_failure

    def write(self, text: str) -> None:
        """Write the text."""
        try:
            self._file.write(text)
        except OSError:
            self._on_failure()

    def flush(self) -> None:
        """Flush what was written."""
        try:
            self._file.flush()
        except OSError:
            self._on_failure()

    def fileno(self) -> int:
        """Return the number of the file."""
        return self._file.fileno()


class TerminalDriver(LinuxDriver):
    """Draws on the terminal and reads from it until it is gone.

    Signals that stop and continue the process are handled in the event loop. A handler that
    interrupts a write would wait for the lock that this write holds.
    """

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        # Of a terminal that says it is dumb, Textual asks Rich, which takes it for 80 by 25: the
        # screen is laid out for one size and the other in turn then, without an end.
        self._size = self._size or self._get_terminal_size()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        signal.signal(signal.SIGCONT, signal.SIG_DFL)
        self._file: Any = Output(self._file, self._note_gone)
        self._is_suspended = False
        self._answer_begun = ""
        self.is_gone = False
        """Whether the terminal is gone: nothing is written any more."""
        self.is_leaving = False
        """Whether the app is about to end: a stopped process does not take the terminal again."""
        self.on_gone: Callable[[], None] = lambda: None
        """Called in the event loop, once, when the terminal is found gone."""

    def _note_gone(self) -> None:
        """Note that the terminal is gone; called by the threads that write and read."""
        if self.is_gone:
            return
        self.is_gone = True
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(lambda: self.on_gone())

    def write(self, data: str) -> None:
        """Have the writer thread write that, while there is a terminal."""
        writer = self._writer_thread
        if writer is not None and writer.is_alive() and not self.is_gone:
            writer.write(data)

    def start_application_mode(self) -> None:
        """Take the terminal, and handle the signals that stop and continue the process."""
        self._loop.add_signal_handler(signal.SIGTSTP, self._stop_process)
        self._loop.add_signal_handler(signal.SIGCONT, self._continue_process)
        self._is_suspended = False
        for _ in range(ATTEMPTS):
            super().start_application_mode()  # type: ignore[no-untyped-call]
            if self._writer_thread is not None and self._writer_thread.is_alive():
                break  # else a signal has interrupted it
        try:
            termios.tcgetattr(self.fileno)
        except termios.error:
            self._note_gone()

    def close(self) -> None:
        """Let the writer thread write what is left, and end."""
        writer = self._writer_thread
        if writer is not None and writer.is_alive():
            writer.stop()

    def _stop_process(self) -> None:
        """Leave the terminal as it was found, and stop until the process is continued.

        Not by SIGSTOP, which nothing can refuse: where a terminal that is closed has sent SIGCONT
        a moment before, nobody would continue the process any more. A system lets SIGTSTP do
        nothing where there is no shell that could continue it, and so does the app.
        """
        if self._auto_restart and not self.is_gone:
            self.suspend_application_mode()
            self._is_suspended = True
        if not self.is_leaving:
            self._loop.remove_signal_handler(signal.SIGTSTP)
            signal.raise_signal(signal.SIGTSTP)
            self._loop.add_signal_handler(signal.SIGTSTP, self._stop_process)
            self._loop.call_later(NOT_STOPPED, self._go_on_unstopped)

    def _go_on_unstopped(self) -> None:
        """Take the terminal again where the process was not stopped at all."""
        if self._is_suspended:
            self._continue_process()

    def _continue_process(self) -> None:
        """Take the terminal again, unless it is gone."""
        if not self._auto_restart or self.is_gone or self.is_leaving:
            return
        if not self._is_suspended:  # it was stopped by SIGSTOP, which nothing can handle
            self.suspend_application_mode()
        self._must_signal_resume = True
        self.resume_application_mode()

    def run_input_thread(self) -> None:
        """Read keys until the app ends or the terminal is gone."""
        parser = XTermParser(self._debug)
        # A terminal may send any bytes: those that are no text are replaced, and no key.
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        while not self.exit_event.is_set() and not self.is_gone:
            if select.select([self.fileno], [], [], INPUT_PULSE)[0]:
                try:
                    data = os.read(self.fileno, READ_SIZE)
                except OSError:
                    data = b""
                if not data:
                    self._note_gone()
                    return
                parser = self._feed(parser, decode(data))
            for event in parser.tick():
                self.process_message(event)

    def _without_late_answer(self, text: str) -> str:
        """Leave out what the terminal answers too late about itself: Textual takes it for keys."""
        text = _ANSWER.sub("", self._answer_begun + text)
        begun = _ANSWER_BEGUN.search(text)
        self._answer_begun = begun.group() if begun is not None else ""
        return text.removesuffix(self._answer_begun)

    def _feed(self, parser: XTermParser, text: str) -> XTermParser:
        """Handle the keys in a text; return the parser for what comes next."""
        text = self._without_late_answer(text)
        if not text:  # half of a character; the parser would take it for the end
            return parser
        try:
            for event in parser.feed(text):
                self.process_message(event)
        except (ArithmeticError, LookupError, ValueError, ParseError):
            # A sequence that no terminal sends for a key. The parser cannot go on after it.
            return XTermParser(self._debug)
        return parser
