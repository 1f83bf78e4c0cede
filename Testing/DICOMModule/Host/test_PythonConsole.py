import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from DICOMModule.Host.PythonConsole import PlainPrompt, PythonConsole, bannerText
from DICOMModule.Host.Theme import COLORS, DARK, LIGHT, applyTheme, monospaceFont
from Testing.DICOMModule.Host.conftest import settle
from Testing.DICOMModule.Host.test_Theme import themed  # noqa: F401

pytestmark = pytest.mark.gui


@pytest.fixture
def plain(qtbot):
    prompt = PlainPrompt({"answer": 42}, "Hello\n")
    qtbot.addWidget(prompt)
    return prompt


def test_the_prompt_starts_only_when_it_is_shown(qtbot):
    console = PythonConsole({"answer": 42})
    qtbot.addWidget(console)
    assert console.prompt is None
    with qtbot.waitExposed(console):
        console.show()
    assert console.prompt is not None
    console.stop()


def test_the_namespace_is_shared_with_the_program(qtbot):
    found = []
    console = PythonConsole({"found": found})
    qtbot.addWidget(console)
    console.show()
    console.execute("found.append(6 * 7)")
    qtbot.waitUntil(lambda: found == [42], timeout=60_000)
    console.stop()


def test_in_another_look_code_stays_aligned_and_the_prompt_is_legible(qtbot, themed):  # noqa: F811
    pytest.importorskip("qtconsole")
    applyTheme(themed, DARK)
    console = PythonConsole({})
    qtbot.addWidget(console)
    console.show()
    area = console.prompt._control
    qtbot.waitUntil(lambda: "In [" in area.toPlainText(), timeout=60_000)
    applyTheme(themed, LIGHT)
    settle()
    assert console.prompt.font.family() == monospaceFont().family()
    cursor = area.document().find("In [")
    assert cursor.charFormat().foreground().color().name() == COLORS["good"].lower()
    console.stop()


def test_a_console_that_was_never_shown_can_be_stopped(qtbot):
    console = PythonConsole({})
    qtbot.addWidget(console)
    console.stop()


def test_without_qtconsole_there_is_a_plain_prompt(qtbot, monkeypatch):
    monkeypatch.setattr("DICOMModule.Host.PythonConsole.importlib.util.find_spec", lambda _name: None)
    console = PythonConsole({})
    qtbot.addWidget(console)
    assert isinstance(console.start(), PlainPrompt)


def test_the_plain_prompt_prints_results_and_errors(plain):
    plain.execute("answer + 1")
    plain.execute("1 / 0")
    assert "43" in plain.output.toPlainText() and "ZeroDivisionError" in plain.output.toPlainText()


def test_leaving_the_plain_prompt_leaves_the_program_running(plain):
    plain.execute("exit()")
    plain.execute("answer =")
    plain.execute("answer")
    text = plain.output.toPlainText()
    assert "Close the window to leave." in text and "SyntaxError" in text and "42" in text


def test_the_plain_prompt_takes_blocks_of_lines(plain):
    plain.execute("for n in range(2):\n    print('n is', n)\n")
    assert "n is 0" in plain.output.toPlainText() and "n is 1" in plain.output.toPlainText()


def test_typing_return_runs_a_line_and_arrows_bring_it_back(plain):
    line = plain.focusProxy()
    QTest.keyClicks(line, "answer * 2")
    QTest.keyClick(line, Qt.Key_Return)
    settle()
    assert "84" in plain.output.toPlainText() and line.toPlainText() == ""
    QTest.keyClick(line, Qt.Key_Up)
    assert line.toPlainText() == "answer * 2"


def test_the_banner_names_things_and_not_functions():
    assert "scene" in bannerText({"scene": object(), "loadVolume": print, "_hidden": 1})
    assert "loadVolume" not in bannerText({"scene": object(), "loadVolume": print})
