"""Looks of rendered volumes: chosen ones stay as they are, those that nobody chose fit the voxels."""

from __future__ import annotations

import numpy as np
import pytest

from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.VolumeRenderingNodes import isRendered, renderingOf, setRendered
from DICOMModule.Host.VolumeLooks import fittingPreset, followVoxels, keepLook, lookName, propertyOf, setLook
from DICOMModule.Host.VolumePresets import presetNamed

from .Volumes import addVolume


@pytest.fixture
def volume():
    scene = Scene()
    node = addVolume(scene)
    node.scene = scene  # the node alone would not keep it
    return node


def colorsOf(volume):
    return [point[:4] for point in propertyOf(volume).colorPoints()]


def test_aVolumeIsRenderedThroughADisplayNodeOfItsOwn(volume):
    assert not isRendered(volume) and renderingOf(volume) is None
    setRendered(volume, False)
    assert renderingOf(volume) is None
    setRendered(volume, True)
    assert isRendered(volume) and volume.GetNumberOfDisplayNodes() == 2
    assert volume.GetDisplayNode().IsA("vtkMRMLScalarVolumeDisplayNode")
    setRendered(volume, False)
    setRendered(volume, True)
    assert volume.GetNumberOfDisplayNodes() == 2


def test_aChosenLookHasTheNameAndThePointsOfItsPreset(volume):
    assert lookName(volume) == "MR default" and propertyOf(volume) is None
    setLook(volume, "CT lung")
    assert (lookName(volume), isRendered(volume)) == ("CT lung", True)
    assert colorsOf(volume) == [tuple(map(float, point)) for point in presetNamed("CT lung").colors]
    setLook(volume, "PET hot (MIP)")
    assert propertyOf(volume).isProjection() and not propertyOf(volume).GetShade()
    with pytest.raises(KeyError):
        setLook(volume, "no such look")
    assert lookName(volume) == "PET hot (MIP)"


def test_aLookThatIsSharedStaysWithTheOtherVolume(volume):
    other = addVolume(volume.scene, name="other")
    setLook(volume, "CT lung")
    setRendered(other, True)
    renderingOf(other).SetAndObserveVolumePropertyNodeID(propertyOf(volume).GetID())
    setLook(other, "CT bone")
    assert (lookName(volume), lookName(other)) == ("CT lung", "CT bone")


def test_aLookThatNobodyChoseFitsTheVoxels_untilSomebodyChangesIt(volume):
    setRendered(volume, True)
    keepLook(volume)
    before, look = colorsOf(volume), propertyOf(volume)
    followVoxels(look, fittingPreset(volume), 0.0, 5000.0)
    assert colorsOf(volume) != before
    assert colorsOf(volume)[-1][0] == 5000
    look.GetScalarOpacity().AddPoint(17.0, 0.5)
    changed = colorsOf(volume)
    followVoxels(look, fittingPreset(volume), 0.0, 100.0)
    assert colorsOf(volume) == changed


def test_aChosenLookDoesNotFollowTheVoxels(volume):
    setLook(volume, "MR default")
    before = colorsOf(volume)
    followVoxels(propertyOf(volume), fittingPreset(volume), 0.0, 5000.0)
    keepLook(volume)
    assert colorsOf(volume) == before and np.isfinite(before).all()
