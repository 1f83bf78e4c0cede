import numpy as np
import pytest
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QColor

from DICOMLib.Diffusion.Coverage import evenDirections
from DICOMModule.Host.DirectionPlot import DirectionPlot, projected, shellColor

pytestmark = pytest.mark.gui

RIGHT, ANTERIOR, SUPERIOR = np.eye(3)


@pytest.fixture
def plot(qtbot):
    plot = DirectionPlot()
    qtbot.addWidget(plot)
    plot.resize(460, 250)
    plot.show()
    return plot


def show(plot, *directions, color="#ff0000"):
    directions = np.array(directions, float)
    texts = [f"Volume {number + 1}" for number in range(len(directions))]
    plot.setDirections(directions, [QColor(color)] * len(directions), texts)


def colorAt(plot, place: QPointF) -> str:
    return plot.grab().toImage().pixelColor(place.toPoint()).name()


def test_fromAboveRightIsAtTheRightAndFromBelowAtTheLeft():
    low = np.array([0.6, 0, -0.8])
    assert projected(np.array([RIGHT]))[0] == pytest.approx([1, 0])
    assert projected(np.array([low]))[0][0] < 0 < projected(np.array([low * [1, 1, -1]]))[0][0]


def test_anteriorIsUpInBothHalvesAndThePolesAreInTheMiddle():
    found = projected(np.array([ANTERIOR, [0, 0.6, -0.8], SUPERIOR, -SUPERIOR]))
    assert found[0] == pytest.approx([0, 1]) and found[1][1] > 0
    assert abs(found[2:]).max() < 1e-9


def test_equalAreasOfTheSphereAreEqualInTheDisc():
    distances = np.linalg.norm(projected(evenDirections(20_000)), axis=1)
    assert (distances < np.sqrt(0.5)).mean() == pytest.approx(0.5, abs=0.001)


def test_aDotIsPaintedInItsColourOnItsHalf(plot):
    show(plot, SUPERIOR)
    above, below, _radius = plot._discs()
    assert colorAt(plot, above) == "#ff0000"
    assert colorAt(plot, below) != "#ff0000"


def test_directionsOfOtherLengthsAreOnTheSphereAndZerosHaveNoPlace(plot):
    show(plot, np.zeros(3), 0.5 * SUPERIOR)
    above, _below, _radius = plot._discs()
    assert plot.measurementAt(above) == 1
    assert len(plot.places(plot._directions)) == 1


def test_aClickOnADotTellsItsMeasurement(plot, qtbot):
    show(plot, np.zeros(3), RIGHT, -SUPERIOR)
    _above, below, _radius = plot._discs()
    with qtbot.waitSignal(plot.measurementClicked, timeout=60_000) as clicked:
        qtbot.mouseClick(plot, Qt.LeftButton, pos=below.toPoint() + QPoint(3, 3))
    assert clicked.args == [2]
    with qtbot.assertNotEmitted(plot.measurementClicked):
        qtbot.mouseClick(plot, Qt.LeftButton, pos=QPoint(2, 2))


def test_theMeasurementShownIsRinged(plot):
    show(plot, SUPERIOR)
    before = plot.grab().toImage()
    plot.setCurrent(0)
    assert plot.grab().toImage() != before


def test_noDirectionsAreSaidToBeNone(plot):
    before = plot.grab().toImage()
    show(plot, np.zeros(3))
    assert plot.measurementAt(QPointF(100, 100)) == -1
    assert plot.grab().toImage() == before


def test_shellsHaveDifferentColours():
    assert len({shellColor(number).name() for number in range(8)}) == 8
    assert shellColor(8) == shellColor(0)
