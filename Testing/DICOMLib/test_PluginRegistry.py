from dataclasses import dataclass, field

import pytest

from DICOMLib.DICOMLoadable import DICOMLoadable
from DICOMLib.DICOMPlugin import DICOMPlugin, PluginContext
from DICOMLib.Errors import CancelledError, DICOMError, PluginError
from DICOMLib.PluginRegistry import PluginRegistry
from DICOMLib.Progress import Progress
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Settings import Settings


@dataclass
class KnownSeries:
    """Stands for the database: every file is of the series its name begins with."""

    asked: list[str] = field(default_factory=list)

    def seriesForFile(self, path):
        self.asked.append(path)
        return path.rpartition("/")[2].partition("-")[0]


class Offering(DICOMPlugin):
    """Offers what it is told to; makes a volume node when loading."""

    offers: tuple = ()
    outcome: object = "node"

    def examineFiles(self, files):
        return [DICOMLoadable(files=list(files), name=name, confidence=confidence) for name, confidence in self.offers]

    def load(self, loadable):
        node = self.context.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", loadable.name)
        node.CreateDefaultDisplayNodes()
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return node if self.outcome == "node" else self.outcome


def offering(name, *offers, outcome="node"):
    return type(name, (Offering,), {"offers": offers, "outcome": outcome})


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / f"1.2.3-{number}.dcm" for number in range(3)]
    for path in paths:
        path.touch()
    return [str(path) for path in paths]


@pytest.fixture
def context():
    return PluginContext(KnownSeries(), Scene())


class Undecided:
    """What an array of several values says when it is asked whether it is true."""

    def __bool__(self):
        raise ValueError("more than one element")


def registryOf(**classes):
    registry = PluginRegistry()
    for name, pluginClass in classes.items():
        registry.register(name, pluginClass)
    return registry


def selectedNames(found):
    return [loadable.name for loadables in found.values() for loadable in loadables if loadable.selected]


def test_pluginsAreKeptByNameInOrder():
    registry = registryOf(B=offering("B"), A=offering("A"))
    assert registry.names() == ["B", "A"]
    registry.unregister("B")
    registry.unregister("never there")
    assert registry.names() == ["A"] and registry.pluginClass("A").__name__ == "A"
    with pytest.raises(PluginError, match="There are: A"):
        registry.pluginClass("B")


def test_disabledPluginsTakeNoPart(context, files):
    registry = registryOf(A=offering("A", ("a", 0.5)), B=offering("B", ("b", 0.9)))
    context.settings.setValue("DICOM/disabledPlugins", ["B"])
    assert registry.enabledNames(context.settings) == ["A"]
    assert selectedNames(registry.examine([files], context)) == ["a"]
    assert selectedNames(registry.examine([files], context, ["B"])) == ["b"]


def test_tagsOfAllPluginsArePrecachedButNeverPixelData():
    plugin = type("P", (DICOMPlugin,), {"__init__": lambda self: self.declare()})

    def declare(self):
        DICOMPlugin.__init__(self)
        self.tags.update(gradient="0019,100c", pixelData="7FE0,0010")

    plugin.declare = declare
    tags = registryOf(P=plugin).tagsToPrecache()
    assert "0019,100C" in tags and "0008,0060" in tags and "7FE0,0010" not in tags


def test_theMostConfidentReadingOfASeriesWins(context, files):
    registry = registryOf(A=offering("A", ("a", 0.5), ("other", 0.4)), B=offering("B", ("b", 0.6)))
    assert selectedNames(registry.examine([files], context)) == ["b"]


def test_equalReadingsOfOnePluginAreAllChosenButNotTheSameFilesTwice(context, files):
    class Two(Offering):
        def examineFiles(self, files):
            return [DICOMLoadable(files=some, confidence=0.5, name=name) for name, some in
                    (("first", files[:2]), ("second", files[2:]), ("again", files[1::-1]))]  # fmt: skip

    assert selectedNames(registryOf(Two=Two).examine([files], context)) == ["first", "second"]


def test_betweenEquallySurePluginsTheOneThatReadsMoreWinsThenTheFirst(context, files):
    class Part(Offering):
        def examineFiles(self, files):
            return [DICOMLoadable(files=files[:1], name="part", confidence=0.5)]

    registry = registryOf(Part=Part, A=offering("A", ("a", 0.5)), B=offering("B", ("b", 0.5)))
    assert selectedNames(registry.examine([files], context)) == ["a"]


def test_eachSeriesHasAContestOfItsOwn(context, files, tmp_path):
    other = tmp_path / "9.9-1.dcm"
    other.touch()
    registry = registryOf(A=offering("A", ("a", 0.5)))
    assert selectedNames(registry.examine([files, [str(other)]], context)) == ["a", "a"]


def test_aPluginThatFailsBecomesAMessageAndTheOthersGoOn(context, files):
    class Broken(DICOMPlugin):
        def examineFiles(self, files):
            return files["not an index"]

    class Refusing(DICOMPlugin):
        def examineFiles(self, files):
            raise DICOMError("the tags are odd", "a.dcm")

    messages = []
    registry = registryOf(Broken=Broken, Refusing=Refusing, A=offering("A", ("a", 0.5)))
    assert selectedNames(registry.examine([files], context, messages=messages)) == ["a"]
    assert messages[0].startswith("Broken failed while examining the files: TypeError")
    assert messages[1] == "Refusing cannot examine the files: a.dcm: the tags are odd."


