import numpy as np
from vtkmodules.vtkRenderingCore import vtkCamera

from DICOMModule.Host.CameraPlacement import CameraPlacement

UP = np.array([0.0, 0.0, 1.0])


def test_aCameraThatIsPlacedSaysSo():
    camera = vtkCamera()
    placement = CameraPlacement(np.array([100.0, -20.0, 3.0]), np.array([1.0, 2.0, 3.0]), UP, True, 87.5, 24.0)
    placement.applyTo(camera)
    again = CameraPlacement.of(camera)
    assert all(map(np.array_equal, again.vectors(), placement.vectors()))
    assert (again.isParallel, again.parallelScale, again.viewAngle) == (True, 87.5, 24.0)


def test_upAlongTheLineOfSightIsNoPlacement():
    middle = np.zeros(3)
    assert not CameraPlacement(UP * 10, middle, UP).isPossible
    assert not CameraPlacement(middle, middle, UP).isPossible
    assert CameraPlacement(np.array([0.0, 1.0, 10.0]), middle, UP).isPossible
