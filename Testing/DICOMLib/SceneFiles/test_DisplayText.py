"""What the text of a scene says of display nodes, attribute by attribute; Slicer's own classes are witnesses."""

from __future__ import annotations

import pytest

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Nodes import (
    vtkMRMLDiffusionTensorVolumeDisplayNode,
    vtkMRMLDiffusionWeightedVolumeDisplayNode,
    vtkMRMLModelDisplayNode,
    vtkMRMLScalarVolumeDisplayNode,
)
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.DisplayText import (
    DISPLAY_FIELDS,
    MODEL_DISPLAY_FIELDS,
    SCALAR_DISPLAY_FIELDS,
    SURFACE_FIELDS,
    TENSOR_DISPLAY_FIELDS,
    VOLUME_DISPLAY_FIELDS,
    WEIGHTED_DISPLAY_FIELDS,
    applyPresets,
    colorIDInSlicer,
    presetAttributes,
)
from DICOMLib.SceneFiles.MrmlText import parseXML
from DICOMLib.SceneFiles.SceneText import sceneToMrml
from Testing.Fixtures.SlicerCore import slicerCore  # noqa: F401  (a fixture)
from Testing.Fixtures.SlicerScenes import slicerScenes  # noqa: F401  (a fixture)

SCALAR = (*DISPLAY_FIELDS, *VOLUME_DISPLAY_FIELDS, *SCALAR_DISPLAY_FIELDS)
MODEL = (*DISPLAY_FIELDS, *SURFACE_FIELDS, *MODEL_DISPLAY_FIELDS)


def said(fields, node) -> dict[str, str]:
    return {field.name: field.text(node) for field in fields if field.text(node) is not None}


def apply(fields, node, attributes: dict[str, str]) -> None:
    for field in fields:
        if field.name in attributes:
            field.apply(node, attributes[field.name])


SHOWN = {
    "color": "0.25 0.5 1", "opacity": "0.75", "visibility": "false", "interpolate": "0", "window": "400.5",
    "level": "-1e-07", "upperThreshold": "300", "lowerThreshold": "-200.25", "invertDisplayScalarRange": "1",
    "autoWindowLevel": "0", "applyThreshold": "1",
}  # fmt: skip
PLAIN = {
    "color": "0.5 0.5 0.5", "opacity": "1", "visibility": "true", "interpolate": "1", "invertDisplayScalarRange": "0",
    "autoWindowLevel": "1", "applyThreshold": "0",
}  # fmt: skip


def test_displaysOfVolumesSayWhatTheyShow_andComeBack():
    node = vtkMRMLScalarVolumeDisplayNode()
    apply(SCALAR, node, SHOWN)
    assert said(SCALAR, node) == SHOWN
    assert (node.GetWindow(), node.GetLevel(), node.GetAutoWindowLevel()) == (400.5, -1e-7, False)
    assert (node.GetLowerThreshold(), node.GetUpperThreshold()) == (-200.25, 300)
    assert (node.GetColor(), node.GetVisibility(), node.GetInterpolate()) == ((0.25, 0.5, 1), False, False)


def test_aNewDisplayOfAVolumeIsPlain():
    shown = said(SCALAR, vtkMRMLScalarVolumeDisplayNode())
    assert {name: shown[name] for name in PLAIN} == PLAIN


@pytest.mark.parametrize("first", ["upperThreshold", "lowerThreshold"])
def test_endsOfTheThresholdAreSetEachByItself(first):
    node = vtkMRMLScalarVolumeDisplayNode()
    second = {"upperThreshold": "lowerThreshold", "lowerThreshold": "upperThreshold"}[first]
    ends = {"upperThreshold": "9", "lowerThreshold": "3"}
    for name in (first, second):
        apply(SCALAR_DISPLAY_FIELDS, node, {name: ends[name]})
    assert (node.GetLowerThreshold(), node.GetUpperThreshold()) == (3, 9)


@pytest.mark.parametrize(
    ("name", "text"),
    [("color", "1 1"), ("color", "1 1 x"), ("opacity", "nan"), ("opacity", ""), ("visibility", "maybe"),
     ("window", "1 2"), ("interpolate", "2"), ("upperThreshold", "x"), ("lowerThreshold", "inf"),
     ("autoWindowLevel", "")],
)  # fmt: skip
def test_textsThatSayNothingAreRefused_andTheNodeStaysAsItWas(name, text):
    node = vtkMRMLScalarVolumeDisplayNode()
    apply(SCALAR, node, SHOWN)
    with pytest.raises((ValueError, SceneError)):
        apply(SCALAR, node, {name: text})
    assert said(SCALAR, node) == SHOWN


def test_displaysOfModelsSayHowTheirSurfaceIsShown_andComeBack():
    shown = {
        "color": "1 0 0.5", "opacity": "0.5", "visibility": "false", "visibility2D": "true", "visibility3D": "false",
        "edgeVisibility": "true", "scalarVisibility": "true", "activeScalarName": "curvature",
    }  # fmt: skip
    node = vtkMRMLModelDisplayNode()
    assert "activeScalarName" not in said(MODEL, node)
    apply(MODEL, node, shown)
    assert said(MODEL, node) == shown


