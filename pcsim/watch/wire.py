"""The way to the agent of a program: one request, one answer, each a line of JSON.

The viewer asks, and nothing comes unasked. `pcsim.watch.agent` has the answers; this side trusts
none of them further than that they are JSON, and never waits long.
"""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

from pcsim.errors import PcsimError
from pcsim.text import safe
from pcsim.watch.agent import PROTOCOL, is_private, socket_folders, uid_of_peer

LONGEST_WAIT = 3.0
"""Seconds in which a program has to answer."""
LONGEST_ANSWER = 256 * 2**20


class WatchError(PcsimError, ValueError):
    """A program that cannot be watched, or not any more: the message is one line."""


class GoneError(WatchError):
    """The program has ended, or takes no more questions."""


class SilentError(WatchError):
    """The program does not answer: it was stopped, or something keeps its interpreter."""


class Connection:
    """A connection to the agent of one program. One thread at a time may ask.

    Args:
        path: The file of the socket.
        uid: The user whose program it has to be.
        timeout: Seconds, above 0, in which an answer has to come.

    Raises:
        GoneError: Nobody listens there.
        SilentError: The program does not take the connection.
        WatchError: The socket is not that user's.
    """

    def __init__(self, path: Path, uid: int, timeout: float = LONGEST_WAIT) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        try:
            self._socket.connect(os.fspath(path))
            peer = uid_of_peer(self._socket)
        except (TimeoutError, BlockingIOError):  # too many wait already to be let in
            self._socket.close()
            raise SilentError("it does not answer") from None
        except OSError as error:
            self._socket.close()
            raise GoneError(f"nobody listens: {error.strerror or error}") from None
        if peer not in (None, uid):
            self._socket.close()
            raise WatchError(f"its socket belongs to user {peer}")
        self._received = bytearray()

    def ask(self, what: str, **details: Any) -> dict[str, Any]:
        """Return the answer to a request.

        Args:
            what: What is asked for, see `pcsim.watch.agent.Agent.answer`.
            details: What the request has besides.

        Raises:
            GoneError: The program has ended or closed the connection.
            SilentError: No answer has come in time. The next question needs a new connection.
            WatchError: It speaks another protocol, or reports that it cannot answer.
        """
        request = {"protocol": PROTOCOL, "ask": what, **details}
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            answer = self._line()
        except TimeoutError:
            raise SilentError("it does not answer") from None
        except OSError:
            raise GoneError("it has ended") from None
        try:
            found = json.loads(answer)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise WatchError("it answers what is no answer")
        if found.get("protocol") != PROTOCOL or found.get("error") == "protocol":
            theirs = safe(str(found.get("protocol")), 20)
            raise WatchError(
                f"its agent speaks protocol {theirs}, this pcsim {PROTOCOL}: use the pcsim that it"
                " was started with"
            )
        if "error" in found:
            raise WatchError(f"its agent reports: {safe(str(found['error']))}")
        return found

    def _line(self) -> bytes:
        received = self._received
        begin = 0
        while (end := received.find(b"\n", begin)) < 0:
            begin = len(received)
            if begin > LONGEST_ANSWER:
                raise OSError
            more = self._socket.recv(1 << 20)
            if not more:
                raise OSError
            received += more
        line = bytes(received[:end])
        del received[: end + 1]
        return line

    def close(self) -> None:
        """Leave the program: what was watched for this connection alone is so no longer."""
        self._socket.close()


def sockets(uid: int) -> dict[int, Path]:
    """The socket of each process of a user that has one, also of those that were killed.

    Args:
        uid: The number of the user.
    """
    found: dict[int, Path] = {}
    for folder in socket_folders(uid):
        try:
            if not is_private(folder, uid):
                continue
            files = sorted(Path(folder).glob("*.sock"))
        except OSError:
            continue
        for file in files:
            if file.stem.isascii() and file.stem.isdigit():
                found.setdefault(int(file.stem), file)
    return found
