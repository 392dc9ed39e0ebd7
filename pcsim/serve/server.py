"""The server: a page and a connection for each visitor who has the address, token and all.

The terminal in the page is that of textual-serve (MIT, with xterm.js, MIT), whose own server lets
any page of any site in and asks another site for a font. All that the page needs comes from here.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import WSMsgType, web

from pcsim.serve.terminal import Terminal

LARGEST_MESSAGE = 65_536
"""Bytes of a message from a browser."""
HEARTBEAT = 15.0
"""Seconds between two questions whether a browser is still there."""
TYPES = {"js": "text/javascript", "css": "text/css", "ttf": "font/ttf"}
SAFE_HEADERS = {
    # xterm.js writes styles into the page, hence 'unsafe-inline' for these alone.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; font-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Settings(NamedTuple):
    """How it is served.

    Attributes:
        words: What follows `python` in the command line of each visitor's process.
        token: What the address has to have.
        title: The title of the page.
        names: The names by which the server may be addressed, beside loopback and numbers.
        most_sessions: The most visitors at a time.
        idle: Seconds without a key after which a visitor's session ends.
        shared: What follows `python` in the command line of a process that all visitors look at:
            it begins and ends with the server. None where there is none.
        read_only: Whether visitors write no files on this machine, and see no other ones.
    """

    words: tuple[str, ...]
    token: str
    title: str
    names: frozenset[str] = frozenset()
    most_sessions: int = 8
    idle: float = 3600.0
    shared: tuple[str, ...] | None = None
    read_only: bool = False


class Site:
    """Answers browsers.

    Args:
        settings: How it is served.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sessions: set[web.WebSocketResponse] = set()
        self._talks: set[asyncio.Task[None]] = set()
        self._is_closing = False
        textual = files("textual_serve").joinpath("static")
        ours = files("pcsim.serve").joinpath("static")
        self._files = {
            "textual.js": Path(str(textual), "js", "textual.js"),
            "xterm.css": Path(str(textual), "css", "xterm.css"),
            "mono.ttf": Path(str(textual), "fonts", "RobotoMono-VariableFont_wght.ttf"),
            "page.js": Path(str(ours), "page.js"),
            "page.css": Path(str(ours), "page.css"),
        }
        self._page = ours.joinpath("page.html").read_text("utf-8")

    def app(self) -> web.Application:
        """Return the application for aiohttp."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/{token}/", self._index)
        app.router.add_get("/{token}/ws", self._session)
        app.router.add_get("/{token}/{name}", self._file)
        app.on_shutdown.append(self._close_all)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Let in who has the token, and addresses the server by a name that it has.

        A page of another site can send a browser here, by a name that it has pointed at this
        machine; it does not know the token, and its name is not one of ours.
        """
        given = request.match_info.get("token", "").encode()
        is_known = hmac.compare_digest(given, self._settings.token.encode())
        if not is_known or not self._is_our_name(request.host):
            raise web.HTTPNotFound(headers=SAFE_HEADERS)
        response: web.StreamResponse = await handler(request)
        return response

    def _is_our_name(self, host: str) -> bool:
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        name = name.strip("[]").lower()
        if name == "localhost" or name in self._settings.names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    async def _index(self, request: web.Request) -> web.Response:
        from html import escape

        address = f"ws://{request.host}/{self._settings.token}/ws"
        page = self._page.replace("{{ address }}", escape(address))
        page = page.replace("{{ title }}", escape(self._settings.title))
        return web.Response(text=page, content_type="text/html", headers=SAFE_HEADERS)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        path = self._files.get(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound(headers=SAFE_HEADERS)
        kind = TYPES[path.suffix[1:]]
        return web.FileResponse(path, headers={**SAFE_HEADERS, "Content-Type": kind})

    async def _session(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Origin", "") != f"http://{request.host}":
            raise web.HTTPForbidden(text="another site\n", headers=SAFE_HEADERS)
        if self._is_closing or len(self._sessions) >= self._settings.most_sessions:
            raise web.HTTPServiceUnavailable(text="too many visitors\n", headers=SAFE_HEADERS)
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=LARGEST_MESSAGE)
        self._sessions.add(socket)
        try:
            await socket.prepare(request)
            width, height = (_size(request.query.get(key)) for key in ("width", "height"))
            # aiohttp gives a handler up when the server ends; the process is to be ended first.
            talk = asyncio.create_task(self._talk(socket, width or 80, height or 24))
            self._talks.add(talk)
            talk.add_done_callback(self._talks.discard)
            await asyncio.shield(talk)
        finally:
            self._sessions.discard(socket)
        return socket

    async def _talk(self, socket: web.WebSocketResponse, width: int, height: int) -> None:
        settings = self._settings
        terminal = await Terminal.start(settings.words, width, height, read_only=settings.read_only)
        sending = asyncio.create_task(_send(socket, terminal))
        try:
            await self._receive(socket, terminal)
        finally:
            sending.cancel()
            terminal.hang_up()
            await asyncio.gather(sending, terminal.ended(), return_exceptions=True)

    async def _receive(self, socket: web.WebSocketResponse, terminal: Terminal) -> None:
        """Hand on what the visitor types, until the browser leaves or nothing comes for long."""
        loop = asyncio.get_running_loop()
        last_key = loop.time()
        while not socket.closed:
            left = last_key + self._settings.idle - loop.time()
            try:
                message = await asyncio.wait_for(socket.receive(), max(left, 0.0))
            except TimeoutError:
                await socket.close(message=b"idle")
                return
            if message.type is not WSMsgType.TEXT:
                return
            kind, value = _read(message.data)
            if kind == "stdin" and isinstance(value, str):
                last_key = loop.time()
                terminal.write(value.encode("utf-8", "replace"))
            elif kind == "resize" and isinstance(value, dict):
                terminal.resize(_size(value.get("width")) or 80, _size(value.get("height")) or 24)
            elif kind == "ping":
                try:
                    await socket.send_json(["pong", str(value)[:40]])
                except ConnectionError:
                    # The browser left before its answer.
                    return

    async def _close_all(self, _app: web.Application) -> None:
        self._is_closing = True
        closing = [socket.close(message=b"the server ends") for socket in list(self._sessions)]
        await asyncio.gather(*closing, return_exceptions=True)
        if self._talks:
            await asyncio.wait(self._talks)


async def _send(socket: web.WebSocketResponse, terminal: Terminal) -> None:
    """Send what the process writes; close the connection once it has ended."""
    async for data in terminal.output():
        await socket.send_bytes(data)
    await socket.close(message=b"it has ended")


def _read(text: str) -> tuple[str, object]:
    """Read a message: its kind and its value; `("", None)` for what is none."""
    try:
        message = json.loads(text)
    except ValueError:
        return "", None
    if isinstance(message, list) and message and isinstance(message[0], str):
        return message[0], message[1] if len(message) > 1 else None
    return "", None


def _size(value: object) -> int:
    """A number of cells or lines; 0 for what is none."""
    try:
        return int(value) if isinstance(value, int | str) else 0
    except ValueError:
        return 0


def run(settings: Settings, host: str, port: int, when_ready: Any) -> None:
    """Serve until SIGINT or SIGTERM comes.

    Args:
        settings: How it is served.
        host: The address to listen at.
        port: The port; 0 for any that is free.
        when_ready: Called with the port once visitors can come.

    Raises:
        OSError: It cannot listen there.
    """
    asyncio.run(_run(settings, host, port, when_ready))


async def _run(settings: Settings, host: str, port: int, when_ready: Any) -> None:
    import signal

    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    shared = None if settings.shared is None else await _started(settings.shared)
    runner = web.AppRunner(Site(settings).app(), access_log=None, shutdown_timeout=10.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        addresses: Sequence[Any] = runner.addresses
        when_ready(addresses[0][1])
        await ended.wait()
    finally:
        await runner.cleanup()
        if shared is not None:
            await _end(*shared)


async def _started(words: Sequence[str]) -> tuple[Terminal, asyncio.Task[None]]:
    """Start what all visitors look at. It is on a terminal, too: that hangs up with the server."""
    terminal = await Terminal.start(words, 80, 24)

    async def discard() -> None:
        async for _ in terminal.output():
            pass

    return terminal, asyncio.create_task(discard())


async def _end(terminal: Terminal, reading: asyncio.Task[None]) -> None:
    reading.cancel()
    terminal.hang_up()
    await asyncio.gather(reading, terminal.ended(), return_exceptions=True)