def test_theMeasurementThatIsShownIsANumber():
    node = vtkMRMLDiffusionWeightedVolumeDisplayNode()
    apply(WEIGHTED_DISPLAY_FIELDS, node, {"diffusionComponent": "3"})
    assert said(WEIGHTED_DISPLAY_FIELDS, node) == {"diffusionComponent": "3"}
    with pytest.raises(ValueError, match="invalid literal"):
        apply(WEIGHTED_DISPLAY_FIELDS, node, {"diffusionComponent": "1.5"})


@pytest.mark.parametrize("automatic", [True, False])
def test_whatIsShownOfTensorsDoesNotChooseAnotherWindow(automatic):
    node = vtkMRMLDiffusionTensorVolumeDisplayNode()
    node.SetWindowLevel(7, 8)
    node.SetAutoWindowLevel(automatic)
    before = node.GetScalarInvariant()
    apply(TENSOR_DISPLAY_FIELDS, node, {"scalarInvariant": "0" if before else "2"})
    assert said(TENSOR_DISPLAY_FIELDS, node) == {"scalarInvariant": "0" if before else "2"}
    assert (node.GetWindow(), node.GetLevel(), node.GetAutoWindowLevel()) == (7, 8, automatic)


@pytest.mark.parametrize(
    ("ours", "slicers"),
    [("vtkMRMLColorTableNodePET-Heat", "vtkMRMLPETProceduralColorNodePET-Heat"),
     ("vtkMRMLColorTableNodePET-Rainbow", "vtkMRMLPETProceduralColorNodePET-Rainbow"),
     ("vtkMRMLColorTableNodeHotToColdRainbow", "vtkMRMLColorTableNodeFileHotToColdRainbow.txt"),
     ("vtkMRMLColorTableNodeColdToHotRainbow", "vtkMRMLColorTableNodeFileColdToHotRainbow.txt"),
     ("vtkMRMLColorTableNodeGrey", "vtkMRMLColorTableNodeGrey"), ("x", "x")],
)  # fmt: skip
def test_tablesHaveTheIDsOfSlicers_andAreKnownByThem(ours, slicers):
    assert colorIDInSlicer(ours) == slicers
    found = Scene().GetNodeByID(slicers)
    assert ours == "x" or found.GetName() == ours.removeprefix("vtkMRMLColorTableNode")


PRESETS = {
    "windowLevelPreset0": "1500|-600", "windowLevelPresetExplanation0": "LUNG | wide",
    "windowLevelPreset1": "0.1|1e-07", "windowLevelPreset2": "80|40", "windowLevelPresetExplanation2": "BRAIN",
}  # fmt: skip


def test_presetsAreNumberedAndSayWhatTheyAreFor():
    node = vtkMRMLScalarVolumeDisplayNode()
    for window, level, explanation in ((1500, -600, "LUNG | wide"), (0.1, 1e-7, ""), (80, 40, "BRAIN")):
        node.AddWindowLevelPreset(window, level, explanation)
    assert presetAttributes(node) == PRESETS


def test_presetsComeBackInTheOrderOfTheirNumbers_andAreTakenOut():
    node = vtkMRMLScalarVolumeDisplayNode()
    others = {"id": "x", "windowLevelPresetX": "1|2", "windowLevelPreset12345": "1|2"}
    attributes = {"windowLevelPreset10": "5|6", **dict(reversed(PRESETS.items())), **others}
    applyPresets(node, attributes)
    assert attributes == others
    assert presetAttributes(node) == {**PRESETS, "windowLevelPreset3": "5|6"}


@pytest.mark.parametrize("text", ["", "1", "1|", "|1", "a|1", "1|2|3", "nan|1"])
def test_aPresetThatIsNotTwoNumbersIsRefused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the sentence, the node's reader names the node
        applyPresets(vtkMRMLScalarVolumeDisplayNode(), {"windowLevelPreset0": text})


def test_slicerReadsAndWritesTheSame(slicerScenes, tmp_path):  # noqa: F811
    scene = Scene()
    for className, fields, attributes in (
        ("vtkMRMLScalarVolumeDisplayNode", SCALAR, SHOWN),
        ("vtkMRMLModelDisplayNode", MODEL, {"color": "1 0 0.5", "opacity": "0.5", "edgeVisibility": "true"}),
    ):
        apply(fields, scene.AddNewNodeByClass(className), attributes)
    document = sceneToMrml(scene)
    (tmp_path / "ours.mrml").write_text(document.text, encoding="utf-8")
    complaints = slicerScenes.rewritten(tmp_path / "ours.mrml", tmp_path / "again.mrml")
    assert "Failed" not in complaints, complaints
    ours, slicers = (
        {one.tag: one.attributes for one in parseXML(text).children}
        for text in (document.text.encode(), (tmp_path / "again.mrml").read_bytes())
    )
    for tag, fields in (("VolumeDisplay", SCALAR), ("ModelDisplay", MODEL)):
        names = {field.name for field in fields} & set(ours[tag])
        assert len(names) > 6
        assert {name: ours[tag][name] for name in names} == {name: slicers[tag].get(name) for name in names}
