import numpy as np
import pytest

from DICOMModule.Host.SliceGeometry import (
    ORIENTATIONS,
    SliceGeometry,
    SliceRange,
    directionLetters,
    orientationName,
    sliceRange,
    sliceStep,
    volumeAxes,
    volumeCorners,
)
from Testing.DICOMModule.Host.Volumes import axialMatrix, obliqueMatrix, rotation, shearedMatrix


@pytest.mark.parametrize(
    "direction, letters",
    [
        ((1, 0, 0), "R"), ((-1, 0, 0), "L"), ((0, 1, 0), "A"), ((0, -2, 0), "P"), ((0, 0, 3), "S"), ((0, 0, -1), "I"),
        ((1, 1, 0), "RA"), ((-0.8, 0, -0.6), "LI"), ((0.5, -0.6, 0.62), "SPR"),
        ((0.05, -1, 0.1), "P"), ((0, 0, 0), ""),
    ],
)  # fmt: skip
def test_letters_name_the_directions_strongest_first_and_leave_out_slight_tilts(direction, letters):
    assert directionLetters(np.array(direction, dtype=float)) == letters


@pytest.mark.parametrize(
    "name, right, top",
    [("Axial", "L", "A"), ("Coronal", "L", "S"), ("Sagittal", "P", "S")],
)
def test_presets_are_radiological(name, right, top):
    letters = SliceGeometry(axes=ORIENTATIONS[name]).edgeLetters()
    assert (letters["right"], letters["top"]) == (right, top)


def test_the_viewer_of_an_axial_slice_looks_from_the_feet():
    assert SliceGeometry(axes=ORIENTATIONS["Axial"]).towardsViewer.tolist() == [0, 0, -1]


def test_letters_of_an_oblique_plane_are_composed():
    axes = rotation((0, 0, 40)) @ ORIENTATIONS["Axial"]
    assert SliceGeometry(axes=axes).edgeLetters() == {"left": "RA", "right": "LP", "top": "AL", "bottom": "PR"}


def test_display_positions_and_patient_positions_are_inverse():
    geometry = SliceGeometry(axes=rotation((10, 20, 30)) @ ORIENTATIONS["Coronal"], width=200, height=150)
    geometry.centre, geometry.mmPerPixel = np.array([5.0, -7.0, 11.0]), 0.4
    ras = geometry.displayToRAS(30.5, 120.25)
    assert geometry.rasToDisplay(ras) == pytest.approx([30.5, 120.25])
    assert ras @ geometry.normal == pytest.approx(geometry.offset)


def test_the_middle_of_the_view_is_the_centre():
    geometry = SliceGeometry(width=200, height=100, centre=np.array([1.0, 2.0, 3.0]))
    assert geometry.displayToRAS(100, 50) == pytest.approx([1, 2, 3])


def test_one_step_goes_to_the_next_slice_of_the_volume():
    assert sliceStep(axialMatrix(), np.array([0, 0, 1])) == pytest.approx(2.0)
    assert sliceStep(axialMatrix(), np.array([5, 0, 0])) == pytest.approx(1.5)


def test_a_tilted_gantry_steps_by_the_distance_of_its_slices_along_the_table():
    # Columns stay level, so the next slice lies 2 mm further up although its voxels also shift backwards.
    assert sliceStep(shearedMatrix(), np.array([0, 0, 1])) == pytest.approx(2.0)


def test_slices_of_an_aligned_volume_pass_through_all_voxel_centres():
    found = sliceRange(axialMatrix(), (50, 60, 40), np.array([0, 0, 1.0]))
    assert (found.first, found.step, found.count, found.last) == pytest.approx((-30.0, 2.0, 40, 48.0))
    assert found.nearest(-28.9) == 1 and found.nearest(1e6) == 39 and found.nearest(-1e6) == 0


def test_a_single_slice_has_one_position():
    assert sliceRange(axialMatrix(), (50, 60, 1), np.array([0, 0, 1.0])) == SliceRange(-30.0, 2.0, 1)


def test_corners_are_the_outer_faces_of_the_voxels():
    corners = volumeCorners(np.eye(4), (2, 3, 4))
    assert corners.min(axis=0).tolist() == [-0.5, -0.5, -0.5] and corners.max(axis=0).tolist() == [1.5, 2.5, 3.5]


def test_fitting_shows_the_whole_volume_centred_and_keeps_the_slice():
    geometry = SliceGeometry(axes=ORIENTATIONS["Axial"], width=300, height=150)
    geometry.setOffset(12.0)
    corners = volumeCorners(axialMatrix(), (50, 60, 40))
    geometry.fit(corners)
    places = np.array([geometry.rasToDisplay(corner) for corner in corners])
    assert geometry.offset == pytest.approx(12.0)
    assert (places.min(axis=0) + places.max(axis=0)) / 2 == pytest.approx([150, 75])
    assert places.min() > 0 and places[:, 1].max() < 150
    assert np.ptp(places[:, 1]) > 135, "it fills the view"


def test_zooming_keeps_the_point_under_the_mouse():
    geometry = SliceGeometry(width=200, height=100)
    before = geometry.displayToRAS(150, 80)
    geometry.zoom(2.5, 150, 80)
    assert geometry.displayToRAS(150, 80) == pytest.approx(before)
    assert geometry.mmPerPixel == pytest.approx(1 / 2.5)


def test_panning_moves_the_image_with_the_mouse():
    geometry = SliceGeometry(width=200, height=100)
    point = geometry.displayToRAS(50, 50)
    geometry.pan(10, -4)
    assert geometry.rasToDisplay(point) == pytest.approx([60, 46])


def test_volume_axes_follow_the_volume_but_stay_near_the_orientation():
    axes = volumeAxes(obliqueMatrix(), ORIENTATIONS["Coronal"])
    expected = rotation((18, -12, 25)) @ ORIENTATIONS["Coronal"]
    assert axes == pytest.approx(expected, abs=1e-9)


def test_volume_axes_of_a_sheared_volume_are_square():
    for orientation in ORIENTATIONS.values():
        axes = volumeAxes(shearedMatrix(), orientation)
        assert axes.T @ axes == pytest.approx(np.eye(3), abs=1e-12)


def test_orientations_have_names():
    assert orientationName(ORIENTATIONS["Sagittal"].copy()) == "Sagittal"
    assert orientationName(rotation((1, 0, 0)) @ ORIENTATIONS["Sagittal"]) == "Oblique"
