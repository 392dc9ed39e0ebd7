"""The way to a program: who may use it, and what becomes of it when one of both ends, or hangs."""

from __future__ import annotations

import json
import math
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from pcsim.watch import agent as agent_module
from pcsim.watch import programs
from pcsim.watch.agent import PROTOCOL, Agent, Server, is_private, make_folder
from pcsim.watch.remote import Remote
from pcsim.watch.wire import Connection, GoneError, SilentError, WatchError, sockets
from tests.support import watched
from tests.support.threads import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets")


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A session folder of its own. Those of pytest have parents that it keeps closed to others."""
    with tempfile.TemporaryDirectory() as parent:
        monkeypatch.setenv("XDG_RUNTIME_DIR", parent)
        yield Path(parent, "pcsim")


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    """A server of this process; its agent looks for no queues but those that tests make."""
    agent = Agent("allow")
    agent.looked_at.find_at = math.inf
    agent.begin = partial(agent.begin, finds=False)  # type: ignore[method-assign]
    one = Server(agent)
    one.open()
    yield one
    one.pause()
    one.close()
    agent.restore()
    assert not agent.faults
    assert list(folder.iterdir()) == []


def connection_to(server: Server, timeout: float = 20.0) -> Connection:
    """A connection that waits long, as tests do on a busy machine."""
    return Connection(Path(server.path), os.getuid(), timeout)


@pytest.mark.alone
def test_a_viewer_asks_and_is_answered(server: Server) -> None:
    """Several times over one connection, and several viewers at once."""
    first, second = connection_to(server), connection_to(server)
    for viewer in (first, second, first):
        assert viewer.ask("hello")["pid"] == os.getpid()
    first.ask("look")
    assert server.agent.is_watching
    first.close()
    second.ask("look")
    assert server.agent.is_watching
    second.ask("leave")
    second.close()
    until(lambda: not server.agent.is_watching)


def test_only_the_owner_can_enter_the_folder(folder: Path) -> None:
    """It is made so; one that others can enter, or a link, is refused."""
    assert make_folder() == str(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    assert not is_private(str(folder), os.getuid())
    assert make_folder() != str(folder)
    assert sockets(os.getuid()).keys() & {1} == set()
    folder.rmdir()
    folder.with_name("elsewhere").mkdir(mode=0o700)
    folder.symlink_to(folder.with_name("elsewhere"))
    assert not is_private(str(folder), os.getuid())


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root is anyone")
def test_another_user_is_let_in_nowhere(server: Server, folder: Path) -> None:
    """Not through the folder; and where that is open to all, not by the server."""
    for is_open in (False, True):
        if is_open:
            for path in (folder, folder.parent):
                path.chmod(0o777)
            Path(server.path).chmod(0o777)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
                with socket.socket(socket.AF_UNIX) as other:
                    other.settimeout(20)
                    try:
                        other.connect(server.path)
                        other.sendall(b'{"ask": "hello"}\n')
                        status = 3 if other.recv(10) else 0
                    except PermissionError:
                        status = 2
                    except ConnectionError:
                        status = 0
            finally:
                os._exit(status)
        _, ended = os.waitpid(child, 0)
        # In its own folder nobody reaches the socket; in an open one, the server hangs up.
        assert os.waitstatus_to_exitcode(ended) == (0 if is_open else 2)
    folder.chmod(0o700)


def test_a_socket_of_another_user_is_refused(server: Server) -> None:
    """It answers in the place of a program that is not there."""
    with pytest.raises(WatchError, match="belongs to user"):
        Connection(Path(server.path), os.getuid() + 1)


def test_a_viewer_that_hangs_keeps_nobody_waiting(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks and asks and reads nothing: it is dropped, and another one is answered meanwhile."""
    monkeypatch.setattr(agent_module, "LONGEST_SEND", 0.05)
    question = json.dumps({"protocol": PROTOCOL, "ask": "names"}).encode() + b"\n"
    hanging = socket.socket(socket.AF_UNIX)
    hanging.connect(server.path)
    hanging.settimeout(0.05)
    try:
        while True:
            hanging.sendall(question * 1000)
    except OSError:
        pass
    viewer = connection_to(server)
    assert viewer.ask("names")["queues"] == []
    until(lambda: len(server._viewers) == 1)
    assert viewer.ask("names")["queues"] == []
    hanging.close()
    viewer.close()


@pytest.mark.parametrize("sent", [b"not json\n", b"[1]\n", b"x" * 70_000, b"\xff\n", b""])
def test_what_is_no_question_ends_the_connection(server: Server, sent: bytes) -> None:
    """And nothing else."""
    with socket.socket(socket.AF_UNIX) as other:
        other.connect(server.path)
        other.settimeout(20)
        try:
            other.sendall(sent)
            other.shutdown(socket.SHUT_WR)
            assert other.recv(10) == b""
        except ConnectionError:
            pass  # it did not read all of it
    viewer = connection_to(server)
    assert viewer.ask("names")["queues"] == []
    viewer.close()


def test_another_protocol_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """With both numbers, and what helps."""
    viewer = connection_to(server)
    monkeypatch.setattr(agent_module, "PROTOCOL", 2)
    with pytest.raises(WatchError, match="speaks protocol 2, this pcsim 1: use the pcsim"):
        viewer.ask("look")
    viewer.close()


