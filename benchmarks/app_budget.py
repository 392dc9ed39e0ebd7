"""What the app costs, against its budget: CPU, bytes to the terminal, time to the first frame.

    python benchmarks/app_budget.py            all of it, in about six minutes
    python benchmarks/app_budget.py --quick    shorter, less exact

It fails where a limit is exceeded, and where the app was throttled: where it looked at the run
less often than it does on a machine that has time for it.

The app runs in a pseudo-terminal of a fixed size, over a control that plays prepared snapshots,
so that no engine's work is counted. CPU is the child's process time.
"""

from __future__ import annotations

import argparse
import fcntl
import gc
import json
import os
import pty
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import app_live  # noqa: E402 - from beside this file


def snapshots(rows: int, count: int, *, changing: bool) -> list[Any]:
    """Snapshots of a system in which every row differs from the one before."""
    from pcsim.snapshot import (
        BlockReason,
        Phase,
        QueueRow,
        Role,
        Snapshot,
        Spread,
        Totals,
        WorkerRow,
        WorkerState,
    )  # fmt: skip

    if not changing:  # as of a run: where nothing happens, the rows are the same objects
        first, *_ = snapshots(rows, 1, changing=True)
        return [first._replace(at=10 + turn * 0.1) for turn in range(count)]
    made: list[Any] = []
    producers = max(rows // 2, 1)
    for turn in range(count):
        at = 10 + turn * 0.1
        workers = []
        for place in range(rows):
            blocked = (place + turn) % 3 == 0
            is_producer = place < producers
            workers.append(
                WorkerRow(
                    f"{'P' if is_producer else 'C'}{place:03}",
                    Role.PRODUCER if is_producer else Role.CONSUMER,
                    () if is_producer else ("main",),
                    ("main",) if is_producer else (),
                    WorkerState.BLOCKED if blocked else WorkerState.RUNNING,
                    "main" if blocked else None,
                    (BlockReason.FULL if is_producer else BlockReason.EMPTY) if blocked else None,
                    since=10 + turn * 0.1 - 0.05 * (place % 9),
                    produced_total=turn * 7 + place,
                    put_total=turn * 7 + place if is_producer else 0,
                    got_total=0 if is_producer else turn * 7 + place,
                    done_total=0 if is_producer else turn * 7 + place,
                    source_size=5000 if is_producer else None,
                    blocked_full_time=turn * 0.01,
                )
            )
        queues = tuple(
            QueueRow(
                name, 50, (turn * 7 + n * 11) % 51, 50, turn * 90, turn * 88,
                waiting_time=Spread(100 + turn, 0.1 + turn % 7 / 50, 0.1, 0.5, 0.9),
                oldest_queued_at=at - 0.3 - turn % 5 / 10, full_time=turn * 0.03,
            )
            for n, name in enumerate(("main", "second", "third"))
        )  # fmt: skip
        totals = Totals(produced=turn * 90, consumed=turn * 88, queued=turn * 2)
        made.append(
            Snapshot(
                turn + 1, at, Phase.RUNNING, True, queues, tuple(workers), totals,
                title="A benchmark of the screen",
            )
        )  # fmt: skip
    return made


class Player:
    """A control that plays snapshots, with a few events each."""

    def __init__(self, rows: int, *, changing: bool) -> None:
        self.played = 0
        self.seconds = 0.0
        self.made: list[Any] = snapshots(rows, 64, changing=changing)

    def snapshot(self) -> object:
        # The snapshots repeat, but time goes on; the version stays where nothing changes.
        turn, place = divmod(self.played, len(self.made))
        self.played += 1
        snapshot: Any = self.made[place]
        changing = len(self.made) > 1 and self.made[0].version != self.made[1].version
        return snapshot._replace(
            at=snapshot.at + turn * len(self.made) * 0.1,
            version=snapshot.version + (turn * 1000 if changing else 0),
        )

    def events(self, since: int = 0) -> object:
        from pcsim.snapshot import BlockReason, Event, EventBatch, EventKind

        at, reason = self.played * 0.1, BlockReason.FULL
        events = tuple(
            Event(since + n, at, EventKind.BLOCKED, f"P{n:03}", "main", reason) for n in range(4)
        )
        return EventBatch(events, next_number=since + 4)

    def queue_detail(self, name: str, limit: int = 100) -> object:
        from pcsim.snapshot import QueueDetail

        return QueueDetail(name, 0, ())

    def start(self) -> None: ...
    def pause_producing(self) -> None: ...
    def resume_producing(self) -> None: ...
    def drain(self) -> None: ...
    def abort(self) -> None: ...
    def join(self, timeout: float | None = None) -> bool:
        return False


# -- the child: the app, measured from within

UNKEPT = "PCSIM_BUDGET_UNKEPT"
"""Where this is set, the app does not keep the last ten minutes: what that adds is the rest."""


def child_app(rows: int, mode: str, page: int, warm: float, seconds: float, report: str) -> None:
    from pcsim.launch.keeping import keep
    from pcsim.scenario.demos import DEMOS
    from pcsim.tui.app import PcsimApp
    from pcsim.tui.exhibits import Runs

    player = Player(rows, changing=mode == "changing")
    if mode == "ready":
        from pcsim.snapshot import Phase

        player.made = [player.made[0]._replace(phase=Phase.CREATED)]
    more: dict[str, Any] = {"keep": None if os.environ.get(UNKEPT) else keep}
    if page in app_live.VIEWS:
        from pcsim.experiments.background import InBackground

        more["advisor_of"] = app_live.advisor(InBackground())
        # Of a run in virtual time nothing is measured: its description is simulated.
        player.made = [one._replace(engine="virtual") for one in player.made]
    runs = Runs(lambda _: player, DEMOS[0], DEMOS, **more)  # type: ignore[arg-type,return-value]
    app = PcsimApp(runs)
    measured: dict[str, float] = {}

    def begin() -> None:
        measured["from"] = time.monotonic()
        measured["cpu"] = time.process_time()
        measured["looks"] = player.played

    def end() -> None:
        now = time.monotonic()
        wall = now - measured["from"]
        cpu = (time.process_time() - measured["cpu"]) / wall
        looks = (player.played - measured["looks"]) / wall
        result = {"cpu": cpu * 100, "from": measured["from"], "to": now, "looks": looks}
        Path(report).write_text(json.dumps(result))
        os._exit(0)

    def prepare() -> None:
        app.action_page(page)
        app.set_timer(warm, begin)
        app.set_timer(warm + seconds, end)

    app.call_later(prepare)
    app.run()


def child_first_frame(which: str, report: str) -> None:
    if which == "bare":
        from textual.app import App

        app: App[None] = App()
    else:
        gc.disable()  # as `pcsim.launch.app.run_app` does
        from pcsim.scenario.demos import DEMOS
        from pcsim.tui.app import PcsimApp
        from pcsim.tui.exhibits import Runs

        player = Player(2, changing=False)
        app = PcsimApp(Runs(lambda _: player, DEMOS[0], DEMOS))  # type: ignore[arg-type,return-value]

    def first() -> None:
        Path(report).write_text(json.dumps({"cpu": time.process_time() * 1000}))
        os._exit(0)

    app.call_later(lambda: app.call_after_refresh(first))
    app.run()


# -- the parent: a terminal that reads and counts


def in_terminal(size: tuple[int, int], *arguments: str) -> tuple[dict[str, float], float]:
    """Run this script in a terminal of that size: what it reports, and bytes a second."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report")
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        environment = {
            **os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8",
        }  # fmt: skip
        environment.pop("NO_COLOR", None)
        child = subprocess.Popen(
            [sys.executable, str(ROOT / "benchmarks" / "app_budget.py"), "--child",
             *arguments, "--report", str(report)],
            stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        seen: list[tuple[float, int]] = []

        def drink() -> None:
            try:
                while data := os.read(master, 65536):
                    seen.append((time.monotonic(), len(data)))
            except OSError:
                pass

        reader = threading.Thread(target=drink, daemon=True)
        reader.start()
        child.wait(timeout=120)
        reader.join(timeout=2)
        os.close(master)
        result = json.loads(report.read_text())
    if "from" not in result:
        return result, 0.0
    inside = sum(size for at, size in seen if result["from"] <= at <= result["to"])
    return result, inside / (result["to"] - result["from"])


LOOKS = {"changing": 10.0, "still": 2.0, "ready": 0.0}
"""How often a second the app looks at a run, where nothing slows it down: it does so less often
where a frame is dear, and a cheap second is then no sign of a cheap app."""
PAGES = {
    1: "",
    2: ", timeline",
    3: ", waits",
    **{n: f", {name}" for n, name in app_live.VIEWS.items()},
}
"""The views that are measured, by their digits."""
ENOUGH = 0.9
"""Below this share of its looks the app was throttled."""


class Verdicts:
    """Prints what was measured against its limit, and keeps what is wrong with it."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    def line(self, what: str, value: str, target: str, limit: str, good: bool) -> None:
        print(f"{what:<52}{value:>12}{target:>12}{limit:>12}  {'ok' if good else 'OVER'}")
        if not good:
            self.wrong.append(f"{what}: {value}, never above {limit}")

    def app(
        self, size: tuple[int, int], rows: int, mode: str, seconds: float, page: int = 1
    ) -> tuple[Any, float]:
        """Measure the app in one mode; what its looks say comes before what it cost."""
        result, rate = in_terminal(
            size, "--rows", str(rows), "--mode", mode, "--seconds", str(seconds),
            "--page", str(page),
        )  # fmt: skip
        looks, wanted = result["looks"], LOOKS[mode]
        if looks < wanted * ENOUGH:
            part = f"{size[0]}x{size[1]}, {rows} rows, {mode}{PAGES[page]}"
            self.wrong.append(f"throttled: {looks:.1f} looks/s instead of {wanted:g} ({part})")
        return result, rate


def measure(seconds: float, runs: int) -> list[str]:
    """Print all parts, and return what is wrong with them."""
    verdicts = Verdicts()
    print(f"{'':<52}{'measured':>12}{'target':>12}{'never above':>12}")
    cpus = {}
    for rows, target, limit in ((10, 7, 10), (100, 8, 12), (1000, 9, 14)):
        result, rate = verdicts.app((120, 40), rows, "changing", seconds)
        cpu = cpus[rows] = result["cpu"]
        looks = f"{result['looks']:.1f} looks/s"
        verdicts.line(
            f"CPU, 120x40, {rows} rows, {looks}", f"{cpu:.1f} %", f"{target} %", f"{limit} %",
            cpu <= limit,
        )  # fmt: skip
        verdicts.line(
            f"bytes, 120x40, {rows} rows, {looks}", f"{rate / 1000:.0f} kB/s", "160 kB/s",
            "200 kB/s", rate <= 200e3,
        )  # fmt: skip
    for page in (2, 3, *app_live.VIEWS):
        for rows, target, limit in ((100, 8, 12), (1000, 9, 14)):
            result, rate = verdicts.app((120, 40), rows, "changing", seconds, page)
            looks = f"{result['looks']:.1f} looks/s"
            verdicts.line(
                f"CPU, {rows} rows{PAGES[page]}, {looks}", f"{result['cpu']:.1f} %",
                f"{target} %", f"{limit} %", result["cpu"] <= limit,
            )  # fmt: skip
            verdicts.line(
                f"bytes, {rows} rows{PAGES[page]}, {looks}", f"{rate / 1000:.0f} kB/s",
                "160 kB/s", "200 kB/s", rate <= 200e3,
            )  # fmt: skip
    ratio = cpus[1000] / cpus[100]
    verdicts.line("1000 rows against 100", f"{ratio:.2f} x", "1.3 x", "1.6 x", ratio <= 1.6)
    result, rate = verdicts.app((200, 60), 1000, "changing", seconds)
    verdicts.line(
        f"bytes, 200x60, 1000 rows, {result['looks']:.1f} looks/s", f"{rate / 1000:.0f} kB/s",
        "370 kB/s", "450 kB/s", rate <= 450e3,
    )  # fmt: skip
    for mode, label in (("ready", "before the start"), ("still", "nothing happens, 1000 rows")):
        result, _ = verdicts.app((120, 40), 1000, mode, seconds)
        verdicts.line(
            f"CPU, idle: {label}, {result['looks']:.1f} looks/s", f"{result['cpu']:.2f} %",
            "0.5 %", "1 %", result["cpu"] <= 1,
        )  # fmt: skip
    for page in app_live.VIEWS:
        result, _ = verdicts.app((120, 40), 1000, "still", seconds, page)
        verdicts.line(
            f"CPU, idle: 1000 rows{PAGES[page]}, {result['looks']:.1f} looks/s",
            f"{result['cpu']:.2f} %", "0.5 %", "1 %", result["cpu"] <= 1,
        )  # fmt: skip
    for page in app_live.VIEWS:
        cost = app_live.live_cost(in_terminal, page, 2 * runs, 2.0)
        verdicts.line(
            f"of a busy run{PAGES[page]} with answers on their way", cost.text, "1 %",
            f"{app_live.MOST_COST:.0f} %", cost.is_good,
        )  # fmt: skip
        print(f"  {cost.by_clock}")
    # The minimum of several, taken in turn: other processes only ever add to the time.
    firsts = [
        [in_terminal((120, 40), "--first", which)[0]["cpu"] for which in ("bare", "pcsim")]
        for _ in range(runs)
    ]
    first = dict(zip(("bare", "pcsim"), map(min, zip(*firsts, strict=True)), strict=True))
    more = first["pcsim"] - first["bare"]
    verdicts.line(
        f"first frame over a bare app ({first['bare']:.0f} ms)", f"+{more:.0f} ms", "+50 ms",
        "+100 ms", more <= 100,
    )  # fmt: skip
    return verdicts.wrong


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what the app costs.")
    parser.add_argument("--quick", action="store_true", help="measure shorter, less exactly")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=int, default=10, help=argparse.SUPPRESS)
    parser.add_argument("--mode", default="changing", help=argparse.SUPPRESS)
    parser.add_argument("--page", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=10.0, help=argparse.SUPPRESS)
    parser.add_argument("--first", default="", help=argparse.SUPPRESS)
    parser.add_argument("--turns", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--report", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child and options.first:
        child_first_frame(options.first, options.report)
    elif options.child and options.turns:
        app_live.child(options.page, options.turns, options.seconds, options.report)
    elif options.child:
        child_app(options.rows, options.mode, options.page, 3.0, options.seconds, options.report)
    else:
        with tempfile.TemporaryDirectory() as compiled:
            # As in an installed package: compiled once, whatever this environment sets.
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
            os.environ["PYTHONPYCACHEPREFIX"] = compiled
            wrong = measure(4.0 if options.quick else 10.0, 3 if options.quick else 7)
        if wrong:
            sys.exit(f"app_budget: {'; '.join(wrong)}")


if __name__ == "__main__":
    main()
