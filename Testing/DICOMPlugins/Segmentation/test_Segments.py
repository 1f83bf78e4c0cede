"""What labels stand for, and where a label map keeps it."""

from __future__ import annotations

import json

import pytest

from DICOMLib.Scene.Scene import Scene
from DICOMPlugins.Segmentation.Segments import (
    TISSUE,
    Segment,
    colorOfLabel,
    segmentsFromText,
    segmentsOf,
    segmentsText,
    setSegments,
)


@pytest.fixture
def node():
    scene = Scene()
    made = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "Leber")
    made.scene = scene
    return made


def test_segmentsSurviveTheAttribute():
    segments = [Segment(3, "Ä", number=1, region=("1", "SCT", "x"), color=(0.1, 0.2, 0.3)), Segment(9)]
    assert list(segmentsFromText(segmentsText(segments)).values()) == segments


@pytest.mark.parametrize("text", [None, "", "{", "3", "[3]", '[{"label": "x"}]', "null"])
def test_whatIsNoListOfSegmentsSaysNothing(text):
    assert segmentsFromText(text) == {}


def test_wrongValuesAreLeftOutAndTheRestCounts():
    item = {"label": 2, "name": 5, "type": ["x"], "color": ["red"], "description": "d", "category": ["1", "S", "m"]}
    (segment,) = segmentsFromText(json.dumps([item])).values()
    assert segment == Segment(2, description="d", category=("1", "S", "m"))


def test_namesAndColoursAreThoseOfTheTableThatPeopleSee(node):
    setSegments(node, [Segment(1, "eins", color=(1, 0, 0)), Segment(3, "drei")])
    table = node.GetDisplayNode().GetColorNode()
    assert (table.GetNumberOfColors(), table.GetColorName(2), table.GetColor(0)) == (4, "", (0, 0, 0, 0))
    table.SetColor(3, "anders", 0, 1, 0)
    one, two, three = segmentsOf(node, [1, 2, 3])
    assert (one.name, one.color, three.name, three.color) == ("eins", (1, 0, 0), "anders", (0, 1, 0))
    assert (two.displayName, two.type, two.color) == ("Segment 2", TISSUE, colorOfLabel(2))


def test_labelsBeyondEveryTableHaveAColourToo(node):
    node.CreateDefaultDisplayNodes()
    (segment,) = segmentsOf(node, [60000])
    assert segment.color == colorOfLabel(60000) and segment.displayName == "Segment 60000"


def test_theTableLeavesTheSceneWithItsLabelMap(node):
    setSegments(node, [Segment(1, "eins")])
    scene = node.scene
    assert scene.GetNumberOfNodesByClass("vtkMRMLColorTableNode") == 1
    scene.RemoveNode(node)
    assert scene.GetNumberOfNodesByClass("vtkMRMLColorTableNode") == 0


def test_theTableGoesWithTheLabelMapIntoAnotherScene(node):
    setSegments(node, [Segment(1, "eins")])
    shown = Scene()
    shown.merge(node.scene)
    assert node.GetDisplayNode().GetColorNode().GetColorName(1) == "eins"
