"""Slicer's text of conversion parameters, whatever is in it."""

import numpy

from DICOMLib.Scene.ClosedSurface import SurfaceOptions
from DICOMLib.Scene.SegmentationParameters import SegmentationParameters


def test_theDefaultsAreThoseOfSlicer():
    assert SegmentationParameters().surfaceOptions() == SurfaceOptions(0.0, 0.5, True)


def test_whatIsReadIsWrittenAgain_unknownParametersToo():
    parameters = SegmentationParameters()
    parameters.setText("Smoothing factor|0.25|How much.&Collapse labelmaps|1|Merge.&Odd&|x|&")
    assert parameters.surfaceOptions().smoothing == 0.25
    assert "Collapse labelmaps|1|Merge.&" in parameters.text()
    again = SegmentationParameters()
    again.setText(parameters.text())
    assert again.text() == parameters.text()


def test_valuesThatMakeNoSenseAreNotUsed():
    parameters = SegmentationParameters()
    for text, expected in (("nan", 0.5), ("a lot", 0.5), ("7", 1.0), ("-1", 0.0)):
        parameters.setValue("Smoothing factor", text)
        assert parameters.surfaceOptions().smoothing == expected
    for text in ("", "1;2;3;", "x;" * 16, "0;" * 22, "nan;" * 22):
        parameters.setValue("Reference image geometry", text)
        assert parameters.referenceIJKToRAS() is None


def test_theReferenceGeometryIsSlicersText():
    parameters = SegmentationParameters()
    place = numpy.array([[-1, 0, 0, 10], [0, -1.5, 0.2, 20], [0, 0.1, 2, -30], [0, 0, 0, 1]])
    parameters.setReference(place, (3, 4, 5))
    text = parameters.value("Reference image geometry")
    assert text == "-1.0;0.0;0.0;10.0;0.0;-1.5;0.2;20.0;0.0;0.1;2.0;-30.0;0.0;0.0;0.0;1.0;0;2;0;3;0;4;"
    assert numpy.array_equal(parameters.referenceIJKToRAS(), place)
    parameters.setReference(None, ())
    assert parameters.referenceIJKToRAS() is None
