"""A lesson in the app: the question comes before the run, and the run answers it."""

from __future__ import annotations

import pytest

from pcsim.lessons import find
from pcsim.scenario.demos import DEMOS
from pcsim.snapshot import Phase
from pcsim.tui.screens.lesson import LessonScreen
from tests.tui.support import advance, app_for, on_dashboard, picture

LESSON = find("deadlock")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize(
    ("letter", "verdict"), [("b", "Your answer is right."), ("a", "Your answer is wrong.")]
)
async def test_the_question_comes_first_and_the_run_answers_it(
    size: tuple[int, int], letter: str, verdict: str
) -> None:
    """The run starts with the answer; its end says whether that was right."""
    app = app_for(LESSON.scenario, lesson=LESSON)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert "Question: Twelve items come" in picture(app)
        await pilot.press("s")
        assert isinstance(app.screen, LessonScreen)
        await pilot.press("enter", "c" if len(LESSON.choices) < 3 else "h")
        assert isinstance(app.screen, LessonScreen)
        await pilot.press(letter)
        assert on_dashboard(app)
        await advance(app, pilot, 1.0)
        assert app.control.snapshot().phase is Phase.RUNNING
        assert "Your answer: " in picture(app)
        await advance(app, pilot, 6.0)
        assert app.control.snapshot().phase is Phase.FAILED
        assert verdict in picture(app)


async def test_without_an_answer_nothing_starts() -> None:
    """Escape leaves the question open; s asks again."""
    app = app_for(LESSON.scenario, lesson=LESSON)
    async with app.run_test(size=(120, 40)) as pilot:
        for _ in range(2):
            await pilot.press("s")
            assert isinstance(app.screen, LessonScreen)
            await pilot.press("escape")
            assert on_dashboard(app)
        assert app.control.snapshot().phase is Phase.CREATED


async def test_a_restart_asks_again_and_another_demo_does_not() -> None:
    """The question belongs to the lesson's demo, and to each run of it."""
    app = app_for(LESSON.scenario, lesson=LESSON)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s", "b")
        await advance(app, pilot, 6.0)
        await pilot.press("r")
        await pilot.pause()
        assert app.control.snapshot().phase is Phase.CREATED
        await pilot.press("s")
        assert isinstance(app.screen, LessonScreen)
        await pilot.press("escape")
        app.open(DEMOS[0])
        await pilot.press("s")
        assert on_dashboard(app)
        await advance(app, pilot, 7.0)
        assert "Question" not in picture(app)
