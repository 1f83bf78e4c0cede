import pytest

from DICOMModule.Host.VolumePresets import PRESETS, absolutePoints, defaultPreset, presetNamed


@pytest.mark.parametrize(
    "modality, lowest, name",
    [("CT", 0, "CT bone"), ("MR", 0, "MR default"), ("PT", 0, "PET hot (MIP)"), ("US", 0, "Ultrasound"),
     ("", -1024, "CT bone"), ("", 0, "MR default"), ("XA", 0, "MR default")],
)  # fmt: skip
def test_the_first_look_follows_the_modality_and_air_tells_an_unnamed_ct(modality, lowest, name):
    assert defaultPreset(modality, lambda: lowest).name == name


def test_looks_are_found_by_name_and_unknown_names_are_none():
    assert presetNamed("CT lung").modalities == ("CT",)
    assert presetNamed("") is None
    assert len({preset.name for preset in PRESETS}) == len(PRESETS)


def test_relative_looks_follow_the_range_of_the_volume():
    colors, opacities = absolutePoints(presetNamed("Brightest (MIP)"), 100.0, 300.0)
    assert colors[0][0] == 100 and colors[1][0] == 200 and colors[-1][0] == 300
    assert opacities[1][0] == pytest.approx(110)


def test_hounsfield_looks_do_not():
    colors, _opacities = absolutePoints(presetNamed("CT bone"), 100.0, 300.0)
    assert colors[0][0] == 150


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_points_rise_and_colours_and_opacities_are_parts_of_one(preset):
    colors, opacities = absolutePoints(preset, 0.0, 1.0)
    assert [point[0] for point in colors] == sorted(point[0] for point in colors)
    assert [point[0] for point in opacities] == sorted(point[0] for point in opacities)
    assert all(0 <= part <= 1 for point in colors for part in point[1:])
    assert all(0 <= opacity <= 1 for _value, opacity in opacities)
