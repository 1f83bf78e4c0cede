"""The instance record: typed reading of text values that never raises."""

import pytest

from DICOMLib.Instance import Instance


def instance(**values):
    from DICOMLib.Tags import tagText

    return Instance(b"/data/x.dcm", {tagText(keyword): text for keyword, text in values.items()})


def test_position_orientation_and_spacing_are_numbers():
    record = instance(
        ImagePositionPatient="-1.5\\2\\3e1", ImageOrientationPatient="1\\0\\0\\0\\1\\0", PixelSpacing="0.5\\0.25"
    )

    assert record.imagePosition == (-1.5, 2.0, 30.0)
    assert record.imageOrientation == (1, 0, 0, 0, 1, 0)
    assert record.pixelSpacing == (0.5, 0.25)


@pytest.mark.parametrize("text", ["", "1\\2", "1\\2\\x", "1\\2\\nan", "1\\2\\inf", "1\\2\\3\\4"])
def test_a_position_that_is_not_three_finite_numbers_is_none(text):
    assert instance(ImagePositionPatient=text).imagePosition is None


def test_absent_numbers_have_defaults():
    record = instance()

    assert (record.rows, record.columns, record.numberOfFrames, record.samplesPerPixel) == (0, 0, 1, 1)
    assert record.instanceNumber is None
    assert not record.hasPixelData


def test_values_are_found_by_keyword_and_by_tag_in_any_case():
    record = instance(SeriesDescription="Head")

    assert record.value("SeriesDescription") == record.value("0008,103e") == "Head"
    assert record.value("0009,0001") == ""


def test_integer_strings_with_blanks_and_decimals_are_read():
    assert instance(InstanceNumber=" 12 ").instanceNumber == 12
    assert instance(NumberOfFrames="0").numberOfFrames == 1


def test_file_path_keeps_undecodable_bytes():
    import os

    record = Instance(b"/data/caf\xe9.dcm", {})

    assert os.fsencode(record.filePath) == b"/data/caf\xe9.dcm"
