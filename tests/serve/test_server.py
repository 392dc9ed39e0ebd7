"""The server of `pcsim serve`: who is let in, what a visitor gets, and how a session ends."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

pytest.importorskip("aiohttp")
pytest.importorskip("textual_serve")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="terminals as Unix has them")

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, WSServerHandshakeError  # noqa: E402
from aiohttp.test_utils import TestServer  # noqa: E402

from pcsim.serve.server import LARGEST_MESSAGE, Settings, Site  # noqa: E402
from tests.support.terminal import is_alive  # noqa: E402

PATIENCE = 30.0
TOKEN = "a-token"  # noqa: S105 - of a server that lives for a test
ECHO = "import sys\nprint('ready', flush=True)\nfor line in sys.stdin: print('got', line, end='')"
SIZE = "import os\nprint('size', *os.get_terminal_size(), flush=True)\ninput()"
LOOKS = (
    "import os\nprint('read-only', os.environ.get('PCSIM_READ_ONLY', 'no'), flush=True)\ninput()"
)
HUNG_UP = """
import os, signal, sys
# Kept back from the start: one that comes before it is waited for is not lost.
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])
print('pid', os.getpid(), flush=True)
open(sys.argv[1] + '.begun', 'w').close()
signal.sigwait([signal.SIGHUP])
open(sys.argv[1], 'w').close()
os._exit(0)
"""


@asynccontextmanager
async def served(
    code: str,
    *words: str,
    sessions: int = 8,
    idle: float = 60.0,
    read_only: bool = False,
) -> AsyncIterator[tuple[str, ClientSession]]:
    """A server whose visitors get that Python code; its address with the token, and a client."""
    settings = Settings(
        ("-c", code, *words), TOKEN, "<b>A title</b>", frozenset(), sessions, idle,
        read_only=read_only,
    )  # fmt: skip
    server = TestServer(Site(settings).app(), host="127.0.0.1")
    async with server, ClientSession() as client:
        yield f"http://127.0.0.1:{server.port}/{TOKEN}/", client


def origin(address: str) -> dict[str, str]:
    """The header that a browser sends from a page of the server."""
    return {"Origin": address.removesuffix(f"/{TOKEN}/")}


async def until_written(*files: Path) -> None:
    """Return once other processes have made those files."""
    while not all(file.exists() for file in files):
        await asyncio.to_thread(os.sched_yield)


async def read_until(socket: ClientWebSocketResponse, text: str) -> str:
    """What the visitor has read, once it has that text."""
    read = ""
    while text not in read:
        message = await socket.receive(PATIENCE)
        assert message.type is WSMsgType.BINARY, (message, read)
        read += message.data.decode()
    return read


async def test_who_does_not_have_the_token_sees_nothing() -> None:
    """Whatever is asked for, the answer is the same."""
    async with served(ECHO) as (address, client):
        root = address.removesuffix(f"{TOKEN}/")
        for path in ("", "a-toke/", "a-token-/", "wrong/ws", "static/textual.js", "../etc/passwd"):
            async with client.get(root + path) as answer:
                assert answer.status == 404
        async with client.get(address) as answer:
            assert answer.status == 200


async def test_the_page_asks_nobody_else_and_shows_titles_as_text() -> None:
    """No font, script or style comes from another site; a browser would not even ask."""
    async with served(ECHO) as (address, client):
        async with client.get(address) as answer:
            page = await answer.text()
            policy = answer.headers["Content-Security-Policy"]
        assert "&lt;b&gt;A title&lt;/b&gt;" in page
        assert "https://" not in page
        assert "default-src 'none'" in policy
        for name in ("textual.js", "xterm.css", "mono.ttf", "page.js", "page.css"):
            async with client.get(address + name) as answer:
                assert answer.status == 200
        for name in ("page.html", "..%2Fserver.py", "%2Fetc%2Fpasswd"):
            async with client.get(address + name) as answer:
                assert answer.status == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
async def test_a_name_that_is_not_ours_is_refused(host: str) -> None:
    """A page of another site may have pointed its own name at this machine."""
    async with served(ECHO) as (address, client):
        async with client.get(address, headers={"Host": host}) as answer:
            assert answer.status in (400, 404)
        for name in ("localhost", "[::1]:80", "127.0.0.1"):
            async with client.get(address, headers={"Host": name}) as answer:
                assert answer.status == 200


@pytest.mark.parametrize("header", [{}, {"Origin": "null"}, {"Origin": "http://evil.example"}])
async def test_a_page_of_another_site_gets_no_session(header: dict[str, str]) -> None:
    """Even where it knew the token."""
    async with served(ECHO) as (address, client):
        with pytest.raises(WSServerHandshakeError) as refused:
            await client.ws_connect(f"{address}ws", headers=header)
        assert refused.value.status == 403


async def test_a_visitor_types_and_reads() -> None:
    """What is no message of ours does nothing; the connection ends with the process."""
    async with served(ECHO) as (address, client):
        socket = await client.ws_connect(f"{address}ws?width=x", headers=origin(address))
        await read_until(socket, "ready\r\n")
        for text in ("", "[]", "{}", "[1]", '["stdin"]', '["stdin", 3]', '["resize", 3]', "\x00"):
            await socket.send_str(text)
        await socket.send_json(["ping", "now"])
        assert await socket.receive_json(timeout=PATIENCE) == ["pong", "now"]
        await socket.send_json(["stdin", "é€\r"])
        await read_until(socket, "got é€")
        await socket.send_json(["stdin", "\x04"])
        while (await socket.receive(PATIENCE)).type is WSMsgType.BINARY:
            pass
        assert socket.closed


async def test_a_visitor_who_is_gone_before_the_answer_is_no_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The session ends quietly, and others go on."""
    async with served(ECHO) as (address, client):
        socket = await client.ws_connect(f"{address}ws", headers=origin(address))
        await read_until(socket, "ready\r\n")
        for _ in range(2000):
            await socket.send_json(["ping", "now"])
        connection = socket._response.connection
        assert connection is not None
        assert connection.transport is not None
        connection.transport.abort()
        await socket.close()
        del connection
        other = await client.ws_connect(f"{address}ws", headers=origin(address))
        await read_until(other, "ready\r\n")
        await other.close()
    gc.collect()
    assert not caplog.records


