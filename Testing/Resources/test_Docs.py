"""README and manual are true: examples and commands run; links, menus, keys, settings and options exist."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

import launch
from DICOMLib import DICOMUtils
from DICOMLib.ResourcePaths import loadSampleDataPackage
from DICOMLib.Scene import Nodes
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Settings import ALL_KEYS
from DICOMModule.CommandLine import EXIT_CODES, SUBCOMMANDS, main, parseArguments
from DICOMModule.Host.SlicerUtil import SlicerUtil
from Testing.Benchmarks.__main__ import parseArguments as parseBenchmarkArguments
from Testing.Fixtures.StoreServers import StoreServer
from Testing.Fixtures.WarmPython import WarmPython

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "Resources" / "Docs"
PAGES = [REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]
GUIDE, SCRIPTING = DOCS / "UserGuide.md", DOCS / "ScriptingGuide.md"
LARGEST_PICTURE = 300_000
USUAL_PORT = "11112"

# How an example is run; said in a comment before it, which readers of the page do not see.
LIBRARY, SCRIPT, WINDOW, PLOTTER, MODULE = "library", "script", "window", "plotter", "module"
EXAMPLE = re.compile(r"(?:<!-- run: (\w+)(?: (\w+))? -->\n)?```python\n(.*?)```", re.DOTALL)
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)

# Runs an example in the program and ends the program with 0 when nothing was raised.
DRIVER = """
import sys, traceback
try:
    exec(compile(open("example.py", encoding="utf-8").read(), "example.py", "exec"), globals())
except BaseException:
    traceback.print_exc()
    sys.exit(1)
sys.exit(0)
"""
# Finds the module of the example in a user folder, runs its test, and reads the sample CT with its plugin.
MODULE_DRIVER = """
import sys
from DICOMLib import DICOMUtils
from DICOMModule.Host.Application import HostApplication
name = sys.argv[1]
with HostApplication.create(":memory:", {"Modules/AdditionalPaths": ["modules"]}) as application:
    manager = application.moduleManager
    assert manager.messages == [], manager.messages
    module = manager.importModule(name)
    if hasattr(module.pythonModule, name + "Test"):
        manager.instance(name).runTest()
    if name in application.registry.names():
        DICOMUtils.importDicom("HospitalDay/Patient1/PETCT/02_CT_Head")
        messages = []
        found = DICOMUtils.loadSeriesByUID(DICOMUtils.allSeriesUIDsInDatabase(), messages, None, [name])
        assert not messages and len(found) == 45, (messages, len(found))
        assert application.scene.GetNodeByID(found[0]).voxelArray().any()
"""
SHOW_MODULE = "slicer.util.selectModule({name!r})\nassert slicer.util.selectedModule() == {name!r}\n"


@dataclass(frozen=True)
class Example:
    """A block of Python of a page."""

    page: Path
    number: int
    kind: str
    name: str
    source: str

    def __str__(self) -> str:
        return f"{self.page.stem}-{self.number}-{self.kind}"


def examples(*kinds: str) -> list[Example]:
    found = []
    for page in PAGES:
        for number, match in enumerate(EXAMPLE.finditer(page.read_text(encoding="utf-8")), 1):
            kind = match[1] or LIBRARY
            if not kinds or kind in kinds:
                found.append(Example(page, number, kind, match[2] or "", match[3]))
    return found


def commands(page: Path) -> list[list[str]]:
    """The words of every command line shown."""
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [shlex.split(line[2:]) for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def section(page: Path, heading: str) -> str:
    """The text below a heading, up to the next one of the same level."""
    text = page.read_text(encoding="utf-8")
    marks = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    rest = text[marks.end() :]
    following = re.search(rf"^#{{1,{len(marks[1])}}} ", rest, re.MULTILINE)
    return rest[: following.start()] if following else rest


def rows(text: str) -> list[list[str]]:
    """Cells of the table rows in a text, without head and rule."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row, after in zip(cells, [*cells[1:], []], strict=True)
            if not row[0].startswith("---") and not (after and after[0].startswith("---"))]  # fmt: skip