def test_the_socket_of_a_killed_program_is_removed(folder: Path) -> None:
    """It is not listed, and not there any more."""
    folder.mkdir(mode=0o700)
    path = folder / "4194305.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with pytest.raises(GoneError):
        Connection(path, os.getuid())
    assert [
        one.pid for one in programs.programs_with_agents(os.getuid()) if one.pid == 4194305
    ] == []
    assert not path.exists()


FORKING = """
import os, queue, sys
import pcsim.watch

assert pcsim.watch.allow() and pcsim.watch.allow()
one = queue.Queue()
one.put(1)
print("ready", flush=True)
here, there = os.pipe()
child = os.fork()
if child == 0:
    os.write(there, str(one.get_nowait()).encode())
    sys.stdin.read()
    os._exit(0)
print(child, os.read(here, 10).decode(), flush=True)
sys.stdin.readline()
"""


def test_a_forked_child_is_a_program_of_its_own(folder: Path) -> None:
    """It has a socket by its own number; both show their own queues, and the parent goes on."""
    script = folder.parent / "program.py"
    script.write_text(FORKING, "utf-8")
    with watched.running([sys.executable, "-W", "error", str(script)], folder.parent) as process:
        assert process.stdout is not None
        child, item = map(int, process.stdout.readline().split())
        assert item == 1
        for pid, depth in ((process.pid, 1), (child, 0)):
            viewer = Connection(sockets(os.getuid())[pid], os.getuid(), 20)
            assert viewer.ask("hello")["pid"] == pid
            assert [queue["depth"] for queue in viewer.ask("look")["queues"]] == [depth]
            viewer.close()
        os.kill(child, signal.SIGKILL)
        process.communicate("\n", timeout=20)
        assert process.returncode == 0


def test_a_stopped_program_is_named_so(folder: Path) -> None:
    """In the list, and by the viewer; it answers again when it goes on."""
    with watched.executed(watched.PIPELINE, folder.parent) as process:
        remote = programs.remote(process.pid)
        process.send_signal(signal.SIGSTOP)
        until(lambda: programs.state_of(process.pid) == "stopped")
        assert remote._connection is not None
        remote._connection._socket.settimeout(0.05)
        assert " · stopped for " in remote.look().title
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(programs, "LIST_WAIT", 0.05)
            listed = {one.pid: one.way for one in programs.programs_with_agents(os.getuid())}
        assert listed[process.pid] == "stopped"
        process.send_signal(signal.SIGCONT)
        until(lambda: "stopped" not in remote.look().title)
        process.send_signal(signal.SIGKILL)
        until(lambda: remote.look().phase.is_over)
        assert remote.look().title.endswith("ended")
        remote.close()


def test_a_silent_program_is_an_error_of_its_own(folder: Path) -> None:
    """A socket that is there and does not answer."""
    folder.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(folder / "1.sock"))
        silent.listen()
        viewer = Connection(folder / "1.sock", os.getuid(), 0.05)
        with pytest.raises(SilentError):
            viewer.ask("hello")
        viewer.close()


def put_aside(remote: Remote) -> None:
    """Lose the connection, as the agent ends it where a viewer does not read."""
    assert remote._connection is not None
    remote._connection._socket.shutdown(socket.SHUT_RDWR)


def test_a_lost_connection_is_not_a_program_that_ended(folder: Path) -> None:
    """Another is made, and counts go on, as often as it is lost; events keep their numbers."""
    with (
        watched.executed(watched.PIPELINE, folder.parent) as process,
        closing(programs.remote(process.pid)) as remote,
    ):
        before = remote.look()
        for _ in range(2):
            put_aside(remote)
            after = remote.look()
            assert not after.phase.is_over
            assert "ended" not in after.title
            assert after.version > before.version
            assert after.at > before.at
            before = after
        process.kill()
        process.wait()
        until(lambda: remote.look().phase.is_over)


def test_counts_begin_again_where_the_watching_ended_meanwhile(folder: Path) -> None:
    """Its only viewer was dropped, so that all was put back; versions go on."""
    script = folder.parent / "program.py"
    script.write_text(f"import pcsim.watch\npcsim.watch.allow()\n{watched.PIPELINE}", "utf-8")
    with (
        watched.running([sys.executable, str(script)], folder.parent) as process,
        closing(programs.remote(process.pid)) as remote,
    ):
        before = remote.look()
        put_aside(remote)
        probe = Connection(sockets(os.getuid())[process.pid], os.getuid())
        until(lambda: not probe.ask("hello")["is_watching"])
        probe.close()
        after = remote.look()
        assert after.version > before.version
        assert {row.name for row in after.queues} == {row.name for row in before.queues}
        assert not after.phase.is_over


def test_what_an_agent_reports_is_said_and_is_no_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last that was seen stays, and the next look may be answered again."""
    with (
        watched.executed(watched.PIPELINE, folder.parent) as process,
        closing(programs.remote(process.pid)) as remote,
    ):
        before = remote.look()
        with monkeypatch.context() as patch:
            patch.setattr(Connection, "ask", _reports)
            shown = remote.look()
        assert shown.title.endswith("its agent reports: it is tired")
        assert shown.queues == before.queues
        assert "tired" not in remote.look().title


def _reports(*_: object, **__: object) -> object:
    raise WatchError("its agent reports: it is tired")