@pytest.mark.parametrize("read_only", [True, False])
async def test_a_visitor_of_what_all_see_may_only_look(read_only: bool) -> None:
    """Their app knows that it writes no file and shows no other one."""
    async with served(LOOKS, read_only=read_only) as (address, client):
        socket = await client.ws_connect(f"{address}ws", headers=origin(address))
        assert f"read-only {'1' if read_only else 'no'}" in await read_until(socket, "\n")
        await socket.close()


async def test_each_visitor_has_a_terminal_of_the_size_of_their_window() -> None:
    """Within bounds, whatever a browser asks for."""
    async with served(SIZE) as (address, client):
        for asked, given in (
            ("120&height=40", "120 40"),
            ("0&height=-3", "80 2"),
            ("9999999", "500 24"),
        ):
            socket = await client.ws_connect(f"{address}ws?width={asked}", headers=origin(address))
            assert f"size {given}" in await read_until(socket, "\n")
            await socket.close()


async def test_there_are_no_more_sessions_than_allowed() -> None:
    """One that ends makes room."""
    async with served(ECHO, sessions=1) as (address, client):
        first = await client.ws_connect(f"{address}ws", headers=origin(address))
        await read_until(first, "ready")
        with pytest.raises(WSServerHandshakeError) as refused:
            await client.ws_connect(f"{address}ws", headers=origin(address))
        assert refused.value.status == 503
        await first.send_json(["stdin", "\x04"])
        while (await first.receive(PATIENCE)).type is WSMsgType.BINARY:
            pass
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    second = await client.ws_connect(f"{address}ws", headers=origin(address))
                except WSServerHandshakeError:
                    continue
                break
        await read_until(second, "ready")
        await second.close()


async def test_a_session_without_keys_ends() -> None:
    """Messages that are no keys do not keep it."""
    async with served(ECHO, idle=0.3) as (address, client):
        socket = await client.ws_connect(f"{address}ws", headers=origin(address))
        async with asyncio.timeout(PATIENCE):
            while not socket.closed:
                await socket.receive()
        assert socket.closed


async def test_a_message_that_is_too_long_ends_the_session() -> None:
    """Nothing is kept of it."""
    async with served(ECHO) as (address, client):
        socket = await client.ws_connect(f"{address}ws", headers=origin(address))
        await read_until(socket, "ready")
        await socket.send_str("x" * (LARGEST_MESSAGE + 1))
        while (await socket.receive(PATIENCE)).type is WSMsgType.BINARY:
            pass
        assert socket.closed


@pytest.mark.parametrize("way", ["the visitor leaves", "the server ends"])
async def test_the_terminal_hangs_up_when_a_session_ends(way: str, tmp_path: Path) -> None:
    """The process is asked to end, as by any terminal."""
    file = tmp_path / "hung-up"
    async with served(HUNG_UP, str(file)) as (address, client):
        socket = await client.ws_connect(f"{address}ws", headers=origin(address))
        await read_until(socket, "\n")
        if way == "the visitor leaves":
            await socket.close()
    assert file.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["ended", "killed"])
async def test_processes_end_with_their_server(number: signal.Signals, tmp_path: Path) -> None:
    """That of a visitor, and the one that all look at; where nobody is left to end them, their
    terminals hang up by themselves."""
    files = tmp_path / "of-a-visitor", tmp_path / "shared"
    script = tmp_path / "serving.py"
    script.write_text(
        "from pcsim.serve.server import Settings, run\n"
        f"words = [('-c', {HUNG_UP!r}, file) for file in {tuple(map(str, files))!r}]\n"
        f"run(Settings(words[0], {TOKEN!r}, 't', shared=words[1]), '127.0.0.1', 0,"
        " lambda port: print(port, flush=True))\n"
    )
    server = await asyncio.create_subprocess_exec(
        sys.executable, str(script), stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    async with asyncio.timeout(PATIENCE):
        port = int(await server.stdout.readline())
        address = f"http://127.0.0.1:{port}/{TOKEN}/"
        async with ClientSession() as client:
            socket = await client.ws_connect(f"{address}ws", headers=origin(address))
            pid = int((await read_until(socket, "\n")).split()[1])
            await until_written(*(file.with_suffix(".begun") for file in files))
            server.send_signal(number)
            await server.wait()
        await until_written(*files)
        while is_alive(pid):
            await asyncio.to_thread(os.sched_yield)