@pytest.fixture(scope="module")
def hospital(tmp_path_factory) -> Path:
    """The small sample data that the pages call HospitalDay."""
    return loadSampleDataPackage().generateHospitalDay(tmp_path_factory.mktemp("sample"), small=True).dicomFolder


@pytest.fixture
def place(tmp_path, hospital, monkeypatch, lentWorkers) -> Path:
    """The current folder of a reader of the pages, whose settings are not those of other tests."""
    (tmp_path / "HospitalDay").symlink_to(hospital)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def runPython(python: WarmPython, *arguments: str) -> str:
    """Run Python in the current folder. :returns: stdout; fails with stderr when it does not end with 0"""
    run = python.run(*arguments)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


# Examples


def test_everyKindOfExampleIsKnown():
    assert {example.kind for example in examples()} == {LIBRARY, SCRIPT, WINDOW, PLOTTER, MODULE}


@pytest.mark.parametrize("example", examples(LIBRARY), ids=str)
def test_exampleForTheLibraryRuns(place, example, warmPython):
    block = "import sys\nsys.modules.update(dict.fromkeys(('qtpy', 'PyQt5', 'pyvistaqt')))\n"
    with archive(example.source) as source:
        assert runPython(warmPython, "-c", block + source).strip()


@pytest.mark.parametrize("example", examples(SCRIPT), ids=str)
def test_exampleWithSlicersNamesRuns(place, example, warmPython):
    (place / "example.py").write_text(example.source, encoding="utf-8")
    command = ("-m", "DICOMModule", "--no-main-window", "--database", ":memory:", "--python-script", "example.py")
    runPython(warmPython, *command)


@pytest.mark.parametrize("example", examples(MODULE), ids=str)
def test_exampleOfAModuleIsFoundAndWorks(place, example, warmPython):
    (place / "modules").mkdir()
    (place / "modules" / f"{example.name}.py").write_text(example.source, encoding="utf-8")
    runPython(warmPython, "-c", MODULE_DRIVER, example.name)


def runInWindow(python: WarmPython, source: str) -> None:
    Path("example.py").write_text(source, encoding="utf-8")
    Path("driver.py").write_text(DRIVER, encoding="utf-8")
    runPython(python, "-m", "DICOMModule", "--database", ":memory:", "--python-script", "driver.py")


@pytest.mark.gui
@pytest.mark.parametrize("example", examples(WINDOW), ids=str)
def test_exampleForTheWindowRuns(place, example, warmWindowPython):
    runInWindow(warmWindowPython, example.source)


@pytest.mark.gui
@pytest.mark.parametrize("example", examples(PLOTTER), ids=str)
def test_exampleForAPlotterRuns(place, example, warmWindowPython):
    check = "assert panel.parent() is not None\npanel.detach()\nplotter.close()\n"
    runPython(warmWindowPython, "-c", f"{example.source}\n{check}")


@pytest.mark.gui
def test_exampleModuleHasItsPanelOnceTheSettingsNameItsFolder(place, warmWindowPython):
    example = next(example for example in examples(MODULE) if f"class {example.name}Widget" in example.source)
    (place / "modules").mkdir()
    (place / "modules" / f"{example.name}.py").write_text(example.source, encoding="utf-8")
    settings = place / "config" / "DICOMModule" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"Modules/AdditionalPaths": [str(place / "modules")]}))
    runInWindow(warmWindowPython, "import slicer\n" + SHOW_MODULE.format(name=example.name))


@contextlib.contextmanager
def archive(text: str) -> Iterator[str]:
    """The text with the port of a DICOM server that runs meanwhile, where it names the usual one."""
    if USUAL_PORT not in text:
        yield text
        return
    with StoreServer() as server:
        yield text.replace(USUAL_PORT, str(server.port))


# Commands


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.stem)
def test_commandsShownWork(page, place, capsys):
    for words in commands(page):
        with archive(shlex.join(words)) as line:
            checkCommand(shlex.split(line))