@pytest.mark.parametrize(
    ("offered", "told"),
    [
        ("abc", "'str' object"),
        ([5], "'int' object"),
        ([DICOMLoadable(files=["x"], confidence="high")], "confidence"),
        ([DICOMLoadable(files=["x"], confidence=float("nan"))], "confidence"),
        ([DICOMLoadable(files=[])], "no files"),
        ([DICOMLoadable(files=None)], "no files"),
        (SystemExit(3), "SystemExit: 3"),
    ],
)
def test_aPluginThatOffersNonsenseBecomesAMessageAndTheOthersGoOn(context, files, offered, told):
    class Odd(DICOMPlugin):
        def examineForImport(self, fileLists):
            if isinstance(offered, BaseException):
                raise offered
            return offered

    messages = []
    registry = registryOf(Odd=Odd, A=offering("A", ("a", 0.5)))
    assert selectedNames(registry.examine([files], context, messages=messages)) == ["a"]
    assert messages and messages[0].startswith("Odd ") and told in messages[0]


def test_aPluginThatCannotBeMadeOrDeclaresNonsenseDoesNotKeepTheTagsOfOthersAway(context, files):
    class Broken(DICOMPlugin):
        def __init__(self):
            raise RuntimeError("no licence")

    class Odd(DICOMPlugin):
        def __init__(self):
            super().__init__()
            self.tags = {"bad": "nonsense", "none": None, "good": "0019,100C"}

    registry = registryOf(Broken=Broken, Odd=Odd, A=offering("A", ("a", 0.5)))
    tags = registry.tagsToPrecache()
    assert "0019,100C" in tags and "0008,0060" in tags
    messages = []
    assert selectedNames(registry.examine([files], context, messages=messages)) == ["a"]
    assert messages == ["Broken failed while examining the files: RuntimeError: no licence."]


def test_pluginsWithSlicersOldMethodNameAreHeard(context, files):
    class Old(DICOMPlugin):
        def examine(self, fileLists):
            return [DICOMLoadable(files=fileLists[0], name="old")]

    assert selectedNames(registryOf(Old=Old).examine([files], context)) == ["old"]


def test_filesThatAreGoneAreToldAndLeftOut(context, files):
    messages = []
    missing = files[0] + ".gone"
    found = registryOf(A=offering("A", ("a", 0.5))).examine([[missing, *files], [missing]], context, messages=messages)
    assert [loadable.files for some in found.values() for loadable in some] == [files]
    assert messages[0].startswith(f"1 of 4 files cannot be found, the first is {missing}.") and len(messages) == 2


def test_examiningCanBeCancelled(context, files):
    progress = Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        registryOf(A=offering("A")).examine([files], context, progress=progress)


def test_theExplanationNamesTheChosenFirstAndWhatWasRejected(context, files):
    class Picky(DICOMPlugin):
        def examineFiles(self, files):
            self.rejections.append("1 file is a report; it is not offered.")
            return []

    registry = registryOf(Picky=Picky, A=offering("A", ("less", 0.4), ("best", 0.5)))
    text = registry.explain(registry.examine([files], context))
    assert text.index("Chosen: best") < text.index("Not chosen: less") < text.index("1 file is a report")
    assert registry.explain({}) == "No plugin can read these files."


def load(pluginClass, context, files, messages=None):
    registry = registryOf(P=pluginClass)
    found = registry.examine([files], context)
    nodeIDs = registry.load(found, context, messages)
    ((loadable,),) = found.values()
    return nodeIDs, loadable


@pytest.mark.parametrize("outcome", ["node", True, None, "done"])
def test_aNodeTrueOrNothingMeansLoaded(context, files, outcome):
    nodeIDs, loadable = load(offering("P", ("p", 0.5), outcome=outcome), context, files)
    assert nodeIDs == ["vtkMRMLScalarVolumeNode1"] and loadable.loadSuccess is True


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (False, "Could not load: p as a Generic DICOM."),
        (DICOMError("it is short", "a.dcm"), "Could not load: p as a Generic DICOM. a.dcm: it is short."),
        (ZeroDivisionError("odd"), "Could not load: p as a Generic DICOM. ZeroDivisionError: odd."),
        (SystemExit(3), "Could not load: p as a Generic DICOM. SystemExit: 3."),
        ("", "Could not load: p as a Generic DICOM."),
    ],
)
def test_aFailureIsAMessageAndLeavesNoNode(context, files, outcome, reason):
    messages = []
    nodeIDs, loadable = load(offering("P", ("p", 0.5), outcome=outcome), context, files, messages)
    assert nodeIDs == [] and loadable.loadSuccess is False and messages == [reason]
    assert context.scene.GetNumberOfNodesByClass("vtkMRMLNode") == context.scene.GetNumberOfNodesByClass(
        "vtkMRMLSubjectHierarchyNode"
    )


def test_anOutcomeThatIsNeitherTrueNorFalseIsAFailure(context, files):
    messages = []
    nodeIDs, loadable = load(offering("P", ("p", 0.5), outcome=Undecided()), context, files, messages)
    assert nodeIDs == [] and loadable.loadSuccess is False
    assert messages == ["Could not load: p as a Generic DICOM. ValueError: more than one element."]


def test_onlySelectedLoadablesAreLoaded(context, files):
    registry = registryOf(P=offering("P", ("best", 0.5), ("other", 0.4)))
    registry.load(registry.examine([files], context), context)
    assert context.scene.GetFirstNodeByName("other") is None
    assert context.scene.GetFirstNodeByName("best") is not None


def test_settingsOfTheContextReachThePlugin(files):
    settings = Settings({"DICOM/ConfirmRemove": False})
    found = registryOf(P=offering("P", ("p", 0.5))).examine([files], PluginContext(KnownSeries(), Scene(), settings))
    assert next(iter(found)).context.settings.value("DICOM/ConfirmRemove") is False
