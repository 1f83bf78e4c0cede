import numpy

from DICOMLib.Scene.Scene import Scene
from DICOMModule.VolumeText import describeVolume, sizeText, spacingText


def volumeNode():
    node = Scene().AddNewNodeByClass("vtkMRMLScalarVolumeNode", "3: CT")
    node.setVoxelArray(numpy.zeros((4, 3, 2), numpy.uint8))
    node.SetIJKToRASMatrix(numpy.array([[-1.5, 0, 0, 35], [0, -1.2, 0, -20.25], [0, 0, 2, 1e-3], [0, 0, 0, 1]]))
    return node


def test_aVolumeIsDescribedBySizeSpacingTypeAndMatrix():
    assert describeVolume(volumeNode()) == (
        "3: CT (vtkMRMLScalarVolumeNode)\n"
        "   size 2 × 3 × 4, spacing 1.5 × 1.2 × 2 mm, uint8\n"
        "   IJK→RAS -1.5 0 0 35; 0 -1.2 0 -20.25; 0 0 2 0.001"
    )


def test_sizesAreColumnsRowsSlices():
    assert (sizeText(volumeNode()), spacingText(volumeNode())) == ("2 × 3 × 4", "1.5 × 1.2 × 2 mm")