def checkCommand(words: list[str]) -> None:
    """Run what needs no window; of the rest see that its arguments are understood."""
    if words[0] == "dicommodule":
        needsWindow = words[1] not in SUBCOMMANDS and "--no-main-window" not in words
        if needsWindow:
            parseArguments(words[1:])
        else:
            assert main(words[1:]) == 0, words
    elif words[:2] == ["python3", "launch.py"]:
        command, rest = launch.parseArguments(words[2:])
        if command == "run":
            parseArguments(rest)
        elif command == "benchmark":
            parseBenchmarkArguments(rest)
    else:
        assert words[:2] == [".venv/bin/python", "-m"], words
        assert importlib.util.find_spec(words[2]), words


def test_everyOptionOfEveryCommandIsInTheGuide():
    text = section(GUIDE, "Command line")
    for name in SUBCOMMANDS:
        assert f"`{name} " in text
    from DICOMModule.CommandLine import _hostParser, _subcommandParser

    parsers = [_hostParser(), *map(_subcommandParser, SUBCOMMANDS)]
    options = {option for parser in parsers for action in parser._actions for option in action.option_strings}
    missing = [option for option in sorted(options) if option.startswith("--") and option not in text]
    assert missing == []


def test_exitCodesInTheGuideAreThoseOfTheProgram():
    text = section(GUIDE, "Command line")
    for code in re.findall(r"(\d+) (\w+)", EXIT_CODES):
        assert " ".join(code) in text


def test_everyKeyOfTheJSONOutputIsInTheGuide(place, capsys):
    text = section(GUIDE, "Command line")
    database = ["--database", "d.sqlite", "--json"]
    for command in (["import", "HospitalDay"], ["list"], ["list", "instances"], ["examine"], ["load"]):
        capsys.readouterr()
        assert main([*command, *database]) == 0
        found = json.loads(capsys.readouterr().out)
        entry = found[0] if isinstance(found, list) else found
        named = [key for key in entry if f"`{key}`" in text]
        # The rows of patients have more columns than the guide lists.
        assert named == list(entry) or (command == ["list"] and len(named) >= 4), command


def test_everyReasonToSkipAFileIsInTheGuide(place, capsys):
    source = next(Path("HospitalDay").rglob("*.dcm")).read_bytes()
    odd = place / "odd"
    odd.mkdir()
    (odd / "1.dcm").write_bytes(source)
    (odd / "2.dcm").write_bytes(source + b"\0\0")
    os.link(odd / "1.dcm", odd / "3.dcm")
    (odd / "empty").touch()
    (odd / "text").write_text("no DICOM")
    (odd / "link").symlink_to(odd / "text")
    (odd / "broken").write_bytes(source[:400])
    main(["import", str(odd), "--database", ":memory:", "--json"])
    reasons = [entry["reason"] for entry in json.loads(capsys.readouterr().out)["skipped"]]
    known = [re.split(r"…|,", row[0])[0].strip() for row in rows(section(GUIDE, "What is skipped, and why"))]
    assert len(reasons) == 6
    for reason in reasons:
        assert any(reason.startswith(beginning) for beginning in known), reason


# Links and pictures


def links(page: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return [link for link in found if not link.startswith("http")]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_linksLeadSomewhere(page):
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_everyPageIsReachedFromTheReadme():
    reached = {(REPOSITORY / link).resolve() for link in links(REPOSITORY / "README.md")}
    assert set(PAGES[1:]) <= reached


def test_picturesAreShownAndSmall():
    shown = {(page.parent / link).resolve() for page in PAGES for link in links(page) if link.endswith(".png")}
    pictures = set((REPOSITORY / "Resources" / "Screenshots").glob("*.png"))
    assert shown == pictures
    for picture in pictures:
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_size <= LARGEST_PICTURE, picture.name


# What the pages name


@pytest.mark.gui
def test_menusInTheGuideAreThoseOfTheWindow(qtbot):
    from DICOMLib.Scene.Scene import Scene
    from DICOMLib.Settings import Settings
    from DICOMModule.Host.MainWindow import MainWindow

    manager = SimpleNamespace(modules=list)
    application = SimpleNamespace(scene=Scene(), settings=Settings(), moduleManager=manager, mainWindow=None)
    window = MainWindow(application)
    found = set()
    for menu in window.menuBar().actions():
        for action in menu.menu().actions():
            if not action.isSeparator() and action.menu() is None:
                words = (menu.text(), action.text(), action.shortcut().toString())
                found.add(tuple(word.replace("&", "") for word in words))
    window.close()
    told = {tuple(row) for row in rows(section(GUIDE, "The window"))}
    assert told == found


def test_keysInTheGuideAreThoseOfASliceView():
    source = (REPOSITORY / "DICOMModule" / "Host" / "SliceInteraction.py").read_text(encoding="utf-8")
    actions = " / ".join(row[0] for row in rows(section(GUIDE, "Slice views")))
    names = {"Up", "Right", "Down", "Left", "Comma", "Period"}
    told = {word for word in re.split(r"[ ,/]+", actions) if word in names or
            re.fullmatch(r"[A-Z]|Page(Up|Down)", word)}  # fmt: skip
    assert told == set(re.findall(r"Qt\.Key_(\w+)", source))


def test_wordsOfTheWindowInTheGuideAreInItsSource():
    folders = (REPOSITORY / "DICOMModule" / "Host", REPOSITORY / "DICOMLib" / "Widgets")
    files = [path for folder in folders for path in folder.glob("*.py")] + [REPOSITORY / "DICOMLib" / "Settings.py"]
    source = "\n".join(path.read_text(encoding="utf-8") for path in files).replace("&", "")
    text = " ".join(CODE.sub("", GUIDE.read_text(encoding="utf-8")).split())
    phrases = re.findall(r"(?<!\*)\*([A-Z][^*]*)\*(?!\*)", text)
    words = {part.strip() for phrase in phrases for part in phrase.split("›")}
    assert len(words) > 20
    assert [word for word in sorted(words - {"Müller"}) if word not in source] == []


def test_settingsInTheGuideExist():
    told = {row[0].strip("`") for row in rows(section(GUIDE, "Settings"))}
    assert told <= {key.name for key in ALL_KEYS}
    remembered = {"DICOM/LastImportFolder", "DICOM/LastCopyOutFolder", "DICOM/ExportToFolder", "DICOM/ExportFolder"}
    remembered |= {"Scenes/Recent", "DICOM/WrittenSceneBundles"}
    remembered |= {"DICOM/ServerNodes", "DICOM/Send/Server", "DICOM/ExportToServer"}
    notForPeople = {key.name for key in ALL_KEYS if key.name.startswith("MainWindow/")} | remembered
    assert {key.name for key in ALL_KEYS} - told <= notForPeople | {"DICOM/detailedLogging"}


def test_functionsInTheScriptingGuideExist():
    listed = re.search(r"Among them: (.*?)\.\n", SCRIPTING.read_text(encoding="utf-8"), re.DOTALL)[1]
    names = re.findall(r"`(\w+)`", listed)
    assert len(names) > 10
    assert [name for name in names if not hasattr(DICOMUtils, name)] == []


def test_nodesAndMethodsInTheScriptingGuideExist():
    table = rows(section(SCRIPTING, "Scene and nodes"))
    assert len(table) == 12
    for classes, methods in table:
        for className in re.findall(r"`(\w+)`", classes):
            for method in re.findall(r"`(\w+)(?:\(\))?`", methods):
                assert hasattr(getattr(Nodes, className), method), f"{className}.{method}"


def test_methodsOfScenesInTheScriptingGuideExist():
    text = section(SCRIPTING, "Scenes and files")
    methods = {name for row in rows(text) for name in re.findall(r"`(\w+)(?:\([^`]*\))?`", row[0])}
    assert len(methods) > 25
    assert [name for name in sorted(methods) if not hasattr(Scene, name)] == []
    functions = re.search(r"In `slicer.util` are (.*?)which with", text, re.DOTALL)[1]
    names = re.findall(r"`(\w+)`", functions)
    assert len(names) > 14
    assert [name for name in names if not hasattr(SlicerUtil, name)] == []


def test_placesInArchitectureExist():
    text = (DOCS / "Architecture.md").read_text(encoding="utf-8")
    paths = set(re.findall(r"`((?:DICOMLib|DICOMPlugins|DICOMModule|Resources|Testing)/[\w/.]+)`", text))
    assert len(paths) > 15
    assert [path for path in sorted(paths) if not (REPOSITORY / path).exists()] == []
